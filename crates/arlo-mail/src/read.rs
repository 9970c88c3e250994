//! Reading a mail: what it is, whom it is for, and the code in it.
//!
//! [`read`] takes any bytes. It never panics, its time grows with the bytes it reads and with nothing else, and it reads
//! no more of a mail than [`limits`] says; the work is counted, and a mail that needs more than the limit is given up.
//! Whether a mail may be believed is not decided here: a `From` can be forged, and the one who received the mail knows
//! by which way it came.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::account::Account;
use crate::budget::{Steps, TooComplex};
use crate::code::Code;
use crate::find::Found;
#[cfg(feature = "testing")]
use crate::html;
use crate::message::{Forwarded, Message, only_line_feeds, strip_envelope};
use crate::notice::Notice;
use crate::sender::Senders;
use crate::{gmail, limits};

/// What tells two copies of one mail from two mails: a digest, the same for every copy that a forwarder may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MailId([u8; 32]);

/// What the relay makes of one raw mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// What tells a second copy.
    pub id: MailId,
    /// When the sender says it was written.
    pub date: Option<Timestamp>,
    /// The accounts that its To, Delivered-To and X-Forwarded-For name, in the order found, each once.
    pub named: Vec<Account>,
    /// Who forwarded it by hand, where the mail is not Arlo's own but carries one of Arlo's, inline or attached.
    pub forwarded_by: Option<Account>,
    /// What it says.
    pub content: Content,
    /// What its owner may be shown of it, where it was read for him ([`read_for_owner`]) and is neither a code, nor a
    /// question that was recognised, nor too complex.
    pub notice: Option<Notice>,
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Arlo's one-time code.
    Code(Code),
    /// Arlo's mail with two different plausible codes: never a guess.
    ConflictingCodes,
    /// A provider asks whether the account's mail may be forwarded here.
    ForwardingConfirmation(ForwardingConfirmation),
    /// Arlo's mail without a code.
    NoCode,
    /// Not from an Arlo sender, and no confirmation.
    NotFromArlo,
    /// Reading it to the end would have taken more work than any real mail takes: nothing is taken from it.
    TooComplex,
}

/// A provider's question whether the account's mail may be forwarded here. `Debug` shows who asks and no more: the
/// number and the link are as good as a password.
#[derive(Clone, PartialEq, Eq)]
pub struct ForwardingConfirmation {
    /// Who asks.
    pub provider: Provider,
    /// The account that asked for the forwarding.
    pub account: Option<Account>,
    /// The number to type in, in the older form of Gmail's mail.
    pub confirmation_code: Option<String>,
    /// The page that accepts it, on the provider's own hosts only.
    pub link: Option<String>,
}

impl fmt::Debug for ForwardingConfirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForwardingConfirmation")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// A mail provider whose confirmation mail is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provider {
    /// Gmail and Google Workspace.
    Gmail,
}

impl Provider {
    /// The name in an answer and in a store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gmail => "gmail",
        }
    }

    /// The provider of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        (name == Self::Gmail.name()).then_some(Self::Gmail)
    }
}

/// The bytes are no mail at all: no header field can be found at their top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a mail: it does not begin with a header field")]
pub struct NotAMail;

impl MailId {
    /// An id read back from a store.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes a store keeps.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Reads a raw mail.
///
/// # Errors
/// [`NotAMail`] for bytes that do not begin with a header field; everything else is some [`Mail`].
pub fn read(raw: &[u8], senders: &Senders) -> Result<Mail, NotAMail> {
    read_within(raw, senders, Notices::None, &Steps::new(limits::MAX_STEPS))
}

/// The same for the owner of the address that the mail came to: of what is no code it says also what he may be shown.
///
/// # Errors
/// As [`read`].
pub fn read_for_owner(raw: &[u8], senders: &Senders) -> Result<Mail, NotAMail> {
    read_counted(raw, senders).0
}

/// The same, with the steps that this dearer reading took, of [`limits::MAX_STEPS`].
pub fn read_counted(raw: &[u8], senders: &Senders) -> (Result<Mail, NotAMail>, usize) {
    let steps = Steps::new(limits::MAX_STEPS);
    let mail = read_within(raw, senders, Notices::Taken, &steps);
    (mail, steps.used())
}

/// Whether a notice is taken of what is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notices {
    Taken,
    None,
}

