//! The search for the code among the numbers of a mail.
//!
//! Each number gets a rank, by its place in the layout and the words around it. The number with the best rank is the
//! code. If a number is called a code for signing in, no other number competes with it: the others are codes for
//! something else. Two different numbers of the best rank are a conflict, and so are two parts of a mail that show
//! different numbers: the search never guesses.
//!
//! `numbers` finds the numbers by their form, `candidates` ranks them, `sentence` finds the words around them, and
//! `cues` says what these words mean, by the lists in `words`. `reset` knows a code for a new password by the
//! text above it.

mod candidates;
mod cues;
mod digits;
mod numbers;
mod reset;
mod sentence;
mod words;

use self::candidates::{Candidate, Rank, candidates};
use self::cues::{Meaning, STEPS_PER_BYTE};
pub(crate) use self::digits::named_number;
use crate::code::Code;
use crate::excerpt::head;
use crate::steps::{Steps, TooComplex};
use crate::visible::Cell;

/// What was found in a mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    One(Code),
    Conflict,
}

/// What is known of the whole mail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'m> {
    pub(crate) subject: &'m str,
    /// Whether the mail went to a mailing list. Then only a number counts that is called a code, near it or by the
    /// subject.
    pub(crate) is_bulk: bool,
}

/// Finds the code in the parts of a mail, of which each is a list of cells.
pub(crate) fn find(cells: &[Vec<Cell<'_>>], context: Context<'_>, steps: &Steps) -> Result<Found, TooComplex> {
    // It is read as a whole and in pieces.
    steps.count_checked(2 * STEPS_PER_BYTE * context.subject.len())?;
    let subject = subject_meaning(context.subject);
    if subject == Meaning::OtherCode {
        return Ok(Found::Nothing);
    }
    // If the mail is about something else, only a number that is called a code for signing in counts.
    let named_only = matches!(subject, Meaning::OtherPurpose | Meaning::Promotion);
    let least = match (context.is_bulk, subject) {
        (false, _) => Rank::Labelled,
        // The subject calls the number so.
        (true, Meaning::SignIn) => Rank::Alone,
        (true, _) => Rank::Sentence,
    };
    let mut parts: Vec<Vec<Candidate>> = Vec::new();
    for cells in cells {
        let mut part = candidates(cells, steps)?;
        part.retain(|candidate| candidate.rank >= least && (candidate.meaning == Meaning::SignIn || !named_only));
        parts.push(part);
    }
    if parts.iter().flatten().any(|c| c.in_sentence || c.has_name) {
        let sample = sample(cells, context.subject, steps);
        let is_known = cues::is_known_language(&sample);
        let knows_code = is_known || cues::mentions_code(&sample);
        let is_other = |c: &Candidate| c.in_sentence && is_known || c.has_name && knows_code;
        parts.iter_mut().for_each(|part| part.retain(|c| !is_other(c)));
    }
    // "Support code: 902417" beside a code for signing in is another code, wherever it is shown.
    let is_named = |c: &Candidate| c.meaning == Meaning::SignIn && c.rank >= Rank::Sentence;
    let named = parts.iter().flatten().any(is_named);
    let competes = |c: &Candidate| !named || c.meaning == Meaning::SignIn;
    let competing = parts.iter().flatten().filter(|c| competes(c));
    let Some(best) = competing.map(|c| c.rank).max() else {
        return Ok(Found::Nothing);
    };
    if best <= Rank::Heading && !is_plausible_unnamed(cells, context.subject, steps) {
        return Ok(Found::Nothing);
    }
    let all = parts
        .iter()
        .zip(cells)
        .flat_map(|(part, cells)| part.iter().map(move |c| (c, cells)));
    let mut top = all.filter(|(c, _)| c.rank == best && competes(c));
    let Some((candidate, cells)) = top.next() else {
        return Ok(Found::Nothing);
    };
    let code = &candidate.code;
    if reset::announced(cells, candidate) {
        return Ok(Found::Nothing);
    }
    if top.any(|(other, _)| other.code != *code) || parts.iter().any(|part| contradicts(part, code)) {
        return Ok(Found::Conflict);
    }
    Ok(Found::One(code.clone()))
}

/// What the subject says about a number in the mail.
fn subject_meaning(subject: &str) -> Meaning {
    let subject = sentence::without_tags(subject);
    if cues::is_about_reset(&subject) {
        return Meaning::OtherCode;
    }
    let pieces: Vec<(&str, Meaning)> = sentence::pieces(&subject)
        .map(|piece| (piece, cues::meaning(piece)))
        .collect();
    let says = |wanted: Meaning| pieces.iter().any(|&(_, meaning)| meaning == wanted);
    // Beside a piece about a code for signing in, the others are what gateways add.
    if let Some(found) = [Meaning::OtherCode, Meaning::SignIn].into_iter().find(|&m| says(m)) {
        return found;
    }
    // So is a single word beside another piece: "OFFER? Arlo". With a number, it may be about an order.
    let has_digit = subject.contains(|c: char| c.is_ascii_digit());
    let is_tag = |piece: &str| pieces.len() > 1 && !has_digit && !piece.contains(' ');
    let untagged = pieces.iter().filter(|(piece, _)| !is_tag(piece));
    let other = untagged
        .map(|&(_, meaning)| meaning)
        .find(|m| matches!(m, Meaning::OtherPurpose | Meaning::Promotion));
    other.unwrap_or(Meaning::Nothing)
}

/// Bytes of a mail that are read to learn its language.
const LANGUAGE_SAMPLE: usize = 4096;

/// Whether a number may be the code although no word near it says so. It may if the mail mentions a code elsewhere, or
/// is in a language whose words are not known. In a known language such a number is probably part of a newsletter, or
/// of a notice that somebody has signed in.
fn is_plausible_unnamed(parts: &[Vec<Cell<'_>>], subject: &str, steps: &Steps) -> bool {
    let sample = sample(parts, subject, steps);
    cues::mentions_code(&sample) || !cues::is_known_language(&sample) && !cues::mentions_signing_in(&sample)
}

/// The beginning of a mail, long enough to learn its language.
fn sample(parts: &[Vec<Cell<'_>>], subject: &str, steps: &Steps) -> String {
    let mut sample = subject.to_owned();
    for cell in parts.iter().flatten() {
        if sample.len() > LANGUAGE_SAMPLE {
            break;
        }
        sample.push(' ');
        sample.push_str(head(cell.text, LANGUAGE_SAMPLE));
    }
    steps.count(STEPS_PER_BYTE * sample.len());
    sample
}

/// Whether a part shows another code and nowhere this one.
fn contradicts(part: &[Candidate], code: &Code) -> bool {
    part.iter().any(|c| c.rank >= Rank::Alone) && part.iter().all(|c| c.code != *code)
}
