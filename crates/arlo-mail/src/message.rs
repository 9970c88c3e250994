//! One message: who wrote it, whom it names, what tells a copy of it, and what of it is searched for the code.

use std::borrow::Cow;
use std::cell::OnceCell;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::account::Account;
use crate::budget::{Steps, TooComplex};
use crate::find::{self, Circumstances, Found};
use crate::header::{self, Header};
use crate::limits::MAX_ATTACHED_DEPTH;
use crate::mime::{Parts, Text};
use crate::page::{Page, Unit};
use crate::{Author, MailId, Senders, head, html};

/// Bytes with bare CR for line ends, as old Macs wrote them, get LF; where there is any LF, a CR is no line end.
pub(crate) fn only_line_feeds(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&b'\n') || !raw.contains(&b'\r') {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.iter().map(|&b| if b == b'\r' { b'\n' } else { b }).collect())
}

/// Without what stands before the header: a byte order mark, empty lines, the `From ` line of an mbox.
pub(crate) fn strip_envelope(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(raw);
    let mut raw = raw;
    while let [b'\r' | b'\n', rest @ ..] = raw {
        raw = rest;
    }
    let line = raw.strip_prefix(b">").unwrap_or(raw);
    match line.strip_prefix(b"From ") {
        Some(rest) if !rest.trim_ascii_start().starts_with(b":") => header::split_line(raw).1,
        _ => raw,
    }
}

/// One message, taken apart. What is read of it twice is made once.
pub(crate) struct Message<'a> {
    pub(crate) header: Header<'a>,
    pub(crate) parts: Parts<'a>,
    steps: &'a Steps,
    subject: OnceCell<String>,
    pages: OnceCell<Vec<Page>>,
}

impl<'a> Message<'a> {
    /// `None` for what does not begin as a mail does.
    pub(crate) fn parse(raw: &'a [u8], steps: &'a Steps) -> Result<Option<Self>, TooComplex> {
        if !header::begins(raw) {
            return Ok(None);
        }
        let (header, body) = Header::split(raw);
        steps.pay(raw.len() - body.len())?;
        let parts = Parts::of(&header, body, steps)?;
        Ok(Some(Self {
            header,
            parts,
            steps,
            subject: OnceCell::new(),
            pages: OnceCell::new(),
        }))
    }

    /// Who wrote it, if it says so in one way only.
    pub(crate) fn from(&self) -> Option<Author> {
        head::author(&self.header, self.steps)
    }

    /// The accounts that the header names.
    pub(crate) fn named(&self) -> Vec<Account> {
        head::named(&self.header, self.steps)
    }

    /// The subject, its encoded words decoded.
    pub(crate) fn subject(&self) -> &str {
        self.subject
            .get_or_init(|| self.header.decoded("Subject").unwrap_or_default())
    }

    /// What a reader sees of its text.
    pub(crate) fn pages(&self) -> Result<&[Page], TooComplex> {
        if let Some(pages) = self.pages.get() {
            return Ok(pages);
        }
        let pages: Result<Vec<Page>, TooComplex> =
            self.parts.texts.iter().map(|text| page_of(text, self.steps)).collect();
        let pages = pages?;
        Ok(self.pages.get_or_init(|| pages))
    }

    /// The code in the whole text.
    fn code(&self) -> Result<Found, TooComplex> {
        let units: Vec<Vec<Unit<'_>>> = self.pages()?.iter().map(|page| page.units().collect()).collect();
        self.code_in(&units)
    }

    /// The code of a mail that Arlo wrote: in its own text, or in a mail of Arlo's attached to it, since filters send a
    /// mail on under its own From with their report for its text and the mail as it came beneath.
    pub(crate) fn code_and_original(&self, senders: &Senders, depth: usize) -> Result<Forwarded, TooComplex> {
        let own = self.code()?;
        let attached = if depth < MAX_ATTACHED_DEPTH {
            Forwarded::attached(self, senders, depth)?
        } else {
            None
        };
        Ok(match attached {
            Some(attached) if own == Found::Nothing => attached,
            Some(attached) if attached.found != Found::Nothing && attached.found != own => {
                Forwarded::whole(Found::Conflict)
            }
            _ => Forwarded::whole(own),
        })
    }

