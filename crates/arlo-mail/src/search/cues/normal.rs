//! A text in the form in which cues are looked for.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::super::words::HARMLESS;

/// A text in lower case, with one blank between its words and at both ends, and a `$` at the end. The phrases that mean
/// nothing are removed.
pub(super) fn normal(text: &str) -> Vec<u8> {
    let mut words = Vec::with_capacity(text.len() + 3);
    words.push(b' ');
    for c in text.chars() {
        let is_mark = ('\u{300}'..='\u{36f}').contains(&c) || c > '\u{900}' && !c.is_whitespace();
        if c.is_ascii_alphanumeric() {
            words.extend(u8::try_from(c.to_ascii_lowercase()));
        } else if !c.is_ascii() && (c.is_alphanumeric() || is_mark) {
            for lower in c.to_lowercase() {
                words.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
            }
        } else if !words.ends_with(b" ") {
            words.push(b' ');
        }
    }
    if !words.ends_with(b" ") {
        words.push(b' ');
    }
    words.push(b'$');
    for phrase in HARMLESS_FINDERS.iter() {
        remove(&mut words, phrase);
    }
    words
}

static HARMLESS_FINDERS: LazyLock<Vec<Finder<'static>>> = LazyLock::new(|| HARMLESS.iter().map(Finder::new).collect());

/// Replaces a phrase by a blank.
fn remove(words: &mut Vec<u8>, phrase: &Finder<'_>) {
    if phrase.find(words).is_none() {
        return;
    }
    let mut kept = Vec::with_capacity(words.len());
    let mut from = 0;
    for at in phrase.find_iter(words) {
        kept.extend_from_slice(words.get(from..at).unwrap_or_default());
        kept.push(b' ');
        from = at + phrase.needle().len();
    }
    kept.extend_from_slice(words.get(from..).unwrap_or_default());
    *words = kept;
}
