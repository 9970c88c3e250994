//! What the words beside a number say about it, in the languages of Arlo's customers.
//!
//! The words raise the rank of a number or exclude it. A number that is alone on its line is found without any words.

mod joint;
mod names;
mod normal;
mod table;

use std::ops::Range;
use std::sync::LazyLock;

use memchr::{memchr_iter, memmem};

pub(crate) use self::joint::{Joint, is_apart, is_joined};
use self::normal::{Marked, normal};
use self::table::Table;
use super::words::{
    AFTER, AFTER_CODE, ANY_NUMBER, ASKED, BEFORE_CODE, BESIDE, CODE, ENTER, FORGOTTEN, IF, IT_IS, LANGUAGES,
    NEW_PASSWORD, NUMBER_AFTER_NAME, NUMBER_BEFORE_NAME, ONCE, OTHER_NUMBER, OTHER_PURPOSE, OTHER_THING, PASSWORD,
    PROMOTION, RESET, SIGN_IN, THIS_NUMBER, VERIFY, WARNING, WARNING_BEHIND,
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
    /// The text is about signing in and mentions no code, so that it names no number: "We noticed a sign-in near
    /// Bengaluru 467266".
    SigningIn,
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
    /// It may be any number: the text says no more than that it is one, or mentions an account.
    AnyNumber,
    /// The text names another number and has it itself: "Account: robin@example.net".
    NumberAndValue,
    /// The text says nothing about a number.
    Nothing,
}

impl Meaning {
    /// Whether the number is called a code that may be for a login.
    pub(crate) fn is_code(self) -> bool {
        matches!(self, Self::SignIn | Self::Code)
    }

    /// The same if it is a code for signing in, else nothing.
    pub(crate) fn only_sign_in(self) -> Self {
        if self == Self::SignIn { self } else { Self::Nothing }
    }

    /// What a line says that is part of a sentence over several lines, which as a whole says `whole`.
    pub(crate) fn within(self, whole: Self) -> Self {
        match (self, whole) {
            // These words are nearest to the number.
            (Self::OtherCode | Self::OtherNumber, _) => self,
            (_, Self::OtherCode | Self::SignIn) => whole,
            _ if self.is_code() => self,
            _ => whole,
        }
    }

    /// Whether the text names a number in a way that the text around it may correct.
    pub(crate) fn is_weak(self) -> bool {
        matches!(self, Self::AnyNumber | Self::NumberAndValue)
    }
}

/// The cues that a text has, with the positions of some.
#[derive(Debug, Default)]
struct Seen {
    once: bool,
    sign_in: bool,
    /// A word for signing in itself, and not only one for verifying somebody.
    signing_in: bool,
    /// A word for a code itself, and not only one for verifying somebody.
    named: bool,
    /// A word for the number that is shown.
    shown: bool,
    purpose: bool,
    /// Where the first word for a code begins, and where the last one ends.
    first_code: Option<usize>,
    code: Option<usize>,
    /// Where the last word for another number ends, and where the last word for any number does.
    number: Option<usize>,
    any_number: Option<usize>,
    /// Where the last word for a login code or for signing in ends.
    login: Option<usize>,
    /// Where the last word ends that names a code if it is right before the word for the code.
    before_code: Option<usize>,
    /// The last words for a number that may have a name of its own, see [`names`].
    number_after_name: Option<(usize, usize)>,
    number_before_name: Option<(usize, usize)>,
    /// The last word for something that has a number and may also be where the code is used: a telephone.
    thing: Option<(usize, usize)>,
    /// Where the last word for a discount and the last word for a password begin and end.
    promotion: Option<(usize, usize)>,
    password: Option<(usize, usize)>,
    /// Whether a word for setting a new password is there.
    reset: bool,
}

