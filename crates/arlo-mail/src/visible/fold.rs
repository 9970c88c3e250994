//! One spelling for characters that look or act alike.
//!
//! Decimal digits of common scripts and full-width forms become ASCII, blanks become a space, hyphens become `-`, and
//! characters without width are removed. A letter and its accent are one character.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// A text in which each letter and its marks are one character, where Unicode has one (NFC, UAX 15). Some writers and
/// some charsets, such as windows-1258, have them apart.
pub(crate) fn compose(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// The one spelling of a character; `None` if it has no width.
pub(crate) fn fold(c: char) -> Option<char> {
    Some(match c {
        '\t'..='\r'
        | '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => ' ',
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{e0000}'..='\u{e0fff}' => return None,
        '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        '\u{2015}' => '\u{2014}',
        // Not the comma and the full stop: between digits they would make one number of two.
        '０'..='９' | '＃' | '＄' | '％' | '＆' | '＋' | '－' | '／' | '：' | '＝' | '＠' | '＿' => {
            from_offset('!', c, '！')
        }
        '\u{ff61}' => '。',
        '\u{1d7ce}'..='\u{1d7ff}' => digit((u32::from(c) - 0x1d7ce) % 10),
        _ => {
            const ZEROES: [char; 14] = [
                '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}', '\u{c66}',
                '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}',
            ];
            match ZEROES
                .iter()
                .find(|&&zero| (zero..=from_offset(zero, '9', '0')).contains(&c))
            {
                Some(&zero) => from_offset('0', c, zero),
                None => c,
            }
        }
    })
}

/// A character as it is on one line that is safe to show: a blank or a line end is a space; `None` if it has no width
/// or changes the direction.
#[must_use]
pub fn on_one_line(c: char) -> Option<char> {
    if c.is_whitespace() { Some(' ') } else { fold(c) }
}

fn digit(value: u32) -> char {
    char::from_digit(value, 10).unwrap_or('0')
}

/// The character as far after `base` as `c` is after `origin`.
fn from_offset(base: char, c: char, origin: char) -> char {
    char::from_u32(u32::from(base) + u32::from(c) - u32::from(origin)).unwrap_or(c)
}
