//! What became of an enrolment's mail, and what happened to it.

use arlo_mail::{ForwardingConfirmation, Link, Links, Notice, Provider};
use jiff::{SignedDuration, Timestamp};

use crate::audit::AuditEvent;
use crate::mail_event::MailEvent;

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
    /// The newest question whether mail may be forwarded here. A store may give one that is over.
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
        self.confirmation = self.confirmation.filter(|question| !question.is_over(now));
        self
    }
}

/// Mails that are no code of which an enrolment has something kept.
pub const MAX_OTHER_MAIL: usize = 3;

/// How long that is kept, and a question whether mail may be forwarded here.
pub const OTHER_MAIL_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

fn is_over(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) >= OTHER_MAIL_KEPT
}

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
        is_over(self.at, now)
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

    /// Whether its time is over.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        is_over(self.at, now)
    }
}
