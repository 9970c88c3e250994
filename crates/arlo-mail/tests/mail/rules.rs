//! The rules by which other clients take the code out of a mail, as their published sources have them.
//!
//! Each is a few lines of Python or JavaScript at its origin; here they are written anew, on three stand-ins for the
//! libraries around them: mail-parser for Python's `email`, a plain text-of-page for BeautifulSoup's `get_text`, and
//! the first 200 characters of the text for Gmail's snippet. Where the origin throws, nothing is found.

use std::sync::LazyLock;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use regex::Regex;

/// One client with its rule.
pub(crate) struct Client {
    pub(crate) name: &'static str,
    /// Which mails it looks into.
    accepts: fn(&Mail<'_>) -> bool,
    find: fn(&Mail<'_>) -> Option<String>,
}

impl Client {
    /// The code that it would type in after this mail.
    pub(crate) fn read(&self, raw: &[u8]) -> Option<String> {
        let message = MessageParser::default().parse(raw)?;
        let mail = Mail { raw, message };
        (self.accepts)(&mail).then(|| (self.find)(&mail))?
    }
}

pub(crate) const CLIENTS: [Client; 11] = [
    Client {
        name: "twratl/arlo-mfa-aws",
        accepts: |_| true,
        find: twratl,
    },
    Client {
        name: "pyaarlo up to 0.8.0.19",
        accepts: from_arlo,
        find: pyaarlo_old,
    },
    Client {
        name: "pyaarlo from 0.8.0.20",
        accepts: from_arlo,
        find: pyaarlo,
    },
    Client {
        name: "pyaarlo-tfa-helper",
        accepts: |_| true,
        find: tfa_helper,
    },
    Client {
        name: "scrypted arlo 0.11",
        accepts: from_arlo,
        find: scrypted_11,
    },
    Client {
        name: "scrypted arlo 0.12",
        accepts: from_arlo,
        find: scrypted_12,
    },
    Client {
        name: "jeffreydwalter/arlo",
        accepts: from_arlo,
        find: snippet,
    },
    Client {
        name: "JOHNEPPILLAR/arlo",
        accepts: english_subject,
        find: text_as_html,
    },
    Client {
        name: "sgammon/arlo-api",
        accepts: english_subject,
        find: first_h1,
    },
    Client {
        name: "a Rust client",
        accepts: from_arlo_domain,
        find: three_steps,
    },
    Client {
        name: "Burserg's worker",
        accepts: |_| true,
        find: worker,
    },
];

struct Mail<'a> {
    raw: &'a [u8],
    message: Message<'a>,
}

// What a mail must have to be looked into.

/// IMAP's `SEARCH FROM`, and Gmail's `from:`: the address somewhere in the field.
fn from_arlo(mail: &Mail<'_>) -> bool {
    let from = mail.message.header_raw("From").unwrap_or_default();
    from.to_ascii_lowercase().contains("do_not_reply@arlo.com")
}

fn from_arlo_domain(mail: &Mail<'_>) -> bool {
    let from = mail.message.from().and_then(|from| from.first()?.address());
    from_arlo(mail) && from.is_some_and(|from| from.to_ascii_lowercase().ends_with("@arlo.com"))
}

fn english_subject(mail: &Mail<'_>) -> bool {
    mail.message
        .subject()
        .is_some_and(|s| s.contains("Your one-time authentication code from Arlo"))
}

// The parts of a mail, as Python's `walk()` and `get_payload(decode=True)` give them.

struct Part<'m> {
    html: bool,
    bytes: Vec<u8>,
    text: &'m str,
    source: &'m [u8],
}

fn parts<'m>(mail: &'m Mail<'_>) -> Vec<Part<'m>> {
    let mut parts = Vec::new();
    collect(&mail.message, &mut parts, mail.raw);
    parts
}

fn collect<'m>(message: &'m Message<'_>, parts: &mut Vec<Part<'m>>, raw: &'m [u8]) {
    for part in &message.parts {
        let (html, text) = match &part.body {
            PartType::Html(text) => (true, text),
            PartType::Text(text) if is_plain(part) => (false, text),
            PartType::Message(inner) => {
                collect(inner, parts, &inner.raw_message);
                continue;
            }
            _ => continue,
        };
        let slice = |from: u32, to: u32| raw.get(from as usize..to as usize).unwrap_or_default();
        let body = slice(part.raw_body_offset(), part.raw_end_offset());
        let bytes = match part.encoding {
            Encoding::Base64 => base64_decode(body),
            Encoding::QuotedPrintable => quoted_printable_decode(body),
            Encoding::None => None,
        };
        parts.push(Part {
            html,
            bytes: bytes.unwrap_or_else(|| body.to_vec()),
            text,
            source: slice(part.raw_header_offset(), part.raw_end_offset()),
        });
    }
}

fn is_plain(part: &MessagePart<'_>) -> bool {
    part.content_type()
        .is_none_or(|c| c.ctype() == "text" && c.subtype() == Some("plain"))
}