    /// The code in what of the text is to be searched.
    pub(crate) fn code_in(&self, units: &[Vec<Unit<'_>>]) -> Result<Found, TooComplex> {
        let precedence = self.header.line("Precedence").unwrap_or_default();
        let circumstances = Circumstances {
            subject: self.subject(),
            bulk: self.header.first("List-Unsubscribe").is_some()
                || self.header.first("List-Id").is_some()
                || precedence.eq_ignore_ascii_case("bulk"),
        };
        find::find(units, circumstances, self.steps)
    }

    /// The same for every copy: the Message-ID, or else what no forwarder changes of the rest.
    pub(crate) fn id(&self) -> Result<MailId, TooComplex> {
        let mut digest = Sha256::new();
        let id = self.header.line("Message-ID").filter(|id| !id.is_empty());
        if let Some(id) = id {
            digest.update(b"message-id\0");
            digest.update(id.as_bytes());
        } else {
            digest.update(b"content\0");
            digest.update(self.header.line("Date").unwrap_or_default());
            digest.update(b"\0");
            digest.update(self.subject());
            for page in self.pages()? {
                // A forwarder may encode the text anew, and lose characters that are not ASCII on the way.
                digest.update(b"\0");
                let letters: Vec<u8> = page
                    .units()
                    .flat_map(|unit| unit.text.bytes())
                    .filter(u8::is_ascii_alphanumeric)
                    .collect();
                self.steps.pay(letters.len())?;
                digest.update(&letters);
            }
        }
        Ok(MailId::from_bytes(digest.finalize().into()))
    }
}

fn page_of(text: &Text<'_>, steps: &Steps) -> Result<Page, TooComplex> {
    if text.html {
        html::read(&text.content, steps)
    } else {
        steps.pay(text.content.len())?;
        Ok(Page::of_text(&text.content))
    }
}

/// Arlo's mail within another.
pub(crate) struct Forwarded {
    pub(crate) found: Found,
    /// The id and date of the attached mail that says so; the text around it has none of its own.
    pub(crate) original: Option<(MailId, Option<Timestamp>)>,
}

impl Forwarded {
    fn whole(found: Found) -> Self {
        Self { found, original: None }
    }

    pub(crate) fn find(outer: &Message<'_>, senders: &Senders) -> Result<Option<Self>, TooComplex> {
        match Self::attached(outer, senders, 0)? {
            Some(attached) => Ok(Some(attached)),
            None => Self::inline(outer, senders),
        }
    }

    /// What the attached mails say that Arlo wrote. Goes no deeper than [`MAX_ATTACHED_DEPTH`].
    fn attached(outer: &Message<'_>, senders: &Senders, depth: usize) -> Result<Option<Self>, TooComplex> {
        let mut forwarded: Option<Self> = None;
        for raw in &outer.parts.attached {
            let Some(message) = Message::parse(strip_envelope(raw), outer.steps)? else {
                continue;
            };
            if !message.from().is_some_and(|from| senders.contains(&from.sender)) {
                continue;
            }
            let read = message.code_and_original(senders, depth + 1)?;
            let original = match read.original {
                Some(original) => original,
                None => (message.id()?, message.header.date()),
            };
            match &mut forwarded {
                None => {
                    forwarded = Some(Self {
                        found: read.found,
                        original: Some(original),
                    });
                }
                Some(first) if first.found != read.found => first.found = Found::Conflict,
                Some(_) => {}
            }
        }
        Ok(forwarded)
    }

    fn inline(outer: &Message<'_>, senders: &Senders) -> Result<Option<Self>, TooComplex> {
        let mut forwarded: Vec<Vec<Unit<'_>>> = Vec::new();
        for page in outer.pages()? {
            let units: Vec<Unit<'_>> = page.units().collect();
            let after = crate::forward::after_header_block(&units, senders, outer.steps)?;
            forwarded.extend(after.and_then(|after| Some(units.get(after..)?.to_vec())));
        }
        if forwarded.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self::whole(outer.code_in(&forwarded)?)))
    }
}
