//! File names that every common file system accepts.
//!
//! A camera's name is written by a person, and nobody has checked it. What comes out of here is one component of a
//! path: not empty, not `.` or `..`, without a separator, without a leading dot, and at most [`MAX_COMPONENT`] bytes
//! long. The rules are the union of those of Linux, macOS and Windows, because an archive is often on a network drive
//! or on a stick with FAT.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// Longest component, in bytes. File systems allow 255. The rest is for a counter, an extension, and the file systems
/// that encrypt names.
pub(crate) const MAX_COMPONENT: usize = 180;
/// Longest text that a substitution gives, in bytes, so that a long name does not push the time out of the component.
pub(crate) const MAX_VALUE: usize = 80;
/// What stands for a character that cannot be used.
const REPLACEMENT: char = '-';
/// What is put before a component that cannot be used as it is.
const PREFIX: char = '_';

/// A component that every file system accepts.
pub(crate) fn component(text: &str) -> String {
    let replaced: String = text
        .chars()
        .map(|c| if is_refused(c) { REPLACEMENT } else { c })
        .collect();
    let trimmed = trimmed(cut(&replaced, MAX_COMPONENT));
    if trimmed.is_empty() || trimmed.starts_with('.') || is_reserved(trimmed) {
        let rest = trimmed.trim_start_matches('.');
        return format!("{PREFIX}{}", trimmed_end(cut(rest, MAX_COMPONENT - PREFIX.len_utf8())));
    }
    trimmed.to_owned()
}

/// The longest beginning with at most `max` bytes.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or(text)
}

fn trimmed(text: &str) -> &str {
    trimmed_end(text.trim_start_matches(char::is_whitespace))
}

/// Windows drops dots and spaces at the end, and two names would become one.
fn trimmed_end(text: &str) -> &str {
    text.trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}

fn is_refused(c: char) -> bool {
    c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*') || is_invisible(c)
}

/// Characters that change how other characters are shown, such as the order, or that nobody sees.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Names of devices on Windows, with any extension.
fn is_reserved(text: &str) -> bool {
    let stem = text
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_ascii_lowercase();
    let is_numbered = |rest: &str| {
        let mut digits = rest.chars();
        matches!(digits.next(), Some('0'..='9' | '¹' | '²' | '³')) && digits.next().is_none()
    };
    match stem.as_str() {
        "con" | "prn" | "aux" | "nul" | "conin$" | "conout$" => true,
        stem => stem
            .strip_prefix("com")
            .or(stem.strip_prefix("lpt"))
            .is_some_and(is_numbered),
    }
}

/// A name in lower case whose words are joined by `_`, as `NN` gives it. Accents are dropped. Letters of other scripts
/// stay as they are, where pyaarlo writes them in Latin letters.
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::new();
    let mut is_gap = false;
    for c in DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(name.chars()) {
        let word = match c {
            'ß' | 'ẞ' => "ss",
            'Æ' | 'æ' => "ae",
            'Œ' | 'œ' => "oe",
            'Ø' | 'ø' => "o",
            'Ł' | 'ł' => "l",
            'Đ' | 'đ' | 'Ð' | 'ð' => "d",
            'Þ' | 'þ' => "th",
            'ı' => "i",
            _ => "",
        };
        // A combining mark follows the letter that it changes, and an apostrophe is within a word.
        if word.is_empty() && (is_mark(c) || matches!(c, '\'' | '’')) {
            continue;
        }
        if word.is_empty() && !c.is_alphanumeric() {
            is_gap = !slug.is_empty();
            continue;
        }
        if std::mem::take(&mut is_gap) {
            slug.push('_');
        }
        if word.is_empty() {
            slug.extend(c.to_lowercase());
        } else {
            slug.push_str(word);
        }
    }
    slug
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_good_name_stays_as_it_is() {
        for name in ["Front Door", "Küche", "玄関", "a.b.c", "Garage (2)", "x-1_y", "Casey's"] {
            assert_eq!(component(name), name);
        }
    }

    #[test]
    fn what_a_file_system_refuses_is_replaced() {
        for (name, expected) in [
            ("12:30:05", "12-30-05"),
            ("a/b\\c", "a-b-c"),
            ("<>:\"|?*", "-------"),
            ("a\0b\nc\u{7f}", "a-b-c-"),
            ("..", "_"),
            (".", "_"),
            ("", "_"),
            ("   ", "_"),
            ("../../etc/passwd", "_-..-etc-passwd"),
            (".hidden", "_hidden"),
            ("...x", "_x"),
            ("end. . ", "end"),
            (" start", "start"),
            ("CON", "_CON"),
            ("con.txt", "_con.txt"),
            ("com1", "_com1"),
            ("LPT³.x", "_LPT³.x"),
            ("nul ", "_nul"),
            ("console", "console"),
            ("com10", "com10"),
            ("a\u{202e}gpj", "a-gpj"),
            ("a\u{200b}", "a-"),
        ] {
            assert_eq!(component(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(component(&"x".repeat(1000)).len(), MAX_COMPONENT);
        assert_eq!(component(&"界".repeat(1000)), "界".repeat(MAX_COMPONENT / 3));
        assert!(component(&format!(".{}", "界".repeat(1000))).len() <= MAX_COMPONENT);
    }

    #[test]
    fn a_slug_joins_the_words_of_a_name() {
        for (name, slug_) in [
            ("Front Door", "front_door"),
            ("  Küche / Süd -- 2 ", "kuche_sud_2"),
            ("Straße", "strasse"),
            ("Garage (2)", "garage_2"),
            ("Casey's Cam", "caseys_cam"),
            ("ÆØÅ", "aeoa"),
            ("玄関", "玄関"),
            ("!!!", ""),
        ] {
            assert_eq!(slug(name), slug_, "{name:?}");
        }
    }

    pub(crate) fn assert_valid(name: &str) {
        assert!(!name.is_empty() && name.len() <= MAX_COMPONENT, "{name:?}");
        assert!(!name.starts_with('.') && !name.ends_with(['.', ' ']), "{name:?}");
        assert!(!name.chars().any(is_refused), "{name:?}");
        assert!(!is_reserved(name), "{name:?}");
        assert_eq!(std::path::Path::new(name).components().count(), 1, "{name:?}");
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_valid_component(text in "\\PC*|[.:/\\\\ a\u{0}-\u{1f}]*|(con|lpt1|\\.\\.)[. /]*") {
            let name = component(&text);
            assert_valid(&name);
            prop_assert_eq!(component(&name), name);
        }

        #[test]
        fn a_slug_has_no_separators(text in "\\PC*") {
            let slug = slug(&text);
            prop_assert!(!slug.starts_with('_') && !slug.ends_with('_') && !slug.contains("__"), "{}", slug);
            prop_assert!(slug.chars().all(|c| c == '_' || c.is_alphanumeric() || !c.is_ascii()), "{}", slug);
        }
    }
}
