//! The numbers of one part of a mail that may be the code, each with its rank.

mod around;
mod table;

use self::around::is_whole;
use self::table::{Column, is_name};
use super::cues::{self, Joint, Meaning};
use super::numbers::six_digits;
use super::sentence;
use crate::code::{CODE_DIGITS, Code};
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

    /// Ranks a number with words beside it in its cell.
    fn in_text(&self, at: usize, start: usize, end: usize, known: Option<Meaning>) -> Option<Ranked> {
        let cell = self.cells.get(at)?;
        let (before, after) = sentence::sentence_around(cell.text, start, end);
        if self.is_beside_the_code(before, after) {
            return None;
        }
        // A number at the beginning of a line may belong to the line above.
        let is_first = cell
            .text
            .get(..start)
            .is_some_and(|all| all.trim_start().len() == before.trim_start().len());
        let above = |back| {
            if is_first {
                self.label(at, back)
            } else {
                Meaning::Nothing
            }
        };
        let above_known = |label| {
            if is_whole(self.above(at, 1)) {
                beside_known(label, known)
            } else {
                label
            }
        };
        let sentence = |meaning| Some(Ranked::new(Rank::Sentence, meaning));
        let joined = |meaning, is_joined| {
            Some(Ranked {
                is_joined,
                ..Ranked::new(Rank::Sentence, meaning)
            })
        };
        let mentioned = |meaning| Some(Ranked::new(Rank::Mentioned, meaning));
        let has_words = |text: &str| text.contains(char::is_alphanumeric);
        // "It is 467266", and a sentence of the number alone, are about what the sentence before is about.
        let is_it = cues::stands_for_it(before) || !is_first && !has_words(before) && !has_words(after);
        let own_means = self.meaning(before);
        let whole = || sentence::begun_above(self.cells, at, before);
        let begun = is_first.then(whole).flatten();
        let before_means = match &begun {
            Some(whole) => own_means.within(self.meaning(whole)),
            None => own_means,
        };
        let before_means = match before_means {
            // The line above is a label then, and what is above it counts too.
            Meaning::AnyNumber | Meaning::NumberAndValue if !has_words(before) => Meaning::Nothing,
            meaning => meaning,
        };
        let mut after_means = self.meaning(after);
        let mut ended = None;
        // "467266 is your support code."
        if after_means == Meaning::OtherNumber && !has_words(before) && cues::is_joined(before, after) {
            return None;
        }
        if !before_means.is_code()
            && !after_means.is_code()
            && end + after.len() == cell.text.len()
            && let Some(whole) = sentence::ended_below(self.cells, at, after)
        {
            after_means = after_means.within(self.meaning(&whole));
            ended = Some(whole);
        }
        let after_means = match after_means {
            // What is named after this number is another one.
            Meaning::OtherNumber | Meaning::AnyNumber | Meaning::NumberAndValue => Meaning::Nothing,
            meaning => meaning,
        };
        let joint = if before_means.is_code() || after_means.is_code() {
            self.joint(begun.as_deref().unwrap_or(before), ended.as_deref().unwrap_or(after))
        } else {
            Joint::default()
        };
        let after_means = match (before_means, after_means) {
            (Meaning::SignIn | Meaning::Code, _) => after_means,
            // "We noticed a sign-in near Bengaluru 467266 and sent you this code."
            (Meaning::SigningIn, Meaning::SignIn | Meaning::Code) if !joint.is_firm => return None,
            // "467266, Bengaluru: somebody asked for a login code."
            (_, Meaning::SignIn | Meaning::Code) if !joint.is_joined() && joint.is_marked => {
                return mentioned(after_means);
            }
            // "467266 go to arlo.com and enter the code."
            (_, Meaning::Code) if !joint.is_joined() && !has_words(before) => return mentioned(Meaning::Code),
            // "467266 customers sign in with a verification code."
            (_, Meaning::SignIn | Meaning::Code) if !joint.is_joined() => Meaning::Nothing,
            _ => after_means,
        };
        match (before_means, after_means) {
            (Meaning::OtherCode | Meaning::OtherNumber | Meaning::AnyNumber, _)
            | (_, Meaning::OtherCode | Meaning::Promotion) => return None,
            // "A verification code was sent for the sign-in near Bengaluru 467266."
            (Meaning::SignIn, _) | (Meaning::Code, Meaning::SignIn | Meaning::SigningIn) if joint.is_apart => {
                return mentioned(Meaning::SignIn);
            }
            (Meaning::Code, Meaning::Code | Meaning::Nothing) if joint.is_apart => return mentioned(Meaning::Code),
            (Meaning::SignIn, _) | (Meaning::SigningIn, Meaning::Code) | (Meaning::Code, Meaning::SigningIn) => {
                return joined(Meaning::SignIn, joint.is_firm);
            }
            // "Room 467266 is where you find the verification code": the word before the number may be its name.
            (Meaning::Nothing, Meaning::SignIn | Meaning::Code) if before.trim_end().ends_with(char::is_alphabetic) => {
                return mentioned(after_means);
            }
            (_, Meaning::SignIn) => return joined(Meaning::SignIn, joint.is_firm),
            (Meaning::OtherPurpose | Meaning::Promotion, _) | (_, Meaning::OtherPurpose) => {
                return (above(1) == Meaning::SignIn).then(|| Ranked::new(Rank::Sentence, Meaning::SignIn));
            }
            (_, Meaning::Code) | (Meaning::Code, _) => return joined(Meaning::Code, joint.is_firm),
            (Meaning::NumberAndValue, _) => return None,
            _ if is_it && self.sentence_before(at, start - before.len()) == Meaning::SignIn => {
                return sentence(Meaning::SignIn);
            }
            _ if !has_words(before) => match above_known(above(1)) {
                label if label.is_code() => return sentence(label),
                label if label.is_weak() && above(2) == Meaning::SignIn => return sentence(Meaning::SignIn),
                Meaning::Nothing | Meaning::SigningIn => {}
                _ => return None,
            },
            _ => {}
        }
        let labelled = before.trim_end().ends_with(':')
            && !(has_words(before) && counts_something(after))
            && !self.has_unit_behind(at, end);
        labelled.then(|| Ranked {
            // "Building: 467266".
            has_name: before_means == Meaning::Nothing && is_name(before),
            ..Ranked::new(Rank::Labelled, Meaning::Nothing)
        })
    }

    /// Adds the numbers that are written over several cells: digit by digit, or in equal groups in one row.
    fn spelled(&self, found: &mut Vec<Candidate>) -> Result<(), TooComplex> {
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

/// What a whole sentence says about a number, if the part has joined another number to a code before. The sentence may
/// be about that code. If only the sentence says that its code is for signing in, it may also be about the next number.
fn beside_known(meaning: Meaning, known: Option<Meaning>) -> Meaning {
    match (meaning, known) {
        (Meaning::SignIn, Some(Meaning::Code)) => Meaning::Code,
        (Meaning::SignIn | Meaning::Code, Some(_)) => Meaning::Nothing,
        _ => meaning,
    }
}

/// Whether the words behind an unnamed number make it an amount: "902417 clips", "902417 of 999999", "902417 (MB)".
fn counts_something(after: &str) -> bool {
    let after = after.trim_start();
    let in_brackets = after
        .strip_prefix(['(', '（', '['])
        .and_then(|rest| rest.split([')', '）', ']']).next());
    let is_unit = |text: &str| text.split(' ').count() <= 2 && !text.contains(|c: char| c.is_ascii_digit());
    after.starts_with(char::is_alphabetic) || in_brackets.is_some_and(is_unit)
}

/// Whether a cell ends in a web address that goes on in the next line.
fn continues_address(before: Option<&Cell<'_>>) -> bool {
    before.is_some_and(|cell| {
        let word = tail(cell.text, 512).rsplit(' ').next().unwrap_or_default();
        word.contains("://") && word.ends_with(['=', '&', '?', '/', '-', '_', '%'])
    })
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
