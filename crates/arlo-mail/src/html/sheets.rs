//! The style sheets of a page. They are found before its elements are read, since a rule counts for elements before it
//! too.

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};
use memchr::{memchr, memmem};

use crate::css::{Mode, Sheet, media_holds};
use crate::decode;
use crate::steps::{Steps, TooComplex};

/// Reads the `style` elements of a page that are outside comments. Those for Outlook alone are inside comments.
pub(super) fn from_page(html: &str, mode: Mode, steps: &Steps) -> Result<Sheet, TooComplex> {
    let mut texts = Vec::new();
    let mut rest = html;
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        let from = rest.get(at..).unwrap_or_default();
        let tag = from.get(1..).unwrap_or_default();
        rest = tag;
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = after_comment(comment);
            continue;
        }
        let Some(name) = raw_element(tag) else { continue };
        let Some((tag, content)) = end_of_tag(from).and_then(|end| from.split_at_checked(end)) else {
            break;
        };
        let end = end_of_raw(content, name);
        if name == "style" {
            let text = content.get(..end).unwrap_or(content);
            steps.count_checked(STEPS_OF_A_TAG * tag.len())?;
            if counts(tag) {
                steps.count_checked(STEPS_OF_RULES * text.len())?;
                texts.push(text);
            }
        }
        rest = content.get(end..).unwrap_or_default();
    }
    let mut sheet = Sheet::new(mode);
    for text in &texts {
        if memmem::find(text.as_bytes(), b"--").is_some() {
            steps.count_checked(STEPS_OF_RULES * text.len())?;
            sheet.collect_custom(text);
        }
    }
    texts.into_iter().for_each(|text| sheet.read(text));
    steps.count_checked(sheet.custom().take_work())?;
    Ok(sheet)
}

/// Steps for each byte of a sheet: finding the tokens, and reading the selectors and declarations.
const STEPS_OF_RULES: usize = 4;

/// Steps for each byte of a start tag: finding its end and its attributes, and reading the media query.
const STEPS_OF_A_TAG: usize = 4;

/// The position after a start tag. A `>` in a quoted value of an attribute does not end it.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    let mut value_begins = false;
    for (at, byte) in tag.bytes().enumerate() {
        match quote {
            Some(open) if open == byte => quote = None,
            None if byte == b'>' => return Some(at + 1),
            None if value_begins && matches!(byte, b'"' | b'\'') => quote = Some(byte),
            Some(_) | None => {}
        }
        value_begins = byte == b'=' || value_begins && byte.is_ascii_whitespace();
    }
    None
}

/// Whether the `style` element with this start tag is a CSS sheet for a screen (HTML section 4.2.6).
fn counts(tag: &str) -> bool {
    let mut attributes: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| {
        match event {
            CallbackEvent::AttributeName { name } => attributes.push((name.to_vec(), Vec::new())),
            CallbackEvent::AttributeValue { value } => {
                if let Some((_, current)) = attributes.last_mut() {
                    current.extend_from_slice(value);
                }
            }
            _ => {}
        }
        None::<std::convert::Infallible>
    });
    Tokenizer::new_with_emitter(tag, emitter).for_each(drop);
    // If an attribute occurs twice, the first one counts.
    let value = |wanted: &[u8]| {
        let found = attributes.iter().find(|(name, _)| name == wanted);
        found.map_or(&[] as &[u8], |(_, value)| value)
    };
    let media_type = value(b"type");
    (media_type.is_empty() || media_type.eq_ignore_ascii_case(b"text/css"))
        && media_holds(&decode::utf8(value(b"media")))
}

/// The elements whose content has no tags.
const RAW: [&str; 8] = [
    "style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes",
];

fn raw_element(tag: &str) -> Option<&'static str> {
    // Most tags are excluded by their first letter.
    if !matches!(
        tag.as_bytes().first()?.to_ascii_lowercase(),
        b's' | b't' | b'x' | b'i' | b'n'
    ) {
        return None;
    }
    RAW.into_iter().find(|name| begins_with_name(tag, name))
}

fn begins_with_name(text: &str, name: &str) -> bool {
    text.get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
        && text
            .as_bytes()
            .get(name.len())
            .is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))
}

/// The position of the end tag of such an element.
fn end_of_raw(content: &str, name: &str) -> usize {
    let mut from = 0;
    while let Some(at) = memmem::find(content.as_bytes().get(from..).unwrap_or_default(), b"</") {
        let tag = from + at + 2;
        if content.get(tag..).is_some_and(|rest| begins_with_name(rest, name)) {
            return tag - 2;
        }
        from = tag;
    }
    content.len()
}

/// The text after a comment (HTML section 13.2.5.43 and after).
pub(super) fn after_comment(comment: &str) -> &str {
    if let Some(rest) = comment.strip_prefix('>').or_else(|| comment.strip_prefix("->")) {
        return rest;
    }
    let mut from = 0;
    while let Some(at) = memmem::find(comment.as_bytes().get(from..).unwrap_or_default(), b"--") {
        let after = from + at + 2;
        let rest = comment.get(after..).unwrap_or_default();
        if let Some(rest) = rest.strip_prefix('>').or_else(|| rest.strip_prefix("!>")) {
            return rest;
        }
        from = after - 1;
    }
    ""
}

#[cfg(test)]
mod tests;
