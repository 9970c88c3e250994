//! Watches one IMAP mailbox (RFC 3501, or RFC 9051 as far as the two agree) for new mail. It does not interpret the
//! mail.
//!
//! A [`Watcher`] connects, logs in, opens the mailbox and returns each new mail. If the server has IDLE (RFC 2177), it
//! learns of a new mail at once. Otherwise it asks every few seconds. It finds mail by UID only. It does not use the
//! server's search, because the index of several providers is out of date for some time. By UIDVALIDITY it recognises
//! that the UIDs have a new meaning.
//!
//! # What it takes care of
//!
//! - It marks, moves or deletes nothing unless [`Settings::access`] allows it and [`Watcher::dispose`] asks for it. It
//!   opens the mailbox with EXAMINE and reads bodies with PEEK.
//! - It uses TLS from the first byte and verifies the certificate. It connects without TLS only to this machine.
//! - Every step has a time limit, and every answer has a limit of size, count and depth; see `filter`.
//! - If a server announces ID (RFC 2971), the watcher sends its name once, before it opens the mailbox. Some servers
//!   open no mailbox otherwise.
//! - `NO` to a FETCH is temporary. The watcher keeps what came before it, and asks for the rest on the same connection.
//! - After an error the next call waits before it connects again, longer each time and with a random part. A caller may
//!   therefore call in a loop. The wait after a refused login is the longest, because providers lock accounts.
//! - No error and no `Debug` shows a password, a token, a user, or any part of a mail.

mod arrival;
mod backoff;
mod commands;
mod connect;
mod error;
mod filter;
mod header;
mod limits;
mod pace;
mod progress;
mod refusal;
mod session;
mod settings;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tls;
mod watcher;

pub use arrival::{Arrival, Disposal, Position, Start};
pub use error::{Error, ErrorKind};
pub use header::Header;
pub use pace::Pace;
pub use settings::{Access, Credential, Encryption, Secret, Settings, UserAtHost};
pub use tls::Trust;
pub use watcher::Watcher;
