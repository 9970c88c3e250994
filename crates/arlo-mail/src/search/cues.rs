//! What the words beside a number say about it, in the languages of Arlo's customers.
//!
//! The words raise the rank of a number or exclude it. A number that is alone on its line is found without any words.

use std::sync::LazyLock;

use super::words::{
    ANY_NUMBER, CODE, ENTER, HARMLESS, IF, LANGUAGES, ONCE, OTHER_NUMBER, OTHER_PURPOSE, PASSWORD, PROMOTION, RESET,
    SIGN_IN,
};

/// Bytes at the end of a text in which a word can name the number that follows.
const NAMING: usize = 40;

/// Steps for each byte of a text that is read for cues: a dozen cues may begin at one byte.
pub(super) const STEPS_PER_BYTE: usize = 2;

/// What a text says about a number in it or beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It is a code for signing in.
    SignIn,
    /// It is a code.
    Code,
    /// It is a code for something else: a discount, a new password.
    OtherCode,
    /// The text is about a discount and mentions no code.
    Promotion,
    /// The text is about something else: an order, a sale, a password.
    OtherPurpose,
    /// It is another kind of number.
    OtherNumber,
    /// The text says nothing about a number.
    Nothing,
}

impl Meaning {
    /// Whether the number is called a code that may be for a login.
    pub(crate) fn is_code(self) -> bool {
        matches!(self, Self::SignIn | Self::Code)
    }
}

/// The cues that a text has, with the positions of some.
#[derive(Debug, Default)]
struct Seen {
    once: bool,
    sign_in: bool,
    purpose: bool,
    any_number: bool,
    /// Where the first word for a code begins, and where the last one ends.
    first_code: Option<usize>,
    code: Option<usize>,
    /// Where the last word for another number ends.
    number: Option<usize>,
    /// Where the last word for a discount and the last word for a password begin and end.
    promotion: Option<(usize, usize)>,
    password: Option<(usize, usize)>,
}

impl Seen {
    fn in_words(words: &str) -> Self {
        let mut seen = Self::default();
        for (at, byte) in words.bytes().enumerate() {
            let next = words.as_bytes().get(at + 1).copied();
            for cue in CUES.get(usize::from(byte)).into_iter().flatten() {
                if cue.second != next {
                    continue;
                }
                let start = if cue.text.starts_with(' ') {
                    at.wrapping_sub(1)
                } else {
                    at
                };
                if words.get(start..).is_some_and(|rest| rest.starts_with(cue.text)) {
                    seen.take(cue.meaning, start, start + cue.text.len(), words.len());
                }
            }
        }
        seen
    }

    fn take(&mut self, meaning: CueList, start: usize, end: usize, length: usize) {
        match meaning {
            CueList::Once => self.once = true,
            CueList::SignIn => self.sign_in = true,
            CueList::OtherPurpose => self.purpose = true,
            CueList::Promotion => self.promotion = Some((start, end)),
            CueList::Password => self.password = Some((start, end)),
            CueList::Code => {
                self.first_code = self.first_code.or(Some(start));
                self.code = self.code.max(Some(end));
            }
            CueList::OtherNumber if start + NAMING >= length => self.number = self.number.max(Some(end)),
            CueList::AnyNumber if start + NAMING >= length => self.any_number = true,
            CueList::OtherNumber | CueList::AnyNumber => {}
        }
    }

    /// Whether the code is for the thing at this place: its word follows the word for a code, or is directly before it.
    fn is_for(&self, (start, end): (usize, usize), words: &str) -> bool {
        self.first_code.is_some_and(|code| {
            code < start
                || words
                    .get(end..code)
                    .is_some_and(|between| between.matches(' ').count() <= 1)
        })
    }
}

