//! From the bytes of a part to its text: transfer encoding (RFC 2045 section 6) and charset.
//!
//! Any bytes give a text. mail-parser's decoders of base64 and quoted-printable return nothing for a body with one
//! wrong byte. Forwarders and gateways do damage bodies, so the decoders here skip what is wrong and decode the rest.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;
use memchr::{memchr, memmem};

use crate::header::split_line;

/// Decodes the declared Content-Transfer-Encoding, or another one if the bytes plainly have that.
pub(crate) fn transfer<'a>(body: &'a [u8], declared: &str) -> Cow<'a, [u8]> {
    // Some senders add a comment or a semicolon.
    let declared = declared.trim().split([' ', ';', '(']).next().unwrap_or_default();
    if declared.eq_ignore_ascii_case("base64") {
        if begins_as_base64(body) {
            return Cow::Owned(base64(body));
        }
    } else if declared.eq_ignore_ascii_case("quoted-printable") {
        return Cow::Owned(quoted_printable(body));
    } else if is_all_base64(body) {
        return Cow::Owned(base64(body));
    }
    let contains = |what| memmem::find(body, what).is_some();
    if contains(b"=3D".as_slice()) && (contains(b"=\n") || contains(b"=\r\n")) {
        return Cow::Owned(quoted_printable(body));
    }
    Cow::Borrowed(body)
}

/// Whether the first line that is not blank could be base64.
fn begins_as_base64(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    let line = split_line(body).0.trim_ascii_end();
    line.iter().all(|&b| sextet(b).is_some() || b == b'=')
}

/// Whether a body must be base64 although nobody declared it: long lines of the alphabet, without blanks.
fn is_all_base64(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let first = split_line(body).0.trim_ascii_end();
    first.len() >= 60
        && first.len().is_multiple_of(4)
        && body
            .iter()
            .all(|&b| sextet(b).is_some() || matches!(b, b'=' | b'\r' | b'\n'))
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Decodes base64. Bytes outside the alphabet are skipped, and the last group may be incomplete.
fn base64(body: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let mut bits = 0_u32;
    let mut count = 0_u8;
    for &byte in body {
        if let Some(value) = sextet(byte) {
            bits = bits << 6 | u32::from(value);
            count += 1;
            if count == 4 {
                let [_, a, b, c] = bits.to_be_bytes();
                decoded.extend([a, b, c]);
                (bits, count) = (0, 0);
            }
        } else if byte == b'=' {
            finish(&mut decoded, bits, count);
            (bits, count) = (0, 0);
        }
    }
    finish(&mut decoded, bits, count);
    decoded
}

/// Decodes the whole bytes of an incomplete group.
fn finish(decoded: &mut Vec<u8>, bits: u32, count: u8) {
    let [_, a, b, _] = match count {
        2 => (bits << 12).to_be_bytes(),
        3 => (bits << 6).to_be_bytes(),
        _ => return,
    };
    decoded.push(a);
    if count == 3 {
        decoded.push(b);
    }
}

/// Decodes quoted-printable. An `=` without two hexadecimal digits or a line end after it is kept.
fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = memchr(b'=', rest) {
        let (plain, escape) = rest.split_at(at);
        decoded.extend_from_slice(plain);
        rest = escape.get(1..).unwrap_or_default();
        if let [high, low, after @ ..] = rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            decoded.push(high << 4 | low);
            rest = after;
            continue;
        }
        let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        match rest.get(blanks) {
            Some(b'\n') => rest = rest.get(blanks + 1..).unwrap_or_default(),
            None => rest = &[],
            Some(_) => decoded.push(b'='),
        }
    }
    decoded.extend_from_slice(rest);
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

/// Decodes the declared charset, unless the bytes show another one: a byte order mark, the escapes of ISO-2022-JP, or
/// valid UTF-8, which text in another charset is only by accident.
pub(crate) fn text<'a>(bytes: Cow<'a, [u8]>, declared: Option<&str>) -> Cow<'a, str> {
    let declared = declared.map(str::trim).unwrap_or_default();
    if let [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] = *bytes {
        return charset(&bytes, "utf-16");
    }
    let utf16 = declared
        .get(..6)
        .is_some_and(|name| name.eq_ignore_ascii_case("utf-16"));
    let utf7 = declared.eq_ignore_ascii_case("utf-7");
    if utf16 && bytes.contains(&0) {
        return charset(
            &bytes,
            if declared.len() == 6 {
                utf16_side(&bytes)
            } else {
                declared
            },
        );
    }
    if utf7 {
        return charset(&bytes, declared);
    }
    if memmem::find(&bytes, b"\x1b$").is_some() {
        return charset(&bytes, "iso-2022-jp");
    }
    match bytes {
        Cow::Borrowed(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => charset(bytes, declared),
        },
        Cow::Owned(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Cow::Owned(text),
            Err(error) => charset(error.as_bytes(), declared),
        },
    }
}

/// The byte order of UTF-16 without a mark: big-endian (RFC 2781 section 4.3), unless more of the zero bytes, the upper
/// halves of ASCII, are where those of little-endian are.
fn utf16_side(bytes: &[u8]) -> &'static str {
    let zeroes = |from: usize| bytes.iter().skip(from).step_by(2).filter(|&&byte| byte == 0).count();
    if zeroes(1) > zeroes(0) { "utf-16le" } else { "utf-16be" }
}

fn charset<'a>(bytes: &[u8], name: &str) -> Cow<'a, str> {
    let name = name.trim().trim_matches(['"', '\'']);
    Cow::Owned(match charset_decoder(name.as_bytes()) {
        Some(decode) => decode(bytes),
        None => utf8(bytes).into_owned(),
    })
}

/// Bytes as UTF-8, with those that are not UTF-8 replaced.
pub(crate) fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    // Most texts are UTF-8. Checking one is several times as fast as looking for what to replace.
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

#[cfg(test)]
mod tests;
