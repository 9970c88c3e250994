//! The error of this crate: what went wrong, with what, and what to do about it.
//!
//! Invariant: neither `Display` nor `Debug` nor any source shows an address, a password, a token, a code, or a URL
//! beyond its scheme, host and port.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::error_number::{self, NO_CODE, PASSWORD_EXPIRED};

/// Why a login or a call to Arlo failed.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
    retry_after: Option<Duration>,
    paused_until: Option<Timestamp>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What an [`Error`] is about, for a caller that decides by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting cannot be used: no URL, `http://` to another machine, an empty account, no transport.
    Configuration,
    /// Arlo does not accept the password. It is not sent again, because repeated failures lock the account.
    WrongPassword,
    /// Arlo has locked the account, for five minutes according to its message.
    AccountLocked,
    /// Arlo or Cloudflare asks for fewer requests. See [`Error::retry_after`].
    RateLimited,
    /// Arlo did not accept the code: it was wrong, or of an earlier login.
    InvalidCode,
    /// Cloudflare blocked the request several times, before it reached Arlo. This is usually temporary.
    BlockedByCloudflare,
    /// The account has no second factor of a kind that the login can use.
    NoUsableFactor,
    /// Arlo asks for a code and the login has no [`CodeSource`](crate::CodeSource).
    NoCodeSource,
    /// Neither a code nor an approval came in time.
    CodeTimeout,
    /// The code came too late for Arlo, or the code source's request ended before a code came.
    CodeExpired,
    /// The code source failed or refused.
    CodeSource,
    /// The server could not be reached, or the connection broke.
    Network,
    /// The server answered that it is out of order (HTTP 5xx).
    Unavailable,
    /// An answer that this crate cannot read.
    UnexpectedAnswer,
    /// Arlo no longer accepts this session's token: log in again.
    SessionRejected,
    /// Any other refusal of Arlo, with its error number if there is one.
    ArloRefused {
        /// `meta.error`, or `meta.code` if there is no `error`.
        code: Option<i64>,
    },
    /// The last login failed a short while ago, and this one came within the pause after it: nothing was sent. See
    /// [`Error::paused_until`].
    TooSoon,
    /// Another login used the session file for as long as this one could wait.
    Busy,
    /// The session file could not be read or written, or has the session of another account, or belongs to other hosts.
    SessionFile,
}

impl Error {
    /// An error for a code source or a transport of the caller. The message must contain no secret.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            retry_after: None,
            paused_until: None,
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

    /// Marks the error as that of a login within a pause.
    pub(crate) fn paused(mut self, until: Timestamp, left: Option<Duration>) -> Self {
        self.paused_until = Some(until);
        self.retry_after = left;
        self
    }

    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The end of the pause after an earlier login that failed. Nothing was sent, and [`kind`](Self::kind) says how
    /// that login failed. `None` if this login itself failed. See [`Login::force`](crate::Login::force).
    #[must_use]
    pub fn paused_until(&self) -> Option<Timestamp> {
        self.paused_until
    }

    /// How long the server asked to wait, or how much of the pause is left; `None` if neither is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether no login can succeed until a person changes something here. Everything else can pass by itself, even
    /// where [`Error::is_retryable`] is false: a proxy's page in place of an answer of Arlo or the relay, for example.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::WrongPassword
                | ErrorKind::Configuration
                | ErrorKind::NoCodeSource
                | ErrorKind::ArloRefused {
                    code: Some(PASSWORD_EXPIRED)
                }
        )
    }

    /// Whether the same login can succeed later with nothing changed. Wait for [`Error::retry_after`], and at least a
    /// minute: each login that needs a code sends a mail.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            ErrorKind::AccountLocked
            | ErrorKind::BlockedByCloudflare
            | ErrorKind::RateLimited
            | ErrorKind::InvalidCode
            | ErrorKind::CodeTimeout
            | ErrorKind::CodeExpired
            | ErrorKind::Network
            | ErrorKind::Unavailable
            | ErrorKind::SessionRejected
            | ErrorKind::TooSoon
            | ErrorKind::Busy
            // Its answer during an outage.
            | ErrorKind::ArloRefused { code: Some(NO_CODE) } => true,
            ErrorKind::CodeSource => self.retry_after.is_some(),
            _ => self.is_temporary_state(),
        }
    }

    /// Whether Arlo only says that it does not trust this browser: the normal answer before a first code.
    pub(crate) fn is_not_trusted(&self) -> bool {
        self.arlo_number().is_some_and(error_number::is_not_trusted)
    }

    /// Whether Arlo has switched its second factor off.
    pub(crate) fn is_no_second_factor(&self) -> bool {
        self.arlo_number() == Some(error_number::NO_SECOND_FACTOR)
    }

    /// Whether the login still waits for its approval in Arlo's app.
    pub(crate) fn is_not_approved(&self) -> bool {
        self.arlo_number().is_some_and(error_number::is_not_approved)
    }

    /// Whether Arlo is in a state that passes, and no one here has made a mistake.
    pub(crate) fn is_temporary_state(&self) -> bool {
        self.arlo_number().is_some_and(error_number::is_temporary)
    }

    /// Whether the cause is inside Arlo, or between this machine and Arlo, and passes without a change by a person.
    pub(crate) fn is_temporary(&self) -> bool {
        let kinds = [
            ErrorKind::Network,
            ErrorKind::Unavailable,
            ErrorKind::BlockedByCloudflare,
        ];
        kinds.contains(&self.kind) || self.is_temporary_state()
    }

    fn arlo_number(&self) -> Option<i64> {
        match self.kind {
            ErrorKind::ArloRefused { code } => code,
            _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_is_kept() {
        let error = Error::new(ErrorKind::Network, "no way").with_source("below");
        assert_eq!(error.source().unwrap().to_string(), "below");
        assert!(error.is_retryable());
        assert_eq!(error.to_string(), "no way");
    }
}
