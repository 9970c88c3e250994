//! What a deployment decides, in types that cannot hold a wrong value.
//!
//! Every adapter takes a setting as text or as a number and makes one of these types of it. So each rule about a
//! setting is checked in one place, and the same for every adapter.

use std::fmt;
use std::sync::Arc;

use arlo_mail::{MAX_LOCAL_PART, Senders, canonical_domain};
use jiff::SignedDuration;

use crate::joining::{JoinLimits, Registration};
use crate::keys::Keys;
use crate::system::{Clock, Random};

/// RFC 5321 section 4.5.1: every server takes mail for its postmaster, with or without its domain.
pub(crate) const POSTMASTER: &str = "postmaster";

/// A value that a setting cannot have. The text follows the name of the setting and does not repeat the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSetting {
    /// No domain name.
    #[error("is not a domain name")]
    Domain,
    /// No local part that everyone can write.
    #[error("needs 1 to {MAX_LOCAL_PART} letters, digits, - or _, with single dots between them")]
    LocalPart,
    /// The postmaster's local part, at which no mail is read.
    #[error("is the postmaster's, whose mail is handed on unread")]
    Postmaster,
    /// No number, or outside the range.
    #[error(
        "needs a number of seconds from {} to {}",
        Lifetime::MIN.get().as_secs(),
        Lifetime::MAX.get().as_secs()
    )]
    Lifetime,
    /// No mail address that can be in a header as it is.
    #[error("is not a mail address in ASCII, which has the form name@domain")]
    Address,
    /// The operator's mailbox is the relay.
    #[error("is an address of the relay itself, so that forwarded mail would come back")]
    OwnDomain,
}

/// The domain whose mail comes to the relay, in lower case and punycode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain(String);

impl Domain {
    /// Reads a domain name as a person writes it.
    ///
    /// # Errors
    /// [`InvalidSetting::Domain`].
    pub fn parse(text: &str) -> Result<Self, InvalidSetting> {
        canonical_domain(text).map(Self).ok_or(InvalidSetting::Domain)
    }

    /// The domain.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name of this machine alone (RFC 6761 section 6.3): no mail from outside can be meant for it.
impl Default for Domain {
    fn default() -> Self {
        Self("relay.localhost".to_owned())
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The local part of the relay address that all enrolments share, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPart(String);

impl LocalPart {
    /// Reads a local part as a person writes it.
    ///
    /// # Errors
    /// [`InvalidSetting::LocalPart`]: RFC 5321 section 4.5.3.1.1 allows 64 bytes, and of the characters that it allows
    /// these are written the same everywhere. [`InvalidSetting::Postmaster`].
    pub fn parse(text: &str) -> Result<Self, InvalidSetting> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let has_empty_part = text.split('.').any(str::is_empty);
        if has_empty_part || text.len() > MAX_LOCAL_PART || !text.bytes().all(is_plain) {
            return Err(InvalidSetting::LocalPart);
        }
        let text = text.to_ascii_lowercase();
        if text == POSTMASTER {
            return Err(InvalidSetting::Postmaster);
        }
        Ok(Self(text))
    }

    /// The local part.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for LocalPart {
    fn default() -> Self {
        Self("arlo".to_owned())
    }
}

/// How long a login request lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(SignedDuration);

impl Lifetime {
    /// The shortest life that can be set.
    pub const MIN: Self = Self(SignedDuration::from_secs(10));
    /// The longest life that can be set. What Arlo itself grants a code is not documented.
    pub const MAX: Self = Self(SignedDuration::from_mins(15));

    /// So many seconds.
    ///
    /// # Errors
    /// [`InvalidSetting::Lifetime`] for less than [`Self::MIN`] and more than [`Self::MAX`].
    pub fn from_secs(seconds: i64) -> Result<Self, InvalidSetting> {
        let lifetime = SignedDuration::from_secs(seconds);
        let is_within = (Self::MIN.0..=Self::MAX.0).contains(&lifetime);
        is_within.then_some(Self(lifetime)).ok_or(InvalidSetting::Lifetime)
    }

    /// Reads a number of seconds.
    ///
    /// # Errors
    /// As [`Self::from_secs`], and for what is no number.
    pub fn parse(text: &str) -> Result<Self, InvalidSetting> {
        Self::from_secs(text.parse().map_err(|_| InvalidSetting::Lifetime)?)
    }

    /// The time.
    #[must_use]
    pub const fn get(self) -> SignedDuration {
        self.0
    }
}

/// Five minutes.
impl Default for Lifetime {
    fn default() -> Self {
        Self(SignedDuration::from_mins(5))
    }
}

/// What every call needs of a deployment, and all that enrolling needs.
#[derive(Clone)]
pub struct Deployment {
    /// The keys with which accounts are hashed, and tokens and relay addresses made.
    pub keys: Keys,
    /// The domain whose mail comes here.
    pub domain: Domain,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub random: Arc<dyn Random>,
}

crate::redacted_debug!(Deployment, |deployment| domain = deployment.domain);

/// All that a deployment decides once.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What enrolling needs, too.
    pub deployment: Deployment,
    /// The local part of the stack-wide relay address.
    pub shared: LocalPart,
    /// How long a login request lives.
    pub lifetime: Lifetime,
    /// Whose mail counts as Arlo's.
    pub senders: Senders,
    /// Who may enrol himself.
    pub registration: Registration,
    /// How many may.
    pub join_limits: JoinLimits,
    /// Whether mail that is no code goes on to an operator.
    pub forwards: bool,
}

#[cfg(test)]
mod tests;
