//! The sentence around a number, and the sentences before and after it. Only the bytes nearest to the number are read,
//! so that a page of one endless sentence costs no more than any other page.

use std::borrow::Cow;

use crate::excerpt::{head, tail};
use crate::visible::Cell;

/// Bytes that are read on each side of a number.
pub(crate) const REACH: usize = 240;

/// Lines above and below its own line over which a sentence is read, as far as [`REACH`] goes.
const MAX_WRAPS: usize = 8;

/// Columns of a line that was probably wrapped because the next word had no room, so that the next line goes on with
/// the sentence whatever its first letter is.
const FULL_LINE: usize = 40;

/// The last sentence of a text. It may be the label of a number below or beside the text.
pub(crate) fn last_sentence(text: &str) -> &str {
    let tail = tail(text.trim_end(), REACH);
    // A full stop at the end belongs to the last sentence.
    let inner = tail.trim_end_matches(['.', '!', '?', '。', ' ']);
    let start = sentence_start(inner);
    tail.get(start..).unwrap_or_default()
}

/// The first sentence of a text.
pub(crate) fn first_sentence(text: &str) -> &str {
    let head = head(text, REACH);
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

/// The position at which the last sentence of a text begins, if a number or nothing follows the text.
fn sentence_start(text: &str) -> usize {
    let mut start = 0;
    let mut last = None;
    // This stop has no blank after it.
    let mut ended = false;
    // Where a sentence begins unless its first letter shows that the full stop belongs to an abbreviation.
    let mut open = None;
    for (at, c) in text.char_indices() {
        if ended || c == ' ' && last.is_some_and(is_stop) {
            open = Some(at);
        }
        if c.is_alphanumeric()
            && let Some(begin) = open.take()
            && !(c.is_lowercase() && is_abbreviation(text, begin))
        {
            start = begin;
        }
        ended = c == '。';
        last = Some(c);
    }
    match open {
        _ if ended => text.len(),
        Some(open) if !is_number_word(text.get(..open).unwrap_or_default()) => open,
        _ => start,
    }
}

/// Short forms of the word for a number, whose full stop ends no sentence: "request no. 467266".
const NUMBER_WORDS: &[&str] = &[
    "no", "nos", "nr", "núm", "num", "č", "čís", "št", "br", "sz", "αρ", "αριθ",
];

/// Whether a text ends in such a word.
pub(crate) fn is_number_word(text: &str) -> bool {
    let Some(text) = text.strip_suffix('.') else {
        return false;
    };
    let last = tail(text, 16).rsplit(|c: char| !c.is_alphanumeric()).next();
    last.is_some_and(|word| NUMBER_WORDS.contains(&&*word.to_lowercase()))
}

/// The position at which the first sentence of a text ends.
fn sentence_end(text: &str) -> usize {
    let mut last = None;
    let mut open = None;
    for (at, c) in text.char_indices() {
        if c == '。' {
            return open.unwrap_or(at);
        }
        if open.is_none() && c == ' ' && last.is_some_and(is_stop) {
            open = Some(at);
        }
        if c.is_alphanumeric()
            && let Some(end) = open.take()
            && !(c.is_lowercase() && is_abbreviation(text, end))
        {
            return end;
        }
        last = Some(c);
    }
    open.unwrap_or(text.len())
}

/// Whether the text before a blank may end in an abbreviation, as "Arlo Inc." does: a full stop after a letter. A word
/// in lower case follows it.
fn is_abbreviation(text: &str, end: usize) -> bool {
    text.get(..end)
        .and_then(|text| text.strip_suffix('.'))
        .is_some_and(|text| text.ends_with(char::is_alphabetic))
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '।' | '؟')
}

