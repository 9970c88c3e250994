//! The pause after a login that failed, kept in the session file, so that a service that is started again and again
//! does not turn one refusal into a locked account, a blocked address or a full mailbox.
//!
//! | the last login failed since | the pause | over before its time when |
//! |---|---|---|
//! | Arlo refused the password | 24 h, doubling to 7 days | the password is another one |
//! | Arlo had locked the account, which lasts five minutes | 5 min, doubling to 24 h | the password is another one |
//! | Arlo or Cloudflare wanted fewer requests | 1 min, doubling to 24 h; `Retry-After` where that is longer | |
//! | Cloudflare turned the login away, which as a rule passes | 1 min, doubling to 15 min | |
//! | Arlo wanted a code, and the login had no source for one | 1 min, doubling to 1 h | the login has one |
//! | anything else, once the password was taken or a code asked for | 1 min, doubling to 1 h; `Retry-After` likewise | |
//!
//! Within a pause a login fails at once and sends no password; a good session is used all the same. A login that
//! succeeds ends the count. What never reached Arlo, and a state of Arlo's own that passes, is followed by no pause.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::{Error, ErrorKind};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// No pause is longer. One that seems so was written when the clock was wrong.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A refusal so long after the last pause begins a new count.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);

/// How far a login had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The password has not left this machine.
    Before,
    /// The password is on its way.
    PasswordSent,
    /// Arlo has taken the password.
    Authenticated,
}

/// Why a login waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cause {
    WrongPassword,
    AccountLocked,
    RateLimited,
    Blocked,
    NoCodeSource,
    Unfinished,
}

impl Cause {
    /// What a failure at this stage is a cause of, if of a pause at all.
    pub(crate) fn from_failure(error: &Error, stage: Stage) -> Option<Self> {
        match (error.kind(), stage) {
            (ErrorKind::WrongPassword, _) => Some(Self::WrongPassword),
            (ErrorKind::AccountLocked, _) => Some(Self::AccountLocked),
            (ErrorKind::RateLimited, _) => Some(Self::RateLimited),
            (_, Stage::Before) | (ErrorKind::Network, Stage::PasswordSent) => None,
            (ErrorKind::BlockedByCloudflare, _) => Some(Self::Blocked),
            (ErrorKind::NoCodeSource, _) => Some(Self::NoCodeSource),
            _ if error.is_temporary_state() => None,
            (_, Stage::PasswordSent | Stage::Authenticated) => Some(Self::Unfinished),
        }
    }

    /// The first pause and the longest.
    fn lengths(self) -> (Duration, Duration) {
        match self {
            Self::WrongPassword => (DAY, 7 * DAY),
            Self::AccountLocked => (5 * MINUTE, DAY),
            Self::RateLimited => (MINUTE, DAY),
            Self::Blocked => (MINUTE, 15 * MINUTE),
            Self::NoCodeSource | Self::Unfinished => (MINUTE, HOUR),
        }
    }

    fn is_about_password(self) -> bool {
        matches!(self, Self::WrongPassword | Self::AccountLocked)
    }
}

/// A pause that lasts.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Pause {
    cause: Cause,
    until: Timestamp,
    /// Failures of this cause without a success between them.
    count: u32,
    password: Fingerprint,
}

impl Pause {
    /// The pause that begins now, longer than the one before where the cause is the same.
    pub(crate) fn new(
        cause: Cause,
        retry_after: Option<Duration>,
        password: Fingerprint,
        earlier: Option<&Self>,
        now: Timestamp,
    ) -> Self {
        let earlier = earlier.filter(|earlier| {
            earlier.cause == cause
                && (!cause.is_about_password() || earlier.password == password)
                && now.duration_since(earlier.until) < FORGOTTEN
        });
        let count = earlier.map_or(1, |earlier| earlier.count.saturating_add(1));
        let (first, longest) = cause.lengths();
        let doublings = 2_u32.saturating_pow(count.saturating_sub(1));
        let length = first.saturating_mul(doublings).min(longest);
        let length = length.max(retry_after.unwrap_or_default());
        let length = SignedDuration::try_from(length).map_or(LONGEST, |length| length.min(LONGEST));
        let until = now.saturating_add(length).unwrap_or(now);
        Self {
            cause,
            until,
            count,
            password,
        }
    }

    /// Refuses a login that comes within the pause.
    pub(crate) fn check(&self, password: Fingerprint, has_codes: bool, now: Timestamp) -> Result<(), Error> {
        let left = self.until.duration_since(now);
        let is_mended = match self.cause {
            Cause::WrongPassword | Cause::AccountLocked => self.password != password,
            Cause::NoCodeSource => has_codes,
            Cause::RateLimited | Cause::Blocked | Cause::Unfinished => false,
        };
        if left <= SignedDuration::ZERO || left > LONGEST || is_mended {
            return Ok(());
        }
        let (kind, why) = match self.cause {
            Cause::WrongPassword => (ErrorKind::WrongPassword, "Arlo refused this password before"),
            Cause::AccountLocked => (
                ErrorKind::AccountLocked,
                "Arlo had locked the account, and the password is the same as then",
            ),
            Cause::RateLimited => (ErrorKind::RateLimited, "Arlo asked for fewer requests"),
            Cause::Blocked => (ErrorKind::BlockedByCloudflare, "Cloudflare turned this machine away"),
            Cause::NoCodeSource => (
                ErrorKind::NoCodeSource,
                "Arlo wanted a code, and the login has no source for one",
            ),
            Cause::Unfinished => (ErrorKind::TooSoon, "the last login did not come to its end"),
        };
        let cure = match self.cause {
            Cause::WrongPassword | Cause::AccountLocked => "another password ends the wait at once",
            Cause::NoCodeSource => "a source of codes ends the wait at once",
            Cause::RateLimited | Cause::Blocked | Cause::Unfinished => {
                "a loop that waits is right, and a person can force the login"
            }
        };
        let message = format!(
            "{why}: nothing was sent, and nothing is until {:.0}; {cure}",
            self.until
        );
        Err(Error::new(kind, message).paused(self.until, Duration::try_from(left).ok()))
    }
}

/// Sixteen bits of a keyed hash of a password: they tell another password from the same one, but one of every 65536
/// passwords has them, so that who steals the file can find out none.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fingerprint(u16);

impl Fingerprint {
    /// Of `password`, under a key that is another one in each file.
    pub(crate) fn new(password: &SecretString, key: &str) -> Self {
        // A key of any length is taken, so there is always a hash.
        let hash = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map(|mut mac| {
            mac.update(password.expose_secret().as_bytes());
            mac.finalize().into_bytes()
        });
        let first = hash.ok().and_then(|hash| hash.first_chunk().copied());
        Self(u16::from_be_bytes(first.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests;
