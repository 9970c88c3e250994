//! A mail from Arlo inside another mail: attached to it, or quoted in its text.
//!
//! An attached mail counts by its own From field. A quoted mail counts by the block of header lines above it, see
//! [`block`].

mod block;
mod labels;

use jiff::Timestamp;

use crate::limits::MAX_ATTACHED_DEPTH;
use crate::mail_id::MailId;
use crate::message::Message;
use crate::raw::strip_envelope;
use crate::search::Found;
use crate::sender::Senders;
use crate::steps::TooComplex;
use crate::visible::Cell;

/// The code that was found, and the mail that it belongs to.
pub(crate) struct Forwarded {
    pub(crate) found: Found,
    /// The id and the date of the attached mail; `None` if the code is in the text of the outer mail.
    pub(crate) original: Option<(MailId, Option<Timestamp>)>,
}

impl Forwarded {
    /// Reads a mail that Arlo wrote: its own text, and mails from Arlo that are attached to it. A spam filter sends a
    /// mail on under its own From field, with a report as the text and the original mail attached. `depth` is the
    /// number of mails around this one.
    pub(crate) fn in_mail_from_arlo(
        message: &Message<'_>,
        senders: &Senders,
        depth: usize,
    ) -> Result<Self, TooComplex> {
        let own = Self::in_own_text(message.code()?);
        let attached = if depth < MAX_ATTACHED_DEPTH {
            Self::attached(message, senders, depth)?
        } else {
            None
        };
        Ok(attached.into_iter().fold(own, Self::and))
    }

    /// Reads a mail that somebody else wrote; `None` if it carries no mail from Arlo.
    pub(crate) fn in_mail_from_others(outer: &Message<'_>, senders: &Senders) -> Result<Option<Self>, TooComplex> {
        match Self::attached(outer, senders, 0)? {
            // The attached mail is only an addition to the one that is quoted, if it has no code.
            Some(attached) if attached.found == Found::Nothing => {
                let quoted = Self::quoted(outer, senders)?;
                Ok(Some(quoted.into_iter().fold(attached, Self::and)))
            }
            Some(attached) => Ok(Some(attached)),
            None => Self::quoted(outer, senders),
        }
    }

    fn in_own_text(found: Found) -> Self {
        Self { found, original: None }
    }

    /// What two mails say together. A mail without a code says nothing against the code of another one.
    fn and(self, next: Self) -> Self {
        if next.found == Found::Nothing || next.found == self.found {
            self
        } else if self.found == Found::Nothing {
            next
        } else {
            Self {
                found: Found::Conflict,
                ..self
            }
        }
    }

    /// Reads the attached mails that Arlo wrote, to a depth of [`MAX_ATTACHED_DEPTH`].
    fn attached(outer: &Message<'_>, senders: &Senders, depth: usize) -> Result<Option<Self>, TooComplex> {
        let mut forwarded: Option<Self> = None;
        for raw in &outer.parts.attached {
            let Some(message) = Message::parse(strip_envelope(raw), outer.steps)? else {
                continue;
            };
            if !message.from().is_some_and(|from| senders.contains(&from.sender)) {
                continue;
            }
            let read = Self::in_mail_from_arlo(&message, senders, depth + 1)?;
            let original = match read.original {
                Some(original) => original,
                None => (message.id()?, message.header.date()),
            };
            let read = Self {
                found: read.found,
                original: Some(original),
            };
            forwarded = Some(match forwarded {
                Some(first) => first.and(read),
                None => read,
            });
        }
        Ok(forwarded)
    }

    /// Reads the mail that is quoted in the text.
    fn quoted(outer: &Message<'_>, senders: &Senders) -> Result<Option<Self>, TooComplex> {
        let mut quoted: Vec<Vec<Cell<'_>>> = Vec::new();
        for visible in outer.visible_texts()? {
            let cells: Vec<Cell<'_>> = visible.cells().collect();
            let after = block::end_of_first_block(&cells, senders, outer.steps)?;
            quoted.extend(after.and_then(|after| Some(cells.get(after..)?.to_vec())));
        }
        if quoted.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self::in_own_text(outer.code_in(&quoted)?)))
    }
}
