//! The one error of this crate: what went wrong, with what, and what to do about it.
//!
//! Invariant: neither `Display` nor `Debug` nor any source shows an address, a password, a token, a code, or a URL
//! beyond its scheme, host and port.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::error_number;

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
    /// A setting makes no sense: no URL, `http://` to a host that is not this machine, an empty account.
    Configuration,
    /// Arlo does not take the password. Nothing retries it: repeated failures lock the account.
    WrongPassword,
    /// Arlo has locked the account, for five minutes by its own words.
    AccountLocked,
    /// Arlo, or Cloudflare before it, wants fewer requests. See [`Error::retry_after`].
    RateLimited,
    /// Arlo did not take the code: wrong, or of an earlier login.
    InvalidCode,
    /// Cloudflare blocked the request, several times, before Arlo saw it. As a rule that passes.
    BlockedByCloudflare,
    /// The account has no second factor of a kind that the login can use.
    NoUsableFactor,
    /// Arlo asks for a code and the login has no [`CodeSource`](crate::CodeSource).
    NoCodeSource,
    /// Neither a code nor an approval came in the time given.
    CodeTimeout,
    /// The code came too late for Arlo, or the code source's request is over and hands out none that comes now.
    CodeExpired,
    /// The code source failed or refused.
    CodeSource,
    /// The other side could not be reached, or the connection broke.
    Network,
    /// The other side answered that it is out of order (HTTP 5xx).
    Unavailable,
    /// An answer that this crate cannot read.
    UnexpectedAnswer,
    /// Arlo no longer takes this session's token: log in again.
    SessionRejected,
    /// Any other refusal of Arlo's, with its error number where it gave one.
    ArloRefused {
        /// `meta.error`, or `meta.code` where there is no `error`.
        code: Option<i64>,
    },
    /// The last login failed a short while ago, and this one came within the pause that follows: nothing was sent. See
    /// [`Error::paused_until`].
    TooSoon,
    /// Another login held the session file for as long as this one could wait.
    Busy,
    /// The session file could not be read or written, or belongs to another login.
    SessionFile,
}

impl Error {
    /// An error for a code source or a transport written elsewhere. The message must hold no secret.
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

    /// Adds the error below. It must hold no secret either.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds how long the other side wants to be left alone.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Marks the error as that of a login held back.
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

    /// Until when this login was held back, because of how an earlier one failed: nothing was sent, and
    /// [`kind`](Self::kind) tells how that one failed. `None` for a failure of this login's own. See
    /// [`Login::force`](crate::Login::force).
    #[must_use]
    pub fn paused_until(&self) -> Option<Timestamp> {
        self.paused_until
    }

    /// How long the other side asked to be left alone, or what is left of the pause that held the login back; `None`
    /// where neither is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the same login can succeed later with nothing changed. Wait for [`Error::retry_after`], a minute at
    /// least: each login that needs a code sends a mail.
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
            // Arlo's unknown error: what it answers during an outage.
            | ErrorKind::ArloRefused { code: Some(1110) } => true,
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
