//! The parts of a mail (RFC 2045, RFC 2046), found in one pass for each level of nesting.
//!
//! mail-parser reads the values of the fields, but not the structure: it has no limit for mails attached to attached
//! mails, and for every boundary that is missing it searches the whole rest of the mail.

use std::borrow::Cow;

use crate::decode;
use crate::header::{self, Header, content_type, split_line};
use crate::limits::{MAX_ATTACHED, MAX_DEPTH, MAX_PARTS};
use crate::raw::strip_envelope;
use crate::steps::{Steps, TooComplex};

/// A boundary is searched only at the beginning of each line, so two bytes cost one step.
const BOUNDARY_BYTES_PER_STEP: usize = 2;

/// The parts of a mail.
#[derive(Debug, Default)]
pub(crate) struct Parts<'a> {
    /// The parts that are text, in order, without attached files.
    pub(crate) texts: Vec<Text<'a>>,
    /// The attached mails.
    pub(crate) attached: Vec<Cow<'a, [u8]>>,
    entities: usize,
}

/// A part that is text.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    pub(crate) html: bool,
    pub(crate) content: Cow<'a, str>,
}

impl<'a> Parts<'a> {
    /// Splits a body into its parts.
    pub(crate) fn from_body(header: &Header<'_>, body: &'a [u8], steps: &Steps) -> Result<Self, TooComplex> {
        let mut parts = Self::default();
        parts.walk(header, body, "text/plain", 0, steps)?;
        Ok(parts)
    }

    /// Adds the parts of one entity, to a depth of [`MAX_DEPTH`].
    fn walk(
        &mut self,
        header: &Header<'_>,
        body: &'a [u8],
        default_type: &str,
        depth: usize,
        steps: &Steps,
    ) -> Result<(), TooComplex> {
        self.entities += 1;
        if self.entities > MAX_PARTS {
            return Ok(());
        }
        let field = header.structured("Content-Type");
        let content = field.as_deref().and_then(content_type);
        // Some senders leave out the semicolon before the first parameter.
        let declared = content.as_ref().and_then(|c| {
            let subtype = c.subtype()?.split_ascii_whitespace().next()?;
            Some([c.ctype(), "/", subtype].concat())
        });
        let mut media_type = declared.unwrap_or_else(|| default_type.to_owned());
        media_type.make_ascii_lowercase();
        let parameter = |name| content.as_ref().and_then(|c| c.attribute(name));

        if let Some(subtype) = media_type.strip_prefix("multipart/")
            && let Some(boundary) = parameter("boundary").or_else(|| first_boundary(body))
        {
            if depth == MAX_DEPTH {
                return Ok(());
            }
            let default_type = if subtype == "digest" {
                "message/rfc822"
            } else {
                "text/plain"
            };
            steps.count_checked(body.len() / BOUNDARY_BYTES_PER_STEP)?;
            let entities = split(body, boundary.trim_end().as_bytes());
            if !entities.is_empty() {
                for entity in entities {
                    let (header, body) = Header::split(entity);
                    steps.count_checked(entity.len() - body.len())?;
                    self.walk(&header, body, default_type, depth + 1, steps)?;
                }
                return Ok(());
            }
        }

        let encoding = header.line("Content-Transfer-Encoding").unwrap_or_default();
        let field = header.structured("Content-Disposition");
        let disposition = field.as_deref().and_then(content_type);
        let file = disposition
            .as_ref()
            .and_then(|d| d.attribute("filename"))
            .or_else(|| parameter("name"))
            .unwrap_or_default();
        let is_named_mail = file.to_ascii_lowercase().ends_with(".eml");
        let is_mail = matches!(&*media_type, "message/rfc822" | "message/global")
            || media_type.starts_with("application/") && is_named_mail;
        // SpamAssassin can attach the original mail as a text (`report_safe 2`).
        let is_original = || parameter("x-spam-type").is_some_and(|kind| kind.eq_ignore_ascii_case("original"));
        let may_be_mail = media_type == "text/plain" && (is_named_mail || is_original());
        if is_mail && self.attached.len() == MAX_ATTACHED {
            return Ok(());
        }
        if is_mail || may_be_mail {
            steps.count_checked(body.len())?;
            let mail = decode::transfer(body, &encoding);
            if is_mail || begins_as_mail(&mail, steps)? {
                if self.attached.len() < MAX_ATTACHED {
                    self.attached.push(mail);
                }
                return Ok(());
            }
        }
        let is_file = depth > 0 && disposition.is_some_and(|d| d.ctype().eq_ignore_ascii_case("attachment"));
        let html = matches!(&*media_type, "text/html" | "application/xhtml+xml");
        // A text of an unknown kind is plain text (RFC 2046 section 4.1.4). A multipart without a boundary line is read
        // as text too.
        let text = media_type.strip_prefix("text/");
        let plain = text.is_some_and(|kind| !NOT_SHOWN.contains(&kind)) || media_type.starts_with("multipart/");
        if is_file || !(html || plain) {
            return Ok(());
        }
        steps.count_checked(body.len())?;
        let bytes = decode::transfer(body, &encoding);
        let charset = parameter("charset")
            .map(str::to_owned)
            .or_else(|| html.then(|| meta_charset(&bytes)).flatten());
        let content = decode::text(bytes, charset.as_deref());
        self.texts.push(Text {
            html: html || looks_like_html(&content),
            content,
        });
        Ok(())
    }
}

