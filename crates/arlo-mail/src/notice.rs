//! The sender, the subject and the https links of a mail without a code, for the person whose mail it is.
//!
//! Such a mail may be the question of a provider whether it may forward, in any language and form. It may also be from
//! a stranger. So the texts are short and have no characters that reorder or hide text, and the links are [`Link`]s.

use std::fmt;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use crate::code::CODE_DIGITS;
use crate::decode;
use crate::link::{Link, MAX_LINK, SCHEME, is_of_link};
use crate::message::Message;
use crate::mime::Text;
use crate::sender::Sender;
use crate::steps::{Steps, TooComplex};
use crate::visible::fold::on_one_line;

/// Characters of the sender and of the subject that are kept.
const MAX_TEXT: usize = 200;
/// Links of one mail that are kept.
const MAX_LINKS: usize = 5;
/// Steps for each byte of an HTML page: for its tokens, and for the links in its text.
const STEPS_OF_A_PAGE: usize = 2;

/// Which links of a mail may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Links to any host. For a relay whose operator knows everybody who has an address.
    Any,
    /// Links of known mail providers only. For a relay that anybody may join: nobody can use an address there to
    /// confirm a registration at another service.
    OfProviders,
}

/// The sender, the subject and the links of a mail. `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    /// The address of the author, or the text of the From field if it has no single address.
    pub sender: String,
    /// The subject.
    pub subject: String,
    any: Vec<Link>,
    of_providers: Vec<Link>,
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notice(…)")
    }
}

impl Notice {
    /// Takes a notice of a mail. `sender` is its author, if that is known.
    pub(crate) fn from_message(
        message: &Message<'_>,
        sender: Option<&Sender>,
        steps: &Steps,
    ) -> Result<Self, TooComplex> {
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

    /// The first links of the mail, in order.
    #[must_use]
    pub fn links(&self, which: Links) -> &[Link] {
        match which {
            Links::Any => &self.any,
            Links::OfProviders => &self.of_providers,
        }
    }

    fn read(&mut self, part: &Text<'_>, steps: &Steps) -> Result<(), TooComplex> {
        if !part.html {
            steps.count_checked(part.content.len())?;
            self.read_text(&part.content);
            return Ok(());
        }
        steps.count_checked(STEPS_OF_A_PAGE * part.content.len())?;
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
                CallbackEvent::AttributeValue { value } if is_href => self.read_href(&decode::utf8(value)),
                CallbackEvent::EndTag { .. } => is_text = true,
                CallbackEvent::String { value } if is_text => self.read_text(&decode::utf8(value)),
                _ => {}
            }
            None::<std::convert::Infallible>
        });
        emitter.naively_switch_states(true);
        Tokenizer::new_with_emitter(&*part.content, emitter).for_each(drop);
        Ok(())
    }

    /// Adds the link of an attribute. As in a browser (WHATWG URL section 4.4), line ends and tabs in it are removed.
    fn read_href(&mut self, value: &str) {
        let value = value.trim();
        if value.len() <= MAX_LINK {
            self.add(Link::parse(&value.replace(['\t', '\r', '\n'], "")));
        }
    }

    /// Adds the links of a text, one of each word at most. A URL inside another URL is no link.
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
            // The host is not plain ASCII. Without the rest of its name it would be another host.
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

/// A stranger's text on one line that is safe to show: cut, and without characters that have no width or change the
/// direction. Six digits are replaced: a mail with a code may come from a sender that is not in the list yet.
fn shown(text: &str) -> String {
    let mut line = String::new();
    let mut digits = 0;
    let mut spaced = true;
    let plain = text.chars().filter_map(on_one_line);
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
