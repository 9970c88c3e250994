//! Which styles hide an element: the declarations that mail senders use for preheaders and tracking text.
//!
//! Not a CSS engine. Inline declarations count, and of style sheets the plain rules for one class or id; rules within
//! `@media` and the like hold for some readers only and are passed over.

use std::collections::HashSet;

/// What one start tag declares.
#[derive(Debug, Default)]
pub(super) struct Declared {
    hidden: bool,
    large: Option<bool>,
    color: Option<[u8; 3]>,
    background: Option<[u8; 3]>,
}

/// Letters of this many pixels are a heading's.
const LARGE: f32 = 20.0;

impl Declared {
    /// Takes a `style` attribute in.
    pub(super) fn style(&mut self, declarations: &[u8]) {
        let declarations = String::from_utf8_lossy(declarations).to_ascii_lowercase();
        self.hidden |= hide(&declarations);
        for (property, value) in split_declarations(&declarations) {
            match property {
                "color" => self.color(value.as_bytes()),
                "background" | "background-color" => self.background(value.as_bytes()),
                "font-size" => self.large = pixels(value).map(|size| size >= LARGE),
                _ => {}
            }
        }
    }

    /// Takes a text colour in.
    pub(super) fn color(&mut self, value: &[u8]) {
        self.hidden |= value.trim_ascii().eq_ignore_ascii_case(b"transparent");
        self.color = color(value).or(self.color);
    }

    /// Takes a background colour in.
    pub(super) fn background(&mut self, value: &[u8]) {
        self.background = color(value).or(self.background);
    }

    /// Marks the element hidden for another reason.
    pub(super) fn hide(&mut self) {
        self.hidden = true;
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.hidden || self.color.is_some() && self.color == self.background
    }

    /// Whether its letters are a heading's; `None` where it does not say.
    pub(super) fn is_large(&self) -> Option<bool> {
        self.large
    }
}

fn split_declarations(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(';').filter_map(|declaration| {
        let (property, value) = declaration.split_once(':')?;
        let value = value.split_once('!').map_or(value, |(value, _)| value);
        Some((property.trim(), value.trim()))
    })
}

/// Whether declarations, in lower case, hide their element.
fn hide(declarations: &str) -> bool {
    // A box without extent hides only if what overflows it is cut off.
    let mut no_extent = false;
    let mut cut_off = false;
    for (property, value) in split_declarations(declarations) {
        let hidden = match property {
            "display" => value == "none",
            "visibility" => matches!(value, "hidden" | "collapse"),
            "mso-hide" => value == "all",
            "opacity" => value.parse::<f32>().is_ok_and(|opacity| opacity < 0.05),
            "font-size" => pixels(value).is_some_and(|size| size <= 2.0),
            "max-height" => pixels(value).is_some_and(|size| size <= 0.0),
            "text-indent" | "left" | "top" | "margin-left" => pixels(value).is_some_and(|size| size <= -999.0),
            "clip" => value.replace([' ', ','], "").starts_with("rect(0"),
            _ => false,
        };
        if hidden {
            return true;
        }
        no_extent |= matches!(property, "height" | "width" | "max-width") && pixels(value) == Some(0.0);
        cut_off |= property.starts_with("overflow") && value == "hidden";
    }
    no_extent && cut_off
}

/// A length in pixels, units of letters taken for their usual size.
fn pixels(value: &str) -> Option<f32> {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    let number: f32 = digits.trim().parse().ok()?;
    let unit = value.get(digits.len()..).unwrap_or_default();
    Some(match unit {
        "em" | "rem" => number * 16.0,
        "%" => number * 0.16,
        "pt" => number * 4.0 / 3.0,
        _ => number,
    })
}

/// A colour that is given in full.
fn color(value: &[u8]) -> Option<[u8; 3]> {
    let value = String::from_utf8_lossy(value).trim().to_ascii_lowercase();
    let value = value.split_ascii_whitespace().next()?;
    if let Some(arguments) = value.strip_prefix("rgb(").and_then(|v| v.strip_suffix(')')) {
        let mut parts = arguments.split(',').map(|part| part.trim().parse().ok());
        return Some([parts.next()??, parts.next()??, parts.next()??]);
    }
    let hex = match value {
        "white" => "ffffff",
        "black" => "000000",
        _ => value.strip_prefix('#')?,
    };
    let nibble = |at: usize| hex.chars().nth(at)?.to_digit(16).and_then(|d| u8::try_from(d).ok());
    match hex.len() {
        3 => Some([nibble(0)? * 17, nibble(1)? * 17, nibble(2)? * 17]),
        6 => Some([
            nibble(0)? * 16 + nibble(1)?,
            nibble(2)? * 16 + nibble(3)?,
            nibble(4)? * 16 + nibble(5)?,
        ]),
        _ => None,
    }
}

/// The classes and ids that a page's own style sheets hide, in lower case. A selector of a page is looked up by its hash:
/// the number of rules makes no attribute dearer.
#[derive(Debug, Default)]
pub(super) struct HiddenSelectors {
    /// Of `.class`.
    classes: HashSet<String>,
    /// Of `tag.class`, whole.
    of_tags: HashSet<String>,
    /// Of `#id`.
    ids: HashSet<String>,
}