/// The first group of the first match.
fn first(rule: &Regex, text: &str) -> Option<String> {
    Some(rule.captures(text)?.get(1)?.as_str().to_owned())
}

fn first_line(rule: &Regex, text: &str) -> Option<String> {
    text.lines().find_map(|line| first(rule, line))
}

macro_rules! rule {
    ($name:ident, $regex:literal) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($regex).unwrap());
    };
}

rule!(SPACE_AROUND, r"\s(\d{6})\s");
rule!(LINE, r"^\W*(\d{6})\W*$");
rule!(INDENTED_LINE, r"^\W+(\d{6})\W*$");
rule!(WORD, r"\b(\d{6})\b");
rule!(BARE, r"(\d{6})");
rule!(H1, r"<h1[^>]*>\s*(\d{6})\s*</h1>");
rule!(LOOSE, r"(?:^|[^#=&\w])(\d{6})(?:[^0-9]|$)");

/// The whole mail must be UTF-8; its HTML part as it was sent, still encoded.
fn twratl(mail: &Mail<'_>) -> Option<String> {
    std::str::from_utf8(mail.raw).ok()?;
    let parts = parts(mail);
    let html = parts.iter().find(|part| part.html)?;
    first(&SPACE_AROUND, &String::from_utf8_lossy(html.source))
}

/// HTML parts only, in UTF-8 only; something must stand before the code on its line.
fn pyaarlo_old(mail: &Mail<'_>) -> Option<String> {
    parts(mail).iter().filter(|part| part.html).find_map(|part| {
        let text = std::str::from_utf8(&part.bytes).ok()?;
        first_line(&INDENTED_LINE, text)
    })
}

/// Plain parts, then HTML parts as they are; a line of nothing but the code.
fn pyaarlo(mail: &Mail<'_>) -> Option<String> {
    let parts = parts(mail);
    let of = |html: bool| parts.iter().filter(move |part| part.html == html);
    of(false).chain(of(true)).find_map(|part| first_line(&LINE, part.text))
}

/// Every line of the mail, headers too, nothing decoded; the last wins.
fn tfa_helper(mail: &Mail<'_>) -> Option<String> {
    let text = String::from_utf8_lossy(mail.raw);
    text.lines().rev().find_map(|line| first(&LINE, line))
}

fn scrypted_11(mail: &Mail<'_>) -> Option<String> {
    parts(mail)
        .iter()
        .filter(|part| part.html)
        .find_map(|part| first_line(&LINE, &text_of_page(part.text)))
}

fn scrypted_12(mail: &Mail<'_>) -> Option<String> {
    parts(mail).iter().find_map(|part| {
        if part.html {
            first_line(&WORD, &text_of_page(part.text))
        } else {
            first(&WORD, part.text)
        }
    })
}

fn snippet(mail: &Mail<'_>) -> Option<String> {
    let text = readable(mail)?;
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let snippet: String = words.chars().take(200).collect();
    first(&BARE, &snippet)
}

fn text_as_html(mail: &Mail<'_>) -> Option<String> {
    first(&BARE, &readable(mail)?)
}

fn first_h1(mail: &Mail<'_>) -> Option<String> {
    parts(mail).iter().filter(|part| part.html).find_map(|part| {
        let (_, after) = part.text.split_once("<h1")?;
        let (heading, _) = after.split_once('>')?.1.split_once("</h1>")?;
        first(&BARE, &text_of_page(heading))
    })
}

/// Half a megabyte of both texts: a heading, then a line, then six digits after nothing suspicious.
fn three_steps(mail: &Mail<'_>) -> Option<String> {
    let text: String = parts(mail).iter().map(|part| part.text).collect::<Vec<_>>().join("\n");
    let text: String = text.chars().take(512 * 1024).collect();
    first(&H1, &text)
        .or_else(|| first_line(&LINE, &text))
        .or_else(|| first(&LOOSE, &text))
}

fn worker(mail: &Mail<'_>) -> Option<String> {
    let text: String = parts(mail).iter().map(|part| part.text).collect::<Vec<_>>().join("\n");
    first_line(&LINE, &text)
}

/// The plain text, or that of the page where there is none.
fn readable(mail: &Mail<'_>) -> Option<String> {
    let parts = parts(mail);
    let plain = parts.iter().find(|part| !part.html && !part.text.trim().is_empty());
    plain
        .map(|part| part.text.to_owned())
        .or_else(|| parts.iter().find(|part| part.html).map(|part| text_of_page(part.text)))
}

/// All text of a page but that of its style sheets and scripts, as it stands in the source.
fn text_of_page(html: &str) -> String {
    let mut emitter = DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    let mut text = String::new();
    let mut skipped = false;
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => skipped = matches!(&**tag.name, b"style" | b"script"),
            Token::EndTag(_) => skipped = false,
            Token::String(string) if !skipped => text.push_str(&String::from_utf8_lossy(&string)),
            _ => {}
        }
    }
    text
}
