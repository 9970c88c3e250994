//! Reading the mail with Arlo's login code: what it is, whom it is for, and the code in it.
//!
//! [`read`] takes any bytes. It never panics, its time grows with the bytes it reads and with nothing else, and it reads
//! no more of a mail than [`limits`] says.

mod account;
mod address;
mod budget;
mod code;
mod css;
mod cues;
mod date;
mod decode;
mod find;
mod forward;
mod gmail;
mod head;
mod header;
mod html;
mod labels;
pub mod limits;
mod message;
mod mime;
mod notice;
mod numbers;
mod page;
mod read;
mod sender;
mod sentence;
mod signature;
mod sms;
mod verbatim;
mod words;

pub use account::{Account, AccountError, MAX_ADDRESS, MAX_LOCAL_PART, canonical_domain};
pub use code::{CODE_DIGITS, Code};
pub use date::parse as parse_date;
pub use head::Head;
pub use header::{Field, Header};
pub use notice::{Link, Links, Notice};
#[cfg(feature = "testing")]
pub use read::visible_html;
pub use read::{Content, ForwardingConfirmation, Mail, MailId, NotAMail, Provider, read, read_counted, read_for_owner};
pub use sender::{ARLO_DOMAIN, Author, Sender, Senders};
pub use signature::Signature;
pub use sms::code_in_text;
pub use verbatim::{NotVerbatim, Verbatim};
