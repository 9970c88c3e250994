//! Takes mail for the relay's own mailboxes and for nobody else: by SMTP from the network (RFC 5321), and by LMTP from
//! the mail server of this machine (RFC 2033).
//!
//! It offers PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531), ENHANCEDSTATUSCODES (RFC
//! 2034) and, with a certificate, STARTTLS (RFC 3207). It hands mail to the rest of the relay through [`Deliver`]
//! alone. LMTP is the same session over a Unix socket, except that each recipient gets a reply of its own after the
//! message, so that the client tries again only for those that were put off.
//!
//! What holds always:
//! - `250` after DATA is sent once [`Deliver::receive`] has said that the outcome is on disk, and not before. A relay
//!   that cannot answer is `451`: the client keeps the mail and comes again. In SMTP, where there is one reply for all
//!   recipients, it is `451` as soon as one of them is put off.
//! - A recipient that the relay does not take is refused at RCPT. Nothing is ever sent on.
//! - Only CRLF `.` CRLF ends a message. A bare LF or CR inside it is content; in a command it is refused.
//! - Every wait, every buffer and every count has an end, see [`Limits`].
//! - No address and no content is logged.
//!
//! The session is our own instead of the crate `smtp-proto` (0.2), since two servers must not see different ends of a
//! message: the rest of one would be a second message that nobody checked ("SMTP smuggling"). Three of its readings
//! differ from RFC 5321. Its `DataReceiver` does not reset its state at a CR, so that CRLF `.` CR CR LF ends a message.
//! It does not take the `.` that ends an empty message. Its command reader ends a line at a bare LF. The tables in
//! `data.rs` and `input.rs` test that this session does none of that.

mod accept;
mod answer;
mod body;
mod command;
mod connection;
mod data;
mod input;
mod limits;
mod listener;
mod lmtp;
mod path;
mod reply;
mod session;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod testing;
mod trace;

use std::future::Future;
use std::net::IpAddr;

use bytes::Bytes;
use jiff::Timestamp;

pub use limits::Limits;
pub(crate) use listener::bind_on;
pub use listener::{Config, Listener, bind};
pub use lmtp::{DEFAULT_MODE, LmtpConfig, LmtpListener, bind_lmtp};
pub use relay::Acceptance;
pub use relay::Recipient;

/// Delivers mail to the relay: all that the listeners need of it.
///
/// Both futures may be dropped before they end (a time limit, a shutdown), which must do no harm. The client then got
/// no reply, or `451`, and delivers the same mail again.
pub trait Deliver: Send + Sync + 'static {
    /// Whether mail for this address is taken here. `postmaster` may come without a domain (RFC 5321 section 4.5.1).
    fn accepts(&self, recipient: &Recipient) -> impl Future<Output = Result<Acceptance, Unavailable>> + Send;

    /// Whether this address, for which mail is taken here, is public. The sender of mail to an enrolment's own address
    /// knows a secret: such mail comes first where there is not enough of something for all.
    fn is_open(&self, recipient: &Recipient) -> bool;

    /// The time, by the relay's clock.
    fn now(&self) -> Timestamp;

    /// Takes one message for one of its recipients, and returns once the outcome is on disk.
    ///
    /// It is called for each recipient in turn. Recipients that were done come again if the client had to be told to
    /// try again for another.
    fn receive(&self, message: &Message, recipient: &Recipient)
    -> impl Future<Output = Result<(), Unavailable>> + Send;
}

/// What is spoken on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    /// RFC 5321.
    Smtp,
    /// RFC 2033.
    Lmtp,
}

/// The relay cannot answer now: `451 4.3.0`, and the client tries again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;

/// One message with its envelope. `Debug` shows sizes, no address and no content.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The address of MAIL FROM; `None` for the null reverse-path `<>`.
    pub reverse_path: Option<String>,
    /// The recipients that were accepted, each once, in the order of their RCPT commands.
    pub recipients: Vec<Recipient>,
    /// The client's address. `None` if the mail server of this machine passed the message on: it does not tell where
    /// the message came from.
    pub client: Option<IpAddr>,
    /// The name that the client gave itself in EHLO, HELO or LHLO: printable ASCII, otherwise unchecked.
    pub helo: String,
    /// Whether the message came over TLS.
    pub tls: bool,
    /// Whether the client declared SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// The message: our `Return-Path` and `Received` lines, then the content with its dots unstuffed. Bare LF, bare CR
    /// and NUL are kept as they came. Of a large message only the start, see [`Limits::message_kept`].
    pub raw: Bytes,
}

relay::redacted_debug!(
    Message,
    |message| client = message.client,
    tls = message.tls,
    smtputf8 = message.smtputf8,
    recipients = message.recipients.len(),
    bytes = message.raw.len(),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_address_and_no_content() {
        let message = Message {
            reverse_path: Some("casey@example.org".to_owned()),
            recipients: vec![Recipient::new("secret@relay.example")],
            client: Some(IpAddr::from([192, 0, 2, 1])),
            helo: "mail.example.net".to_owned(),
            tls: true,
            smtputf8: false,
            raw: Bytes::from_static(b"Subject: 467266\r\n"),
        };
        let shown = format!("{message:?} {:?}", message.recipients);
        for secret in ["casey", "secret", "relay.example", "467266", "mail.example"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
