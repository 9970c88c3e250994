//! The style sheets and the kind of a page, found before it is laid out: a rule counts for what stands before it too.

use crate::budget::{Steps, TooComplex};
use crate::css::{Mode, Sheet};

/// Finds a page's `style` elements outside comments: what is for Outlook alone stands in comments.
pub(super) fn of_page(html: &str, mode: Mode, steps: &Steps) -> Result<Sheet, TooComplex> {
    let mut sheet = Sheet::new(mode);
    let mut rest = html;
    while let Some((_, tag)) = rest.split_once('<') {
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
            // Tokens, selectors and declarations.
            steps.pay(4 * text.len())?;
            sheet.read(text);
        }
        rest = content.get(end..).unwrap_or_default();
    }
    Ok(sheet)
}

/// The elements whose content is text to the tokenizer, whatever it looks like.
const RAW: [&str; 8] = [
    "style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes",
];

fn raw_element(tag: &str) -> Option<&'static str> {
    // Most tags are none, which their first letter says already.
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

/// Where the content of such an element ends: before its end tag.
fn end_of_raw(content: &str, name: &str) -> usize {
    let mut from = 0;
    while let Some(at) = content.get(from..).and_then(|rest| rest.find("</")) {
        let tag = from + at + 2;
        if content.get(tag..).is_some_and(|rest| begins_with_name(rest, name)) {
            return tag - 2;
        }
        from = tag;
    }
    content.len()
}

/// What follows a comment's content (HTML section 13.2.5.43 and after).
fn after_comment(comment: &str) -> &str {
    if let Some(rest) = comment.strip_prefix('>').or_else(|| comment.strip_prefix("->")) {
        return rest;
    }
    let mut from = 0;
    while let Some(at) = comment.get(from..).and_then(|rest| rest.find("--")) {
        let after = from + at + 2;
        let rest = comment.get(after..).unwrap_or_default();
        if let Some(rest) = rest.strip_prefix('>').or_else(|| rest.strip_prefix("!>")) {
            return rest;
        }
        from = after - 1;
    }
    ""
}

/// Public identifiers that name an old HTML (HTML section 13.2.6.4.1), in lower case.
const OLD: [&str; 12] = [
    "-//w3c//dtd html 3.2",
    "-//w3c//dtd html 4.0 transitional",
    "-//w3c//dtd html 4.0 frameset",
    "-//w3c//dtd html experimental",
    "-//w3c//dtd w3 html",
    "-//w3o//dtd",
    "-//ietf//dtd html",
    "-//microsoft//dtd internet explorer",
    "-//netscape comm. corp.//dtd",
    "-//sun microsystems corp.//dtd hotjava",
    "-//softquad",
    "html",
];

/// The mode that a document type asks for.
pub(super) fn mode(name: &[u8], public: Option<&[u8]>, system: Option<&[u8]>, force_quirks: bool) -> Mode {
    let public = public.map(|id| String::from_utf8_lossy(id).to_ascii_lowercase());
    let is_old = public.as_deref().is_some_and(|id| {
        OLD.iter()
            .any(|old| id == *old || *old != "html" && id.starts_with(old))
            || system.is_none()
                && (id.starts_with("-//w3c//dtd html 4.01 transitional//")
                    || id.starts_with("-//w3c//dtd html 4.01 frameset//"))
    });
    if force_quirks || !name.eq_ignore_ascii_case(b"html") || is_old {
        Mode::Quirks
    } else {
        Mode::Standard
    }
}

/// The mode of a page: its document type stands before any element.
pub(super) fn mode_of_page(html: &str) -> Mode {
    let mut rest = html.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{feff}');
    loop {
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = after_comment(comment).trim_start();
        } else if let Some(instruction) = rest.strip_prefix("<?") {
            rest = instruction.split_once('>').map_or("", |(_, after)| after).trim_start();
        } else {
            break;
        }
    }
    let is_doctype = rest
        .get(..9)
        .is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"));
    if !is_doctype {
        return Mode::Quirks;
    }
    let declaration = rest.get(9..).unwrap_or_default();
    let declaration = declaration
        .split_once('>')
        .map_or(declaration, |(inside, _)| inside)
        .trim();
    let (name, ids) = declaration
        .split_once(|c: char| c.is_ascii_whitespace())
        .unwrap_or((declaration, ""));
    let mut quoted = ids.split(['"', '\'']).skip(1).step_by(2);
    let is_system = ids
        .trim_start()
        .get(..6)
        .is_some_and(|word| word.eq_ignore_ascii_case("system"));
    let public = if is_system { None } else { quoted.next() };
    let system = quoted.next();
    mode(
        name.as_bytes(),
        public.map(str::as_bytes),
        system.map(str::as_bytes),
        false,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_types_that_ask_for_the_standard() {
        for (page, expected) in [
            ("<!DOCTYPE html><p>", Mode::Standard),
            ("<!-- x --><!doctype HTML>", Mode::Standard),
            (
                "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">",
                Mode::Standard,
            ),
            (
                "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\">",
                Mode::Quirks,
            ),
            (
                "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\" \"http://www.w3.org/TR/html4/loose.dtd\">",
                Mode::Standard,
            ),
            ("<html><p>", Mode::Quirks),
            ("", Mode::Quirks),
        ] {
            assert_eq!(mode_of_page(page), expected, "{page}");
        }
    }

    #[test]
    fn sheets_within_comments_and_raw_text_are_none() {
        let empty = |page: &str| of_page(page, Mode::Standard, &Steps::new(10_000)).unwrap().is_empty();
        assert!(!empty("<STYLE type='text/css'>p{color:red}</sTyle >"));
        assert!(!empty("<!--[if !mso]><!--><style>p{color:red}</style><!--<![endif]-->"));
        assert!(empty("<!--[if mso]><style>p{color:red}</style><![endif]-->"));
        assert!(empty("<title><style>p{color:red}</style></title>"));
        assert!(empty("<style"));
    }
}
