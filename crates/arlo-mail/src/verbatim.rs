//! A mail that the reader reads byte for byte, for those who check a signature over its bytes.
//!
//! The reader is tolerant: it turns CR line ends into LF, skips lines before the header, cuts a mail that is too long,
//! and skips lines of the header that are no field. A DKIM signature (RFC 6376) covers the bytes as they are. A
//! verifier takes the fields and the body from here, so that it verifies exactly the bytes that [`read`](crate::read())
//! reads. If the reader would change or skip anything, there is no [`Verbatim`], and a signature must not count.

use crate::header::{self, Header};
use crate::limits::MAX_READ;
use crate::raw::strip_envelope;

/// The header section and the body of a raw mail, exactly the bytes that [`read`](crate::read()) reads.
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
mod tests;
