//! The code in the text of an SMS.
//!
//! Only the numbers count, in any language. The text must have exactly one number of six digits: a wrong code would be
//! worse than none. The same number twice counts as one, since many texts repeat it in a last line for the phone
//! (`@arlo.com
//! #467266`). If no number is written in one piece, a number in equal groups counts too. A telephone number
//! does not. A duration behind the number is no part of it.

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::code::{CODE_DIGITS, Code};
use crate::duration::{self, is_divider};

/// Finds the code in the text of an SMS: its one number of six digits, full-width or not. `None` if there is no such
/// number or more than one.
#[must_use]
pub fn code_in_text(text: &str) -> Option<Code> {
    // A full-width comma divides two clauses. Normalised to an ASCII comma it would join two numbers.
    let text = text.replace('，', " ");
    let text = ComposingNormalizerBorrowed::new_nfkc().normalize(&text);
    let undivided = text
        .split_whitespace()
        .filter(|word| !word.contains("://"))
        .flat_map(numbers)
        .filter_map(Code::parse);
    match only(undivided) {
        Only::Nothing => match only(divided(&text).into_iter()) {
            Only::One(code) => Some(code),
            Only::Nothing | Only::More => None,
        },
        Only::One(code) => Some(code),
        Only::More => None,
    }
}

enum Only {
    Nothing,
    One(Code),
    More,
}

/// Whether all the codes are the same.
fn only(codes: impl Iterator<Item = Code>) -> Only {
    let mut found = None;
    for code in codes {
        match &found {
            Some(first) if *first != code => return Only::More,
            _ => found = Some(code),
        }
    }
    found.map_or(Only::Nothing, Only::One)
}

/// Words before a telephone number.
const CALLS: &[&str] = &[
    "call",
    "dial",
    "phone",
    "tel",
    "telephone",
    "fax",
    "telefon",
    "anruf",
    "anrufen",
    "tél",
    "téléphone",
    "appelez",
    "teléfono",
    "llame",
    "llama",
    "telefono",
    "chiama",
    "bel",
    "ring",
    "ligue",
    "電話",
    "电话",
    "전화",
    "тел",
];

/// The numbers whose six digits are in equal groups, divided by blanks, hyphens, dashes or middle dots, and with no
/// other digits joined to them.
fn divided(text: &str) -> Vec<Code> {
    let chars: Vec<char> = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = chars
        .iter()
        .skip(at)
        .position(char::is_ascii_digit)
        .map(|next| at + next)
    {
        let (before, rest) = chars.split_at(start);
        let chain = Chain::at_start_of(rest).without_duration(rest);
        let (number, after) = rest.split_at(chain.end());
        if chain.is_even() && may_be_code(before, after) {
            let digits: String = number.iter().filter(|c| c.is_ascii_digit()).collect();
            found.extend(Code::parse(&digits));
        }
        at = start + chain.end().max(1);
    }
    found
}

/// Whether a divided number can be a code: it is no part of something longer and no telephone number.
fn may_be_code(before: &[char], after: &[char]) -> bool {
    let left = before.iter().rev().copied();
    let word: String = before
        .iter()
        .rev()
        .skip_while(|c| !c.is_alphanumeric())
        .take_while(|c| c.is_alphabetic())
        .collect();
    let word: String = word.chars().rev().flat_map(char::to_lowercase).collect();
    let marked = before
        .iter()
        .rev()
        .find(|c| **c != ' ')
        .is_some_and(|c| matches!(c, '+' | ')' | '#' | '$' | '€' | '£'));
    let in_address = before
        .iter()
        .rev()
        .take_while(|c| **c != ' ')
        .any(|c| matches!(c, '/' | '@' | '='));
    !is_joined(left) && !is_joined(after.iter().copied()) && !marked && !in_address && !CALLS.contains(&&*word)
}

/// Groups of digits, with one divider between two of them.
struct Chain {
    groups: Vec<Group>,
    dividers: Vec<Divider>,
}

/// The number of its digits, and where it ends.
#[derive(Clone, Copy)]
struct Group {
    size: usize,
    end: usize,
}

#[derive(Clone, Copy)]
struct Divider {
    sign: char,
    has_blank: bool,
}

impl Chain {
    /// The chain at the beginning of a text.
    fn at_start_of(text: &[char]) -> Self {
        let mut chain = Self {
            groups: Vec::new(),
            dividers: Vec::new(),
        };
        let mut next = 0;
        loop {
            let size = text.iter().skip(next).take_while(|c| c.is_ascii_digit()).count();
            if size == 0 {
                // No group follows the last divider.
                chain.dividers.truncate(chain.groups.len().saturating_sub(1));
                return chain;
            }
            let end = next + size;
            chain.groups.push(Group { size, end });
            let (sign, width) = match text.get(end..).unwrap_or_default() {
                [' ', dash, ' ', ..] if is_divider(*dash) => ('-', 3),
                [' ', ..] => (' ', 1),
                [dash, ..] if is_divider(*dash) => ('-', 1),
                _ => return chain,
            };
            let has_blank = sign == ' ' || width > 1;
            chain.dividers.push(Divider { sign, has_blank });
            next = end + width;
        }
    }

    fn end(&self) -> usize {
        self.groups.last().map_or(0, |group| group.end)
    }

    /// The chain without a last group that is how long the code is valid: "570 318 - 10 minutes".
    fn without_duration(mut self, text: &[char]) -> Self {
        let is_duration = |group: &Group| {
            group.size <= duration::DIGITS && duration::is_at_start_of(text.iter().skip(group.end).copied())
        };
        let stands_apart = self.dividers.last().is_some_and(|divider| divider.has_blank);
        if stands_apart && self.groups.last().is_some_and(is_duration) {
            self.groups.pop();
            self.dividers.pop();
        }
        self
    }

    fn is_even(&self) -> bool {
        let sign = self.dividers.first().map(|divider| divider.sign);
        let sizes: Vec<usize> = self.groups.iter().map(|group| group.size).collect();
        self.dividers.iter().all(|divider| Some(divider.sign) == sign)
            && matches!(
                (sign, &*sizes),
                (Some(' ' | '-'), [3, 3] | [1, 1, 1, 1, 1, 1]) | (Some(' '), [2, 2, 2])
            )
    }
}

/// The numbers of six digits in a word. A part of a longer number (`1,234567`, `555-123456`) or of a name in Latin
/// letters (`ref123456`) is none. A letter of a script without blanks between words may be next to a number.
fn numbers(word: &str) -> impl Iterator<Item = &str> {
    let mut end = 0;
    std::iter::from_fn(move || {
        let start = end + word.get(end..)?.find(|c: char| c.is_ascii_digit())?;
        let digits = word.get(start..)?;
        let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        end = start + length;
        Some((start, end))
    })
    .filter_map(move |(start, end)| {
        let number = word.get(start..end)?;
        let before = word.get(..start)?.chars().rev();
        let after = word.get(end..)?;
        let goes_on = is_joined(after.chars()) && !duration::is_clause(after);
        (number.len() == CODE_DIGITS && !is_joined(before) && !goes_on).then_some(number)
    })
}

/// Whether the text beside a number, read in the direction away from it, makes the number a part of something longer.
fn is_joined(mut beside: impl Iterator<Item = char>) -> bool {
    match beside.next() {
        None => false,
        Some('_' | '+') => true,
        Some('.' | ',' | '-' | '/' | ':' | '\'') => beside.next().is_some_and(char::is_numeric),
        Some(c) => c.is_numeric() || c.is_ascii_alphabetic(),
    }
}

#[cfg(test)]
mod tests;
