//! The fields of a header section, in order (RFC 5322 section 2.2).
//!
//! A line may end in CRLF or in LF alone. Names may be in any case, and values may be folded. A section over the limits
//! is marked incomplete; a field that it lacks may be in the part that was not read.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use mail_parser::parsers::MessageStream;
use mail_parser::{ContentType, HeaderValue};
use memchr::{memchr, memchr2, memmem};

use crate::limits::{MAX_FIELD, MAX_FIELDS, MAX_HEADER, MAX_STRUCTURED_FIELD};
use crate::{date, decode};

/// The fields of one header section, borrowed from the mail. `Debug` shows only their number.
#[derive(Clone, Default)]
pub struct Header<'a> {
    fields: Vec<Field<'a>>,
    beyond_limits: bool,
    passed_over: bool,
}

/// One header field, byte for byte. `Debug` shows only its name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    name: &'a [u8],
    /// All bytes from the first of the name to the end of the last line.
    raw: &'a [u8],
    start: usize,
}

impl<'a> Field<'a> {
    /// The name as the sender wrote it, without the blanks before the colon.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        self.name
    }

    /// All bytes after the colon, with leading blanks, folded lines and the last line end.
    #[must_use]
    pub fn value(&self) -> &'a [u8] {
        let after_name = self.raw.get(self.name.len()..).unwrap_or_default();
        after_name.trim_ascii_start().get(1..).unwrap_or_default()
    }

    /// All bytes of the field, from its name to its last line end.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The position of [`Self::raw`] in the bytes that were split.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.raw.len()
    }

    /// Whether the field has this name, in any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field")
            .field("name", &String::from_utf8_lossy(self.name))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("fields", &self.fields.len())
            .field("beyond_limits", &self.beyond_limits)
            .finish_non_exhaustive()
    }
}

/// Room for the fields of a usual mail. A mail that was forwarded has more.
const USUAL_FIELDS: usize = 16;

/// Splits a text after its first line.
pub(crate) fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr(b'\n', text).map_or(text.len(), |at| at + 1);
    text.split_at(end)
}

/// Whether the bytes begin with a header field, as every mail does.
pub(crate) fn begins(entity: &[u8]) -> bool {
    field_name(split_line(entity).0).is_some()
}

/// The name of the field that begins on this line; `None` if none does.
fn field_name(line: &[u8]) -> Option<&[u8]> {
    let is_of_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let (name, after) = line.split_at(line.iter().take_while(is_of_name).count());
    let is_name = (1..=76).contains(&name.len()) && after.trim_ascii_start().starts_with(b":");
    is_name.then_some(name)
}

impl<'a> Header<'a> {
    /// Splits an entity into its header section and its body, in one pass.
    ///
    /// The section ends at the first line that is empty or blank and continues no field. The body is all that follows,
    /// to the last byte. A field consists of a line with a name and of all lines that are folded to it. A line that is
    /// no field is skipped together with the lines folded to it, since a forwarder may have broken a field.
    ///
    /// A mail can begin with other lines than header fields.
    /// [`Verbatim::from_raw`](crate::Verbatim::from_raw) splits a whole mail, and refuses one with such lines.
    #[must_use]
    pub fn split(entity: &'a [u8]) -> (Self, &'a [u8]) {
        let mut header = Self::default();
        header.fields.reserve(USUAL_FIELDS);
        let mut rest = entity;
        // The current field: its name, and the rest of the entity from its first byte on.
        let mut open: Option<(&'a [u8], &'a [u8])> = None;
        let at = |rest: &[u8]| entity.len() - rest.len();
        loop {
            let (line, after) = split_line(rest);
            let folded = open.is_some() && matches!(line.first(), Some(b' ' | b'\t'));
            let ends = line.is_empty() || (line.trim_ascii().is_empty() && !folded);
            if (ends || !folded)
                && let Some((name, from)) = open.take()
            {
                let raw = from.get(..from.len() - rest.len()).unwrap_or_default();
                let start = at(from);
                header.push(Field { name, raw, start });
            }
            header.beyond_limits |= at(after) > MAX_HEADER;
            if ends {
                return (header, after);
            }
            if !folded && !header.beyond_limits {
                open = field_name(line).map(|name| (name, rest));
                header.passed_over |= open.is_none();
            }
            rest = after;
        }
    }

    fn push(&mut self, field: Field<'a>) {
        if self.fields.len() == MAX_FIELDS {
            self.beyond_limits = true;
            return;
        }
        self.fields.push(field);
    }

    /// The fields, from the top.
    #[must_use]
    pub fn fields(&self) -> &[Field<'a>] {
        &self.fields
    }

    /// Whether all fields were read. The reader takes the sender of a larger section for unknown, see
    /// [`limits`](crate::limits).
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.beyond_limits
    }

    /// Whether every line of the section belongs to a field.
    pub(crate) fn has_fields_only(&self) -> bool {
        !self.passed_over
    }

    /// The values of all fields of this name, cut to the limit.
    pub(crate) fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.fields
            .iter()
            .filter(|field| field.is(name))
            .map(|field| field.value().get(..MAX_FIELD).unwrap_or(field.value()))
    }

    /// The value of the first field of this name.
    pub(crate) fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The first value of this name, unfolded, with bytes that are not UTF-8 replaced.
    pub(crate) fn line(&self, name: &str) -> Option<Cow<'a, str>> {
        self.first(name).map(unfold)
    }

    /// The first value of this name, with its encoded words decoded (RFC 2047).
    pub(crate) fn decoded(&self, name: &str) -> Option<String> {
        let value = self.short(name)?;
        // There is nothing to decode, and nothing is folded.
        if memchr(b'\n', value).is_none() && memmem::find(value, b"=?").is_none() {
            return (!value.is_empty()).then(|| decode::utf8(value).into_owned());
        }
        match MessageStream::new(&with_line_end(value)).parse_unstructured() {
            HeaderValue::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }

    /// The first value of this name, with the line end that mail-parser expects.
    pub(crate) fn structured(&self, name: &str) -> Option<Vec<u8>> {
        self.short(name).map(with_line_end)
    }

    /// The first value of this name, cut to the limit of a value that mail-parser reads, and trimmed.
    fn short(&self, name: &str) -> Option<&'a [u8]> {
        let value = self.first(name)?;
        Some(value.get(..MAX_STRUCTURED_FIELD).unwrap_or(value).trim_ascii())
    }

    /// The time of the Date field.
    pub(crate) fn date(&self) -> Option<jiff::Timestamp> {
        date::parse(&self.line("Date")?)
    }
}

/// A value with the line end that mail-parser expects.
fn with_line_end(value: &[u8]) -> Vec<u8> {
    [value, b"\n"].concat()
}

/// Reads a [structured](Header::structured) value as a Content-Type (RFC 2045 section 5.1, RFC 2231).
pub(crate) fn content_type(value: &[u8]) -> Option<ContentType<'_>> {
    match MessageStream::new(value).parse_content_type() {
        HeaderValue::ContentType(content) => Some(content),
        _ => None,
    }
}

/// A value on one line, trimmed.
pub(crate) fn unfold(value: &[u8]) -> Cow<'_, str> {
    let text = decode::utf8(value.trim_ascii());
    if memchr2(b'\r', b'\n', text.as_bytes()).is_none() {
        return text;
    }
    Cow::Owned(text.replace(['\r', '\n'], ""))
}

#[cfg(test)]
mod tests;
