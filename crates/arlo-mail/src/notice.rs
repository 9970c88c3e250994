//! What is kept for its owner of a mail that is no code: who wrote it, its subject and its https links.
//!
//! A provider asks by such a mail whether it may forward, in any language and form. A stranger may have written it, so
//! that all of it is bounded text without what reorders or hides text, and a link is a whole https URL with its host
//! apart: no other scheme, no user information (RFC 3986 section 3.2.1), no host that is not plain ASCII.

use std::fmt;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use crate::Sender;
use crate::budget::{Steps, TooComplex};
use crate::message::Message;
use crate::mime::Text;
use crate::page::fold;

/// Characters of a sender and of a subject that are kept.
const MAX_TEXT: usize = 200;
/// Links of one mail that are kept.
const MAX_LINKS: usize = 5;
/// Longest link that is kept, in bytes. A cut one would lead nowhere.
const MAX_LINK: usize = 500;
/// Longest name of a host (RFC 1035 section 2.3.4), in bytes.
const MAX_HOST: usize = 253;
/// Digits of a code of Arlo's.
const CODE_DIGITS: usize = 6;
/// Steps for each byte of a page, whose tokens are found before the links in its text.
const STEPS_OF_A_PAGE: usize = 2;

const SCHEME: &str = "https://";
/// Hosts on which Gmail's question is answered. The rest of google.com holds pages that anybody may make.
const GOOGLE: [&str; 2] = ["mail-settings.google.com", "mail.google.com"];
/// Domains of providers and alias services that ask before they forward.
const PROVIDERS: [&str; 21] = [
    "addy.io",
    "aol.com",
    "cloudflare.com",
    "fastmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.net",
    "proton.me",
    "protonmail.com",
    "simplelogin.io",
    "web.de",
    "yahoo.co.jp",
    "yahoo.com",
    "zoho.com",
    "zoho.com.au",
    "zoho.eu",
    "zoho.in",
    "zoho.jp",
    "zoho.sa",
    "zohocloud.ca",
];

/// Which links are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Any: the operator knows who has a relay address.
    Any,
    /// Those of known providers alone: where anybody may have a relay address, it is to confirm no sign-up elsewhere.
    OfProviders,
}

/// A mail in short. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    /// The address that wrote it, or what stands there instead of one.
    pub sender: String,
    /// Its subject.
    pub subject: String,
    any: Vec<Link>,
    of_providers: Vec<Link>,
}

/// An https URL. `Debug` shows nothing of it: whoever has it may answer a provider's question.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    url: String,
    host: String,
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notice(…)")
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(…)")
    }
}

impl Link {
    /// Reads a URL. What a URL may not hold after its host is percent-encoded.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let scheme = text.get(..SCHEME.len())?;
        let rest = text.get(SCHEME.len()..)?;
        if text.len() > MAX_LINK || !scheme.eq_ignore_ascii_case(SCHEME) {
            return None;
        }
        let (authority, after) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let authority = authority.to_ascii_lowercase();
        let host = match authority.split_once(':') {
            None => &authority,
            Some((host, port)) if port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()) => host,
            Some(_) => return None,
        };
        if !is_host(host) {
            return None;
        }
        let mut url = format!("{SCHEME}{authority}");
        for byte in after.bytes() {
            if is_of_link(byte) {
                url.push(char::from(byte));
            } else {
                url.push_str(&format!("%{byte:02X}"));
            }
        }
        (url.len() <= MAX_LINK).then(|| Self {
            host: host.to_owned(),
            url,
        })
    }

    /// The whole URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it leads, in lower case and without a port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    fn is_of_provider(&self) -> bool {
        GOOGLE.contains(&self.host())
            || PROVIDERS.iter().any(|domain| {
                let before = self.host.strip_suffix(domain);
                before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
            })
    }
}

