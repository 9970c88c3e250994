//! The error of this crate: what went wrong, with what, and what to do about it.
//!
//! Invariant: neither `Display` nor `Debug` nor any source shows a token, an account, or a URL beyond its scheme, host
//! and port. The path of a file on this machine is shown.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

/// Why something in an archive failed.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
    retry_after: Option<Duration>,
    needed: Option<u64>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What an [`Error`] is about, for a caller that decides by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The pattern of file names cannot be used.
    Pattern,
    /// A setting cannot be used, or the HTTP client cannot be set up.
    Configuration,
    /// Another process uses the archive.
    Busy,
    /// The index is damaged, is not ours, or was made by a newer version.
    Index,
    /// A file or a directory cannot be read or written.
    FileSystem,
    /// The archive is not where it was opened: its disk is not mounted any more, or it was moved.
    Lost,
    /// The disk has no room.
    DiskFull,
    /// The library did not answer. Asking again later can help.
    Library,
    /// The library refused, and a person has to act, for example log in.
    LibraryRefused,
    /// The library does not list the recording any more.
    NotListed,
    /// The media server could not be reached, or the connection broke.
    Network,
    /// The media server asks to come back later (HTTP 429 and 5xx).
    Unavailable,
    /// The URL is not valid any more (HTTP 401, 403, 404 and 410).
    Expired,
    /// An answer that this crate cannot use.
    UnexpectedAnswer,
    /// The content is not what it should be: empty, a page of text, an incomplete video.
    WrongContent,
}

impl Error {
    /// An error for a [`Library`](crate::Library) or a [`Fetch`](crate::Fetch) of the caller. The message must contain
    /// no secret.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            retry_after: None,
            needed: None,
            source: None,
        }
    }

    /// Adds the source of the error. It must contain no secret either.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds how long the server asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// An error of the operating system. A full disk or quota has a kind of its own.
    pub(crate) fn file(message: impl Into<Cow<'static, str>>, source: io::Error) -> Self {
        let kind = match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::DiskFull,
            _ => ErrorKind::FileSystem,
        };
        Self::new(kind, message).with_source(source)
    }

    /// Adds how many bytes of the disk have to be free.
    pub(crate) fn with_needed(mut self, bytes: u64) -> Self {
        self.needed = Some(bytes);
        self
    }

    /// How many bytes of the disk have to be free, if that is known.
    pub(crate) fn needed(&self) -> Option<u64> {
        self.needed
    }

    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// How long the server asked to wait; `None` if it did not say.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the same can succeed later with nothing changed by a person.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            ErrorKind::DiskFull
            | ErrorKind::Library
            | ErrorKind::NotListed
            | ErrorKind::Network
            | ErrorKind::Unavailable
            | ErrorKind::Expired
            | ErrorKind::UnexpectedAnswer
            | ErrorKind::WrongContent => true,
            ErrorKind::Pattern
            | ErrorKind::Configuration
            | ErrorKind::Busy
            | ErrorKind::Index
            | ErrorKind::FileSystem
            | ErrorKind::Lost
            | ErrorKind::LibraryRefused => false,
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
