//! A mail that the reader reads byte for byte, for those who check a signature over its bytes.
//!
//! The reader is tolerant: it turns CR line ends into LF, skips lines before the header, cuts a mail that is too long,
//! and skips lines of the header that are no field. A DKIM signature (RFC 6376) covers the bytes as they are. A
//! verifier takes the fields and the body from here, so that it verifies exactly the bytes that [`read`](crate::read)
//! reads. If the reader would change or skip anything, there is no [`Verbatim`], and a signature must not count.

use crate::header::{self, Header};
use crate::limits::MAX_READ;
use crate::raw::strip_envelope;

/// The header section and the body of a raw mail, exactly the bytes that [`read`](crate::read) reads.
#[derive(Debug, Clone)]
pub struct Verbatim<'a> {
    /// The fields. Their [`range`](crate::Field::range) counts from the first byte of the raw mail.
    pub header: Header<'a>,
    /// The body, to the last byte of the raw mail.
    pub body: &'a [u8],
    /// Where the body begins in the raw mail.
    pub body_at: usize,
}

/// Why the reader would read other bytes than those of the raw mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotVerbatim {
    /// The mail does not begin with a header field.
    #[error("the mail does not begin with a header field")]
    NotAMail,
    /// A byte order mark, an empty line or the `From ` line of an mbox file is before the header. The reader skips it.
    #[error("something is before the header")]
    Envelope,
    /// There is a CR without an LF (RFC 5322 section 2.3). In a mail without any LF the reader takes it for a line end.
    #[error("the mail has a CR without an LF")]
    BareCr,
    /// The mail is longer than [`MAX_READ`]. The reader does not read its end.
    #[error("the mail is longer than is read")]
    TooLong,
    /// The header section is larger than the limits. The reader takes the sender for unknown.
    #[error("the header section is larger than is read")]
    HeaderTooLong,
    /// A line of the header section belongs to no field. The reader skips it.
    #[error("a line of the header section is no field")]
    StrayLine,
}

impl<'a> Verbatim<'a> {
    /// Splits a raw mail into header and body as the reader does.
    ///
    /// # Errors
    /// [`NotVerbatim`] if the reader would change or skip some of the bytes.
    pub fn from_raw(raw: &'a [u8]) -> Result<Self, NotVerbatim> {
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
        let mail = Verbatim::from_raw(raw).unwrap();
        assert_eq!(&raw[mail.body_at..], mail.body);
        assert_eq!(mail.body, b"body\r\n");
        for field in mail.header.fields() {
            assert_eq!(&raw[field.range()], field.raw());
        }
        assert!(Verbatim::from_raw(b"From: a@b.example\nX: 1\n\nbare LF\n").is_ok());
        assert!(Verbatim::from_raw(b"From: a@b.example").unwrap().body.is_empty());
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
            assert_eq!(Verbatim::from_raw(raw.as_bytes()).err(), Some(expected), "{raw:.40}");
        }
    }
}
