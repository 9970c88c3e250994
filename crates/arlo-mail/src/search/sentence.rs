//! The sentence around a number, and the sentences before and after it. Only the bytes nearest to the number are read,
//! so that a page of one endless sentence costs no more than any other page.

use std::borrow::Cow;

use crate::excerpt::{head, tail};
use crate::visible::Cell;

/// Bytes that are read on each side of a number.
pub(crate) const REACH: usize = 240;

/// The last sentence of a cell. It may be the label of a number below or beside the cell.
pub(crate) fn last_sentence<'t>(cell: &Cell<'t>) -> &'t str {
    let tail = tail(cell.text.trim_end(), REACH);
    // A full stop at the end belongs to the last sentence.
    let inner = tail.trim_end_matches(['.', '!', '?', '。', ' ']);
    let start = sentence_start(inner);
    tail.get(start..).unwrap_or_default()
}

/// The first sentence of a cell.
pub(crate) fn first_sentence<'t>(cell: &Cell<'t>) -> &'t str {
    let head = head(cell.text, REACH);
    head.get(..sentence_end(head)).unwrap_or(head)
}

/// The sentence around a number: the text before the number, and the text after it.
pub(crate) fn sentence_around(text: &str, start: usize, end: usize) -> (&str, &str) {
    let before = tail(text.get(..start).unwrap_or_default(), REACH);
    let after = head(text.get(end..).unwrap_or_default(), REACH);
    (
        before.get(sentence_start(before)..).unwrap_or_default(),
        after.get(..sentence_end(after)).unwrap_or_default(),
    )
}

/// The position at which the last sentence of a text begins.
fn sentence_start(text: &str) -> usize {
    let mut start = 0;
    let mut stop = false;
    // This stop has no blank after it.
    let mut ended = false;
    for (at, c) in text.char_indices() {
        if ended || stop && c == ' ' {
            start = at;
        }
        stop = is_stop(c);
        ended = c == '。';
    }
    if ended { text.len() } else { start }
}

/// The position at which the first sentence of a text ends.
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

/// Whether a line is the middle of a sentence: the line above ends in a sentence that goes on, the line below does not
/// begin one, and no empty line is between them.
pub(crate) fn goes_through(above: &str, cell: &Cell<'_>, below: Option<&Cell<'_>>) -> bool {
    let Some(below) = below.filter(|below| !cell.after_gap && !below.after_gap) else {
        return false;
    };
    let ends_open = above.chars().next_back().is_some_and(|c| c.is_lowercase() || c == ',');
    let is_long = above.split(' ').filter(|word| !word.is_empty()).count() >= 3;
    ends_open && is_long && below.text.starts_with(char::is_lowercase)
}

/// A subject without the words in brackets that mail gateways add.
pub(crate) fn without_tags(subject: &str) -> Cow<'_, str> {
    if !subject.contains(['[', '{', '【', ']', '}', '】']) {
        return Cow::Borrowed(subject);
    }
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
    // A bracket that is never closed is part of the subject.
    if depth > 0 {
        Cow::Borrowed(subject)
    } else {
        Cow::Owned(kept)
    }
}
