//! The error of this crate: what went wrong, with what, and what to do about it.
//!
//! Invariant: neither `Display` nor `Debug` nor any source shows a token, an address, or a URL beyond its origin.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// Why a call, a setting or the stream failed.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What an [`Error`] is about, for a caller that decides by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting of this program cannot be used.
    Configuration,
    /// The account has no such device or location, or several of this name.
    UnknownDevice,
    /// The device has no such attribute that can be set.
    UnknownAttribute,
    /// The attribute does not take this value.
    InvalidValue,
    /// There is no such mode, or it is not said where.
    UnknownMode,
    /// The device cannot do this.
    NotSupported,
    /// The device is not connected to Arlo.
    Offline,
    /// The device cannot do this now: it is switched off, in privacy, or busy.
    NotNow,
    /// Arlo refuses, with its number if there is one.
    Refused {
        /// Arlo's number.
        code: Option<i64>,
    },
    /// The session is lost, and a login did not bring a new one, or may not be made yet.
    Session,
    /// Arlo cannot be reached, or is out of order.
    Unavailable,
    /// Arlo's answer cannot be read.
    UnexpectedAnswer,
    /// What was asked for did not come in time.
    TimedOut,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
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

    /// Whether the same call can succeed later with nothing changed. Wait for [`Error::retry_after`], and at least a
    /// minute.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            ErrorKind::Offline | ErrorKind::NotNow | ErrorKind::Unavailable | ErrorKind::TimedOut => true,
            ErrorKind::Session => self.of_client().is_none_or(arlo_client::Error::is_retryable),
            // Some of Arlo's numbers mean a state that passes.
            ErrorKind::Refused { .. } => self.of_client().is_some_and(arlo_client::Error::is_retryable),
            _ => false,
        }
    }

    /// Whether nothing can succeed until a person changes something here. Everything else can pass by itself, even
    /// where [`Error::is_retryable`] is false: a proxy's page in place of an answer of Arlo, for example.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        let by_client = |error: &arlo_client::Error| {
            error.needs_a_person() || error.kind() == arlo_client::ErrorKind::NoUsableFactor
        };
        self.kind == ErrorKind::Configuration || self.of_client().is_some_and(by_client)
    }

    /// How long Arlo asked to wait, or how much of the pause after a failed login is left; `None` if neither is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.of_client()?.retry_after()
    }

    fn of_client(&self) -> Option<&arlo_client::Error> {
        self.source.as_deref()?.downcast_ref()
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

/// The error for a call to Arlo that failed.
impl From<arlo_client::Error> for Error {
    fn from(error: arlo_client::Error) -> Self {
        use arlo_client::ErrorKind as Client;
        let (kind, message): (_, Cow<'static, str>) = match error.kind() {
            Client::ArloRefused {
                code: Some(2059 | 2222),
            } => (
                ErrorKind::Offline,
                "the device is not connected to Arlo: check its power and its network".into(),
            ),
            Client::ArloRefused { code: Some(4006) } => (
                ErrorKind::NotNow,
                "the device cannot do that now: it is switched off, in privacy, or busy with something else".into(),
            ),
            Client::ArloRefused {
                code: Some(code @ (2217 | 4000)),
            } => (
                ErrorKind::Refused { code: Some(code) },
                format!("Arlo does not know that of this device ({code})").into(),
            ),
            Client::ArloRefused { code } => (ErrorKind::Refused { code }, error.to_string().into()),
            Client::Network | Client::Unavailable | Client::BlockedByCloudflare | Client::RateLimited => {
                (ErrorKind::Unavailable, error.to_string().into())
            }
            Client::UnexpectedAnswer => (ErrorKind::UnexpectedAnswer, error.to_string().into()),
            Client::Configuration | Client::SessionFile => (ErrorKind::Configuration, error.to_string().into()),
            _ => (ErrorKind::Session, error.to_string().into()),
        };
        Self::new(kind, message).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_arlo_says_what_it_is_about_and_keeps_its_source() {
        for (code, kind, retryable) in [
            (2059, ErrorKind::Offline, true),
            (2222, ErrorKind::Offline, true),
            (4006, ErrorKind::NotNow, true),
            (2217, ErrorKind::Refused { code: Some(2217) }, false),
            (9999, ErrorKind::Refused { code: Some(9999) }, false),
            (1110, ErrorKind::Refused { code: Some(1110) }, true),
        ] {
            let below = arlo_client::Error::new(arlo_client::ErrorKind::ArloRefused { code: Some(code) }, "no");
            let error = Error::from(below);
            assert_eq!((error.kind(), error.is_retryable()), (kind, retryable), "{code}");
            assert!(error.source().is_some());
        }
        let wrong = arlo_client::Error::new(arlo_client::ErrorKind::WrongPassword, "no");
        assert!(!Error::from(wrong).is_retryable());
        let busy = arlo_client::Error::new(arlo_client::ErrorKind::Busy, "no");
        assert!(Error::from(busy).is_retryable());
        let wait = Some(Duration::from_secs(90));
        let limited = arlo_client::Error::new(arlo_client::ErrorKind::RateLimited, "no").with_retry_after(wait);
        assert_eq!(Error::from(limited).retry_after(), wait);
    }
}
