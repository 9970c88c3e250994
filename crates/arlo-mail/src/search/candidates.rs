//! The numbers of one part of a mail that may be the code, each with its rank.

mod around;
mod in_text;
mod spelled;
mod table;

use self::around::is_whole;
use self::table::{Column, is_name};
use super::cues::Meaning;
use super::numbers::six_digits;
use super::sentence;
use crate::code::Code;
use crate::excerpt::tail;
use crate::limits::{MAX_CANDIDATES, MAX_NUMBERS};
use crate::steps::{Steps, TooComplex};
use crate::visible::Cell;

/// How likely a number is to be the code, from the weakest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// After a colon, or in a cell beside others. No word near it says what it is.
    Labelled,
    /// Alone on its line.
    Alone,
    /// Alone in a heading or in large letters.
    Heading,
    /// In a sentence about a code that does not join the number to it: "A login code was asked for from Paris 467266."
    Mentioned,
    /// In a sentence about a code, or alone above such a sentence.
    Sentence,
    /// Alone, and the text before it is about a code.
    AloneNamed,
    /// The same, in a heading.
    HeadingNamed,
}

/// A number that may be the code.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) code: Code,
    pub(super) rank: Rank,
    /// What the words near it call it.
    pub(super) meaning: Meaning,
    /// Whether its line is the middle of a sentence about something else.
    pub(super) in_sentence: bool,
    /// Whether the words right before it are the name of something else, unless they are in a language whose words for
    /// a code are not known.
    pub(super) has_name: bool,
    /// The index of the cell in which it begins, and its position there.
    pub(super) at: usize,
    pub(super) start: usize,
}

/// Ranks the numbers of one part of a mail.
pub(super) fn candidates(cells: &[Cell<'_>], steps: &Steps) -> Result<Vec<Candidate>, TooComplex> {
    Search { cells, steps }.candidates()
}

/// What the surroundings of a number say about it.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    rank: Rank,
    meaning: Meaning,
    in_sentence: bool,
    has_name: bool,
    /// Whether a label or a sentence joins it to its code.
    is_joined: bool,
}

impl Ranked {
    fn new(rank: Rank, meaning: Meaning) -> Self {
        Self {
            rank,
            meaning,
            in_sentence: false,
            has_name: false,
            is_joined: false,
        }
    }

    fn candidate(self, code: Code, at: usize, start: usize) -> Candidate {
        Candidate {
            code,
            rank: self.rank,
            meaning: self.meaning,
            in_sentence: self.in_sentence,
            has_name: self.has_name,
            at,
            start,
        }
    }
}

/// The search of one part.
struct Search<'c, 't> {
    cells: &'c [Cell<'t>],
    steps: &'c Steps,
}

impl<'c, 't> Search<'c, 't> {
    fn candidates(&self) -> Result<Vec<Candidate>, TooComplex> {
        let mut found = Vec::new();
        let mut numbers = 0;
        // What the part calls the numbers above that are joined to their code.
        let mut known = None;
        for (at, cell) in self.cells.iter().enumerate() {
            self.steps.count_checked(cell.text.len())?;
            // The positions of its first and its last letter or digit. Found once, for all numbers of the cell.
            let mut written = None;
            for number in six_digits(cell.text) {
                numbers += 1;
                if found.len() == MAX_CANDIDATES || numbers > MAX_NUMBERS {
                    return Ok(found);
                }
                let (first, last) = *written.get_or_insert_with(|| self.written(cell.text));
                let alone = number.start <= first && last < number.end;
                let ranked = if alone {
                    // A `#` may be the mark of a heading or mean "number".
                    self.alone(at, at, known)
                        .filter(|ranked| !number.marked || ranked.rank >= Rank::Sentence)
                } else if number.marked || number.odd && !self.is_named_before(cell.text, number.start) {
                    None
                } else {
                    self.in_text(at, number.start, number.end, known)
                };
                if let Some(Ranked {
                    is_joined: true,
                    meaning,
                    ..
                }) = ranked
                    && known != Some(Meaning::SignIn)
                {
                    known = Some(meaning);
                }
                found.extend(ranked.map(|ranked| ranked.candidate(number.code, at, number.start)));
                self.steps.check()?;
            }
        }
        self.spelled(&mut found)?;
        Ok(found)
    }

    /// The positions of the first and the last letter or digit of a text.
    fn written(&self, text: &str) -> (usize, usize) {
        self.steps.count(text.len());
        let first = text.find(char::is_alphanumeric).unwrap_or(text.len());
        let last = text.rfind(char::is_alphanumeric).unwrap_or_default();
        (first, last)
    }

