//! Enrolments: which accounts may use this relay, and what became of their mail.

use arlo_mail::{Account, ForwardingConfirmation, Link, Links, Notice, Provider, Sender};
use jiff::{SignedDuration, Timestamp};

use crate::audit::AuditEvent;
use crate::identity::{AccessToken, AddressVersion, EnrolmentId, RelayLocalPart, TokenHash};
use crate::keys::{AccountHash, KeyId};

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

    /// Whether it needs another key of the deployment than this one: to find its account, to prove its token, or for a
    /// relay address that takes mail now. With which key its former address was made is not kept.
    #[must_use]
    pub fn needs_another_key(&self, key: KeyId, now: Timestamp) -> bool {
        let has_former_address = self.address.former.is_some_and(|(_, until)| now < until);
        self.made_with != MadeWith::all(key) || has_former_address
    }

    /// Whether mail for this one of its relay addresses is taken.
    #[must_use]
    pub fn takes_mail_at(&self, version: AddressVersion, now: Timestamp) -> bool {
        self.suspended_at.is_none() && self.address.is_good(version, now)
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

    /// Those after the address is replaced. The present one takes mail until then.
    #[must_use]
    pub fn replaced(self, until: Timestamp) -> Self {
        Self {
            current: self.current.wrapping_add(1),
            former: Some((self.current, until)),
        }
    }
}

/// What its owner or the operator calls an enrolment: 1 to 64 characters, none of them a control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// Most characters.
    pub const MAX: usize = 64;

    /// Reads a label; `None` for what cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_good = !text.is_empty() && text.chars().count() <= Self::MAX && !text.chars().any(char::is_control);
        is_good.then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
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

/// What became of one mail to an enrolment. It is counted in the enrolment's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MailEvent {
    /// Its code ended a login request.
    CodeDelivered,
    /// It had a code, and no login request was waiting.
    NothingWaiting,
    /// A copy of a mail that was taken before.
    Duplicate,
    /// It had two different plausible codes.
    ConflictingCodes,
    /// A provider asked to confirm the forwarding.
    ForwardingConfirmation,
    /// From Arlo, and no code in it.
    NoCode,
    /// Not from Arlo.
    NotFromArlo,
    /// Another person than the account forwarded it.
    ForwardedByAnother,
    /// Reading it would have taken more work than any real mail takes.
    TooComplex,
}

impl MailEvent {
    /// Every event, in the order in which a status shows them.
    pub const ALL: [Self; 9] = [
        Self::CodeDelivered,
        Self::NothingWaiting,
        Self::Duplicate,
        Self::ConflictingCodes,
        Self::ForwardingConfirmation,
        Self::NoCode,
        Self::NotFromArlo,
        Self::ForwardedByAnother,
        Self::TooComplex,
    ];

    /// The name in a status, a log and a store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CodeDelivered => "code-delivered",
            Self::NothingWaiting => "nothing-waiting",
            Self::Duplicate => "duplicate",
            Self::ConflictingCodes => "conflicting-codes",
            Self::ForwardingConfirmation => "forwarding-confirmation",
            Self::NoCode => "no-code",
            Self::NotFromArlo => "not-from-arlo",
            Self::ForwardedByAnother => "forwarded-by-another",
            Self::TooComplex => "too-complex",
        }
    }

    /// The event of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}

/// How often one thing happened to an enrolment's mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// What.
    pub event: MailEvent,
    /// How often since the enrolment.
    pub count: u64,
    /// When last.
    pub last_at: Timestamp,
}

/// What became of an enrolment's mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// In the order of [`MailEvent::ALL`]; what never happened is left out.
    pub mail: Vec<Tally>,
    /// The newest question whether mail may be forwarded here.
    pub confirmation: Option<Confirmation>,
    /// What came to its own relay address and was no code, in short: the newest first, at most [`MAX_OTHER_MAIL`]. A
    /// store may give ones that are over.
    pub other_mail: Vec<OtherMail>,
    /// What happened to it last, the newest first, at most [`crate::MAX_EVENTS`].
    pub events: Vec<AuditEvent>,
}

impl Status {
    /// What happened last.
    #[must_use]
    pub fn last_mail(&self) -> Option<Tally> {
        self.mail.iter().max_by_key(|tally| tally.last_at).copied()
    }

    /// Without the mail that is no longer kept.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.other_mail.retain(|mail| !mail.is_over(now));
        self
    }
}

/// Mails that are no code of which an enrolment has something kept.
pub const MAX_OTHER_MAIL: usize = 3;

/// How long that is kept.
pub const OTHER_MAIL_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is kept of a mail that is no code, for its owner alone: a provider may ask by it whether it may forward.
/// `Debug` shows when it came and no more.
#[derive(Clone, PartialEq, Eq)]
pub struct OtherMail {
    /// Who wrote it.
    pub sender: String,
    /// Its subject.
    pub subject: String,
    /// Its links.
    pub links: Vec<Link>,
    /// When it came.
    pub at: Timestamp,
}

impl OtherMail {
    /// What is kept of a mail that came at this time.
    #[must_use]
    pub fn from_notice(notice: &Notice, links: Links, at: Timestamp) -> Self {
        Self {
            sender: notice.sender.clone(),
            subject: notice.subject.clone(),
            links: notice.links(links).to_vec(),
            at,
        }
    }

    /// Whether its time is over.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.at) >= OTHER_MAIL_KEPT
    }
}

crate::redacted_debug!(OtherMail, |mail| at = mail.at);

/// What is kept of a mail beside its count.
#[derive(Debug, Clone, Copy)]
pub enum Kept<'a> {
    /// A question that was recognised: the newest is kept.
    Confirmation(&'a Confirmation),
    /// Another mail: the newest [`MAX_OTHER_MAIL`] are kept.
    OtherMail(&'a OtherMail),
}

/// A provider's question as it is kept. The address of the account that asked is stored nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// Who asks.
    pub provider: Provider,
    /// The number to type in.
    pub code: Option<String>,
    /// The page that accepts it.
    pub link: Option<String>,
    /// When it came.
    pub at: Timestamp,
}

impl Confirmation {
    /// What is kept of a question that came at this time.
    #[must_use]
    pub fn from_question(question: &ForwardingConfirmation, at: Timestamp) -> Self {
        let ForwardingConfirmation {
            provider,
            account: _,
            confirmation_code: code,
            link,
        } = question.clone();
        Self {
            provider,
            code,
            link,
            at,
        }
    }
}

#[cfg(test)]
mod tests;
