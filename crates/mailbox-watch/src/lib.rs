//! Watches one IMAP mailbox (RFC 3501, or RFC 9051 as far as the two agree) for new mail. Knows nothing of what the
//! mail is about.
//!
//! A [`Watcher`] connects, logs in, opens the mailbox and tells what arrives: at once where the server has IDLE (RFC
//! 2177), by asking every few seconds where it has not. It finds mail by its UID alone, never by the server's search,
//! whose index lags behind at more than one provider, and knows by UIDVALIDITY when the UIDs have a new meaning.
//!
//! # What it takes care of
//!
//! - Nothing is marked, moved or deleted unless [`Settings::access`] allows it and [`Watcher::dispose`] asks for it: the
//!   mailbox is opened with EXAMINE, bodies are read with PEEK.
//! - TLS from the first byte, with a certificate that verifies. Without TLS only to this machine.
//! - Every step has a time limit, every answer a limit of size, count and depth; see `filter`.
//! - A server that announces ID (RFC 2971) is told who asks, once, before the mailbox is opened: some open none otherwise.
//! - `NO` to a FETCH passes: what came before it is kept, and the rest is asked for again on the same connection.
//! - After an error the next call waits, longer each time and with jitter, before it connects again: a caller may call
//!   in a loop. Refused logins wait longest, since providers lock accounts.
//! - No error and no `Debug` shows a password, a token, a user, or anything of a mail.

mod arrival;
mod backoff;
mod connect;
mod error;
mod filter;
mod header;
mod limits;
mod pace;
mod refusal;
mod session;
mod settings;
mod tls;
mod watcher;

pub use arrival::{Arrival, Disposal, Position, Start};
pub use error::{Error, ErrorKind};
pub use header::Header;
pub use pace::Pace;
pub use settings::{Access, Credential, Encryption, Secret, Settings, UserAtHost};
pub use tls::Trust;
pub use watcher::Watcher;
