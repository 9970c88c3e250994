//! The name of a code or a number that is none for signing in, in the words before the number: "support code", "code de
//! retrait", "request no."

use super::super::words::{COPULA, NO_NAME, OF};
use super::{NAMING, Seen};

/// Words that a number's name may have after the number, with those that join them: "número de la solicitud".
const MAX_WORDS: usize = 3;

impl Seen {
    /// A word for a code. It ends here, and may end a name: "support code", "postal code".
    pub(super) fn end_name_of_code(&mut self, (start, end): (usize, usize), length: usize) {
        let is_one_name = |name: usize| start <= name + 1;
        let is_near = start + NAMING >= length;
        if self.number.is_some_and(is_one_name) || is_near && self.before_code.is_some_and(is_one_name) {
            self.number = self.number.max(Some(end));
        }
    }

    /// What a code is for, if the word for the code is right before it: "code de retrait".
    pub(super) fn name_code_before(&mut self, (start, end): (usize, usize), words: &[u8]) {
        let is_near = start + NAMING >= words.len();
        if is_near && self.code.is_some_and(|code| is_joined(words, code, start)) {
            self.number = self.number.max(Some(end));
        }
    }

    /// Where the word for a number that is just before the end and has a name of its own ends.
    pub(super) fn named_number(&self, words: &[u8]) -> Option<usize> {
        let after_name = self.number_after_name.filter(|&place| self.follows_name(place, words));
        let before_name = self.number_before_name.filter(|&end| self.precedes_name(end, words));
        after_name.map(|(_, end)| end).max(before_name)
    }

    /// "Request no.", "Anfragenummer". The name is in the same word or is the word before.
    fn follows_name(&self, (start, end): (usize, usize), words: &[u8]) -> bool {
        if words_after(words, end).next().is_some() {
            return false;
        }
        let before = words.get(..start).unwrap_or_default();
        let begin = before
            .iter()
            .rposition(|&byte| byte == b' ')
            .map_or(0, |blank| blank + 1);
        let name = before.get(begin..).unwrap_or_default();
        let is_login = self.login.is_some_and(|login| login > begin);
        !is_login && is_name(name)
    }

    /// "Número de solicitud". The name is the only word that follows, with those that join it to the number.
    fn precedes_name(&self, end: usize, words: &[u8]) -> bool {
        let is_login = self.login.is_some_and(|login| login > end);
        let mut names = words_after(words, end)
            .take(MAX_WORDS + 1)
            .filter(|word| !OF.iter().any(|of| of.as_bytes() == *word));
        !is_login && names.next().is_some_and(is_name) && names.next().is_none()
    }
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
