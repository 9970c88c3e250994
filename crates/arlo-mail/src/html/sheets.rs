//! The style sheets of a page. They are found before its elements are read, since a rule counts for elements before it
//! too.

use memchr::{memchr, memmem};

use crate::css::{Mode, Sheet};
use crate::steps::{Steps, TooComplex};

/// Reads the `style` elements of a page that are outside comments. Those for Outlook alone are inside comments.
pub(super) fn from_page(html: &str, mode: Mode, steps: &Steps) -> Result<Sheet, TooComplex> {
    let mut sheet = Sheet::new(mode);
    let mut rest = html;
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        let tag = rest.get(at + 1..).unwrap_or_default();
        rest = tag;
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = after_comment(comment);
            continue;
        }
        let Some(name) = raw_element(tag) else { continue };
        let Some((_, content)) = tag.split_once('>') else {
            break;
        };
        let end = end_of_raw(content, name);
        if name == "style" {
            let text = content.get(..end).unwrap_or(content);
            // Finding the tokens, and reading the selectors and declarations.
            steps.count_checked(4 * text.len())?;
            sheet.read(text);
        }
        rest = content.get(end..).unwrap_or_default();
    }
    Ok(sheet)
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
