//! The header fields that are read before the mail itself: the sender and the date.

use std::fmt;

use jiff::Timestamp;
use mail_parser::MessageParser;

/// A mail's `From` and `Date` (RFC 5322 section 3.6). Both can be forged.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// The address in `From`, in lower case; `None` unless there is exactly one.
    pub from: Option<String>,
    /// When the mail was written, by its own words; `None` where that would be a guess, as with an undefined time zone.
    pub date: Option<Timestamp>,
}

impl Header {
    /// Reads a header, or the fields of it that the server sent. A field that cannot be read is `None`.
    pub(crate) fn read(raw: &[u8]) -> Self {
        let parser = MessageParser::new().with_minimal_headers();
        let message = parser.parse_headers(raw);
        let message = message.as_ref();
        Self {
            from: message
                .and_then(|message| message.from())
                .filter(|from| from.iter().count() == 1)
                .and_then(|from| from.first()?.address.as_deref())
                .map(|address| address.trim().to_lowercase()),
            date: message
                .and_then(|message| message.header_raw("Date"))
                .and_then(|field| arlo_mail::parse_date(&field.replace(['\r', '\n'], " "))),
        }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("date", &self.date)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_and_date_are_found() {
        let date = "2026-05-18T10:00:00Z".parse().ok();
        for (raw, from, date) in [
            (
                "From: Arlo <Do_Not_Reply@arlo.com>\r\nDate: Mon, 18 May 2026 10:00:00 +0000\r\n\r\n",
                Some("do_not_reply@arlo.com"),
                date,
            ),
            (
                "date: Mon, 18 May 2026 12:00:00 +0200 (CEST)\r\nfrom:\r\n do_not_reply@arlo.com\r\n\r\n",
                Some("do_not_reply@arlo.com"),
                date,
            ),
            (
                "From: \"do_not_reply@arlo.com\" <x@example.net>\r\n\r\n",
                Some("x@example.net"),
                None,
            ),
            (
                "From: do_not_reply@arlo.com, x@example.net\r\nDate: soon\r\n\r\n",
                None,
                None,
            ),
            // This zone is not defined. Read as UTC it would make the mail hours old.
            (
                "From: do_not_reply@arlo.com\r\nDate: Mon, 18 May 2026 01:00:00 AKST\r\n\r\n",
                Some("do_not_reply@arlo.com"),
                None,
            ),
            (
                "From: do_not_reply@arlo.com\r\nDate: Mon, 18 May 2026\r\n 12:00:00 +0200\r\n\r\n",
                Some("do_not_reply@arlo.com"),
                date,
            ),
            ("Subject: nothing\r\n\r\n", None, None),
            ("", None, None),
            ("\u{0}\u{ff}\r\n", None, None),
        ] {
            let header = Header::read(raw.as_bytes());
            assert_eq!(header.from.as_deref(), from, "{raw}");
            assert_eq!(header.date, date, "{raw}");
        }
        let latin1 = Header::read(b"From: Zo\xeb <Zoe@example.net>\r\n\r\n");
        assert_eq!(latin1.from.as_deref(), Some("zoe@example.net"));
    }
}