impl Seen {
    fn in_words(text: &Marked) -> Self {
        let mut seen = Self::default();
        CUES.any(&text.words, |list, place| {
            // "In use" is no request, and "to sign in, use" is one.
            let after_in = || {
                text.words
                    .get(..place.start)
                    .is_some_and(|before| before.ends_with(b" in"))
            };
            if !matches!(list, CueList::Enter) || seen.sign_in || !after_in() {
                seen.take(list, (place.start, place.end), text);
            }
            false
        });
        // "Número de teléfono" is one thing.
        if let (Some((_, end)), Some((start, of))) = (seen.thing, seen.number_before_name)
            && of < end
        {
            seen.thing = Some((start, end));
        }
        let thing = seen.thing.filter(|&thing| !seen.uses(thing, text));
        seen.number = seen.number.max(seen.named_number(text)).max(thing.map(|(_, end)| end));
        seen
    }

    fn take(&mut self, meaning: CueList, (start, end): (usize, usize), text: &Marked) {
        if matches!(
            meaning,
            CueList::Code | CueList::Verify | CueList::Once | CueList::SignIn
        ) {
            self.login = self.login.max(Some(end));
        }
        let is_near = start + NAMING >= text.words.len();
        match meaning {
            CueList::Once => self.once = true,
            CueList::SignIn => {
                self.sign_in = true;
                self.signing_in = true;
            }
            CueList::OtherPurpose => self.purpose = true,
            CueList::Promotion => self.promotion = Some((start, end)),
            CueList::Password => self.password = Some((start, end)),
            CueList::Reset => self.reset = true,
            CueList::Code | CueList::Enter | CueList::Verify => {
                self.named |= !matches!(meaning, CueList::Verify);
                self.sign_in |= matches!(meaning, CueList::Verify);
                self.first_code = self.first_code.or(Some(start));
                if matches!(meaning, CueList::Code) {
                    self.end_name_of_code((start, end), text);
                }
                self.code = self.code.max(Some(end));
            }
            CueList::ThisNumber => self.shown = true,
            CueList::BeforeCode => self.before_code = self.before_code.max(Some(end)),
            CueList::AfterCode => self.name_code_before((start, end), text),
            CueList::OtherThing if is_near => self.thing = Some((start, end)),
            CueList::OtherNumber if is_near => self.number = self.number.max(Some(end)),
            CueList::AnyNumber if is_near => self.any_number = self.any_number.max(Some(end)),
            CueList::NumberAfterName if is_near => {
                self.any_number = self.any_number.max(Some(end));
                self.number_after_name = Some((start, end));
            }
            CueList::NumberBeforeName if is_near => {
                self.any_number = self.any_number.max(Some(end));
                self.number_before_name = Some((start, end));
            }
            CueList::OtherThing
            | CueList::OtherNumber
            | CueList::AnyNumber
            | CueList::NumberAfterName
            | CueList::NumberBeforeName => {}
        }
    }

    /// Whether the words are about a new password, and not advice for the case that something is wrong.
    fn is_reset(&self, words: &[u8]) -> bool {
        self.password.is_some() && (self.reset || has(words, NEW_PASSWORD)) && !has(words, IF)
    }

    /// Whether a code for signing in is named beside a new password: "with your new password and the code", or "after
    /// the reset … the code to sign in".
    fn is_beside_password(&self, words: &[u8]) -> bool {
        let strong = self.once || self.sign_in;
        let (Some((_, end)), Some(code)) = (self.password.filter(|_| strong), self.code) else {
            return false;
        };
        let follows = |list: &[&str]| {
            let rest = words.get(end..).unwrap_or_default();
            list.iter().any(|word| rest.starts_with(word.as_bytes()))
        };
        let before = words.get(..end).unwrap_or_default();
        let is_beside = !self.reset && follows(BESIDE);
        end < code && (is_beside || self.signing_in && has(before, AFTER))
    }

    /// Whether the code is for the thing at this place: its word follows the word for a code, or is directly before it.
    fn is_for(&self, (start, end): (usize, usize), words: &[u8]) -> bool {
        self.first_code.is_some_and(|code| {
            code < start
                || words
                    .get(end..code)
                    .is_some_and(|between| memchr_iter(b' ', between).count() <= 1)
        })
    }
}