/// Rules of a page that are kept.
const MAX_SELECTORS: usize = 64;
/// Longest selector that is kept, in bytes.
const MAX_SELECTOR: usize = 128;
/// Bytes of style sheets that are read.
const MAX_SHEETS: usize = 128 * 1024;

impl HiddenSelectors {
    /// Reads the `style` elements of a page.
    pub(super) fn of_page(html: &str) -> Self {
        let mut hidden = Self::default();
        let mut rest = html;
        let mut left = MAX_SHEETS;
        while let Some((_, after)) = rest.split_once('<') {
            if !after
                .as_bytes()
                .get(..5)
                .is_some_and(|name| name.eq_ignore_ascii_case(b"style"))
            {
                rest = after;
                continue;
            }
            let Some((_, after)) = after.split_once('>') else { break };
            let sheet = after.split_once("</").map_or(after, |(sheet, _)| sheet);
            let Some(next) = left.checked_sub(sheet.len()) else {
                break;
            };
            left = next;
            hidden.read_sheet(sheet);
            rest = after.get(sheet.len()..).unwrap_or_default();
        }
        hidden
    }

    fn read_sheet(&mut self, sheet: &str) {
        let sheet = sheet.to_ascii_lowercase();
        let mut rest = &*sheet;
        while let Some((selectors, after)) = rest.split_once('{') {
            let selectors = selectors.rsplit(['}', ';']).next().unwrap_or_default();
            let selectors = selectors.rsplit("*/").next().unwrap_or_default().trim();
            if selectors.starts_with('@') {
                rest = skip_block(after);
                continue;
            }
            let (declarations, after) = after.split_once('}').unwrap_or((after, ""));
            if hide(declarations) {
                let kept = self.classes.len() + self.of_tags.len() + self.ids.len();
                let room = MAX_SELECTORS.saturating_sub(kept);
                let simple = selectors.split(',').map(str::trim).filter(|s| is_simple(s));
                simple.take(room).for_each(|selector| self.keep(selector));
            }
            rest = after;
        }
    }

    fn keep(&mut self, selector: &str) {
        if let Some(id) = selector.strip_prefix('#') {
            self.ids.insert(id.to_owned());
        } else if let Some(class) = selector.strip_prefix('.') {
            self.classes.insert(class.to_owned());
        } else {
            self.of_tags.insert(selector.to_owned());
        }
    }

    /// Whether an element of this name with these classes is hidden.
    pub(super) fn hides_class(&self, name: &[u8], classes: &[u8]) -> bool {
        if self.classes.is_empty() && self.of_tags.is_empty() {
            return false;
        }
        let classes = String::from_utf8_lossy(classes).to_ascii_lowercase();
        let tag = std::str::from_utf8(name)
            .ok()
            .filter(|tag| !self.of_tags.is_empty() && tag.len() < MAX_SELECTOR);
        classes
            .split_ascii_whitespace()
            .filter(|class| class.len() < MAX_SELECTOR)
            .any(|class| {
                self.classes.contains(class) || tag.is_some_and(|tag| self.of_tags.contains(&format!("{tag}.{class}")))
            })
    }

    /// Whether an element with this id is hidden.
    pub(super) fn hides_id(&self, id: &[u8]) -> bool {
        !self.ids.is_empty() && {
            let id = String::from_utf8_lossy(id).trim().to_ascii_lowercase();
            self.ids.contains(&id)
        }
    }
}

/// Whether a selector is `.class`, `tag.class` or `#id`.
fn is_simple(selector: &str) -> bool {
    let marks = selector.bytes().filter(|b| matches!(b, b'.' | b'#')).count();
    let id_first = !selector.contains('#') || selector.starts_with('#');
    marks == 1
        && selector.len() < MAX_SELECTOR
        && id_first
        && selector
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'#' | b'-' | b'_'))
}

/// What follows the block that has just begun.
fn skip_block(text: &str) -> &str {
    let mut depth = 1_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text.get(at + 1..).unwrap_or_default();
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_that_hide() {
        for (style, hidden) in [
            ("display:none", true),
            ("DISPLAY : NONE !important", true),
            ("font-size:0", true),
            ("font-size:1px", true),
            ("font-size:0.1em", true),
            ("max-height:0px", true),
            ("height:0;overflow:hidden", true),
            ("opacity:0.0", true),
            ("color:#fff;background:#FFFFFF url(x)", true),
            ("color:rgb(0,0,0);background-color:black", true),
            ("text-indent:-9999px", true),
            ("font-size:30px;color:#1B5A8F", false),
            ("height:0", false),
            ("opacity:1", false),
            ("color:#fff", false),
            ("line-height:0", false),
            ("display", false),
        ] {
            let mut declared = Declared::default();
            declared.style(style.as_bytes());
            assert_eq!(declared.is_hidden(), hidden, "{style}");
        }
    }

    #[test]
    fn simple_rules_of_a_style_sheet_hide() {
        let page = "<style>/* x */ .a, p.b {display:none} @media (x) { .c {display:none} } .d .e{display:none} #f{opacity:0}</style>";
        let hidden = HiddenSelectors::of_page(page);
        assert!(hidden.hides_class(b"div", b"x A") && hidden.hides_class(b"p", b"b") && hidden.hides_id(b"f"));
        assert!(!hidden.hides_class(b"div", b"b c d e f") && !hidden.hides_id(b"a"));
    }
}
