//! The operator's mail: a few words, and the original as it came.
//!
//! It says that a machine sent it (RFC 3834). It is recognised when it comes back all the same.

mod addresses;

use std::fmt::Write as _;

use arlo_mail::Header;
use data_encoding::BASE64;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::ports::ForwardReason;

pub use addresses::{Address, Addresses};

/// Longest original that is forwarded, in bytes: what common mail services take, with its encoding.
pub(crate) const MAX_ORIGINAL: usize = arlo_mail::limits::MAX_READ;
/// Marks the relay's own mail.
const LOOP_FIELD: &str = "X-Arlo-Relay-Loop";
/// Marks the relay's own Message-IDs, so that an answer is known by its In-Reply-To.
const ID_MARK: &str = ".arlo-relay@";
/// Longest line of a 7-bit mail without its CRLF: RFC 5322 section 2.1.1.
const MAX_LINE: usize = 998;

fn subject(reason: ForwardReason) -> &'static str {
    match reason {
        ForwardReason::NoCode => "[arlo-relay] A mail that is no Arlo code",
        ForwardReason::ForwardingConfirmation => "[arlo-relay] Gmail asks to confirm forwarding",
    }
}

fn text(reason: ForwardReason) -> &'static str {
    match reason {
        ForwardReason::NoCode => {
            "It is no code from Arlo, or did not come an account's way, so no login was answered with it."
        }
        ForwardReason::ForwardingConfirmation => {
            "In it Gmail asks whether an account's mail may be forwarded to the relay. If that was asked for,\r\n\
             follow the link in the attached mail or type its confirmation code into Gmail's forwarding settings.\r\n\
             If it was not, do nothing."
        }
    }
}

/// The whole mail as it is sent: always the same for the same original, received at the same time.
#[must_use]
pub fn build(addresses: &Addresses, original: &[u8], reason: ForwardReason, received: Timestamp) -> Vec<u8> {
    let (from, to) = (addresses.from().as_str(), addresses.to().as_str());
    // Nobody can write a mail that has its own hash in it, so it serves as the boundary too.
    let digest = digest(original, received);
    let domain = addresses.from().domain();
    let subject = subject(reason);
    let text = text(reason);
    let date = received.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let time = received.strftime("%Y-%m-%d at %H:%M:%S UTC");
    // X-Auto-Response-Suppress is what Exchange heeds in place of RFC 3834.
    let head = format!(
        "From: arlo-relay <{from}>\r\n\
         To: <{to}>\r\n\
         Subject: {subject}\r\n\
         Date: {date}\r\n\
         Message-ID: <{digest}{ID_MARK}{domain}>\r\n\
         Auto-Submitted: auto-forwarded\r\n\
         X-Auto-Response-Suppress: All\r\n\
         {LOOP_FIELD}: forwarded\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"{digest}\"\r\n\
         \r\n\
         --{digest}\r\n\
         Content-Type: text/plain; charset=us-ascii\r\n\
         \r\n\
         arlo-relay received the attached mail on {time}.\r\n\
         {text}\r\n\
         --{digest}\r\n"
    );
    let mut mail = head.into_bytes();
    attach(&mut mail, original);
    mail.extend_from_slice(format!("\r\n--{digest}--\r\n").as_bytes());
    mail
}

/// `message/rfc822` where the original is 7-bit: RFC 2046 section 5.2.1 allows it no other encoding here. Else the
/// bytes as a file, in base64.
fn attach(mail: &mut Vec<u8>, original: &[u8]) {
    const DISPOSITION: &str = "Content-Disposition: attachment; filename=\"original.eml\"\r\n\r\n";
    if is_7bit(original) {
        mail.extend_from_slice(b"Content-Type: message/rfc822\r\n");
        mail.extend_from_slice(DISPOSITION.as_bytes());
        mail.extend_from_slice(original);
    } else {
        mail.extend_from_slice(b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n");
        mail.extend_from_slice(DISPOSITION.as_bytes());
        for line in BASE64.encode(original).as_bytes().chunks(76) {
            mail.extend_from_slice(line);
            mail.extend_from_slice(b"\r\n");
        }
    }
}

/// RFC 2045 section 2.7: ASCII without NUL, CR and LF only together, lines of 998 bytes.
fn is_7bit(mail: &[u8]) -> bool {
    mail.split(|byte| *byte == b'\n')
        .rev()
        .enumerate()
        .all(|(from_end, line)| {
            let (line, has_cr) = line.strip_suffix(b"\r").map_or((line, false), |line| (line, true));
            // After the last LF there is no line end left.
            has_cr == (from_end > 0)
                && line.len() <= MAX_LINE
                && line.iter().all(|byte| byte.is_ascii() && !matches!(byte, 0 | b'\r'))
        })
}

/// 32 hex digits of SHA-256 over the time and the mail.
fn digest(original: &[u8], received: Timestamp) -> String {
    let mut hash = Sha256::new();
    hash.update(received.as_nanosecond().to_be_bytes());
    hash.update(original);
    hash.finalize().iter().take(16).fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Whether a mail must not be forwarded to the operator, since the relay's own mail caused it: it carries the relay's
/// own mark, answers mail of the relay, or is an automatic answer (RFC 3834) or a report (RFC 6522, as bounces are) on
/// anything. Only the mail's own header counts, not that of a mail inside it.
#[must_use]
pub fn is_loop(raw: &[u8]) -> bool {
    let (header, _) = Header::split(raw);
    header.fields().iter().any(|field| {
        let value = field.value();
        if field.is("Auto-Submitted") {
            begins_with(value, "auto-replied")
        } else if field.is("Content-Type") {
            begins_with(value, "multipart/report")
        } else if field.is("In-Reply-To") || field.is("References") {
            value.windows(ID_MARK.len()).any(|part| part == ID_MARK.as_bytes())
        } else {
            field.is(LOOP_FIELD)
        }
    })
}

fn begins_with(value: &[u8], word: &str) -> bool {
    let first = value.trim_ascii_start().get(..word.len());
    first.is_some_and(|first| first.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests;
