//! The error of this crate: what went wrong with the mailbox, and what to do about it.
//!
//! Invariant: an error shows the server's name, and nothing that the server sent. Servers repeat user names and parts
//! of mails in their texts.

use std::error::Error as StdError;
use std::fmt;

/// Why the mailbox cannot be read now.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What an [`Error`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting cannot be used: a missing file, no TLS to another machine, a text that names no mailbox.
    Settings,
    /// The server cannot be reached.
    Unreachable,
    /// The server does not speak TLS at that port.
    NoTls,
    /// The server's certificate does not verify.
    Certificate,
    /// The server does not accept the user and the password, or the token.
    Credentials,
    /// There is no such mailbox.
    NoMailbox,
    /// The server says that it cannot serve now.
    Unavailable,
    /// The server does not send a mail of the open mailbox just now. The connection can still be used.
    NotNow,
    /// The connection ended.
    Disconnected,
    /// The server did not answer in time.
    Timeout,
    /// The server refused a command.
    Refused,
    /// The server's answer is not IMAP, or it exceeds a limit.
    Malformed,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the same call can succeed later with nothing changed. If not, a person has to change something first.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            ErrorKind::Settings
            | ErrorKind::NoTls
            | ErrorKind::Certificate
            | ErrorKind::Credentials
            | ErrorKind::NoMailbox
            | ErrorKind::Refused => false,
            ErrorKind::Unreachable
            | ErrorKind::Unavailable
            | ErrorKind::NotNow
            | ErrorKind::Disconnected
            | ErrorKind::Timeout
            | ErrorKind::Malformed => true,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
