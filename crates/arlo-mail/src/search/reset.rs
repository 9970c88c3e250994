//! Whether the text above a number says that the number is for a new password.

use super::candidates::Candidate;
use super::cues::{self, Meaning};
use crate::excerpt::{head, tail};
use crate::visible::Cell;

/// Cells above a number in which a mail says what it is about.
const INTRODUCTION: usize = 4;
/// Bytes of a cell that are read.
const REACH: usize = 512;

const STOPS: [char; 5] = ['.', '!', '?', '。', '？'];

/// Whether the text above a number announces a code for a new password.
pub(super) fn announced(cells: &[Cell<'_>], number: &Candidate) -> bool {
    let above = cells
        .iter()
        .take(number.at)
        .skip(number.at.saturating_sub(INTRODUCTION));
    let own = cells
        .get(number.at)
        .and_then(|cell| cell.text.get(..number.start))
        .unwrap_or_default();
    above
        .map(|cell| head(cell.text, REACH))
        .chain([tail(own, REACH)])
        // A row of links.
        .filter(|text| !text.contains(['|', '·', '•']))
        .any(|text| is_in(text, number.meaning))
}

/// Whether a sentence of a text announces such a code, above a number with this meaning.
fn is_in(text: &str, number: Meaning) -> bool {
    let mut before = None;
    text.split_inclusive(STOPS).any(|text| {
        let sentence = Sentence::new(text);
        let announces = sentence.announces(before.as_ref(), number);
        before = Some(sentence);
        announces
    })
}

struct Sentence<'t> {
    text: &'t str,
    is_question: bool,
    is_about_reset: bool,
}

impl<'t> Sentence<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            is_question: text.ends_with(['?', '？']),
            is_about_reset: cues::is_about_reset(text),
        }
    }

    fn announces(&self, before: Option<&Self>, number: Meaning) -> bool {
        // "Forgot your password? No problem."
        let is_answer = before.is_some_and(|before| before.is_question && before.is_about_reset);
        if is_answer && cues::says_asked(self.text) {
            return true;
        }
        self.is_about_reset && (self.is_title(before, number) || cues::announces_reset(self.text))
    }

    /// Whether the sentence says what the mail is about. Advice does not: "Not you? Reset your password." Above a code
    /// for signing in, every whole sentence may be advice.
    fn is_title(&self, before: Option<&Self>, number: Meaning) -> bool {
        let after_question = before.is_some_and(|before| before.is_question);
        let may_be_advice = number == Meaning::SignIn && self.text.ends_with(STOPS);
        !after_question && !may_be_advice
    }
}