/// Whether it is a name of two labels or more, and no address.
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let top = host.rsplit_once('.').map(|(_, top)| top);
    host.len() <= MAX_HOST
        && host.split('.').all(is_label)
        && top.is_some_and(|top| top.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Whether a URL may hold the byte. The apostrophe is left out: it ends an attribute of a page.
fn is_of_link(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(
            byte,
            b'"' | b'\'' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
        )
}

impl Notice {
    pub(crate) fn of(message: &Message<'_>, sender: Option<&Sender>, steps: &Steps) -> Result<Self, TooComplex> {
        let mut notice = Self {
            sender: match sender {
                Some(sender) => shown(sender.as_str()),
                None => shown(&message.header.decoded("From").unwrap_or_default()),
            },
            subject: shown(message.subject()),
            any: Vec::new(),
            of_providers: Vec::new(),
        };
        for part in &message.parts.texts {
            notice.read(part, steps)?;
        }
        Ok(notice)
    }

    /// The links that are kept, in the order of the mail.
    #[must_use]
    pub fn links(&self, which: Links) -> &[Link] {
        match which {
            Links::Any => &self.any,
            Links::OfProviders => &self.of_providers,
        }
    }

    fn read(&mut self, part: &Text<'_>, steps: &Steps) -> Result<(), TooComplex> {
        if !part.html {
            steps.pay(part.content.len())?;
            self.read_text(&part.content);
            return Ok(());
        }
        steps.pay(STEPS_OF_A_PAGE * part.content.len())?;
        let mut is_text = true;
        let mut is_anchor = false;
        let mut is_href = false;
        let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| {
            match event {
                CallbackEvent::OpenStartTag { name } => {
                    is_text = !matches!(name, b"style" | b"script" | b"title" | b"textarea");
                    is_anchor = matches!(name, b"a" | b"area");
                    is_href = false;
                }
                CallbackEvent::AttributeName { name } => is_href = is_anchor && name == b"href",
                CallbackEvent::AttributeValue { value } if is_href => self.read_href(&String::from_utf8_lossy(value)),
                CallbackEvent::EndTag { .. } => is_text = true,
                CallbackEvent::String { value } if is_text => self.read_text(&String::from_utf8_lossy(value)),
                _ => {}
            }
            None::<std::convert::Infallible>
        });
        emitter.naively_switch_states(true);
        Tokenizer::new_with_emitter(&*part.content, emitter).for_each(drop);
        Ok(())
    }

    /// The value of an attribute, as a browser reads it (WHATWG URL section 4.4): line ends and tabs in it are nothing.
    fn read_href(&mut self, value: &str) {
        let value = value.trim();
        if value.len() <= MAX_LINK {
            self.add(Link::parse(&value.replace(['\t', '\r', '\n'], "")));
        }
    }

    /// A link stands in a word of its own, at most with something before it. What stands in another link is none.
    fn read_text(&mut self, text: &str) {
        for word in text.split(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"')) {
            let start = word.find("://").and_then(|at| at.checked_sub("https".len()));
            let Some((before, link)) = start.and_then(|start| word.split_at_checked(start)) else {
                continue;
            };
            if before.ends_with(|c: char| c.is_ascii_alphanumeric()) {
                continue;
            }
            let length = link.bytes().take_while(|&b| is_of_link(b)).count();
            let Some((link, after)) = link.split_at_checked(length) else {
                continue;
            };
            // A host that is not plain ASCII: what was cut from it is another's.
            let is_of_name = |c: char| c == '\\' || c.is_alphanumeric();
            let is_cut = after.starts_with(is_of_name)
                && !link.get(SCHEME.len()..).unwrap_or_default().contains(['/', '?', '#']);
            if is_cut {
                continue;
            }
            let link = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '*']);
            let link = [('(', ')'), ('[', ']')].into_iter().fold(link, |link, (open, close)| {
                if link.contains(open) {
                    link
                } else {
                    link.trim_end_matches([close, '.', ',', ';', ':'])
                }
            });
            self.add(Link::parse(link));
        }
    }

    fn add(&mut self, link: Option<Link>) {
        let Some(link) = link else { return };
        let add = |links: &mut Vec<Link>| {
            if links.len() < MAX_LINKS && !links.contains(&link) {
                links.push(link.clone());
            }
        };
        add(&mut self.any);
        if link.is_of_provider() {
            add(&mut self.of_providers);
        }
    }
}

/// A stranger's text on one line, as it may be shown: cut, and without what has no width or turns its direction. Nor
/// with what could be a code, since a mail of Arlo's may come under a sender that nobody has added yet.
fn shown(text: &str) -> String {
    let mut line = String::new();
    let mut digits = 0;
    let mut spaced = true;
    let plain = text
        .chars()
        .filter_map(|c| if c.is_whitespace() { Some(' ') } else { fold(c) });
    for c in plain.chain([' ']) {
        if c.is_ascii_digit() {
            digits += 1;
        } else {
            if digits == CODE_DIGITS {
                line.truncate(line.len() - CODE_DIGITS);
                line.push_str("……");
            }
            digits = 0;
        }
        if c != ' ' || !spaced {
            line.push(c);
        }
        spaced = c == ' ';
    }
    line.trim_end().chars().take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests;
