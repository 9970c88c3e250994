//! Reading a mail: what it is, whom it is for, and the code in it.
//!
//! [`read`] takes any bytes. It never panics, its time grows with the bytes it reads and with nothing else, and it reads
//! no more of a mail than [`limits`] says. Whether a mail may be believed is not decided here: a `From` can be forged,
//! and the one who received the mail knows by which way it came.

mod address;
mod cues;
mod decode;
mod find;
mod forward;
mod gmail;
mod header;
mod html;
pub mod limits;
mod mime;
mod numbers;
mod page;
mod style;

use std::borrow::Cow;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use self::find::{Circumstances, Found};
use self::header::Header;
use self::mime::{Parts, Text};
use self::page::{Page, Unit};
use crate::account::Account;
use crate::code::Code;

/// The canonical addresses whose mail is Arlo's. The default holds `do_not_reply@arlo.com` alone.
#[derive(Debug, Clone)]
pub struct Senders(Vec<Account>);

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
}

/// A provider's question whether the account's mail may be forwarded here.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// A mail provider whose confirmation mail is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provider {
    /// Gmail and Google Workspace.
    Gmail,
}

/// The bytes are no mail at all: no header field can be found at their top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a mail: it does not begin with a header field")]
pub struct NotAMail;

/// Arlo's sender of codes, and of nothing else that is known.
const ARLO: &str = "do_not_reply@arlo.com";

impl Default for Senders {
    fn default() -> Self {
        Self(Account::parse(ARLO).into_iter().collect())
    }
}

impl Senders {
    /// Adds a sender, as iCloud's Hide My Email and the like need it.
    #[must_use]
    pub fn with(mut self, sender: Account) -> Self {
        if !self.contains(&sender) {
            self.0.push(sender);
        }
        self
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, sender: &Account) -> bool {
        self.0.contains(sender)
    }
}

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
    let raw = only_line_feeds(raw.get(..limits::MAX_READ).unwrap_or(raw));
    let raw = strip_envelope(&raw);
    let message = Message::parse(raw).ok_or(NotAMail)?;
    let mut mail = Mail {
        id: message.id(),
        date: message.header.date(),
        named: message.named(),
        forwarded_by: None,
        content: Content::NotFromArlo,
    };
    let Some(from) = message.from() else { return Ok(mail) };
    if senders.contains(&from) {
        mail.content = message.code().into();
    } else if gmail::is_sender(&from) {
        mail.content =
            gmail::read(&message.header, &message.parts).map_or(Content::NotFromArlo, Content::ForwardingConfirmation);
    } else if let Some(forwarded) = Forwarded::find(&message, senders) {
        mail.forwarded_by = Some(from);
        mail.content = forwarded.found.into();
        if let Some((id, date)) = forwarded.original {
            mail.id = id;
            mail.date = date;
        }
    }
    Ok(mail)
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

/// Bytes with bare CR for line ends, as old Macs wrote them, get LF; where there is any LF, a CR is no line end.
fn only_line_feeds(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&b'\n') || !raw.contains(&b'\r') {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.iter().map(|&b| if b == b'\r' { b'\n' } else { b }).collect())
}

/// Without what stands before the header: a byte order mark, empty lines, the `From ` line of an mbox.
fn strip_envelope(raw: &[u8]) -> &[u8] {
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

/// One message, taken apart.
struct Message<'a> {
    header: Header<'a>,
    parts: Parts<'a>,
}

impl<'a> Message<'a> {
    fn parse(raw: &'a [u8]) -> Option<Self> {
        let (header, body) = Header::split(raw);
        if !header::begins(raw) {
            return None;
        }
        let parts = Parts::of(&header, body);
        Some(Self { header, parts })
    }

    /// Who wrote it, if it says so in one way only.
    fn from(&self) -> Option<Account> {
        let mut fields = self.header.all("From");
        let field = fields
            .next()
            .filter(|_| fields.next().is_none() && self.header.is_complete())?;
        match &mut *address::addresses(&header::unfold(field)) {
            [only] => only.take(),
            _ => None,
        }
    }

