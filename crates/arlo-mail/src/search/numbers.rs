//! Numbers of six digits in a text that could be a code, by their form alone.
//!
//! A number is read together with all digits that are joined to it. So six digits of a date, a telephone number, a
//! price or a web address are never taken for a number of six digits.

mod addresses;
mod neighbours;

use std::ops::{Range, RangeInclusive};

use self::addresses::Addresses;
use self::neighbours::{is_heading_mark, may_follow, may_precede, without_emphasis};
use crate::code::{CODE_DIGITS, Code};
use crate::duration::{self, is_divider};

/// Six digits and their place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number {
    pub(crate) code: Code,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether it is divided in an uncommon way, which counts only for a number that is alone or called a code.
    pub(crate) odd: bool,
    /// Whether a `#` is before it, as before a heading.
    pub(crate) marked: bool,
}

/// What is between two groups of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    Blank,
    Hyphen,
    Other,
}

/// Groups of digits, joined to each other.
#[derive(Debug, Default)]
struct Chain {
    /// The beginning and the end of each group.
    groups: Vec<(usize, usize)>,
    joints: Vec<Joint>,
    /// Whether another number with a unit is behind the last group.
    before_duration: bool,
}

/// Groups of a chain that are kept. A longer chain is no code.
const MAX_GROUPS: usize = 8;

/// The numbers of a text that have the form of a code.
pub(crate) fn six_digits(text: &str) -> impl Iterator<Item = Number> + '_ {
    let mut addresses = Addresses::in_text(text);
    chains(text)
        .filter_map(move |chain| number(text, chain).filter(|number| !addresses.contain(number.start, number.end)))
}

/// The places of the numbers of a text that have so many digits in one piece.
pub(crate) fn of_length(text: &str, digits: &RangeInclusive<usize>) -> impl Iterator<Item = Range<usize>> {
    let digits = digits.clone();
    let mut addresses = Addresses::in_text(text);
    chains(text).filter_map(move |chain| {
        let chain = without_duration(text, chain);
        let [(start, end)] = *chain.groups else {
            return None;
        };
        let stands_alone = stands_alone(text, start, end, chain.before_duration);
        let counts = digits.contains(&(end - start)) && stands_alone && !addresses.contain(start, end);
        counts.then_some(start..end)
    })
}

/// The chains of a text.
fn chains(text: &str) -> impl Iterator<Item = Chain> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.as_bytes().get(at..)?;
        at += rest.iter().position(u8::is_ascii_digit)?;
        let chain = chain(text, at);
        at = chain.groups.last().map_or(text.len(), |&(_, end)| end);
        Some(chain)
    })
}

/// Whether the characters on both sides of a number make it no part of something else.
fn stands_alone(text: &str, start: usize, end: usize, before_duration: bool) -> bool {
    let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else {
        return false;
    };
    let (before, after) = without_emphasis(before, after);
    may_precede(before) && (before_duration || may_follow(after))
}

/// The chain that begins at this digit.
fn chain(text: &str, start: usize) -> Chain {
    let bytes = text.as_bytes();
    let mut chain = Chain::default();
    let mut start = start;
    loop {
        let digits = bytes.iter().skip(start).take_while(|b| b.is_ascii_digit()).count();
        let end = start + digits;
        if chain.groups.len() < MAX_GROUPS {
            chain.groups.push((start, end));
        } else if let Some(last) = chain.groups.last_mut() {
            last.1 = end;
        }
        let rest = bytes.get(end..).unwrap_or_default();
        let Some(width) = rest.iter().take(6).position(u8::is_ascii_digit) else {
            return chain;
        };
        let next = end + width;
        let joint = match rest.get(..width).unwrap_or_default() {
            b" " => Joint::Blank,
            _ if text.get(end..next).is_some_and(is_hyphen) => Joint::Hyphen,
            b"." | b"," | b":" | b"/" | b"'" | b"_" | b"+" | b"*" | b"x" | b"(" | b")" | b" (" | b") " | b")-"
            | b" / " | b"/ " | b" +" | b"T" | b"\xe2\x80\x99" => Joint::Other,
            _ => return chain,
        };
        if chain.joints.len() < MAX_GROUPS {
            chain.joints.push(joint);
        }
        start = next;
    }
}

/// Whether the text between two groups is a hyphen or the like, perhaps with a blank on each side.
fn is_hyphen(between: &str) -> bool {
    let bare = between.strip_prefix(' ').and_then(|rest| rest.strip_suffix(' '));
    let mut chars = bare.unwrap_or(between).chars();
    chars.next().is_some_and(is_divider) && chars.next().is_none()
}

/// The chain without a last group that is another number, with a unit: "467266 15 minutes", "467266 (120 seconds)",
/// "467266,10分钟".
fn without_duration(text: &str, mut chain: Chain) -> Chain {
    let [.., (_, before), (start, end)] = *chain.groups else {
        return chain;
    };
    let (Some(joint), Some(after)) = (text.get(before..start), text.get(end..)) else {
        return chain;
    };
    let is_time = || duration::is_at_start_of(after.chars());
    let is_clause = joint == ")" && is_time() || text.get(before..).is_some_and(duration::is_clause);
    let is_short = end - start <= 2 && after.trim_start_matches([' ', '-']).starts_with(char::is_alphabetic);
    let has_length = end - start <= duration::DIGITS;
    if joint.contains(' ') && (is_short || has_length && is_time()) || is_clause && has_length {
        chain.groups.pop();
        chain.joints.pop();
        chain.before_duration = true;
    }
    chain
}

/// The number of a chain; `None` if the chain has not the form of a code.
fn number(text: &str, chain: Chain) -> Option<Number> {
    let chain = without_duration(text, chain);
    let (start, end) = (chain.groups.first()?.0, chain.groups.last()?.1);
    let sizes: Vec<usize> = chain.groups.iter().map(|(from, to)| to - from).collect();
    if sizes.iter().sum::<usize>() != CODE_DIGITS {
        return None;
    }
    let joint = chain.joints.first().copied();
    if chain.joints.iter().any(|&j| j == Joint::Other || Some(j) != joint) {
        return None;
    }
    let even = match (joint, &*sizes) {
        (None, _) | (_, [3, 3] | [1, 1, 1, 1, 1, 1]) | (Some(Joint::Blank), [2, 2, 2]) => true,
        // A date or a British bank's sort code.
        (Some(Joint::Hyphen), [2, 2, 2]) => return None,
        _ => false,
    };
    let (before, after) = without_emphasis(text.get(..start)?, text.get(end..)?);
    let marked = is_heading_mark(before);
    if !marked && !may_precede(before) || !chain.before_duration && !may_follow(after) {
        return None;
    }
    let digits: String = text.get(start..end)?.chars().filter(char::is_ascii_digit).collect();
    Some(Number {
        code: Code::parse(&digits)?,
        start,
        end,
        odd: !even,
        marked,
    })
}

#[cfg(test)]
mod tests;