/// What a text says about a number.
pub(crate) fn meaning(text: &str) -> Meaning {
    let text = Marked::new(text);
    let seen = Seen::in_words(&text);
    let words = text.words;
    let strong = seen.once || seen.sign_in;
    let is_code = strong || seen.code.is_some();
    if seen.is_reset(&words) && !seen.is_beside_password(&words) {
        return Meaning::OtherCode;
    }
    match seen.promotion {
        Some(_) if !is_code => return Meaning::Promotion,
        Some(promotion) if !seen.sign_in || seen.is_for(promotion, &words) => return Meaning::OtherCode,
        _ => {}
    }
    let has_value = |end: Option<usize>| end.is_some_and(|end| has_value(words.get(end..).unwrap_or_default()));
    let number = seen.number.filter(|&end| !has_value(Some(end)));
    let password = seen
        .password
        .is_some_and(|password| seen.code.is_none() || seen.is_for(password, &words));
    if !strong && (seen.purpose || password) {
        Meaning::OtherPurpose
    } else if number.is_some() && number >= seen.code {
        Meaning::OtherNumber
    } else if seen.once || seen.sign_in && (seen.named || seen.shown) {
        Meaning::SignIn
    } else if seen.sign_in {
        Meaning::SigningIn
    } else if seen.code.is_some() {
        Meaning::Code
    } else if has_value(seen.number.max(seen.any_number)) {
        Meaning::NumberAndValue
    } else if seen.any_number.is_some() {
        Meaning::AnyNumber
    } else {
        Meaning::Nothing
    }
}

fn has(words: &[u8], list: &[&str]) -> bool {
    list.iter().any(|cue| memmem::find(words, cue.as_bytes()).is_some())
}

/// Digits that are more than a length: "the six digits", "10 to 12 digits".
const VALUE_DIGITS: usize = 3;

/// Whether a number, a name with digits or an address is among these words.
fn has_value(words: &[u8]) -> bool {
    words
        .split(|&byte| byte == b' ')
        .any(|word| word.contains(&b'@') || word.iter().filter(|byte| byte.is_ascii_digit()).count() >= VALUE_DIGITS)
}

/// Whether a text is about a new password, and not about a code beside one.
pub(crate) fn is_about_reset(text: &str) -> bool {
    let text = Marked::new(text);
    let seen = Seen::in_words(&text);
    let words = text.words;
    seen.is_reset(&words) && !seen.is_beside_password(&words)
}

/// Whether such a text only warns: it says what nobody asks for by mail, and names no code. "Never share the code for
/// your new password" does name one.
pub(crate) fn warns_of_reset(text: &str) -> bool {
    let words = normal(text);
    let (mut codes, mut passwords) = (Vec::new(), Vec::new());
    CUES.any(&words, |list, place| {
        match list {
            CueList::Code => codes.push(place),
            CueList::Password => passwords.push(place),
            _ => {}
        }
        false
    });
    // The word for a password may have the word for a code in it: "adgangskode".
    let is_within =
        |code: &Range<usize>, password: &Range<usize>| password.start <= code.start && code.end <= password.end;
    let names_code = !codes
        .iter()
        .all(|code| passwords.iter().any(|password| is_within(code, password)));
    let before = passwords.last().and_then(|password| words.get(..password.start));
    // Two words may share the blank between them.
    let before = [before.unwrap_or_default(), b" "].concat();
    !names_code && (has(&before, WARNING) || has(&words, WARNING_BEHIND))
}

/// Whether such a text, if it is a statement, says that the password is forgotten or about to be changed.
pub(crate) fn states_reset(text: &str) -> bool {
    has(&normal(text), FORGOTTEN)
}

