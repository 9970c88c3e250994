//! Enrolments: which accounts may use this relay, and what became of their mail.

use arlo_mail::{Account, ForwardingConfirmation, Link, Links, Notice, Provider, Sender};
use jiff::{SignedDuration, Timestamp};

use crate::hash_key::AccountHash;
use crate::secret::{AccessToken, RelayLocalPart, TokenHash};

/// An account that may use this relay, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Who.
    pub account: AccountHash,
    /// The hash of its access token.
    pub token: TokenHash,
    /// The local part of its own relay address.
    pub local_part: RelayLocalPart,
    /// One more sender whose mail counts as Arlo's: iCloud's Hide My Email rewrites the address.
    pub sender: Option<Sender>,
    /// Whether its mail is taken at its own relay address alone, and not at the one that all share.
    pub own_address_only: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its token was last replaced.
    pub rotated_at: Option<Timestamp>,
}

/// What the person who enrols gets, once: the token is not stored.
#[derive(Debug, Clone)]
pub struct Credentials {
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