    /// The accounts that the header names.
    fn named(&self) -> Vec<Account> {
        let mut named = Vec::new();
        let mut add = |account: Account| {
            if named.len() < limits::MAX_NAMED && !named.contains(&account) {
                named.push(account);
            }
        };
        for field in self.header.all("To").chain(self.header.all("Delivered-To")) {
            address::addresses(&header::unfold(field))
                .into_iter()
                .flatten()
                .for_each(&mut add);
        }
        for field in self.header.all("X-Forwarded-For") {
            // "mailbox relay": only the first is whose mail it was.
            address::addresses_in_text(&header::unfold(field))
                .take(1)
                .for_each(&mut add);
        }
        named
    }

    /// What a reader sees of its text.
    fn pages(&self) -> Vec<Page> {
        self.parts.texts.iter().map(page_of).collect()
    }

    /// The code in the whole text.
    fn code(&self) -> Found {
        let pages = self.pages();
        let units: Vec<Vec<Unit<'_>>> = pages.iter().map(|page| page.units().collect()).collect();
        self.code_in(&units)
    }

    /// The code in what of the text is to be searched.
    fn code_in(&self, units: &[Vec<Unit<'_>>]) -> Found {
        let precedence = self.header.line("Precedence").unwrap_or_default();
        let circumstances = Circumstances {
            subject: &self.header.decoded("Subject").unwrap_or_default(),
            bulk: self.header.first("List-Unsubscribe").is_some()
                || self.header.first("List-Id").is_some()
                || precedence.eq_ignore_ascii_case("bulk"),
        };
        find::find(units, circumstances)
    }

    /// The same for every copy: the Message-ID, or else what no forwarder changes of the rest.
    fn id(&self) -> MailId {
        let mut digest = Sha256::new();
        let id = self.header.line("Message-ID").filter(|id| !id.is_empty());
        if let Some(id) = id {
            digest.update(b"message-id\0");
            digest.update(id.as_bytes());
        } else {
            digest.update(b"content\0");
            digest.update(self.header.line("Date").unwrap_or_default());
            digest.update(b"\0");
            digest.update(self.header.decoded("Subject").unwrap_or_default());
            for page in self.pages() {
                // A forwarder may encode the text anew, and lose characters that are not ASCII on the way.
                digest.update(b"\0");
                let letters: Vec<u8> = page
                    .units()
                    .flat_map(|unit| unit.text.bytes())
                    .filter(u8::is_ascii_alphanumeric)
                    .collect();
                digest.update(&letters);
            }
        }
        MailId(digest.finalize().into())
    }
}

fn page_of(text: &Text<'_>) -> Page {
    if text.html {
        html::read(&text.content)
    } else {
        Page::of_text(&text.content)
    }
}

/// Arlo's mail within somebody's.
struct Forwarded {
    found: Found,
    /// The id and date of the attached mail; an inline one has none of its own.
    original: Option<(MailId, Option<Timestamp>)>,
}

impl Forwarded {
    fn find(outer: &Message<'_>, senders: &Senders) -> Option<Self> {
        Self::attached(outer, senders).or_else(|| Self::inline(outer, senders))
    }

    fn attached(outer: &Message<'_>, senders: &Senders) -> Option<Self> {
        let mut forwarded: Option<Self> = None;
        for raw in &outer.parts.attached {
            let Some(message) = Message::parse(strip_envelope(raw)) else {
                continue;
            };
            if !message.from().is_some_and(|from| senders.contains(&from)) {
                continue;
            }
            let found = message.code();
            match &mut forwarded {
                None => {
                    forwarded = Some(Self {
                        found,
                        original: Some((message.id(), message.header.date())),
                    });
                }
                Some(first) if first.found != found => first.found = Found::Conflict,
                Some(_) => {}
            }
        }
        forwarded
    }

    fn inline(outer: &Message<'_>, senders: &Senders) -> Option<Self> {
        let pages = outer.pages();
        let units: Vec<Vec<Unit<'_>>> = pages
            .iter()
            .filter_map(|page| {
                let units: Vec<Unit<'_>> = page.units().collect();
                let after = forward::after_header_block(&units, senders)?;
                Some(units.get(after..)?.to_vec())
            })
            .collect();
        (!units.is_empty()).then(|| Self {
            found: outer.code_in(&units),
            original: None,
        })
    }
}