/// Kinds of text that are data for programs: a mail program shows what it makes of them, or a file, not their text.
/// Pages for a watch and AMP pages stand beside the page that the others show.
#[rustfmt::skip]
const NOT_SHOWN: [&str; 15] = [
    "calendar", "css", "csv", "directory", "ecmascript", "javascript", "rfc822-headers", "rtf", "tab-separated-values",
    "vcard", "watch-html", "x-amp-html", "x-vcalendar", "x-vcard", "xml",
];

/// Fields one of which every mail has beside its From.
const USUAL_FIELDS: [&str; 6] = ["Date", "To", "Subject", "Message-ID", "Received", "MIME-Version"];

/// Whether the bytes begin with the header section of a mail: fields only, one From among them and a usual one.
fn begins_as_mail(raw: &[u8], steps: &Steps) -> Result<bool, TooComplex> {
    let raw = strip_envelope(raw);
    if !header::begins(raw) {
        return Ok(false);
    }
    let (header, body) = Header::split(raw);
    steps.count_checked(raw.len() - body.len())?;
    let has_usual = USUAL_FIELDS.iter().any(|name| header.first(name).is_some());
    Ok(header.has_fields_only() && header.all("From").count() == 1 && has_usual)
}

/// The entities between the boundary lines (RFC 2046 section 5.1.1). The last may lack its closing line, since a mail
/// can be cut off.
fn split<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut entities = Vec::new();
    let mut from: Option<&[u8]> = None;
    let mut rest = body;
    while !rest.is_empty() && entities.len() < MAX_PARTS {
        let (line, after) = split_line(rest);
        let delimiter = line
            .strip_prefix(b"--")
            .and_then(|line| line.strip_prefix(boundary))
            .map(<[u8]>::trim_ascii)
            .filter(|tail| tail.is_empty() || *tail == b"--");
        if let Some(tail) = delimiter {
            if let Some(from) = from {
                entities.push(from.get(..from.len() - rest.len()).unwrap_or_default());
            }
            from = tail.is_empty().then_some(after);
            if !tail.is_empty() {
                return entities;
            }
        }
        rest = after;
    }
    entities.extend(from);
    entities
}

/// The boundary of a multipart that does not declare one: its first line, if that looks like a boundary line.
fn first_boundary(body: &[u8]) -> Option<&str> {
    let line = split_line(body.trim_ascii_start()).0.trim_ascii_end();
    let boundary = std::str::from_utf8(line.strip_prefix(b"--")?).ok()?;
    (!boundary.is_empty() && boundary.len() <= 70).then_some(boundary)
}

/// The charset that an HTML page declares in its first kilobyte.
fn meta_charset(page: &[u8]) -> Option<String> {
    let top = decode::utf8(page.get(..1024).unwrap_or(page)).to_ascii_lowercase();
    let (_, after) = top.split_once("charset=")?;
    let name: String = after
        .trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    (!name.is_empty()).then_some(name)
}

/// Whether text is HTML, whatever its declared type.
fn looks_like_html(text: &str) -> bool {
    let top = text
        .trim_start()
        .get(..64)
        .unwrap_or(text.trim_start())
        .to_ascii_lowercase();
    ["<!doctype html", "<html", "<head", "<body", "<table"]
        .iter()
        .any(|tag| top.starts_with(tag))
}
