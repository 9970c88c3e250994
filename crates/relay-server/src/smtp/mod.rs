//! The SMTP listener: takes mail for the relay's own mailboxes and for nobody else (RFC 5321).
//!
//! It offers PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531), ENHANCEDSTATUSCODES
//! (RFC 2034) and, with a certificate, STARTTLS (RFC 3207). What lies behind it, it knows only as a [`Mailroom`].
//!
//! What holds always:
//! - `250` after DATA is sent once [`Mailroom::receive`] has said that the outcome is on disk, and not before. A
//!   mailroom that is away is `451`: the client keeps the mail and comes again.
//! - A recipient that the mailroom does not take is refused at RCPT. Nothing is ever sent on.
//! - Only CRLF `.` CRLF ends a message. A bare LF or CR inside it is content; in a command it is refused.
//! - Every wait, every buffer and every count has an end, see [`Limits`].
//! - No address and no content is logged.

mod body;
mod command;
mod connection;
mod data;
mod input;
mod limits;
mod listener;
mod path;
mod reply;
mod session;
mod tls;
mod trace;

use std::fmt;
use std::future::Future;
use std::net::IpAddr;

pub use limits::Limits;
pub use listener::{BindError, BindErrorKind, Config, Listener, bind};
pub use tls::Certificate;

/// What the listener needs of the relay.
///
/// Both futures may be dropped before they end (a time limit, a shutdown); nothing may break by that. The client was
/// then told nothing, or `451`, and delivers the same mail again.
pub trait Mailroom: Send + Sync + 'static {
    /// Whether mail for this address is taken here. `postmaster` may come without a domain (RFC 5321 section 4.5.1).
    fn accepts(&self, recipient: &Recipient) -> impl Future<Output = Result<Acceptance, Unavailable>> + Send;

    /// Takes one message, and returns once its outcome is on disk.
    fn receive(&self, message: Message) -> impl Future<Output = Result<Outcome, Unavailable>> + Send;
}

/// The mailroom's answer to a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// Mail for it is taken.
    Accepted,
    /// The domain is ours, the mailbox does not exist: `550 5.1.1`.
    UnknownMailbox,
    /// The domain is not ours, and this is no relay for others: `550 5.7.1`.
    NotOurDomain,
}

/// What became of a message that was read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was dealt with, whatever it was: `250`.
    Accepted,
    /// It will never be taken, so that the client should not come again: `554 5.6.0`.
    Refused,
}

/// The relay cannot answer now: `451 4.3.0`, and the client tries again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;

/// The address of one RCPT command, its quotes and source route removed. `Debug` shows nothing of it; two are equal when
/// they name the same mailbox, in whatever case.
#[derive(Clone)]
pub struct Recipient {
    address: String,
    local_part: String,
    domain: Option<String>,
}

impl Recipient {
    /// Splits an address at its last `@`.
    pub(crate) fn new(address: String) -> Self {
        let (local_part, domain) = match address.rsplit_once('@') {
            Some((local_part, domain)) => (local_part.to_lowercase(), Some(canonical(domain))),
            None => (address.to_lowercase(), None),
        };
        Self {
            address,
            local_part,
            domain,
        }
    }

    /// The address as it was written, without quotes.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The part before the last `@`, in lower case, without quotes. It may hold any character but a control.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.local_part
    }

    /// The domain in lower case and punycode, or an address literal with its brackets; `None` for `<postmaster>`.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }
}

impl PartialEq for Recipient {
    fn eq(&self, other: &Self) -> bool {
        (&self.local_part, &self.domain) == (&other.local_part, &other.domain)
    }
}

impl Eq for Recipient {}

fn canonical(domain: &str) -> String {
    relay::account::canonical_domain(domain).unwrap_or_else(|| domain.to_lowercase())
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient(…)")
    }
}

/// One message with its envelope. `Debug` shows sizes, no address and no content.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The address of MAIL FROM; `None` for the null reverse-path `<>`.
    pub reverse_path: Option<String>,
    /// The recipients that were accepted, each once, in the order of their RCPT commands.
    pub recipients: Vec<Recipient>,
    /// Where the connection came from.
    pub client: IpAddr,
    /// The name that the client gave itself in EHLO or HELO: printable ASCII, otherwise unchecked.
    pub helo: String,
    /// Whether the message came over TLS.
    pub tls: bool,
    /// Whether the client declared SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// The message: our `Return-Path` and `Received` lines, then the content with its dots unstuffed. Bare LF, bare CR
    /// and NUL are kept as they came.
    pub raw: Vec<u8>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("client", &self.client)
            .field("tls", &self.tls)
            .field("smtputf8", &self.smtputf8)
            .field("recipients", &self.recipients.len())
            .field("bytes", &self.raw.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipient_is_split_at_the_last_at_in_lower_case() {
        for (address, local_part, domain) in [
            ("AbC@Relay.Example", "abc", Some("relay.example")),
            ("abc@relay.example.", "abc", Some("relay.example")),
            ("abc@bücher.example", "abc", Some("xn--bcher-kva.example")),
            ("a@b@relay.example", "a@b", Some("relay.example")),
            (
                "user%other.example@relay.example",
                "user%other.example",
                Some("relay.example"),
            ),
            ("abc@[192.0.2.1]", "abc", Some("[192.0.2.1]")),
            ("abc@[IPv6:2001:DB8::1]", "abc", Some("[ipv6:2001:db8::1]")),
            ("Postmaster", "postmaster", None),
        ] {
            let recipient = Recipient::new(address.to_owned());
            assert_eq!(
                (recipient.local_part(), recipient.domain()),
                (local_part, domain),
                "{address}"
            );
            assert_eq!(recipient.address(), address);
        }
    }

    #[test]
    fn debug_shows_no_address_and_no_content() {
        let message = Message {
            reverse_path: Some("casey@example.org".to_owned()),
            recipients: vec![Recipient::new("secret@relay.example".to_owned())],
            client: IpAddr::from([192, 0, 2, 1]),
            helo: "mail.example.net".to_owned(),
            tls: true,
            smtputf8: false,
            raw: b"Subject: 467266\r\n".to_vec(),
        };
        let shown = format!("{message:?} {:?}", message.recipients);
        for secret in ["casey", "secret", "relay.example", "467266", "mail.example"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
