//! What the sentences above a number, beside it and below it say about it.

use super::super::cues::{self, Joint, Meaning, STEPS_PER_BYTE};
use super::super::numbers::{Number, six_digits};
use super::super::sentence;
use super::Search;
use crate::excerpt::tail;

/// How many numbers on each side of a number are compared with it. A sentence about a code has no more.
const OTHERS: usize = 2;
/// Bytes of the longest unit in a cell of its own.
const MAX_UNIT: usize = 32;

impl<'t> Search<'_, 't> {
    /// What the text beside a number says about it.
    pub(super) fn meaning(&self, text: &str) -> Meaning {
        self.steps.count(STEPS_PER_BYTE * text.len());
        cues::meaning(text)
    }

    /// What joins a number to the code that the words before it or after it name.
    pub(super) fn joint(&self, before: &str, after: &str) -> Joint {
        self.steps.count(STEPS_PER_BYTE * (before.len() + after.len()));
        Joint::between(before, after)
    }

    pub(super) fn is_named_before(&self, text: &str, start: usize) -> bool {
        self.meaning(tail(text.get(..start).unwrap_or_default(), sentence::REACH))
            .is_code()
    }

    /// The last sentence of the cell that is so many cells above another; empty if there is none.
    pub(super) fn above(&self, at: usize, back: usize) -> &'t str {
        let cell = at.checked_sub(back).and_then(|at| self.cells.get(at));
        cell.map(|cell| sentence::last_sentence(cell.text)).unwrap_or_default()
    }

    /// Whether the first sentence below a cell ends in its cell.
    pub(super) fn is_whole_below(&self, at: usize) -> bool {
        let below = self.cells.get(at + 1);
        below.is_some_and(|cell| is_whole(sentence::first_sentence(cell.text).trim_end()))
    }

    /// Whether the line below a number goes on with its sentence: "is your code".
    pub(super) fn is_continued_below(&self, at: usize) -> bool {
        let below = self
            .cells
            .get(at + 1)
            .map_or("", |cell| sentence::first_sentence(cell.text));
        self.steps.count(STEPS_PER_BYTE * below.len());
        cues::is_joined("", below)
    }

    /// What that sentence says about a number below it.
    pub(super) fn label(&self, at: usize, back: usize) -> Meaning {
        let Some((at, cell)) = at.checked_sub(back).and_then(|at| Some((at, self.cells.get(at)?))) else {
            return Meaning::Nothing;
        };
        if (1..=back).any(|below| self.has_its_number(self.above(at + back, below))) {
            return Meaning::Nothing;
        }
        let own = sentence::last_sentence(cell.text);
        let own_means = self.meaning(own);
        let begin = cell.text.len() - own.len();
        if begin > 0 {
            // "We made a code for you. It is" says what its first sentence says.
            let is_it = own_means == Meaning::Nothing && cues::stands_for_it(own);
            return if is_it {
                self.sentence_before(at, begin)
            } else {
                own_means
            };
        }
        match sentence::begun_above(self.cells, at, own) {
            Some(whole) => own_means.within(self.meaning(&whole)),
            None => own_means,
        }
    }

    /// Whether a sentence names a number that is in it, so that it does not name another: "Your code is 467266."
    fn has_its_number(&self, sentence: &str) -> bool {
        self.steps.count(sentence.len());
        let has_words = |text: Option<&str>| text.is_some_and(|text| text.contains(char::is_alphanumeric));
        let is_named = |number: Number| {
            let before = sentence.get(..number.start).unwrap_or_default();
            let is_first = !has_words(Some(before)) && has_words(sentence.get(number.end..));
            let is_last = has_words(Some(before)) && !has_words(sentence.get(number.end..));
            is_first || is_last && (is_whole(sentence) || before.trim_end().ends_with(':'))
        };
        !sentence.ends_with(':') && six_digits(sentence).any(is_named) && self.meaning(sentence).is_code()
    }

    /// Whether another number of the same sentence is the code, and this one is not: "The code for device 902417 is
    /// 467266."
    pub(super) fn is_beside_the_code(&self, before: &str, after: &str) -> bool {
        self.steps.count(STEPS_PER_BYTE * (before.len() + after.len()));
        cues::is_apart(before)
            && [before, after].into_iter().any(|text| {
                six_digits(text).take(OTHERS).any(|other| {
                    self.steps.count(STEPS_PER_BYTE * text.len());
                    let parts = (text.get(..other.start), text.get(other.end..));
                    // The first number of the sentence has no words before it, but the first one after a number may.
                    matches!(parts, (Some(left), Some(right)) if cues::is_joined(left, right))
                })
            })
    }

    /// Whether the number that ends here is the last of its cell, and the next cell of the row or the line right below
    /// is a single word: its unit.
    pub(super) fn has_unit_behind(&self, at: usize, end: usize) -> bool {
        let (Some(cell), Some(next)) = (self.cells.get(at), self.cells.get(at + 1)) else {
            return false;
        };
        let is_word =
            next.text.len() <= MAX_UNIT && next.text.chars().all(|c| c.is_alphabetic() || matches!(c, '²' | '³'));
        cell.text.get(end..).is_some_and(str::is_empty) && is_word && (next.line == cell.line || !next.after_gap)
    }

    /// What the first sentence below a cell says about a number in the cell.
    pub(super) fn below(&self, at: usize) -> Meaning {
        let Some(cell) = self.cells.get(at + 1) else {
            return Meaning::Nothing;
        };
        let own = sentence::first_sentence(cell.text);
        if self.has_its_number(own) {
            return Meaning::Nothing;
        }
        let own_means = self.meaning(own);
        if own.len() < cell.text.len() {
            return own_means;
        }
        match sentence::ended_below(self.cells, at + 1, own) {
            Some(whole) => own_means.within(self.meaning(&whole)),
            None => own_means,
        }
    }

    /// What the sentence before this position says, if it is about a code for signing in.
    pub(super) fn sentence_before(&self, at: usize, position: usize) -> Meaning {
        let before = self.cells.get(at).and_then(|cell| cell.text.get(..position));
        let before = before.map(str::trim_end).filter(|before| !before.is_empty());
        let text = before.map_or_else(|| self.above(at, 1), sentence::last_sentence);
        self.meaning(text).only_sign_in()
    }
}

/// Whether the last sentence of a cell ends in it. Such a sentence is no label of what is below.
pub(super) fn is_whole(sentence: &str) -> bool {
    sentence.ends_with(['.', '!', '。']) && !sentence::is_number_word(sentence)
}
