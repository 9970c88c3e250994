//! Numbers that are written over several cells.

use super::{Candidate, Rank, Search};
use crate::code::{CODE_DIGITS, Code};
use crate::limits::MAX_CANDIDATES;
use crate::steps::TooComplex;
use crate::visible::Cell;

impl Search<'_, '_> {
    /// Adds the numbers that are written over several cells: digit by digit, or in equal groups in one row. Three
    /// groups may be a date or a countdown, so they count only where no other number is called a code.
    pub(super) fn spelled(&self, found: &mut Vec<Candidate>) -> Result<(), TooComplex> {
        let mut run: Vec<usize> = Vec::new();
        let mut run_size = 0;
        let mut pairs: Vec<Candidate> = Vec::new();
        for (at, cell) in self.cells.iter().enumerate() {
            self.steps.check()?;
            if found.len() + pairs.len() >= MAX_CANDIDATES {
                break;
            }
            let size = group_size(cell);
            // A line, a hyphen or a dot between two groups.
            if size == Some(0) {
                continue;
            }
            let last = run.last().and_then(|&last| self.cells.get(last));
            let goes_on = last.is_some_and(|last| size == Some(run_size) && (run_size == 1 || last.line == cell.line));
            if !goes_on {
                let into = if run_size == 2 { &mut pairs } else { &mut *found };
                into.extend(self.run_as_number(&run));
                run.clear();
            }
            if let Some(size) = size {
                run_size = size;
                run.push(at);
            }
        }
        let into = if run_size == 2 { &mut pairs } else { &mut *found };
        into.extend(self.run_as_number(&run));
        if found.iter().all(|candidate| candidate.rank < Rank::Sentence) {
            found.append(&mut pairs);
        }
        Ok(())
    }

    fn run_as_number(&self, run: &[usize]) -> Option<Candidate> {
        let &[first, .., last] = run else { return None };
        let texts = run.iter().take(CODE_DIGITS + 1).filter_map(|&at| self.cells.get(at));
        let digits: String = texts
            .flat_map(|cell| cell.text.chars())
            .filter(char::is_ascii_digit)
            .collect();
        let code = Code::parse(&digits)?;
        let above = self.cells.get(..first)?.iter().rev();
        let below = self.cells.get(last + 1..)?.iter();
        if is_legend(above, run.len()) || is_legend(below, run.len()) {
            return None;
        }
        Some(self.alone(first, last, None)?.candidate(code, first, 0))
    }
}

/// Whether the nearest of these rows has a word for each of so many cells: "hours", "minutes", "seconds".
fn is_legend<'c>(cells: impl Iterator<Item = &'c Cell<'c>>, count: usize) -> bool {
    let mut row = cells.take(count + 1).peekable();
    let line = row.peek().map(|cell| cell.line);
    let mut words = 0;
    let all_words = row.take_while(|cell| Some(cell.line) == line).all(|cell| {
        words += 1;
        cell.text.contains(char::is_alphabetic) && !cell.text.contains(|c: char| c.is_ascii_digit())
    });
    all_words && words == count
}

/// The number of digits of a cell; `None` if it has more than three, or letters or signs beside them, such as the colon
/// of a time.
fn group_size(cell: &Cell<'_>) -> Option<usize> {
    if cell.text.len() > 32 {
        return None;
    }
    let digits = cell.text.bytes().filter(u8::is_ascii_digit).count();
    let other = |c: char| {
        !c.is_ascii_digit() && (c.is_alphanumeric() || matches!(c, '#' | '%' | '$' | '.' | ')' | ',' | ':' | '/'))
    };
    (digits <= 3 && !cell.text.contains(other)).then_some(digits)
}
