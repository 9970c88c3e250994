//! One message: its header, its parts, its identity, and the search for a code in it.

use std::cell::OnceCell;

use sha2::{Digest, Sha256};

use crate::account::Account;
use crate::header::{self, Header};
use crate::mail_id::MailId;
use crate::mime::{Parts, Text};
use crate::search::{self, Context, Found};
use crate::sender::Author;
use crate::steps::{Steps, TooComplex};
use crate::visible::fold::compose;
use crate::visible::{Cell, VisibleText};
use crate::{head, html};

/// One message. The subject and the visible texts are made once, when they are first asked for.
pub(crate) struct Message<'a> {
    pub(crate) header: Header<'a>,
    pub(crate) parts: Parts<'a>,
    pub(crate) steps: &'a Steps,
    subject: OnceCell<String>,
    visible_texts: OnceCell<Vec<VisibleText>>,
}

impl<'a> Message<'a> {
    /// Splits a message into its parts; `None` if the bytes do not begin with a header field.
    pub(crate) fn parse(raw: &'a [u8], steps: &'a Steps) -> Result<Option<Self>, TooComplex> {
        if !header::begins(raw) {
            return Ok(None);
        }
        let (header, body) = Header::split(raw);
        steps.count_checked(raw.len() - body.len())?;
        let parts = Parts::from_body(&header, body, steps)?;
        Ok(Some(Self {
            header,
            parts,
            steps,
            subject: OnceCell::new(),
            visible_texts: OnceCell::new(),
        }))
    }

    /// The author, if the header names exactly one.
    pub(crate) fn from(&self) -> Option<Author> {
        head::author(&self.header, self.steps)
    }

    /// The accounts that the header names.
    pub(crate) fn named(&self) -> Vec<Account> {
        head::named(&self.header, self.steps)
    }

    /// The subject, with its encoded words decoded and its letters composed, as in the visible texts.
    pub(crate) fn subject(&self) -> &str {
        self.subject
            .get_or_init(|| compose(&self.header.decoded("Subject").unwrap_or_default()).into_owned())
    }

    /// The visible text of each part.
    pub(crate) fn visible_texts(&self) -> Result<&[VisibleText], TooComplex> {
        if let Some(visible) = self.visible_texts.get() {
            return Ok(visible);
        }
        let texts = self.parts.texts.iter();
        let visible: Result<Vec<VisibleText>, TooComplex> = texts.map(|text| visible_text(text, self.steps)).collect();
        let visible = visible?;
        Ok(self.visible_texts.get_or_init(|| visible))
    }

    /// Searches the whole text for the code.
    pub(crate) fn code(&self) -> Result<Found, TooComplex> {
        let visible = self.visible_texts()?.iter();
        let parts: Vec<Vec<Cell<'_>>> = visible.map(|text| text.cells().collect()).collect();
        self.code_in(&parts)
    }

    /// Searches some of the text for the code.
    pub(crate) fn code_in(&self, parts: &[Vec<Cell<'_>>]) -> Result<Found, TooComplex> {
        let precedence = self.header.line("Precedence").unwrap_or_default();
        let context = Context {
            subject: self.subject(),
            is_bulk: self.header.first("List-Unsubscribe").is_some()
                || self.header.first("List-Id").is_some()
                || precedence.eq_ignore_ascii_case("bulk"),
        };
        search::find(parts, context, self.steps)
    }

    /// The identity. It is made from the Message-ID, or, without one, from what no forwarder changes.
    pub(crate) fn id(&self) -> Result<MailId, TooComplex> {
        let mut digest = Sha256::new();
        let id = self.header.line("Message-ID").filter(|id| !id.is_empty());
        if let Some(id) = id {
            digest.update(b"message-id\0");
            digest.update(id.as_bytes());
        } else {
            digest.update(b"content\0");
            digest.update(&*self.header.line("Date").unwrap_or_default());
            digest.update(b"\0");
            digest.update(self.subject());
            for visible in self.visible_texts()? {
                // A forwarder may encode the text again and lose characters that are not ASCII.
                digest.update(b"\0");
                let letters: Vec<u8> = visible
                    .cells()
                    .flat_map(|cell| cell.text.bytes())
                    .filter(u8::is_ascii_alphanumeric)
                    .collect();
                self.steps.count_checked(letters.len())?;
                digest.update(&letters);
            }
        }
        Ok(MailId::from_bytes(digest.finalize().into()))
    }
}

fn visible_text(text: &Text<'_>, steps: &Steps) -> Result<VisibleText, TooComplex> {
    if !text.content.is_ascii() {
        // Its letters are composed.
        steps.count_checked(text.content.len())?;
    }
    if text.html {
        html::read(&text.content, steps)
    } else {
        steps.count_checked(text.content.len())?;
        Ok(VisibleText::from_plain_text(&text.content))
    }
}
