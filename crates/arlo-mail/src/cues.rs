//! Words that say what a number is, in the languages that Arlo's customers read.
//!
//! They rank and refuse; a number that stands alone needs none of them to be found.

use std::sync::LazyLock;

use crate::words::{
    ANY_NUMBER, CODE, ENTER, HARMLESS, IF, LANGUAGES, ONCE, OTHER_NUMBER, OTHER_PURPOSE, PASSWORD, PROMOTION, RESET,
    SIGN_IN,
};

/// Bytes at the end of a text in which it names the number that follows.
const NAMING: usize = 40;

/// What the words of a piece of text say of a number in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// A code for signing in.
    SignIn,
    /// A code.
    Code,
    /// A code for something else: a rebate, a new password.
    OtherCode,
    /// A rebate, and nothing of a code.
    Promotion,
    /// Something else that a mail may be about: an order, a sale, a password.
    OtherPurpose,
    /// Another kind of number.
    OtherNumber,
    Nothing,
}

impl Says {
    /// Whether the number is called a code that may be a login's.
    pub(crate) fn is_code(self) -> bool {
        matches!(self, Self::SignIn | Self::Code)
    }
}

/// Where the cues of a text stand that are about a code.
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
    /// Where the last rebate and the last password stand.
    promotion: Option<(usize, usize)>,
    password: Option<(usize, usize)>,
}

impl Seen {
    fn of(words: &str) -> Self {
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

    fn take(&mut self, meaning: Meaning, start: usize, end: usize, length: usize) {
        match meaning {
            Meaning::Once => self.once = true,
            Meaning::SignIn => self.sign_in = true,
            Meaning::OtherPurpose => self.purpose = true,
            Meaning::Promotion => self.promotion = Some((start, end)),
            Meaning::Password => self.password = Some((start, end)),
            Meaning::Code => {
                self.first_code = self.first_code.or(Some(start));
                self.code = self.code.max(Some(end));
            }
            Meaning::OtherNumber if start + NAMING >= length => self.number = self.number.max(Some(end)),
            Meaning::AnyNumber if start + NAMING >= length => self.any_number = true,
            Meaning::OtherNumber | Meaning::AnyNumber => {}
        }
    }

    /// Whether the code is one for what stands here: it follows the word for a code, or touches it from before.
    fn is_for(&self, (start, end): (usize, usize), words: &str) -> bool {
        self.first_code.is_some_and(|code| {
            code < start
                || words
                    .get(end..code)
                    .is_some_and(|between| between.matches(' ').count() <= 1)
        })
    }
}

/// What a text says.
pub(crate) fn says(text: &str) -> Says {
    let words = words(text);
    let seen = Seen::of(&words);
    let strong = seen.once || seen.sign_in;
    let is_code = strong || seen.code.is_some();
    if seen.password.is_some() && is_reset(&words) {
        return Says::OtherCode;
    }
    match seen.promotion {
        Some(_) if !is_code => return Says::Promotion,
        Some(promotion) if !seen.sign_in || seen.is_for(promotion, &words) => return Says::OtherCode,
        _ => {}
    }
    let password = seen
        .password
        .is_some_and(|password| seen.code.is_none() || seen.is_for(password, &words));
    if !strong && (seen.purpose || password) {
        Says::OtherPurpose
    } else if !seen.once && seen.number > seen.code {
        Says::OtherNumber
    } else if strong {
        Says::SignIn
    } else if seen.code.is_some() {
        Says::Code
    } else if seen.any_number {
        Says::OtherNumber
    } else {
        Says::Nothing
    }
}

fn has(words: &str, list: &[&str]) -> bool {
    list.iter().any(|cue| words.contains(cue))
}

/// Whether words are about a new password, and not advice for when something is wrong.
fn is_reset(words: &str) -> bool {
    has(words, RESET) && !has(words, IF)
}

/// Whether a text tells that somebody asked for a new password.
pub(crate) fn announces_reset(text: &str) -> bool {
    let words = words(text);
    has(&words, PASSWORD) && is_reset(&words)
}

/// Whether a text speaks of a code anywhere.
pub(crate) fn mentions_code(text: &str) -> bool {
    let words = words(text);
    CODE.iter().chain(ONCE).any(|cue| words.contains(cue))
}

/// Whether a text is in a language in which a code would be called one.
pub(crate) fn is_known_language(text: &str) -> bool {
    let words = words(text);
    LANGUAGES
        .iter()
        .any(|language| language.iter().filter(|word| words.contains(**word)).count() >= 4)
}

/// The list that a cue is of.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    Code,
    OtherPurpose,
    Promotion,
    OtherNumber,
    AnyNumber,
    Password,
    Once,
    SignIn,
}

