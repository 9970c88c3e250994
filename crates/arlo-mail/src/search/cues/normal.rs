//! A text in the form in which cues are looked for.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::super::words::HARMLESS;

/// A text in lower case, with one blank between its words and at both ends, and a `$` at the end. A mail address is one
/// word, and a percent sign is one. The phrases that mean nothing are removed.
pub(super) fn normal(text: &str) -> Vec<u8> {
    let mut words = Vec::with_capacity(text.len() + 3);
    words.push(b' ');
    let mut after_blank = true;
    for c in text.chars() {
        let was_after_blank = std::mem::replace(&mut after_blank, false);
        match u8::try_from(c) {
            Ok(byte) if byte.is_ascii_alphanumeric() || byte == b'@' => words.push(byte.to_ascii_lowercase()),
            _ if is_of_word(c) => {
                for lower in c.to_lowercase() {
                    words.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            _ => {
                if !was_after_blank {
                    words.push(b' ');
                }
                if matches!(c, '%' | '\u{66a}') {
                    words.extend_from_slice(b"% ");
                }
                after_blank = true;
            }
        }
    }
    if !after_blank {
        words.push(b' ');
    }
    words.push(b'$');
    for (word, phrases) in HARMLESS_FINDERS.iter() {
        if word.find(&words).is_some() {
            phrases.iter().for_each(|phrase| remove(&mut words, phrase));
        }
    }
    words
}

/// Whether a character that is not ASCII is part of a word: a letter, a digit or a mark of one.
fn is_of_word(c: char) -> bool {
    // Between the last two are the quotation marks and dashes of all scripts.
    let may_be_mark = matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{1fff}' | '\u{2c00}'..);
    may_be_mark && !c.is_whitespace() || c.is_alphanumeric()
}

/// [`HARMLESS`], to be searched.
static HARMLESS_FINDERS: LazyLock<Vec<(Finder<'static>, Vec<Finder<'static>>)>> = LazyLock::new(|| {
    let lists = HARMLESS.iter();
    lists
        .map(|(word, phrases)| (Finder::new(*word), phrases.iter().map(Finder::new).collect()))
        .collect()
});

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
