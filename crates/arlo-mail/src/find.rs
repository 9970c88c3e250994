//! Which number of a mail is the code.
//!
//! By its layout and the words around it each number has a standing; the best standing wins. Two numbers that are
//! equally good are a conflict, and so are two parts of a mail that tell different things: never a guess.

use crate::budget::{Steps, TooComplex};
use crate::code::{CODE_DIGITS, Code};
use crate::cues::{self, Says};
use crate::limits::{MAX_CANDIDATES, MAX_NUMBERS};
use crate::numbers::six_digits;
use crate::page::Unit;
use crate::sentence;

/// What a mail's text tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    One(Code),
    Conflict,
}

/// How good a number is, from the weakest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// After a colon, or in a cell among other cells, and no word near it says what it is.
    Labelled,
    /// By itself on its line.
    Alone,
    /// By itself in a heading or in large letters.
    Heading,
    /// In a sentence that speaks of a code, or by itself above one.
    Sentence,
    /// By itself, and the text before or after speaks of a code.
    AloneNamed,
    /// The same in a heading.
    HeadingNamed,
}

#[derive(Debug)]
struct Candidate {
    code: Code,
    standing: Standing,
    /// Whether it is called a code for signing in.
    sign_in: bool,
    /// Whether it stands in the middle of a sentence that is about something else.
    in_sentence: bool,
    /// The unit in which it begins, and where.
    at: usize,
    start: usize,
}

/// What a number's surroundings say.
#[derive(Debug, Clone, Copy)]
struct Weighed {
    standing: Standing,
    sign_in: bool,
    in_sentence: bool,
}

impl Weighed {
    fn new(standing: Standing, says: Says) -> Self {
        Self {
            standing,
            sign_in: says == Says::SignIn,
            in_sentence: false,
        }
    }

    fn candidate(self, code: Code, at: usize, start: usize) -> Candidate {
        Candidate {
            code,
            standing: self.standing,
            sign_in: self.sign_in,
            in_sentence: self.in_sentence,
            at,
            start,
        }
    }
}

/// What is known of the mail as a whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances<'m> {
    pub(crate) subject: &'m str,
    /// Whether it was sent to a list: then only a number that is called a code counts.
    pub(crate) bulk: bool,
}