/// One cue, with the byte after its first that is no blank.
#[derive(Debug, Clone, Copy)]
struct Cue {
    text: &'static str,
    second: Option<u8>,
    meaning: Meaning,
}

/// All cues by the first byte that is no blank.
static CUES: LazyLock<Vec<Vec<Cue>>> = LazyLock::new(|| {
    let mut cues = vec![Vec::new(); 256];
    for (list, meaning) in [
        (CODE, Meaning::Code),
        (OTHER_PURPOSE, Meaning::OtherPurpose),
        (PROMOTION, Meaning::Promotion),
        (SIGN_IN, Meaning::SignIn),
        (OTHER_NUMBER, Meaning::OtherNumber),
        (PASSWORD, Meaning::Password),
        (ANY_NUMBER, Meaning::AnyNumber),
        (ENTER, Meaning::Code),
        (ONCE, Meaning::Once),
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

/// A text in lower case with one blank between its words and at its ends, then a `$`, without the phrases that say
/// nothing.
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
mod tests {
    use super::*;

    #[test]
    fn words_say_what_a_number_is() {
        for (text, expected) in [
            ("Your one-time code is", Says::SignIn),
            ("Your one-time password is", Says::SignIn),
            ("Ihr Einmalpasswort lautet", Says::SignIn),
            ("Ihr Authentifizierungscode", Says::SignIn),
            ("お客様の認証コード", Says::SignIn),
            ("Your code is", Says::Code),
            (
                "Give your password first and this authentication code second",
                Says::SignIn,
            ),
            ("Your one-time code to save your changes", Says::SignIn),
            ("After entering your password, enter this code", Says::Code),
            (
                "Sign in to claim your discount: your verification code is",
                Says::SignIn,
            ),
            ("Your password reset code is", Says::OtherCode),
            ("Use this verification code to choose a new password", Says::OtherCode),
            ("The code for your password", Says::OtherPurpose),
            ("Your password", Says::OtherPurpose),
            ("Your order code", Says::OtherPurpose),
            ("Authentication code, and order number", Says::OtherNumber),
            ("Votre code promo", Says::OtherCode),
            ("Your one-time discount code", Says::OtherCode),
            ("Your one-time code to save 10 %", Says::OtherCode),
            ("Your verification code for a discount", Says::OtherCode),
            ("A special discount", Says::Promotion),
            ("Never share this code or your password:", Says::Code),
            ("您的动态密码是", Says::SignIn),
            ("In order to sign in, use the code", Says::SignIn),
            ("Case number", Says::OtherNumber),
            ("In case you asked for the code", Says::Code),
            ("Your code for case", Says::OtherNumber),
            ("On your phone enter", Says::Code),
            ("On your phone, see", Says::Nothing),
            ("Phone:", Says::OtherNumber),
            ("Subscription number:", Says::OtherNumber),
            ("Your verification number is", Says::SignIn),
            ("Please enter", Says::Code),
            ("", Says::Nothing),
        ] {
            assert_eq!(says(text), expected, "{text}");
        }
    }

    #[test]
    fn a_reset_is_told_from_advice() {
        assert!(announces_reset("We received a request to reset your password."));
        assert!(!announces_reset("If this was not you, reset your password."));
    }
}
