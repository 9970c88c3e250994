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
        .enumerate()
        .take(number.at)
        .skip(number.at.saturating_sub(INTRODUCTION))
        .filter(|&(at, _)| !is_among_links(cells, at));
    let own = cells
        .get(number.at)
        .and_then(|cell| cell.text.get(..number.start))
        .unwrap_or_default();
    above
        .map(|(_, cell)| head(cell.text, REACH))
        .chain([tail(own, REACH)])
        // A row of links.
        .filter(|text| !text.contains(['|', '·', '•']))
        .any(|text| is_in(text, number.meaning))
}

/// Cells that a row of links has. A logo and a title beside it are two.
const LINKS: usize = 3;
/// Words of a link in such a row.
const LINK_WORDS: usize = 3;

/// Whether a cell is in a row of a few words each: "My account", "Change password", "Help".
fn is_among_links(cells: &[Cell<'_>], at: usize) -> bool {
    let Some(own) = cells.get(at) else { return false };
    let is_link = |cell: &Cell<'_>| {
        let text = cell.text;
        cell.line == own.line
            && text.split(' ').count() <= LINK_WORDS
            && !text.contains(|c: char| c.is_ascii_digit())
            && !text.ends_with(':')
    };
    let first = at.saturating_sub(LINKS - 1);
    let mut rows = (first..=at).filter_map(|from| cells.get(from..from + LINKS));
    rows.any(|row| row.iter().all(is_link))
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
        self.is_about_reset
            && (self.is_title(before, number)
                || cues::announces_reset(self.text)
                || !self.is_question && cues::states_reset(self.text))
            && !cues::warns_of_reset(self.text)
    }

    /// Whether the sentence says what the mail is about. Advice does not: "Not you? Reset your password." Above a code
    /// for signing in, every whole sentence may be advice.
    fn is_title(&self, before: Option<&Self>, number: Meaning) -> bool {
        let after_question = before.is_some_and(|before| before.is_question);
        let may_be_advice = number == Meaning::SignIn && self.text.ends_with(STOPS);
        !after_question && !may_be_advice
    }
}
