//! Which number of a mail is the code.
//!
//! By its layout and the words around it each number has a standing; the best standing wins. Two numbers that are
//! equally good are a conflict, and so are two parts of a mail that tell different things: never a guess.

use super::cues::{self, Says};
use super::limits::MAX_CANDIDATES;
use super::numbers::six_digits;
use super::page::Unit;
use crate::code::{CODE_DIGITS, Code};

/// What a mail's text tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
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
    /// In a sentence that speaks of a code.
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
}

/// What is known of the mail as a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances<'m> {
    pub(super) subject: &'m str,
    /// Whether it was sent to a list: then only a number that is called a code counts.
    pub(super) bulk: bool,
}

/// Finds the code in the parts of a mail.
pub(super) fn find(parts: &[Vec<Unit<'_>>], circumstances: Circumstances<'_>) -> Found {
    if cues::says(circumstances.subject) == Says::OtherPurpose {
        return Found::Nothing;
    }
    let least = if circumstances.bulk {
        Standing::Sentence
    } else {
        Standing::Labelled
    };
    let parts: Vec<Vec<Candidate>> = parts
        .iter()
        .map(|units| candidates(units).into_iter().filter(|c| c.standing >= least).collect())
        .collect();
    let Some(best) = parts.iter().flatten().map(|c| c.standing).max() else {
        return Found::Nothing;
    };
    let mut top = parts.iter().flatten().filter(|c| c.standing == best).map(|c| &c.code);
    let Some(code) = top.next() else { return Found::Nothing };
    if top.any(|other| other != code) || parts.iter().any(|part| contradicts(part, code)) {
        return Found::Conflict;
    }
    Found::One(code.clone())
}

/// Whether a part tells a code of its own, and nowhere this one.
fn contradicts(part: &[Candidate], code: &Code) -> bool {
    part.iter().any(|c| c.standing >= Standing::Alone) && part.iter().all(|c| c.code != *code)
}

/// The numbers of one part with their standings.
fn candidates(units: &[Unit<'_>]) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        for number in six_digits(unit.text) {
            if found.len() == MAX_CANDIDATES {
                return found;
            }
            let before = unit.text.get(..number.start).unwrap_or_default();
            let after = unit.text.get(number.end..).unwrap_or_default();
            let alone = !before.contains(char::is_alphanumeric) && !after.contains(char::is_alphanumeric);
            let standing = if alone {
                standing_alone(units, at, at)
            } else if number.odd {
                None
            } else {
                standing_in_text(units, at, number.start, number.end)
            };
            found.extend(standing.map(|standing| Candidate {
                code: number.code,
                standing,
            }));
        }
    }
    spelled(units, &mut found);
    found
}

/// The standing of a number that is all of the units from `first` to `last`; `None` if it is called something else.
fn standing_alone(units: &[Unit<'_>], first: usize, last: usize) -> Option<Standing> {
    let unit = units.get(first)?;
    let before = first.checked_sub(1).and_then(|at| units.get(at));
    let after = units.get(last + 1);
    if continues_address(before) {
        return None;
    }
    let label = before.map(cues::last_sentence).unwrap_or_default();
    let label_says = cues::says(&label);
    // A whole sentence before it is no label: it may well speak of the password and not of this number.
    if matches!(label_says, Says::OtherPurpose | Says::OtherNumber) && !label.ends_with(['.', '!', '。']) {
        return None;
    }
    let earlier = || {
        let at = first.checked_sub(2)?;
        units.get(at).map(|unit| cues::says(&cues::last_sentence(unit)))
    };
    let named = label_says == Says::Code
        || after.is_some_and(|unit| cues::says(cues::first_sentence(unit)) == Says::Code)
        || label_says == Says::Nothing && earlier() == Some(Says::Code);
    let beside = |other: Option<&Unit<'_>>| other.is_some_and(|other| other.line == unit.line);
    let in_row = beside(before) || after.is_some_and(|after| units.get(last).is_some_and(|u| u.line == after.line));
    Some(match (named, unit.heading) {
        (true, true) => Standing::HeadingNamed,
        (true, false) => Standing::AloneNamed,
        (false, _) if in_row => Standing::Labelled,
        (false, true) => Standing::Heading,
        (false, false) => Standing::Alone,
    })
}

/// Whether a unit ends in a web address that was broken at the line's end.
fn continues_address(before: Option<&Unit<'_>>) -> bool {
    before.is_some_and(|unit| {
        let word = cues::tail(unit.text, 512).rsplit(' ').next().unwrap_or_default();
        word.contains("://") && word.ends_with(['=', '&', '?', '/', '-', '_', '%'])
    })
}

/// The standing of a number with words beside it.
fn standing_in_text(units: &[Unit<'_>], at: usize, start: usize, end: usize) -> Option<Standing> {
    let unit = units.get(at)?;
    let (before, after) = cues::sentence_around(unit.text, start, end);
    let label = || {
        let label = at.checked_sub(1).and_then(|at| units.get(at)).map(cues::last_sentence);
        let begins = !before.contains(char::is_alphanumeric);
        begins
            .then(|| cues::says(&label.unwrap_or_default()))
            .unwrap_or(Says::Nothing)
    };
    match (cues::says(before), cues::says(after)) {
        (Says::OtherPurpose, _) | (_, Says::OtherPurpose) | (Says::OtherNumber, _) => return None,
        (Says::Code, _) | (Says::Nothing, Says::Code) => return Some(Standing::Sentence),
        (Says::Nothing, Says::OtherNumber | Says::Nothing) => match label() {
            Says::Code => return Some(Standing::Sentence),
            Says::OtherPurpose | Says::OtherNumber => return None,
            Says::Nothing => {}
        },
    }
    before.trim_end().ends_with(':').then_some(Standing::Labelled)
}

/// Numbers spelled over several units: digit by digit, or in the cells of one row in groups of two or three.
fn spelled(units: &[Unit<'_>], found: &mut Vec<Candidate>) {
    let mut run: Vec<(usize, &str)> = Vec::new();
    let digits_of = |unit: &Unit<'_>| -> Option<usize> {
        let digits = unit.text.bytes().filter(u8::is_ascii_digit).count();
        let clean = unit
            .text
            .chars()
            .all(|c| c.is_ascii_digit() || !c.is_alphanumeric() && !matches!(c, '#' | '%' | '$' | '.' | ')' | ','));
        (clean && digits <= 3).then_some(digits)
    };
    for (at, unit) in units.iter().enumerate() {
        let size = digits_of(unit);
        if size == Some(0) {
            continue;
        }
        let fits = size.is_some_and(|size| {
            run.last()
                .and_then(|&(last, _)| units.get(last))
                .is_none_or(|last| digits_of(last) == Some(size) && (size == 1 || last.line == unit.line))
        });
        if !fits {
            finish_run(units, &mut run, found);
        }
        if size.is_some() {
            run.push((at, unit.text));
        }
    }
    finish_run(units, &mut run, found);
}

fn finish_run(units: &[Unit<'_>], run: &mut Vec<(usize, &str)>, found: &mut Vec<Candidate>) {
    if let [(first, _), .., (last, _)] = **run
        && run.len() <= CODE_DIGITS
        && found.len() < MAX_CANDIDATES
    {
        let digits: String = run
            .iter()
            .flat_map(|(_, text)| text.chars())
            .filter(char::is_ascii_digit)
            .collect();
        let standing = Code::parse(&digits).and_then(|code| Some((code, standing_alone(units, first, last)?)));
        found.extend(standing.map(|(code, standing)| Candidate { code, standing }));
    }
    run.clear();
}
