//! A mail at whose own bytes the reader looks, for a proof over those bytes.
//!
//! The reader forgives: it turns bare CR line ends into LF, skips what stands before the header, cuts a mail that is
//! too long, and passes over lines that are no field. A signature (RFC 6376) covers bytes as they are. Whoever checks
//! one takes the fields and the body from here, so that what is proven is exactly what [`read`](crate::read) reads; a
//! mail in which the reader had to forgive anything has none, and a signature on it counts for nothing.

use crate::header::{self, Header};
use crate::limits::MAX_READ;
use crate::message::strip_envelope;

/// The header section and body of a raw mail, each at the bytes that [`read`](crate::read) takes them from.
#[derive(Debug, Clone)]
pub struct Verbatim<'a> {
    /// Its fields. Their [`range`](crate::Field::range) counts from the first byte of the raw mail.
    pub header: Header<'a>,
    /// Its body, to the last byte of the raw mail.
    pub body: &'a [u8],
    /// Where the body begins in the raw mail.
    pub body_at: usize,
}

/// Why the reader reads something else than what stands in the raw mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotVerbatim {
    /// It does not begin with a header field.
    #[error("the mail does not begin with a header field")]
    NotAMail,
    /// A byte order mark, an empty line or the `From ` line of an mbox stands before the header: it is skipped.
    #[error("something stands before the header")]
    Envelope,
    /// A CR without LF after it (RFC 5322 section 2.3): where the mail has no LF at all, the reader ends lines there.
    #[error("the mail has a CR without an LF")]
    BareCr,
    /// Longer than [`MAX_READ`]: the end is not read.
    #[error("the mail is longer than is read")]
    TooLong,
    /// The header section is larger than the limits: the reader knows no sender.
    #[error("the header section is larger than is read")]
    HeaderTooLong,
    /// A line of the header section belongs to no field: it is passed over.
    #[error("a line of the header section is no field")]
    StrayLine,
}

impl<'a> Verbatim<'a> {
    /// Splits a raw mail where the reader splits it.
    ///
    /// # Errors
    /// [`NotVerbatim`] where the reader would read other bytes, or fewer, than stand in the mail.
    pub fn of(raw: &'a [u8]) -> Result<Self, NotVerbatim> {
        if raw.len() > MAX_READ {
            return Err(NotVerbatim::TooLong);
        }
        if has_bare_cr(raw) {
            return Err(NotVerbatim::BareCr);
        }
        if strip_envelope(raw).len() != raw.len() {
            return Err(NotVerbatim::Envelope);
        }
        if !header::begins(raw) {
            return Err(NotVerbatim::NotAMail);
        }
        let (header, body) = Header::split(raw);
        if !header.is_complete() {
            return Err(NotVerbatim::HeaderTooLong);
        }
        if !header.has_fields_only() {
            return Err(NotVerbatim::StrayLine);
        }
        let body_at = raw.len() - body.len();
        Ok(Self { header, body, body_at })
    }
}

fn has_bare_cr(raw: &[u8]) -> bool {
    let mut bytes = raw.iter().peekable();
    while let Some(&byte) = bytes.next() {
        if byte == b'\r' && bytes.peek() != Some(&&b'\n') {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_mail_is_taken_at_its_bytes() {
        let raw = b"From: a@b.example\r\nX: 1\r\n 2\r\n\r\nbody\r\n";
        let mail = Verbatim::of(raw).unwrap();
        assert_eq!(&raw[mail.body_at..], mail.body);
        assert_eq!(mail.body, b"body\r\n");
        for field in mail.header.fields() {
            assert_eq!(&raw[field.range()], field.raw());
        }
        assert!(Verbatim::of(b"From: a@b.example\nX: 1\n\nbare LF\n").is_ok());
        assert!(Verbatim::of(b"From: a@b.example").unwrap().body.is_empty());
    }

    #[test]
    fn what_the_reader_forgives_is_not_verbatim() {
        let long = format!("A: b\n\n{}", "x".repeat(MAX_READ));
        let many = format!("{}\nbody", "A: b\n".repeat(2000));
        for (raw, expected) in [
            ("", NotVerbatim::NotAMail),
            ("no mail\n", NotVerbatim::NotAMail),
            ("\u{feff}A: b\n\nbody", NotVerbatim::Envelope),
            ("\r\nA: b\r\n\r\nbody", NotVerbatim::Envelope),
            ("From x Mon Nov 23 2026\nA: b\n\nbody", NotVerbatim::Envelope),
            (">From x Mon Nov 23 2026\nA: b\n\nbody", NotVerbatim::Envelope),
            ("A: b\r\rbody", NotVerbatim::BareCr),
            ("A: b\r\n\r\nbo\rdy", NotVerbatim::BareCr),
            ("A: b\r\n\r\nbody\r", NotVerbatim::BareCr),
            (&long, NotVerbatim::TooLong),
            (&many, NotVerbatim::HeaderTooLong),
            ("A: b\nno field\nC: d\n\nbody", NotVerbatim::StrayLine),
            ("A: b\n>From me\n\nbody", NotVerbatim::StrayLine),
        ] {
            assert_eq!(Verbatim::of(raw.as_bytes()).err(), Some(expected), "{raw:.40}");
        }
    }
}