    /// Ranks a number that fills the cells from `first` to `last`; `None` if a word calls it something else.
    fn alone(&self, first: usize, last: usize, known: Option<Meaning>) -> Option<Ranked> {
        let cell = self.cells.get(first)?;
        let before = first.checked_sub(1).and_then(|at| self.cells.get(at));
        let after = self.cells.get(last + 1);
        if continues_address(before) {
            return None;
        }
        let column = if first == last {
            self.column(first)
        } else {
            Column::None
        };
        let left = self.left_of(first);
        let label = self.above(first, 1);
        let label_means = match (self.label(first, 1), column) {
            (own, _) if left.is_some() && own != Meaning::Nothing => own,
            (_, Column::Head(head)) => head,
            (_, Column::BesideCodes) => return None,
            (_, Column::NoHead) => Meaning::Nothing,
            (own, Column::None) => own,
        };
        let has_name = label_means == Meaning::Nothing && before.is_some_and(|before| is_name(before.text));
        let earlier = || match column {
            Column::NoHead => Meaning::Nothing,
            _ => self.label(first, 2),
        };
        let named = match label_means {
            Meaning::SignIn | Meaning::Code => label_means,
            Meaning::Nothing | Meaning::SigningIn | Meaning::NumberAndValue => earlier(),
            // Beside a code for signing in, the text may mention something else.
            Meaning::OtherPurpose | Meaning::Promotion => earlier().only_sign_in(),
            // "the code for your Arlo" goes on with "account". A whole sentence does not: "account" is a label then.
            Meaning::AnyNumber if !is_whole(self.above(first, 2)) => earlier().only_sign_in(),
            Meaning::AnyNumber | Meaning::OtherCode | Meaning::OtherNumber => Meaning::Nothing,
        };
        // "Your code is 467266. Never share this code." The second sentence names no other number.
        let namer = if label_means.is_code() {
            label
        } else {
            self.above(first, 2)
        };
        let is_sentence = is_whole(namer);
        let named = if is_sentence { beside_known(named, known) } else { named };
        if named.is_code() {
            let rank = match cell.heading {
                // "Camera", and the title above it is about a code.
                _ if has_name && left.is_some() => return None,
                _ if has_name => Rank::Mentioned,
                _ if is_sentence => Rank::Sentence,
                true => Rank::HeadingNamed,
                false => Rank::AloneNamed,
            };
            return Some(Ranked {
                is_joined: rank >= Rank::AloneNamed,
                ..Ranked::new(rank, named)
            });
        }
        // A whole sentence before the number is no label. It may be about the password and not about the number.
        let says_nothing = matches!(label_means, Meaning::Nothing | Meaning::SigningIn);
        let is_labelled = !says_nothing && !is_whole(label);
        if is_labelled && !label_means.is_weak() {
            return None;
        }
        let below = match self.below(last) {
            below if self.is_whole_below(last) => beside_known(below, known),
            below => below,
        };
        if below == Meaning::SignIn || below.is_code() && !is_labelled {
            // "Camera" right above it, and a sentence about a code below.
            let is_named = has_name && !cell.after_gap;
            let rank = if is_named { Rank::Mentioned } else { Rank::Sentence };
            return Some(Ranked {
                is_joined: rank == Rank::Sentence && self.is_continued_below(last),
                ..Ranked::new(rank, below)
            });
        }
        if is_labelled {
            return None;
        }
        let beside = |other: Option<&Cell<'_>>| other.is_some_and(|other| other.line == cell.line);
        let in_row =
            beside(before) || after.is_some_and(|after| self.cells.get(last).is_some_and(|u| u.line == after.line));
        if in_row && self.has_unit_behind(last, self.cells.get(last).map_or(0, |cell| cell.text.len())) {
            return None;
        }
        let rank = match cell.heading {
            _ if in_row => Rank::Labelled,
            true => Rank::Heading,
            false => Rank::Alone,
        };
        Some(Ranked {
            in_sentence: rank != Rank::Labelled && sentence::goes_through(label, cell, after),
            has_name: has_name && left.is_some(),
            ..Ranked::new(rank, Meaning::Nothing)
        })
    }
}

/// What a whole sentence says about a number, if the part has joined another number to a code before. The sentence may
/// be about that code. If only the sentence says that its code is for signing in, it may also be about the next number.
fn beside_known(meaning: Meaning, known: Option<Meaning>) -> Meaning {
    match (meaning, known) {
        (Meaning::SignIn, Some(Meaning::Code)) => Meaning::Code,
        (Meaning::SignIn | Meaning::Code, Some(_)) => Meaning::Nothing,
        _ => meaning,
    }
}

/// Whether a cell ends in a web address that goes on in the next line.
fn continues_address(before: Option<&Cell<'_>>) -> bool {
    before.is_some_and(|cell| {
        let word = tail(cell.text, 512).rsplit(' ').next().unwrap_or_default();
        word.contains("://") && word.ends_with(['=', '&', '?', '/', '-', '_', '%'])
    })
}
