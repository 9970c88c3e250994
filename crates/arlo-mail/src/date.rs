//! The Date field of a mail (RFC 5322 sections 3.3 and 4.3).
//!
//! A date counts only if its zone is certain. If the zone is missing, or has a name that the RFC does not define, the
//! mail has no date. If such a date were read as UTC, a mail from America would look hours old.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// By how much the clock that dated a mail may be behind the clock of its reader.
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);

/// Longest field that is read, in bytes.
const MAX_DATE: usize = 256;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The zones with a name, in hours east of UTC: those of RFC 5322 section 4.3, and UTC. The RFC asks to ignore the
/// military letters; of them only Z is here.
const ZONES: [(&str, i32); 12] = [
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("z", 0),
    ("edt", -4),
    ("est", -5),
    ("cdt", -5),
    ("cst", -6),
    ("mdt", -6),
    ("mst", -7),
    ("pdt", -7),
    ("pst", -8),
];

/// Reads a Date field; `None` if any part of the time would have to be guessed.
#[must_use]
pub fn parse(field: &str) -> Option<Timestamp> {
    if field.len() > MAX_DATE {
        return None;
    }
    let text = without_comments(field).to_ascii_lowercase();
    let mut words = text
        .split(|c: char| c.is_ascii_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .peekable();
    // The day of the week, in any language.
    words.next_if(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
    let day = number(words.next()?, 1..=2)?;
    let month = month(words.next()?)?;
    let year = year(words.next()?)?;
    let (hour, minute, second) = time(words.next()?)?;
    let offset = zone(words.next()?, words.next())?;
    let date = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    Offset::from_seconds(offset).ok()?.to_timestamp(date).ok()
}

fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains(['(', ')']) {
        return Cow::Borrowed(text);
    }
    let mut depth = 0_usize;
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                kept.push(' ');
            }
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    Cow::Owned(kept)
}

/// A number with this many digits and nothing else.
fn number<N: std::str::FromStr>(word: &str, digits: std::ops::RangeInclusive<usize>) -> Option<N> {
    let is_number = digits.contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| word.parse().ok())?
}

fn month(word: &str) -> Option<i8> {
    let name = word.get(..3)?;
    let at = MONTHS.iter().position(|month| *month == name)?;
    i8::try_from(at + 1).ok()
}

fn year(word: &str) -> Option<i16> {
    match number(word, 2..=4)? {
        // RFC 5322 section 4.3.
        year @ 0..=49 if word.len() == 2 => Some(2000 + year),
        year if word.len() < 4 => Some(1900 + year),
        year => Some(year).filter(|year| *year >= 1900),
    }
}

fn time(word: &str) -> Option<(i8, i8, i8)> {
    let mut parts = word.split(':');
    let hour = number(parts.next()?, 1..=2)?;
    let minute = number(parts.next()?, 2..=2)?;
    let second = match parts.next() {
        Some(second) => number(second, 2..=2)?,
        None => 0,
    };
    // A leap second is read as second 59.
    parts.next().is_none().then_some((hour, minute, second.min(59)))
}

/// The seconds east of UTC. `GMT-08:00` and `UTC +2` are certain. A name that no standard defines is not, with or
/// without more words behind it.
fn zone(word: &str, next: Option<&str>) -> Option<i32> {
    let signed = |word: &str| word.starts_with(['+', '-']);
    if signed(word) {
        return offset(word);
    }
    if let Some((_, hours)) = ZONES.iter().find(|(name, _)| *name == word) {
        return match next.filter(|next| *hours == 0 && signed(next)) {
            Some(next) => offset(next),
            None if next.is_none() => Some(hours * 3600),
            None => None,
        };
    }
    ["gmt", "utc", "ut"]
        .iter()
        .find_map(|name| offset(word.strip_prefix(name).filter(|rest| signed(rest))?))
}

/// `+0530`, `+05:30`, `-8`.
fn offset(word: &str) -> Option<i32> {
    let (sign, digits) = match word.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = match digits.split_once(':') {
        Some((hours, minutes)) => (number(hours, 1..=2)?, number(minutes, 2..=2)?),
        None if digits.len() <= 2 => (number(digits, 1..=2)?, 0),
        None => (number(digits.get(..2)?, 2..=2)?, number(digits.get(2..)?, 2..=2)?),
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests;
