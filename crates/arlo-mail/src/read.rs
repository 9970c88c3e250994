//! Reading one mail, from its bytes to a [`Mail`].
//!
//! The functions take any bytes and never panic. Their time grows with the number of bytes and with nothing else: every
//! step is counted, and the reader gives a mail up that needs more steps than [`limits`] allows.

use sha2::{Digest, Sha256};

use crate::forwarded::Forwarded;
use crate::mail::{Content, Mail, NotAMail};
use crate::mail_id::MailId;
use crate::message::Message;
use crate::notice::Notice;
use crate::raw::{only_line_feeds, strip_envelope};
use crate::sender::Senders;
use crate::steps::{Steps, TooComplex};
use crate::{gmail, limits};

/// Reads a raw mail.
///
/// The result does not say whether the mail may be believed: anybody can forge a From field.
///
/// # Errors
/// [`NotAMail`] if the bytes do not begin with a header field. Any other bytes give a [`Mail`].
pub fn read(raw: &[u8], senders: &Senders) -> Result<Mail, NotAMail> {
    read_within(
        raw,
        senders,
        Notices::Skipped,
        &Steps::new(limits::max_steps(raw.len())),
    )
}

/// Reads a raw mail as [`read`] does, and takes a [`Notice`] of a mail without a code, for the person whose mail it is.
///
/// # Errors
/// As [`read`].
pub fn read_for_owner(raw: &[u8], senders: &Senders) -> Result<Mail, NotAMail> {
    read_within(raw, senders, Notices::Taken, &Steps::new(limits::max_steps(raw.len())))
}

/// Whether a notice is taken of a mail without a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notices {
    Taken,
    Skipped,
}

/// Reads a raw mail in as many steps as `steps` allows.
pub(crate) fn read_within(raw: &[u8], senders: &Senders, notices: Notices, steps: &Steps) -> Result<Mail, NotAMail> {
    let raw = raw.get(..limits::MAX_READ).unwrap_or(raw);
    steps.count(raw.len());
    let raw = only_line_feeds(raw);
    let raw = strip_envelope(&raw);
    match read_message(raw, senders, notices, steps) {
        Ok(mail) => mail.ok_or(NotAMail),
        Err(TooComplex) => Ok(Mail {
            id: MailId::from_bytes(Sha256::digest(raw).into()),
            date: None,
            named: Vec::new(),
            forwarded_by: None,
            content: Content::TooComplex,
            notice: None,
        }),
    }
}

fn read_message(raw: &[u8], senders: &Senders, notices: Notices, steps: &Steps) -> Result<Option<Mail>, TooComplex> {
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
            mail.notice = Some(Notice::from_message(&message, None, steps)?);
        }
        return Ok(Some(mail));
    };
    let found = if senders.contains(&from.sender) {
        Some(Forwarded::in_mail_from_arlo(&message, senders, 0)?)
    } else if from.asks_to_forward() {
        mail.content = gmail::read(&message, steps)?.map_or(Content::NotFromArlo, Content::ForwardingConfirmation);
        None
    } else {
        let forwarded = Forwarded::in_mail_from_others(&message, senders)?;
        mail.forwarded_by = forwarded.as_ref().map(|_| from.account.clone());
        forwarded
    };
    if let Some(found) = found {
        mail.content = found.found.into();
        if let Some((id, date)) = found.original {
            mail.id = id;
            mail.date = date;
        }
    }
    if notices == Notices::Taken && matches!(mail.content, Content::NoCode | Content::NotFromArlo) {
        mail.notice = Some(Notice::from_message(&message, Some(&from.sender), steps)?);
    }
    // The last step may have been one too many.
    steps.check()?;
    Ok(Some(mail))
}

#[cfg(test)]
mod tests;