/// Whether such a text announces a code for that: it names a code, or says that somebody asked for a new password.
pub(crate) fn announces_reset(text: &str) -> bool {
    let text = Marked::new(text);
    Seen::in_words(&text).code.is_some() || has(&text.words, ASKED)
}

/// Whether a text says that somebody asked for what the sentence before it names.
pub(crate) fn says_asked(text: &str) -> bool {
    has(&normal(text), ASKED)
}

/// Whether a text says no more than that a number follows, whose name is in the sentence before the text.
pub(crate) fn stands_for_it(text: &str) -> bool {
    // No such text is longer.
    if text.len() > NAMING {
        return false;
    }
    let words = normal(text);
    IT_IS.iter().any(|it| it.as_bytes() == words)
}

/// Whether a text mentions a code anywhere.
pub(crate) fn mentions_code(text: &str) -> bool {
    CUES.any(&normal(text), |list, _| {
        matches!(list, CueList::Code | CueList::Verify | CueList::Once)
    })
}

/// Whether a text mentions signing in anywhere, in a language whose words for a code are known too.
pub(crate) fn mentions_signing_in(text: &str) -> bool {
    CUES.any(&normal(text), |list, _| matches!(list, CueList::SignIn))
}

/// Words of a known language by which a text is known to be in it.
const WORDS_OF_A_LANGUAGE: u32 = 4;

/// Whether a text is in a language whose words for a code are known.
pub(crate) fn is_known_language(text: &str) -> bool {
    let mut seen = [0_u16; LANGUAGES.len()];
    KNOWN_WORDS.any(&normal(text), |word, _| {
        let Some(seen) = seen.get_mut(word.language) else {
            return false;
        };
        *seen |= word.bit;
        seen.count_ones() >= WORDS_OF_A_LANGUAGE
    })
}

/// The list that a cue is from.
#[derive(Debug, Clone, Copy)]
enum CueList {
    Code,
    Verify,
    ThisNumber,
    OtherPurpose,
    Promotion,
    OtherNumber,
    OtherThing,
    AnyNumber,
    NumberAfterName,
    NumberBeforeName,
    BeforeCode,
    AfterCode,
    Password,
    Reset,
    Once,
    SignIn,
    Enter,
}

/// All cues.
static CUES: LazyLock<Table<CueList>> = LazyLock::new(|| {
    let lists = [
        (CODE, CueList::Code),
        (VERIFY, CueList::Verify),
        (THIS_NUMBER, CueList::ThisNumber),
        (OTHER_PURPOSE, CueList::OtherPurpose),
        (PROMOTION, CueList::Promotion),
        (SIGN_IN, CueList::SignIn),
        (OTHER_NUMBER, CueList::OtherNumber),
        (OTHER_THING, CueList::OtherThing),
        (PASSWORD, CueList::Password),
        (RESET, CueList::Reset),
        (ANY_NUMBER, CueList::AnyNumber),
        (NUMBER_AFTER_NAME, CueList::NumberAfterName),
        (NUMBER_BEFORE_NAME, CueList::NumberBeforeName),
        (BEFORE_CODE, CueList::BeforeCode),
        (AFTER_CODE, CueList::AfterCode),
        (ENTER, CueList::Enter),
        (ONCE, CueList::Once),
    ];
    Table::new(
        lists
            .into_iter()
            .flat_map(|(list, meaning)| list.iter().map(move |cue| (*cue, meaning))),
    )
});

/// One of [`LANGUAGES`], and a bit for one of its words.
#[derive(Debug, Clone, Copy)]
struct KnownWord {
    language: usize,
    bit: u16,
}

/// The words of all known languages.
static KNOWN_WORDS: LazyLock<Table<KnownWord>> = LazyLock::new(|| {
    Table::new(LANGUAGES.iter().enumerate().flat_map(|(language, words)| {
        let words = words.iter().enumerate();
        words.map(move |(at, word)| (*word, KnownWord { language, bit: 1 << at }))
    }))
});

#[cfg(test)]
mod tests;
