//! The pause after a failed login. It is kept in the session file, so that a service that is restarted again and again
//! does not turn one refusal into a locked account, a blocked address or a full mailbox.
//!
//! | why the last login failed | the pause | it ends sooner if |
//! |---|---|---|
//! | Arlo refused the password | 24 h, doubling to 7 days | the password is another one |
//! | Arlo had locked the account, which lasts five minutes | 5 min, doubling to 24 h | the password is another one |
//! | Arlo or Cloudflare asked for fewer requests | 1 min, doubling to 24 h; `Retry-After` if that is longer | |
//! | Cloudflare blocked the login, which is usually temporary | 1 min, doubling to 15 min | |
//! | Arlo asked for a code, and the login had no source for one | 1 min, doubling to 1 h | the login has one |
//! | Arlo sent no code, error 1110, which lasts about a day | 1 h, doubling to 24 h | |
//! | anything else after Arlo accepted the password | 1 min, doubling to 1 h; `Retry-After` likewise | |
//!
//! Within a pause a login fails at once and sends no password. A valid session is used all the same, and the pause goes
//! on, unless that session is the one that the paused login itself saved, or the pause is that of the third row. A
//! successful login ends the pause and resets the count. Until Arlo accepts the password, no other failure replaces a
//! pause of the first two rows. There is no pause if the login did not reach Arlo, or if Arlo is in a temporary state.
//! A pause of the third or the fourth row holds for another account too that takes over the session file.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::error_number::NO_CODE;
use crate::{Error, ErrorKind};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest pause. A longer one in the file was written when the clock was wrong, and is ignored.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// After so much time since the last pause the count begins again.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);

/// How far a login has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The password was not sent yet.
    Before,
    /// The password was sent.
    PasswordSent,
    /// Arlo has accepted the password.
    Authenticated,
}

/// The cause of a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cause {
    WrongPassword,
    AccountLocked,
    RateLimited,
    Blocked,
    NoCodeSource,
    NoCodeSent,
    Unfinished,
}

impl Cause {
    /// The cause for a failure at this stage; `None` if no pause follows.
    pub(crate) fn from_failure(error: &Error, stage: Stage) -> Option<Self> {
        match (error.kind(), stage) {
            (ErrorKind::WrongPassword, _) => Some(Self::WrongPassword),
            (ErrorKind::AccountLocked, _) => Some(Self::AccountLocked),
            (ErrorKind::RateLimited, _) => Some(Self::RateLimited),
            (_, Stage::Before) | (ErrorKind::Network, Stage::PasswordSent) => None,
            (ErrorKind::BlockedByCloudflare, _) => Some(Self::Blocked),
            (ErrorKind::NoCodeSource, _) => Some(Self::NoCodeSource),
            // The number comes from `startAuth` only. It may count the codes of an account.
            (ErrorKind::ArloRefused { code: Some(NO_CODE) }, Stage::Authenticated) => Some(Self::NoCodeSent),
            _ if error.is_temporary_state() => None,
            (_, Stage::PasswordSent | Stage::Authenticated) => Some(Self::Unfinished),
        }
    }

    /// The lengths of the first and of the longest pause.
    fn lengths(self) -> (Duration, Duration) {
        match self {
            Self::WrongPassword => (DAY, 7 * DAY),
            Self::AccountLocked => (5 * MINUTE, DAY),
            Self::RateLimited => (MINUTE, DAY),
            Self::Blocked => (MINUTE, 15 * MINUTE),
            Self::NoCodeSent => (HOUR, DAY),
            Self::NoCodeSource | Self::Unfinished => (MINUTE, HOUR),
        }
    }

    fn is_about_password(self) -> bool {
        matches!(self, Self::WrongPassword | Self::AccountLocked)
    }
}

/// A pause.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Pause {
    cause: Cause,
    until: Timestamp,
    /// How many failures of this cause came without a success between them.
    count: u32,
    password: Fingerprint,
    /// Whether the login that failed had saved its session before.
    #[serde(default)]
    session_saved: bool,
}

impl Pause {
    /// A pause that begins now. It is longer than the pause before if the cause is the same.
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
            session_saved: false,
        }
    }

    /// The pause after a later login that failed before Arlo accepted its password. A running pause about the same
    /// password keeps its cause and its count, because the other failure says nothing about the password.
    pub(crate) fn keep_or(&self, new: Self, now: Timestamp) -> Self {
        let left = self.until.duration_since(now);
        let is_running = left > SignedDuration::ZERO && left <= LONGEST;
        let keeps = self.cause.is_about_password() && self.password == new.password && is_running;
        if !keeps || new.cause == self.cause || new.cause == Cause::WrongPassword {
            return new;
        }
        Self {
            until: self.until.max(new.until),
            ..self.clone()
        }
    }

    /// Remembers that the login saved a session.
    pub(crate) fn note_saved_session(&mut self) {
        self.session_saved = true;
    }

    /// Whether it ends when a saved session is valid: the login that failed had saved it, and so has succeeded, or Arlo
    /// answers again where it had asked for fewer requests. An older session does not show that Arlo accepts the
    /// password now, or that it sends codes.
    pub(crate) fn ends_with_session(&self) -> bool {
        self.session_saved || self.cause == Cause::RateLimited
    }

    /// Whether another account on this machine has to wait too.
    pub(crate) fn holds_for_every_account(&self) -> bool {
        matches!(self.cause, Cause::RateLimited | Cause::Blocked)
    }

    /// Refuses a login within the pause.
    pub(crate) fn check(&self, password: Fingerprint, has_codes: bool, now: Timestamp) -> Result<(), Error> {
        let left = self.until.duration_since(now);
        let is_over = match self.cause {
            Cause::WrongPassword | Cause::AccountLocked => self.password != password,
            Cause::NoCodeSource => has_codes,
            Cause::RateLimited | Cause::Blocked | Cause::NoCodeSent | Cause::Unfinished => false,
        };
        if left <= SignedDuration::ZERO || left > LONGEST || is_over {
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
            Cause::NoCodeSent => (
                ErrorKind::TooSoon,
                "Arlo sent no code, which it does again after about a day",
            ),
            Cause::Unfinished => (ErrorKind::TooSoon, "the last login did not come to its end"),
        };
        let cure = match self.cause {
            Cause::WrongPassword | Cause::AccountLocked => "another password ends the wait at once",
            Cause::NoCodeSource => "a source of codes ends the wait at once",
            Cause::RateLimited | Cause::Blocked | Cause::NoCodeSent | Cause::Unfinished => {
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

/// Sixteen bits of a keyed hash of a password. They distinguish another password from the same one. One of every 65536
/// passwords has the same bits, so the file does not reveal the password.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fingerprint(u16);

impl Fingerprint {
    /// The fingerprint of `password`. Each file has another key.
    pub(crate) fn new(password: &SecretString, key: &str) -> Self {
        // A key of any length is accepted, so there is always a hash.
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
