#![doc = include_str!("../README.md")]
//!
//! # Layout of the crate
//!
//! [`read()`] (in `read.rs`) reads one mail. It takes these steps, each in a module of its own:
//!
//! - `raw`, `header`, `mime`, `decode`: from bytes to header fields and decoded parts. [`Header`] and [`Verbatim`] are
//!   public, for those who check signatures; `signature` reads the DKIM-Signature fields.
//! - `html` and `css`: what a browser shows of an HTML part. Plain text and HTML both become a `visible::VisibleText`,
//!   lines of cells.
//! - `search`: which number in the visible text is the code, by its form, its place and the words around it.
//! - `forwarded`: a mail from Arlo that a person forwarded, inline or attached.
//! - `gmail` and `notice`: what a mail without a code says: Gmail's question whether it may forward, or the sender, the
//!   subject and the links of any other mail.
//!
//! `account`, `sender`, `address` and `domain` hold the spelling of mail addresses, `sms` reads the text of an SMS.
//! `steps` counts the work of one mail, and [`limits`] holds every limit.

mod account;
mod address;
mod code;
mod css;
mod date;
mod decode;
mod domain;
mod duration;
mod excerpt;
mod forwarded;
mod gmail;
mod head;
mod header;
mod html;
pub mod limits;
mod link;
mod mail;
mod mail_id;
mod message;
mod mime;
mod notice;
mod raw;
mod read;
mod search;
mod sender;
mod signature;
mod sms;
mod steps;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod verbatim;
mod visible;

pub use account::{Account, AccountError, MAX_LOCAL_PART};
pub use code::{CODE_DIGITS, Code};
pub use date::{CLOCK_SKEW, parse as parse_date};
pub use domain::{MAX_ADDRESS, canonical_domain};
pub use head::Head;
pub use header::{Field, Header};
pub use link::Link;
pub use mail::{Content, ForwardingConfirmation, Mail, NotAMail, Provider};
pub use mail_id::MailId;
pub use notice::{Links, Notice};
pub use raw::strip_envelope;
pub use read::{read, read_for_owner};
pub use sender::{ARLO_DOMAIN, Author, Sender, Senders};
pub use signature::Signature;
pub use sms::code_in_text;
pub use verbatim::{NotVerbatim, Verbatim};
pub use visible::fold::on_one_line;
