//! The error of this crate.

use std::fmt;
use std::net::SocketAddr;

/// Why the cloud does not start, or why a name is that of no fault.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What an [`Error`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The HTTP address cannot be listened on.
    Bind,
    /// The [`Config`](crate::Config) cannot be used.
    Config,
    /// The name is not the name of a [`Fault`](crate::Fault).
    UnknownFault,
}

impl Error {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn bind(address: SocketAddr, source: std::io::Error) -> Self {
        Self {
            kind: ErrorKind::Bind,
            message: format!("cannot listen on {address} for HTTP"),
            source: Some(Box::new(source)),
        }
    }

    pub(crate) fn config(message: &str) -> Self {
        Self {
            kind: ErrorKind::Config,
            message: message.to_owned(),
            source: None,
        }
    }

    pub(crate) fn unknown_fault(names: &[String]) -> Self {
        Self {
            kind: ErrorKind::UnknownFault,
            message: format!("no such fault; the names are {}", names.join(", ")),
            source: None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
