//! A number with another count of digits than a login code has, which the words around it call a code: Gmail's.

use std::ops::{Range, RangeInclusive};

use super::cues::{self, Meaning, STEPS_PER_BYTE};
use super::numbers::of_length;
use super::sentence;
use crate::limits::MAX_NUMBERS;
use crate::steps::{Steps, TooComplex};
use crate::visible::Cell;

/// What the text says of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Called {
    Code,
    SomethingElse,
    Nothing,
}

/// The first number that the text calls a code; without one, the first with the usual count of digits that the text
/// calls nothing else. Other numbers have a count of digits in `digits`.
pub(crate) fn named_number<'t>(
    parts: &[Vec<Cell<'t>>],
    digits: &RangeInclusive<usize>,
    usual: usize,
    steps: &Steps,
) -> Result<Option<&'t str>, TooComplex> {
    let mut unnamed = None;
    let mut numbers = 0;
    for cells in parts {
        for (at, cell) in cells.iter().enumerate() {
            steps.count_checked(cell.text.len())?;
            for place in of_length(cell.text, digits) {
                numbers += 1;
                if numbers > MAX_NUMBERS {
                    return Ok(unnamed);
                }
                let number = cell.text.get(place.clone());
                match called(cells, at, &place, steps) {
                    Called::Code => return Ok(number),
                    Called::Nothing if place.len() == usual => unnamed = unnamed.or(number),
                    Called::Nothing | Called::SomethingElse => {}
                }
                steps.check()?;
            }
        }
    }
    Ok(unnamed)
}

fn called(cells: &[Cell<'_>], at: usize, place: &Range<usize>, steps: &Steps) -> Called {
    let Some(cell) = cells.get(at) else {
        return Called::Nothing;
    };
    let meaning = |text: &str| {
        steps.count(STEPS_PER_BYTE * text.len());
        cues::meaning(text)
    };
    let has_words = |text: &str| text.contains(char::is_alphanumeric);
    let (before, after) = sentence::sentence_around(cell.text, place.start, place.end);
    let is_first = !cell.text.get(..place.start - before.len()).is_some_and(has_words);
    let is_last = place.end + after.len() == cell.text.len();
    let above = at.checked_sub(1).and_then(|above| cells.get(above));
    // The words above name a number only if there are none before it.
    let label = above.filter(|_| is_first && !has_words(before));
    let label = label.map_or("", |cell| sentence::last_sentence(cell.text));
    let begun = is_first.then(|| sentence::begun_above(cells, at, before)).flatten();
    let before_means = match &begun {
        Some(whole) => meaning(before).within(meaning(whole)),
        None if has_words(before) => meaning(before),
        None => meaning(label),
    };
    if matches!(before_means, Meaning::OtherNumber | Meaning::OtherCode) {
        return Called::SomethingElse;
    }
    let ended = is_last.then(|| sentence::ended_below(cells, at, after)).flatten();
    let after_means = meaning(ended.as_deref().unwrap_or(after));
    let is_value = |name: &str| name.trim_end().ends_with(':') && !has_words(after);
    if before_means.is_code() || after_means.is_code() || is_value(before) || is_value(label) {
        return Called::Code;
    }
    Called::Nothing
}