/// The sentence that begins above a cell and goes on in `own`, the first words of the cell; `None` if it begins in the
/// cell. These may be no words at all, if a number is first.
pub(crate) fn begun_above(cells: &[Cell<'_>], at: usize, own: &str) -> Option<String> {
    let mut lines = vec![own];
    let mut room = REACH.saturating_sub(own.len());
    for above in (0..at).rev().take(MAX_WRAPS) {
        let is_number_first = lines.len() == 1 && !own.contains(char::is_alphanumeric);
        let Some(cell) = cells.get(above).filter(|_| runs_on(cells, above, is_number_first)) else {
            break;
        };
        let line = last_sentence(cell.text);
        lines.push(line);
        room = room.saturating_sub(line.len());
        if line.len() < cell.text.len() || room == 0 {
            break;
        }
    }
    lines.reverse();
    (lines.len() > 1).then(|| lines.join(" "))
}

/// The sentence of which `own`, the last words of a cell, is the beginning or the middle, and that ends below the cell;
/// `None` if it ends in the cell.
pub(crate) fn ended_below(cells: &[Cell<'_>], at: usize, own: &str) -> Option<String> {
    let mut lines = vec![own];
    let mut room = REACH.saturating_sub(own.len());
    for above in (at..cells.len()).take(MAX_WRAPS) {
        let Some(cell) = cells.get(above + 1).filter(|_| runs_on(cells, above, false)) else {
            break;
        };
        let line = first_sentence(cell.text);
        lines.push(line);
        room = room.saturating_sub(line.len());
        if line.len() < cell.text.len() || room == 0 {
            break;
        }
    }
    (lines.len() > 1).then(|| lines.join(" "))
}

/// Whether a line and the next one may be one sentence that was wrapped: the line does not end a sentence, and no empty
/// line or other cell is between them. The next one begins in lower case, or with the number that is looked at, or the
/// line is full: a wrapped line may also begin with a name, a German noun, or a letter that has no lower case.
fn runs_on(cells: &[Cell<'_>], at: usize, is_number_next: bool) -> bool {
    let cell = |at: Option<usize>| at.and_then(|at| cells.get(at));
    let (Some(above), Some(below)) = (cell(Some(at)), cell(Some(at + 1))) else {
        return false;
    };
    let is_row = |one: &Cell<'_>, other: Option<&Cell<'_>>| other.is_some_and(|other| other.line == one.line);
    let ends_open = above.text.ends_with(|c: char| {
        c.is_alphanumeric() || is_mark_of_letter(c) || matches!(c, ',' | '，' | '、' | '،' | ')' | '”' | '"' | '»')
    });
    let goes_on = is_number_next
        || below.text.starts_with(char::is_lowercase)
        || below.text.starts_with(char::is_alphanumeric) && is_full(above.text);
    let is_apart = below.after_gap || above.heading != below.heading;
    let in_rows =
        is_row(above, Some(below)) || is_row(above, cell(at.checked_sub(1))) || is_row(below, cell(at.checked_add(2)));
    ends_open && goes_on && !is_apart && !in_rows
}

/// Whether a line has the length at which lines are wrapped.
fn is_full(line: &str) -> bool {
    let width = |c: char| match c {
        // Those of East Asian scripts are wide.
        '\u{1100}'.. => 2,
        _ => 1,
    };
    line.chars().take(FULL_LINE).map(width).sum::<usize>() >= FULL_LINE
}

/// Whether a character is a vowel sign or the like, with which words of some scripts end.
fn is_mark_of_letter(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{fff}')
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

/// The pieces of a subject between signs over which no phrase goes, such as the brackets of a tag.
pub(crate) fn pieces(subject: &str) -> impl Iterator<Item = &str> {
    let divided = subject.split(|c: char| {
        matches!(
            c,
            ':' | '：'
                | '|'
                | '｜'
                | '*'
                | '='
                | '#'
                | '?'
                | '!'
                | '？'
                | '！'
                | '–'
                | '—'
                | '/'
                | '('
                | ')'
                | '<'
                | '>'
                | '«'
                | '»'
                | '〔'
                | '〕'
                | '（'
                | '）'
                | '《'
                | '》'
                | '〈'
                | '〉'
                | '「'
                | '」'
                | '『'
                | '』'
                | ']'
                | '}'
                | '】'
        )
    });
    divided
        .flat_map(|piece| piece.split(" -"))
        .flat_map(|piece| piece.split("- "))
        .flat_map(|piece| {
            piece
                .trim_start_matches('-')
                .split_inclusive(['[', '{', '【'])
                .enumerate()
        })
        // Of a bracket that is never closed, the first word is the tag.
        .flat_map(|(at, piece)| {
            let piece = piece.trim_matches(['[', '{', '【', ' ', '-']);
            let (tag, rest) = piece.split_once(' ').filter(|_| at > 0).unwrap_or(("", piece));
            [tag, rest]
        })
        .filter(|piece| piece.contains(char::is_alphanumeric))
}