/// Finds the code in the parts of a mail.
pub(crate) fn find(
    units: &[Vec<Unit<'_>>],
    circumstances: Circumstances<'_>,
    steps: &Steps,
) -> Result<Found, TooComplex> {
    steps.pay(SAYING * circumstances.subject.len())?;
    // Of a mail about something else only what is called a code for signing in counts.
    let named_only = match cues::says(&sentence::without_tags(circumstances.subject)) {
        Says::OtherCode => return Ok(Found::Nothing),
        Says::OtherPurpose | Says::Promotion => true,
        _ => false,
    };
    let least = if circumstances.bulk {
        Standing::Sentence
    } else {
        Standing::Labelled
    };
    let mut parts: Vec<Vec<Candidate>> = Vec::new();
    for units in units {
        let mut part = Search { units, steps }.candidates()?;
        part.retain(|candidate| candidate.standing >= least && (candidate.sign_in || !named_only));
        parts.push(part);
    }
    if parts.iter().flatten().any(|candidate| candidate.in_sentence) {
        let sample = sample(units, circumstances.subject, steps);
        if cues::is_known_language(&sample) {
            parts
                .iter_mut()
                .for_each(|part| part.retain(|candidate| !candidate.in_sentence));
        }
    }
    let Some(best) = parts.iter().flatten().map(|c| c.standing).max() else {
        return Ok(Found::Nothing);
    };
    if best <= Standing::Heading && !is_plausible_unnamed(units, circumstances.subject, steps) {
        return Ok(Found::Nothing);
    }
    let all = parts
        .iter()
        .zip(units)
        .flat_map(|(part, units)| part.iter().map(move |c| (c, units)));
    let mut top = all.filter(|(c, _)| c.standing == best);
    let Some((Candidate { code, at, start, .. }, units)) = top.next() else {
        return Ok(Found::Nothing);
    };
    if announced_reset(units, *at, *start) {
        return Ok(Found::Nothing);
    }
    if top.any(|(other, _)| other.code != *code) || parts.iter().any(|part| contradicts(part, code)) {
        return Ok(Found::Conflict);
    }
    Ok(Found::One(code.clone()))
}

/// Steps for each byte whose words are weighed: a byte may begin a dozen cues.
const SAYING: usize = 2;

/// Bytes of a mail whose words are looked at to learn its language.
const LANGUAGE_SAMPLE: usize = 4096;

/// Whether a number that nothing near it calls a code may be one: the mail speaks of a code elsewhere, or in a language
/// whose words are not known. In the others, such a number is a newsletter's.
fn is_plausible_unnamed(parts: &[Vec<Unit<'_>>], subject: &str, steps: &Steps) -> bool {
    let sample = sample(parts, subject, steps);
    cues::mentions_code(&sample) || !cues::is_known_language(&sample)
}

/// The beginning of a mail, from which its language is known.
fn sample(parts: &[Vec<Unit<'_>>], subject: &str, steps: &Steps) -> String {
    let mut sample = subject.to_owned();
    for unit in parts.iter().flatten() {
        if sample.len() > LANGUAGE_SAMPLE {
            break;
        }
        sample.push(' ');
        sample.push_str(sentence::head(unit.text, LANGUAGE_SAMPLE));
    }
    steps.spend(SAYING * sample.len());
    sample
}

/// Whether a part tells a code of its own, and nowhere this one.
fn contradicts(part: &[Candidate], code: &Code) -> bool {
    part.iter().any(|c| c.standing >= Standing::Alone) && part.iter().all(|c| c.code != *code)
}

/// The search of one part.
struct Search<'u, 'p> {
    units: &'u [Unit<'p>],
    steps: &'u Steps,
}

impl<'u, 'p> Search<'u, 'p> {
    /// The numbers of the part with their standings.
    fn candidates(&self) -> Result<Vec<Candidate>, TooComplex> {
        let mut found = Vec::new();
        let mut numbers = 0;
        for (at, unit) in self.units.iter().enumerate() {
            self.steps.pay(unit.text.len())?;
            // Where its first and its last letter or digit stand; looked for once, whatever numbers it has.
            let mut written = None;
            for number in six_digits(unit.text) {
                numbers += 1;
                if found.len() == MAX_CANDIDATES || numbers > MAX_NUMBERS {
                    return Ok(found);
                }
                let (first, last) = *written.get_or_insert_with(|| self.written(unit.text));
                let alone = number.start <= first && last < number.end;
                let weighed = if alone {
                    // The mark of a heading may be the sign for a number too.
                    self.alone(at, at)
                        .filter(|weighed| !number.marked || weighed.standing >= Standing::Sentence)
                } else if number.marked || number.odd && !self.is_named_before(unit.text, number.start) {
                    None
                } else {
                    self.in_text(at, number.start, number.end)
                };
                found.extend(weighed.map(|weighed| weighed.candidate(number.code, at, number.start)));
                self.steps.check()?;
            }
        }
        self.spelled(&mut found)?;
        Ok(found)
    }

    /// Where the first and the last letter or digit of a text stand.
    fn written(&self, text: &str) -> (usize, usize) {
        self.steps.spend(text.len());
        let first = text.find(char::is_alphanumeric).unwrap_or(text.len());
        let last = text.rfind(char::is_alphanumeric).unwrap_or_default();
        (first, last)
    }

    /// What a piece of text beside a number says.
    fn says(&self, text: &str) -> Says {
        self.steps.spend(SAYING * text.len());
        cues::says(text)
    }

    fn is_named_before(&self, text: &str, start: usize) -> bool {
        self.says(sentence::tail(text.get(..start).unwrap_or_default(), sentence::REACH))
            .is_code()
    }

    /// What is said of a number that is all of the units from `first` to `last`; `None` if it is called something else.
    fn alone(&self, first: usize, last: usize) -> Option<Weighed> {
        let unit = self.units.get(first)?;
        let before = first.checked_sub(1).and_then(|at| self.units.get(at));
        let after = self.units.get(last + 1);
        if continues_address(before) {
            return None;
        }
        let label = before.map(sentence::last_sentence).unwrap_or_default();
        let label_says = self.says(label);
        let earlier = || {
            let at = first.checked_sub(2)?;
            self.units.get(at).map(|unit| self.says(sentence::last_sentence(unit)))
        };
        let named = match label_says {
            Says::SignIn | Says::Code => Some(label_says),
            Says::Nothing => earlier().filter(|says| says.is_code()),
            // Beside what is called a code for signing in, it may speak of something else.
            Says::OtherPurpose | Says::Promotion if earlier() == Some(Says::SignIn) => Some(Says::SignIn),
            // A whole sentence before it is no label: it may well speak of the password and not of this number.
            _ if label.ends_with(['.', '!', '。']) => None,
            _ => return None,
        };
        if let Some(says) = named {
            let standing = if unit.heading {
                Standing::HeadingNamed
            } else {
                Standing::AloneNamed
            };
            return Some(Weighed::new(standing, says));
        }
        let below = after.map(|unit| self.says(sentence::first_sentence(unit)));
        if let Some(says) = below.filter(|says| says.is_code()) {
            return Some(Weighed::new(Standing::Sentence, says));
        }
        let beside = |other: Option<&Unit<'_>>| other.is_some_and(|other| other.line == unit.line);
        let in_row =
            beside(before) || after.is_some_and(|after| self.units.get(last).is_some_and(|u| u.line == after.line));
        let standing = match unit.heading {
            _ if in_row => Standing::Labelled,
            true => Standing::Heading,
            false => Standing::Alone,
        };
        Some(Weighed {
            in_sentence: standing == Standing::Alone && sentence::goes_through(label, unit, after),
            ..Weighed::new(standing, Says::Nothing)
        })
    }

    /// What is said of a number with words beside it.
    fn in_text(&self, at: usize, start: usize, end: usize) -> Option<Weighed> {
        let unit = self.units.get(at)?;
        let (before, after) = sentence::sentence_around(unit.text, start, end);
        // What stands at the beginning of a line may belong to the line above.
        let is_first = unit
            .text
            .get(..start)
            .is_some_and(|all| all.trim_start().len() == before.trim_start().len());
        let above = at.checked_sub(1).and_then(|at| self.units.get(at)).filter(|_| is_first);
        let label = || above.map_or(Says::Nothing, |above| self.says(sentence::last_sentence(above)));
        let sentence = |says| Some(Weighed::new(Standing::Sentence, says));
        match (self.says(before), self.says(after)) {
            (Says::OtherCode | Says::OtherNumber, _) | (_, Says::OtherCode | Says::Promotion) => return None,
            (Says::SignIn, _) | (_, Says::SignIn) => return sentence(Says::SignIn),
            (Says::OtherPurpose | Says::Promotion, _) | (_, Says::OtherPurpose) => {
                return (label() == Says::SignIn).then(|| Weighed::new(Standing::Sentence, Says::SignIn));
            }
            (Says::Code, _) | (Says::Nothing, Says::Code) => return sentence(Says::Code),
            (Says::Nothing, Says::OtherNumber | Says::Nothing) if !before.contains(char::is_alphanumeric) => {
                match label() {
                    says @ (Says::SignIn | Says::Code) => return sentence(says),
                    Says::Nothing => {}
                    _ => return None,
                }
            }
            (Says::Nothing, Says::OtherNumber | Says::Nothing) => {}
        }
        let labelled = before.trim_end().ends_with(':');
        labelled.then(|| Weighed::new(Standing::Labelled, Says::Nothing))
    }

    /// Numbers spelled over several units: digit by digit, or in the cells of one row in equal groups.
    fn spelled(&self, found: &mut Vec<Candidate>) -> Result<(), TooComplex> {
        let mut run: Vec<usize> = Vec::new();
        let mut run_size = 0;
        for (at, unit) in self.units.iter().enumerate() {
            self.steps.check()?;
            if found.len() >= MAX_CANDIDATES {
                return Ok(());
            }
            let size = group_size(unit);
            // A rule, a hyphen or a dot between two groups.
            if size == Some(0) {
                continue;
            }
            let last = run.last().and_then(|&last| self.units.get(last));
            let goes_on = last.is_some_and(|last| size == Some(run_size) && (run_size == 1 || last.line == unit.line));
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
        let texts = run.iter().take(CODE_DIGITS + 1).filter_map(|&at| self.units.get(at));
        let digits: String = texts
            .flat_map(|unit| unit.text.chars())
            .filter(char::is_ascii_digit)
            .collect();
        let code = Code::parse(&digits)?;
        Some(self.alone(first, last)?.candidate(code, first, 0))
    }
}

/// Units above a number in which a mail says what it is about.
const INTRODUCTION: usize = 4;

/// Whether what introduces a number is the wish for a new password.
fn announced_reset(units: &[Unit<'_>], at: usize, start: usize) -> bool {
    let above = units.iter().take(at).skip(at.saturating_sub(INTRODUCTION));
    let own = units
        .get(at)
        .and_then(|unit| unit.text.get(..start))
        .unwrap_or_default();
    above
        .map(|unit| sentence::head(unit.text, 512))
        .chain([sentence::tail(own, 512)])
        .flat_map(|text| text.split_inclusive(['.', '!', '?', '。']))
        .any(cues::announces_reset)
}

/// Whether a unit ends in a web address that was broken at the line's end.
fn continues_address(before: Option<&Unit<'_>>) -> bool {
    before.is_some_and(|unit| {
        let word = sentence::tail(unit.text, 512).rsplit(' ').next().unwrap_or_default();
        word.contains("://") && word.ends_with(['=', '&', '?', '/', '-', '_', '%'])
    })
}

/// How many digits a unit has, if it has at most three and nothing else that counts.
fn group_size(unit: &Unit<'_>) -> Option<usize> {
    if unit.text.len() > 32 {
        return None;
    }
    let digits = unit.text.bytes().filter(u8::is_ascii_digit).count();
    let other =
        |c: char| !c.is_ascii_digit() && (c.is_alphanumeric() || matches!(c, '#' | '%' | '$' | '.' | ')' | ','));
    (digits <= 3 && !unit.text.contains(other)).then_some(digits)
}