/// What the reader takes for visible in each HTML part of a mail, beside the part itself: for a test that holds it
/// against a browser.
#[cfg(feature = "testing")]
#[must_use]
pub fn visible_html(raw: &[u8]) -> Vec<(String, String)> {
    let steps = Steps::new(limits::MAX_STEPS);
    let raw = only_line_feeds(raw);
    let Ok(Some(message)) = Message::parse(strip_envelope(&raw), &steps) else {
        return Vec::new();
    };
    let parts = message.parts.texts.iter().filter(|text| text.html);
    parts
        .filter_map(|text| {
            let page = html::read(&text.content, &steps).ok()?;
            let lines: Vec<&str> = page.units().map(|unit| unit.text).collect();
            Some((text.content.clone().into_owned(), lines.join("\n")))
        })
        .collect()
}

fn read_within(raw: &[u8], senders: &Senders, notices: Notices, steps: &Steps) -> Result<Mail, NotAMail> {
    let raw = raw.get(..limits::MAX_READ).unwrap_or(raw);
    steps.spend(raw.len());
    let raw = only_line_feeds(raw);
    let raw = strip_envelope(&raw);
    match take_apart(raw, senders, notices, steps) {
        Ok(mail) => mail.ok_or(NotAMail),
        Err(TooComplex) => Ok(Mail {
            id: MailId(Sha256::digest(raw).into()),
            date: None,
            named: Vec::new(),
            forwarded_by: None,
            content: Content::TooComplex,
            notice: None,
        }),
    }
}

fn take_apart(raw: &[u8], senders: &Senders, notices: Notices, steps: &Steps) -> Result<Option<Mail>, TooComplex> {
    let Some(message) = Message::parse(raw, steps)? else {
        return Ok(None);
    };
    let mut mail = Mail {
        id: message.id()?,
        date: message.header.date(),
        named: message.named(),
        forwarded_by: None,
        content: Content::NotFromArlo,
        notice: None,
    };
    let Some(from) = message.from() else {
        if notices == Notices::Taken {
            mail.notice = Some(Notice::of(&message, None, steps)?);
        }
        return Ok(Some(mail));
    };
    if senders.contains(&from.sender) {
        let read = message.code_and_original(senders, 0)?;
        mail.content = read.found.into();
        if let Some((id, date)) = read.original {
            mail.id = id;
            mail.date = date;
        }
    } else if gmail::is_sender(&from.account) {
        mail.content = gmail::read(&message, steps)?.map_or(Content::NotFromArlo, Content::ForwardingConfirmation);
    } else if let Some(forwarded) = Forwarded::find(&message, senders)? {
        mail.forwarded_by = Some(from.account.clone());
        mail.content = forwarded.found.into();
        if let Some((id, date)) = forwarded.original {
            mail.id = id;
            mail.date = date;
        }
    }
    if notices == Notices::Taken && matches!(mail.content, Content::NoCode | Content::NotFromArlo) {
        mail.notice = Some(Notice::of(&message, Some(&from.sender), steps)?);
    }
    // Nothing is taken from a mail whose last step was beyond the limit either.
    steps.check()?;
    Ok(Some(mail))
}

impl From<Found> for Content {
    fn from(found: Found) -> Self {
        match found {
            Found::One(code) => Self::Code(code),
            Found::Conflict => Self::ConflictingCodes,
            Found::Nothing => Self::NoCode,
        }
    }
}

#[cfg(test)]
mod tests;
