//! Finding the code in the text of an SMS.
//!
//! The language of the text does not matter: only numbers do. A guess would be worse than none, so the text has to
//! hold one number of six digits, whatever else it says; the same number twice, as in the last line that phones fill in
//! from (`@arlo.com #467266`), is one.

use icu_normalizer::ComposingNormalizerBorrowed;
use relay::code::{CODE_DIGITS, Code};

/// The one number of six digits in the text, in digits of any width; `None` where there is none or more than one.
#[must_use]
pub fn code_in(text: &str) -> Option<Code> {
    // A full-width comma ends a clause; as the ASCII comma that it is normalised to it would join two numbers.
    let text = text.replace('，', " ");
    let text = ComposingNormalizerBorrowed::new_nfkc().normalize(&text);
    let mut found: Option<Code> = None;
    for word in text.split_whitespace().filter(|word| !word.contains("://")) {
        for number in numbers(word) {
            let Some(code) = Code::parse(number) else {
                continue;
            };
            if found.as_ref().is_some_and(|first| *first != code) {
                return None;
            }
            found = Some(code);
        }
    }
    found
}

/// The numbers in a word that stand alone. Not those that are a part of a longer number (`1,234567`, `555-123456`) or
/// of a Latin name (`ref123456`); beside a letter of a script that puts no spaces between words they do stand alone.
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
        let after = word.get(end..)?.chars();
        (number.len() == CODE_DIGITS && !is_joined(before) && !is_joined(after)).then_some(number)
    })
}

/// Whether what stands beside a number, read away from it, makes it a part of something longer.
fn is_joined(mut beside: impl Iterator<Item = char>) -> bool {
    match beside.next() {
        None => false,
        Some('_' | '+') => true,
        Some('.' | ',' | '-' | '/' | ':' | '\'') => beside.next().is_some_and(char::is_numeric),
        Some(c) => c.is_numeric() || c.is_ascii_alphabetic(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_of_six_digits_is_the_code() {
        for text in [
            "Your Arlo one-time authentication code is 467266.",
            "467266",
            "467266 is your Arlo code. It expires in 5 minutes. Call 555-1234.",
            "Ihr einmaliger Arlo-Code lautet: 467266. Gültig bis 12:30.",
            "Votre code d’authentification Arlo est « 467266 ».",
            "Arlo認証コードは467266です。",
            "您的 Arlo 验证码是４６７２６６，5分钟内有效。",
            "Arlo 인증번호 [467266]를 입력하세요",
            "رمز المصادقة الخاص بك هو 467266.",
            "Code: 467266\n\n@arlo.com #467266",
            "(467266)",
            "code=467266",
            "467266 https://arlo.example/123456",
        ] {
            assert_eq!(code_in(text).unwrap().expose(), "467266", "{text}");
        }
        assert_eq!(code_in("code 012345.").unwrap().expose(), "012345");
    }

    #[test]
    fn nothing_is_guessed() {
        for text in [
            "",
            "Your parcel is on its way",
            "12345 or 1234567",
            "467266 or 123456",
            "call 555-123456",
            "+123456",
            "1.467266",
            "467266,50",
            "467-266",
            "467 266",
            "ref467266",
            "467266x",
            "order_467266",
            "https://arlo.example/467266",
            "1234567890123456",
        ] {
            assert_eq!(code_in(text), None, "{text}");
        }
    }
}
