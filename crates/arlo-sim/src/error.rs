//! The error of this crate.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

/// Why the cloud does not start, a name is that of no fault, or a script cannot be played.
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
    /// The certificate of the broker cannot be made, or its authority's cannot be written.
    Certificate,
    /// An address cannot be listened on.
    Bind,
    /// The [`Config`](crate::Config) cannot be used.
    Config,
    /// The name is not the name of a [`Fault`](crate::Fault).
    UnknownFault,
    /// A script has a line that cannot be read, or that cannot be played in this account.
    Script,
    /// Nothing that is a control port answers at an address.
    Control,
}

impl Error {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn bind(address: SocketAddr, protocol: &str, source: std::io::Error) -> Self {
        Self {
            kind: ErrorKind::Bind,
            message: format!("cannot listen on {address} for {protocol}"),
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

    pub(crate) fn certificate(source: Box<dyn std::error::Error + Send + Sync>) -> Self {
        Self {
            kind: ErrorKind::Certificate,
            message: "the certificate of the broker cannot be made".to_owned(),
            source: Some(source),
        }
    }

    pub(crate) fn ca_file(path: &Path, source: std::io::Error) -> Self {
        Self {
            kind: ErrorKind::Certificate,
            message: format!("cannot write the certificate to {}", path.display()),
            source: Some(Box::new(source)),
        }
    }

    pub(crate) fn script(message: String) -> Self {
        Self {
            kind: ErrorKind::Script,
            message,
            source: None,
        }
    }

    pub(crate) fn control(address: &str, source: std::io::Error) -> Self {
        Self {
            kind: ErrorKind::Control,
            message: format!("no control port answers at {address}: {source}"),
            source: Some(Box::new(source)),
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
