//! The sentence in which a number stands, and those before and after it. Only their ends nearest to the number are
//! looked at, so that a page of one endless sentence costs no more than another.

use crate::page::Unit;

/// Bytes of context that are looked at on each side of a number.
pub(crate) const REACH: usize = 240;

/// The last sentence of a unit: what may be the label of a number below or beside it.
pub(crate) fn last_sentence<'u>(unit: &Unit<'u>) -> &'u str {
    let tail = tail(unit.text.trim_end(), REACH);
    // The stop at the very end is its own.
    let inner = tail.trim_end_matches(['.', '!', '?', '。', ' ']);
    let start = sentence_start(inner);
    tail.get(start..).unwrap_or_default()
}

/// The first sentence of a unit.
pub(crate) fn first_sentence<'u>(unit: &Unit<'u>) -> &'u str {
    let head = head(unit.text, REACH);
    head.get(..sentence_end(head)).unwrap_or(head)
}

/// The sentence in which a number stands.
pub(crate) fn sentence_around(text: &str, start: usize, end: usize) -> (&str, &str) {
    let before = tail(text.get(..start).unwrap_or_default(), REACH);
    let after = head(text.get(end..).unwrap_or_default(), REACH);
    (
        before.get(sentence_start(before)..).unwrap_or_default(),
        after.get(..sentence_end(after)).unwrap_or_default(),
    )
}

/// Where the last sentence of a text begins.
fn sentence_start(text: &str) -> usize {
    let mut start = 0;
    let mut stop = false;
    for (at, c) in text.char_indices() {
        if stop && c == ' ' {
            start = at;
        }
        stop = is_stop(c);
        if c == '。' {
            start = at + c.len_utf8();
        }
    }
    start
}

/// Where the first sentence of a text ends.
fn sentence_end(text: &str) -> usize {
    let mut stop = false;
    for (at, c) in text.char_indices() {
        if stop && c == ' ' || c == '。' {
            return at;
        }
        stop = is_stop(c);
    }
    text.len()
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '।' | '؟')
}

/// Whether a line of its own stands in the middle of a sentence: that of the line above has not ended, that of the line
/// below begins in the middle, and no empty line sets it apart.
pub(crate) fn goes_through(above: &str, unit: &Unit<'_>, below: Option<&Unit<'_>>) -> bool {
    let Some(below) = below.filter(|below| !unit.after_gap && !below.after_gap) else {
        return false;
    };
    let ends_open = above.chars().next_back().is_some_and(|c| c.is_lowercase() || c == ',');
    let is_long = above.split(' ').filter(|word| !word.is_empty()).count() >= 3;
    ends_open && is_long && below.text.starts_with(char::is_lowercase)
}

/// A subject without what gateways put in brackets before or behind it.
pub(crate) fn without_tags(subject: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::with_capacity(subject.len());
    for c in subject.chars() {
        match c {
            '[' | '{' | '【' => depth += 1,
            ']' | '}' | '】' => {
                depth = depth.saturating_sub(1);
                kept.push(' ');
            }
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    // A bracket that nothing closes opens no tag.
    if depth > 0 { subject.to_owned() } else { kept }
}

/// The last bytes of a text, on a character's boundary.
pub(crate) fn tail(text: &str, bytes: usize) -> &str {
    let from = text.len().saturating_sub(bytes);
    (from..=text.len()).find_map(|at| text.get(at..)).unwrap_or_default()
}

/// The first bytes of a text, on a character's boundary.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    let to = text.len().min(bytes);
    (0..=to).rev().find_map(|at| text.get(..at)).unwrap_or_default()
}
