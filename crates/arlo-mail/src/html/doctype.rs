//! The document type of a page, which decides its mode.

use super::sheets::after_comment;
use crate::css::Mode;

/// Public identifiers of old versions of HTML, for which quirks mode is used (HTML section 13.2.6.4.1), in lower case.
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

/// The mode for a document type.
fn mode(name: &str, public: Option<&str>, system: Option<&str>) -> Mode {
    let public = public.map(str::to_ascii_lowercase);
    let is_old = public.as_deref().is_some_and(|id| {
        OLD.iter()
            .any(|old| id == *old || *old != "html" && id.starts_with(old))
            || system.is_none()
                && (id.starts_with("-//w3c//dtd html 4.01 transitional//")
                    || id.starts_with("-//w3c//dtd html 4.01 frameset//"))
    });
    if !name.eq_ignore_ascii_case("html") || is_old {
        Mode::Quirks
    } else {
        Mode::Standard
    }
}

/// The mode of a page, by the document type before its first element.
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
    mode(name, public, system)
}

#[cfg(test)]
mod tests;
