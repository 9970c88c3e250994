//! The bytes of a mail before its header is read: line ends, and what a mail store puts above the header.

use std::borrow::Cow;

use crate::header;

/// Replaces CR by LF in a mail that has no LF, as old Macs wrote mails. In any other mail a CR ends no line.
pub(crate) fn only_line_feeds(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&b'\n') || !raw.contains(&b'\r') {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.iter().map(|&b| if b == b'\r' { b'\n' } else { b }).collect())
}

/// Removes what may come before the header: a byte order mark, empty lines, the `From ` line of an mbox file. [`read`]
/// skips it, and Arlo's signature does not cover it.
///
/// [`read`]: crate::read()
#[must_use]
pub fn strip_envelope(raw: &[u8]) -> &[u8] {
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
