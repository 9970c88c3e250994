//! Numbers that are written over several cells.

use super::{Candidate, Search};
use crate::code::{CODE_DIGITS, Code};
use crate::limits::MAX_CANDIDATES;
use crate::steps::TooComplex;
use crate::visible::Cell;

impl Search<'_, '_> {
    /// Adds the numbers that are written over several cells: digit by digit, or in equal groups in one row.
    pub(super) fn spelled(&self, found: &mut Vec<Candidate>) -> Result<(), TooComplex> {
        let mut run: Vec<usize> = Vec::new();
        let mut run_size = 0;
        for (at, cell) in self.cells.iter().enumerate() {
            self.steps.check()?;
            if found.len() >= MAX_CANDIDATES {
                return Ok(());
            }
            let size = group_size(cell);
            // A line, a hyphen or a dot between two groups.
            if size == Some(0) {
                continue;
            }
            let last = run.last().and_then(|&last| self.cells.get(last));
            let goes_on = last.is_some_and(|last| size == Some(run_size) && (run_size == 1 || last.line == cell.line));
            if !goes_on {
                found.extend(self.run_as_number(&run));
                run.clear();
            }
            if let Some(size) = size {
                run_size = size;
                run.push(at);
            }
        }
        found.extend(self.run_as_number(&run));
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
        Some(self.alone(first, last, None)?.candidate(code, first, 0))
    }
}

/// The number of digits of a cell; `None` if it has more than three, or letters or signs beside them.
fn group_size(cell: &Cell<'_>) -> Option<usize> {
    if cell.text.len() > 32 {
        return None;
    }
    let digits = cell.text.bytes().filter(u8::is_ascii_digit).count();
    let other =
        |c: char| !c.is_ascii_digit() && (c.is_alphanumeric() || matches!(c, '#' | '%' | '$' | '.' | ')' | ','));
    (digits <= 3 && !cell.text.contains(other)).then_some(digits)
}