/// What a text says about a number.
pub(crate) fn meaning(text: &str) -> Meaning {
    let words = words(text);
    let seen = Seen::in_words(&words);
    let strong = seen.once || seen.sign_in;
    let is_code = strong || seen.code.is_some();
    if seen.password.is_some() && is_reset(&words) {
        return Meaning::OtherCode;
    }
    match seen.promotion {
        Some(_) if !is_code => return Meaning::Promotion,
        Some(promotion) if !seen.sign_in || seen.is_for(promotion, &words) => return Meaning::OtherCode,
        _ => {}
    }
    let password = seen
        .password
        .is_some_and(|password| seen.code.is_none() || seen.is_for(password, &words));
    if !strong && (seen.purpose || password) {
        Meaning::OtherPurpose
    } else if !seen.once && seen.number > seen.code {
        Meaning::OtherNumber
    } else if strong {
        Meaning::SignIn
    } else if seen.code.is_some() {
        Meaning::Code
    } else if seen.any_number {
        Meaning::OtherNumber
    } else {
        Meaning::Nothing
    }
}

fn has(words: &str, list: &[&str]) -> bool {
    list.iter().any(|cue| words.contains(cue))
}

/// Whether the words are about a new password, and not advice for the case that something is wrong.
fn is_reset(words: &str) -> bool {
    has(words, RESET) && !has(words, IF)
}

/// Whether a text says that somebody asked for a new password.
pub(crate) fn announces_reset(text: &str) -> bool {
    let words = words(text);
    has(&words, PASSWORD) && is_reset(&words)
}

/// Whether a text mentions a code anywhere.
pub(crate) fn mentions_code(text: &str) -> bool {
    let words = words(text);
    CODE.iter().chain(ONCE).any(|cue| words.contains(cue))
}

/// Whether a text is in a language whose words for a code are known.
pub(crate) fn is_known_language(text: &str) -> bool {
    let words = words(text);
    LANGUAGES
        .iter()
        .any(|language| language.iter().filter(|word| words.contains(**word)).count() >= 4)
}

/// The list that a cue is from.
#[derive(Debug, Clone, Copy)]
enum CueList {
    Code,
    OtherPurpose,
    Promotion,
    OtherNumber,
    AnyNumber,
    Password,
    Once,
    SignIn,
}

/// One cue, with the second of its bytes that are not a leading blank.
#[derive(Debug, Clone, Copy)]
struct Cue {
    text: &'static str,
    second: Option<u8>,
    meaning: CueList,
}

/// All cues, by their first byte that is no blank.
static CUES: LazyLock<Vec<Vec<Cue>>> = LazyLock::new(|| {
    let mut cues = vec![Vec::new(); 256];
    for (list, meaning) in [
        (CODE, CueList::Code),
        (OTHER_PURPOSE, CueList::OtherPurpose),
        (PROMOTION, CueList::Promotion),
        (SIGN_IN, CueList::SignIn),
        (OTHER_NUMBER, CueList::OtherNumber),
        (PASSWORD, CueList::Password),
        (ANY_NUMBER, CueList::AnyNumber),
        (ENTER, CueList::Code),
        (ONCE, CueList::Once),
    ] {
        for &cue in list {
            let mut bytes = cue.trim_start().bytes();
            let first = bytes.next().map(usize::from);
            if let Some(cues) = first.and_then(|first| cues.get_mut(first)) {
                let second = bytes.next();
                cues.push(Cue {
                    text: cue,
                    second,
                    meaning,
                });
            }
        }
    }
    cues
});

/// A text in lower case, with one blank between its words and at both ends, and a `$` at the end. The phrases that mean
/// nothing are removed.
fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    for c in text.chars() {
        let is_mark = ('\u{300}'..='\u{36f}').contains(&c) || c > '\u{900}' && !c.is_whitespace();
        if c.is_ascii_alphanumeric() {
            words.push(c.to_ascii_lowercase());
        } else if c.is_alphanumeric() || is_mark {
            words.extend(c.to_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words.push('$');
    for phrase in HARMLESS {
        if words.contains(phrase) {
            words = words.replace(phrase, " ");
        }
    }
    words
}

#[cfg(test)]
mod tests;
