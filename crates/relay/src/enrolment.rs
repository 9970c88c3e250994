//! An enrolment: the right to use the relay for one account.

use arlo_mail::{Account, Sender, on_one_line};
use jiff::Timestamp;

use crate::identity::{AccessToken, AddressVersion, EnrolmentId, RelayLocalPart, TokenHash};
use crate::join_ticket::GOOD_FOR;
use crate::keys::{AccountHash, KeyId, Keys};

/// The right to use this relay for one account, as it is stored. An account may have several; they know nothing of each
/// other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Its public name.
    pub id: EnrolmentId,
    /// What its owner or the operator calls it.
    pub label: Option<Label>,
    /// Who.
    pub account: AccountHash,
    /// The keys of the deployment that it needs.
    pub made_with: MadeWith,
    /// The hash of its access token.
    pub token: TokenHash,
    /// Its own relay addresses.
    pub address: Addresses,
    /// One more sender whose mail counts as Arlo's: iCloud's Hide My Email rewrites the address.
    pub sender: Option<Sender>,
    /// Whether its mail is taken at its own relay address alone, and not at the one that all share.
    pub own_address_only: bool,
    /// Whether a mail ends its logins only if Arlo signed it, to its account or its relay address.
    pub require_dkim: bool,
    /// Who made it.
    pub made_by: MadeBy,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its token was last replaced.
    pub rotated_at: Option<Timestamp>,
    /// Since when it may do nothing.
    pub suspended_at: Option<Timestamp>,
}

impl Enrolment {
    /// Whether the token is its own, and it may use it.
    #[must_use]
    pub fn has_token(&self, token: &TokenHash) -> bool {
        // Both are SHA-256 of random bits: nothing can be learnt from how long the comparison takes.
        self.suspended_at.is_none() && self.token == *token
    }

    /// Whether it needs another key of the deployment than the current one: to find its account, to prove its token, or
    /// for a relay address that takes mail now. With which key its former address was made is not kept: it may be the
    /// former one, where there is one.
    #[must_use]
    pub fn needs_another_key(&self, keys: &Keys, now: Timestamp) -> bool {
        let has_former_address = self.address.former_until(now).is_some();
        self.made_with != MadeWith::all(keys.current_id()) || (keys.has_former() && has_former_address)
    }

    /// Until when a store remembers its id once it is removed, so that it is not made again; `None` where it need not.
    /// The form that made it is older than it is.
    #[must_use]
    pub fn remembered_until(&self) -> Option<Timestamp> {
        match self.made_by {
            MadeBy::Operator => None,
            MadeBy::Account { .. } => Some(self.created_at.saturating_add(GOOD_FOR).unwrap_or(Timestamp::MAX)),
        }
    }

    /// Whether mail for this one of its relay addresses is taken.
    #[must_use]
    pub fn takes_mail_at(&self, version: AddressVersion, now: Timestamp) -> bool {
        self.suspended_at.is_none() && self.address.is_good(version, now)
    }
}

/// Who made an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeBy {
    /// The operator.
    Operator,
    /// Whoever named the account.
    Account {
        /// When it is removed; `None` once a mail has reached it.
        unused_until: Option<Timestamp>,
    },
}

impl MadeBy {
    /// When the enrolment is removed unless a mail reaches it before.
    #[must_use]
    pub fn unused_until(self) -> Option<Timestamp> {
        match self {
            Self::Operator => None,
            Self::Account { unused_until } => unused_until,
        }
    }

    /// After a mail has reached the enrolment.
    #[must_use]
    pub fn used(self) -> Self {
        match self {
            Self::Operator => Self::Operator,
            Self::Account { .. } => Self::Account { unused_until: None },
        }
    }
}

/// The keys of the deployment with which parts of an enrolment were made. A former key can be given up once no
/// enrolment needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeWith {
    /// With which its account is hashed.
    pub account: KeyId,
    /// With which its token was made.
    pub token: KeyId,
    /// With which its present relay address was made.
    pub address: KeyId,
}

impl MadeWith {
    /// All with one key.
    #[must_use]
    pub fn all(key: KeyId) -> Self {
        Self {
            account: key,
            token: key,
            address: key,
        }
    }
}

/// Which of an enrolment's relay addresses take mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// The version of the present one.
    pub current: AddressVersion,
    /// The version of the one before, and until when it takes mail.
    pub former: Option<(AddressVersion, Timestamp)>,
}

impl Addresses {
    /// Those of a new enrolment.
    pub const FIRST: Self = Self {
        current: 0,
        former: None,
    };

    fn is_good(&self, version: AddressVersion, now: Timestamp) -> bool {
        version == self.current
            || self
                .former
                .is_some_and(|(former, until)| version == former && now < until)
    }

    /// Until when the one before takes mail, if it does now.
    #[must_use]
    pub fn former_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.former.map(|(_, until)| until).filter(|until| now < *until)
    }

    /// Those after the address is replaced. The present one takes mail until then. `None` after the last version: to
    /// begin anew would make an address good again that was given up.
    #[must_use]
    pub fn replaced(self, until: Timestamp) -> Option<Self> {
        Some(Self {
            current: self.current.checked_add(1)?,
            former: Some((self.current, until)),
        })
    }
}

/// What its owner or the operator calls an enrolment: 1 to 64 characters on one line. Each is seen, and none changes
/// the direction: a stranger's label comes to the operator's terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// Most characters.
    pub const MAX: usize = 64;

    /// Reads a label; `None` for what cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_good = !text.is_empty() && text.chars().count() <= Self::MAX && text.chars().all(is_of_label);
        is_good.then(|| Self(text.to_owned()))
    }

    /// The label that a store has. An earlier version took more characters: these are left out.
    #[must_use]
    pub fn stored(text: &str) -> Option<Self> {
        Self::parse(&text.chars().filter(|c| is_of_label(*c)).collect::<String>())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_of_label(c: char) -> bool {
    const LINE_ENDS: [char; 2] = ['\u{2028}', '\u{2029}'];
    !c.is_control() && !LINE_ENDS.contains(&c) && on_one_line(c).is_some()
}

/// What the person who enrols gets, once: the token is not stored.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The enrolment's public name.
    pub id: EnrolmentId,
    /// What it is called.
    pub label: Option<Label>,
    /// The account, canonical.
    pub account: Account,
    /// What its clients show.
    pub token: AccessToken,
    /// Where its mail is forwarded.
    pub local_part: RelayLocalPart,
}

#[cfg(test)]
mod tests;
