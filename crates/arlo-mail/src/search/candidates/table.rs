//! What the other cells of a table call a number: the cell to the left of it, and the head of its column.

use super::super::cues::Meaning;
use super::super::sentence;
use super::Search;
use crate::excerpt::head;
use crate::visible::Cell;

/// Cells that a row of a table has at most. A longer line is none.
const MAX_COLUMNS: usize = 12;
/// Rows between a number and the heads of the columns.
const MAX_ROWS: usize = 16;
/// Words of the longest name of a thing.
const NAME_WORDS: usize = 3;
/// Bytes of it.
const NAME_BYTES: usize = 64;

/// What the head of a column says about the numbers below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// The number is in no table with several rows, or in a column without a head and not the first one.
    None,
    /// It is in the first column, which has no head, so that the cell before it is the last one of another row.
    NoHead,
    Head(Meaning),
    /// The head says nothing, and another column is the one of the codes.
    BesideCodes,
}

impl Search<'_, '_> {
    /// The first cell of the row in which a cell is, and how many cells it has; `None` if the line is no row.
    fn row(&self, at: usize) -> Option<(usize, usize)> {
        self.steps.count(MAX_COLUMNS);
        let line = self.cells.get(at)?.line;
        let is_in = |cell: &&Cell<'_>| cell.line == line;
        let before = self.cells.iter().take(at).rev().take(MAX_COLUMNS);
        let after = self.cells.iter().skip(at).take(MAX_COLUMNS + 1);
        let left = before.take_while(is_in).count();
        let columns = left + after.take_while(is_in).count();
        (2..=MAX_COLUMNS).contains(&columns).then_some((at - left, columns))
    }

    /// What the head of the column says in which a cell is. The heads are the first row of those with as many cells.
    pub(super) fn column(&self, at: usize) -> Column {
        let Some((start, columns)) = self.row(at) else {
            return Column::None;
        };
        let mut top = start;
        for _ in 0..MAX_ROWS {
            match top.checked_sub(1).and_then(|above| self.row(above)) {
                Some((above, count)) if count == columns => top = above,
                _ => break,
            }
        }
        if top == start {
            return Column::None;
        }
        let head = |column: usize| {
            let text = self.cells.get(top + column).map_or("", |cell| cell.text);
            let is_head = is_lettered(text);
            is_head.then(|| self.meaning(sentence::last_sentence(text)))
        };
        match head(at - start) {
            None if at == start => Column::NoHead,
            None => Column::None,
            Some(Meaning::Nothing) if (0..columns).filter_map(head).any(Meaning::is_code) => Column::BesideCodes,
            Some(meaning) => Column::Head(meaning),
        }
    }

    /// The cell to the left of a cell, if it has words.
    pub(super) fn left_of(&self, at: usize) -> Option<&Cell<'_>> {
        let left = self.cells.get(at.checked_sub(1)?)?;
        let is_beside = self.cells.get(at).is_some_and(|cell| cell.line == left.line);
        (is_beside && is_lettered(left.text)).then_some(left)
    }
}

fn is_lettered(text: &str) -> bool {
    head(text, NAME_BYTES).contains(char::is_alphabetic)
}

/// Whether a text may be the name of the thing whose number is below it or beside it: "Camera", "Hub:". A sentence is
/// none, and neither is a text that ends in a number of its own.
pub(super) fn is_name(text: &str) -> bool {
    let text = text.trim_end_matches([':', ' ']);
    text.len() <= NAME_BYTES
        && text.ends_with(char::is_alphabetic)
        && text.split(' ').filter(|word| !word.is_empty()).count() <= NAME_WORDS
}
