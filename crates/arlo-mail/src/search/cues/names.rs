//! The name of a code or a number that is none for signing in, in the words before the number: "support code", "code de
//! retrait", "request no."

use super::super::words::{COPULA, JOINING, NO_NAME, OF, ONCE, VERIFY, YOUR};
use super::normal::Marked;
use super::{NAMING, Seen};

/// Words that a number's name may have after the number, with those that join them: "número de la solicitud".
const MAX_WORDS: usize = 3;

/// The first byte of the letters of East Asian scripts, in UTF-8, and of some others.
const EAST_ASIAN: u8 = 0xe3;
/// Bytes that may follow such a word before a number, as 号码 does.
const SHORT: usize = 8;

impl Seen {
    /// A word for a code. It ends here, and may end a name: "support code", "postal code". A word that says itself what
    /// the code is for takes no name: "验证码".
    pub(super) fn end_name_of_code(&mut self, (start, end): (usize, usize), text: &Marked) {
        let word = text.words.get(start..).unwrap_or_default().trim_ascii_start();
        let is_verifying = VERIFY
            .iter()
            .chain(ONCE)
            .any(|cue| word.starts_with(cue.trim_start().as_bytes()));
        let is_one_name = |name: usize| start <= name + 1 && !text.is_divided(name.saturating_sub(1)..=start);
        let is_near = start + NAMING >= text.words.len();
        let is_named = is_near && !is_verifying && self.before_code.is_some_and(is_one_name);
        if is_named || self.number.is_some_and(is_one_name) {
            self.number = self.number.max(Some(end));
        }
    }

    /// What a code is for, if the word for the code is right before it: "code de retrait".
    pub(super) fn name_code_before(&mut self, (start, end): (usize, usize), text: &Marked) {
        let is_near = start + NAMING >= text.words.len();
        let is_one_name =
            |code: usize| is_joined(&text.words, code, start) && !text.is_divided(code.saturating_sub(1)..=start);
        if is_near && self.code.is_some_and(is_one_name) {
            self.number = self.number.max(Some(end));
        }
    }

    /// Where the word for a number that is just before the end and has a name of its own ends.
    pub(super) fn named_number(&self, text: &Marked) -> Option<usize> {
        let after_name = self.number_after_name.filter(|&place| self.follows_name(place, text));
        let before_name = self.number_before_name.filter(|&place| self.precedes_name(place, text));
        after_name.max(before_name).map(|(_, end)| end)
    }

    /// "Request no.", "Anfragenummer". The name is in the same word or is the word before.
    fn follows_name(&self, (start, end): (usize, usize), text: &Marked) -> bool {
        if words_after(&text.words, end).next().is_some() || text.is_divided(start..=start) {
            return false;
        }
        let (begin, name) = last_word(text.words.get(..start).unwrap_or_default());
        let is_login = self.login.is_some_and(|login| login > begin);
        let is_thing = self
            .thing
            .is_some_and(|(thing, _)| (begin..=begin + 1).contains(&(thing + 1)));
        // "The code for your Arlo ID:"
        let may_be_used = is_thing || text.words.get(start..end) == Some(b" id ");
        let is_used = may_be_used && self.uses((begin, end), text);
        !is_login && !is_used && is_name(name)
    }

    /// "Número de solicitud". The name is the only word that follows, with those that join it to the number.
    fn precedes_name(&self, (start, end): (usize, usize), text: &Marked) -> bool {
        let is_login = self.login.is_some_and(|login| login > end);
        let mut names = words_after(&text.words, end)
            .take(MAX_WORDS + 1)
            .filter(|word| !OF.iter().any(|of| of.as_bytes() == *word));
        let is_used = self.thing.is_some_and(|(thing, _)| thing == start) && self.uses((start, end), text);
        !is_login && !is_used && names.next().is_some_and(is_name) && names.next().is_none()
    }

    /// Whether a sentence about a code goes on with this thing, so that the thing does not name the number: "enter this
    /// code on your phone:". A thing right before the number, or after a mark, names it.
    pub(super) fn uses(&self, (start, end): (usize, usize), text: &Marked) -> bool {
        let words = &text.words;
        // The thing may begin inside a word.
        let (inside, part) = last_word(words.get(..=start).unwrap_or_default());
        let begin = if part.is_empty() { start } else { inside };
        let before = words.get(..begin).unwrap_or_default().trim_ascii_end();
        let (joining_at, joining) = last_word(before);
        let is_divided = text.is_divided(joining_at.saturating_sub(1)..=begin);
        if self.code.is_none_or(|code| code > start + 1) || is_divided {
            return false;
        }
        let is_in = |list: &[&str]| list.iter().any(|word| word.as_bytes() == joining);
        let is_number = self.any_number.is_some_and(|number| number > start);
        let has_more = words_after(words, end).next().is_some();
        let rest = words.len().saturating_sub(end);
        match is_in(YOUR) {
            true => text.ends_in_colon || !is_number,
            false if is_number => false,
            // A script without blanks between the words.
            false if words.get(start).is_some_and(|&byte| byte >= EAST_ASIAN) => rest > SHORT,
            false => is_in(JOINING) && (text.ends_in_colon || has_more),
        }
    }
}

/// The last word, and where it begins; no word if a blank is last.
fn last_word(words: &[u8]) -> (usize, &[u8]) {
    let blank = words.iter().rposition(|&byte| byte == b' ');
    let begin = blank.map_or(0, |blank| blank + 1);
    (begin, words.get(begin..).unwrap_or_default())
}

/// Whether the word that ends here or goes on from here is joined to the one that begins there.
fn is_joined(words: &[u8], end: usize, start: usize) -> bool {
    // The one begins with the blank with which the other ends.
    if start <= end {
        return true;
    }
    let between = words.get(end..start).unwrap_or_default();
    // The rest of the word for a code.
    let rest = if words.get(..end).is_some_and(|word| word.ends_with(b" ")) {
        between
    } else {
        let blank = between.iter().position(|&byte| byte == b' ');
        between.get(blank.unwrap_or(between.len())..).unwrap_or_default()
    };
    // Without a blank it is another word.
    let is_apart = words.get(start) == Some(&b' ') || !rest.is_empty();
    is_apart && of_blanks(rest).all(|word| OF.iter().any(|of| of.as_bytes() == word))
}

/// The words after the one that ends here, without a word such as "is" at the end.
fn words_after(words: &[u8], end: usize) -> impl Iterator<Item = &[u8]> {
    let is_within = !words.get(..end).is_some_and(|word| word.ends_with(b" "));
    let rest = words.get(end..).unwrap_or_default();
    let blank = rest.iter().position(|&byte| byte == b' ').unwrap_or_default();
    let rest = if is_within { rest.get(blank..) } else { Some(rest) };
    of_blanks(rest.unwrap_or_default()).filter(|word| *word != b"$" && !is_copula(word))
}

fn of_blanks(words: &[u8]) -> impl Iterator<Item = &[u8]> {
    words.split(|&byte| byte == b' ').filter(|word| !word.is_empty())
}

fn is_copula(word: &[u8]) -> bool {
    COPULA.iter().any(|copula| copula.trim().as_bytes() == word)
}

fn is_name(word: &[u8]) -> bool {
    let is_number = word.iter().any(u8::is_ascii_digit);
    !word.is_empty() && !is_number && !NO_NAME.iter().any(|other| other.as_bytes() == word)
}
