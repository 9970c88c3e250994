//! What joins a number to a code that the words before it or after it name.

use super::super::words::{AS, COPULA, OR, WITH};
use super::normal::normal;
use super::{CUES, CueList, has};

/// Whether the words before a number, or those after it if it is first, join it to a word for a code: "the code is",
/// "code:", "467266 is".
pub(crate) fn is_joined(before: &str, after: &str) -> bool {
    if has_words(before) {
        Before::new(before).joins()
    } else {
        starts_with(&normal(after), COPULA)
    }
}

/// Whether the word before a number gives it to something else than the code: another noun, a preposition, a bracket.
pub(crate) fn is_apart(before: &str) -> bool {
    Before::new(before).is_apart()
}

/// How a sentence joins a number to the code that it names.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Joint {
    /// "Sign in with 467266", "467266 is your code", "467266 as the code", "467266 kodu",
    /// "467266 doğrulama kodu".
    pub(crate) is_firm: bool,
    /// "467266 Arlo code", "467266 (your code)".
    pub(crate) is_loose: bool,
    /// A mark is after the number.
    pub(crate) is_marked: bool,
    /// "The code from Paris 467266": the words before the number give it to something else.
    pub(crate) is_apart: bool,
}

/// Words after a number within which a word for a code is about the number.
const NEAR_WORDS: usize = 3;

impl Joint {
    pub(crate) fn between(before: &str, after: &str) -> Self {
        let before = Before::new(before);
        let is_led_to = has_words(before.text) && (before.joins() || ends_in(&before.words, WITH) || before.last.enter);
        let words = normal(after);
        let near = first_words(&words, NEAR_WORDS);
        let is_marked = !after.trim_start().starts_with(char::is_alphanumeric);
        let second_word = first_words(&words, 1).len();
        let (mut is_named_near, mut is_named_next, mut is_verifying) = (false, false, false);
        CUES.any(near, |list, place| {
            is_named_near |= matches!(list, CueList::Code | CueList::Verify | CueList::Once);
            is_verifying |= matches!(list, CueList::Verify | CueList::Once | CueList::SignIn) && place.start <= 1;
            let next = if is_verifying { second_word } else { 1 };
            is_named_next |= matches!(list, CueList::Code) && place.start <= next;
            false
        });
        let is_complement = starts_with(&words, COPULA)
            || starts_with(&words, AS)
            || has(first_words(&words, 1), AS)
            || is_named_next && !is_marked;
        Self {
            is_firm: is_led_to || is_complement,
            is_loose: is_named_near || has(near, AS),
            is_marked,
            is_apart: before.is_apart() && !is_led_to && !is_complement && !before.last.verifying,
        }
    }

    pub(crate) fn is_joined(self) -> bool {
        self.is_firm || self.is_loose
    }
}

/// The words before a number.
struct Before<'t> {
    text: &'t str,
    words: Vec<u8>,
    last: LastWord,
}

/// What the last word is a cue for.
#[derive(Default)]
struct LastWord {
    code: bool,
    verifying: bool,
    enter: bool,
}

impl<'t> Before<'t> {
    fn new(text: &'t str) -> Self {
        let words = normal(text);
        let mut last = LastWord::default();
        CUES.any(&words, |list, place| {
            let rest = words.get(place.end..).unwrap_or_default();
            if memchr::memchr(b' ', rest) == rest.len().checked_sub(2) {
                match list {
                    CueList::Code => last.code = true,
                    CueList::Verify | CueList::Once => last.verifying = true,
                    CueList::Enter => last.enter = true,
                    _ => {}
                }
            }
            false
        });
        Self { text, words, last }
    }

    fn joins(&self) -> bool {
        self.text.trim_end().ends_with(':') || ends_in(&self.words, COPULA) || self.last.code
    }

    fn is_apart(&self) -> bool {
        let end = self.text.trim_end();
        end.ends_with(['(', '（', '['])
            || end.ends_with(char::is_alphabetic) && !self.joins() && !ends_in(&self.words, OR)
    }
}

fn has_words(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

fn first_words(words: &[u8], count: usize) -> &[u8] {
    let blanks = words.iter().enumerate().filter(|&(_, &byte)| byte == b' ');
    let end = blanks.map(|(at, _)| at + 1).nth(count).unwrap_or(words.len());
    words.get(..end).unwrap_or_default()
}

fn starts_with(words: &[u8], list: &[&str]) -> bool {
    list.iter().any(|word| words.starts_with(word.as_bytes()))
}

fn ends_in(words: &[u8], list: &[&str]) -> bool {
    let words = words.strip_suffix(b"$").unwrap_or(words);
    list.iter().any(|word| words.ends_with(word.as_bytes()))
}
