//! Which texts of another side an error may show.

/// Longest text that is shown, in bytes.
const MAX_TEXT: usize = 160;
/// Longest word in such a text, in characters. A token is longer.
const MAX_WORD: usize = 24;
/// Most digits of a word in such a text. A code has more.
const MAX_DIGITS: usize = 4;

/// The text, if it can be shown: short, printable, and without anything that looks like an address, a URL, a code or a
/// token.
pub(crate) fn quotable(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_safe = !text.is_empty()
        && text.len() <= MAX_TEXT
        && !text.contains(['@', '/', '\\', '%', '_', '='])
        && !text.chars().any(char::is_control)
        && text.split_whitespace().all(is_plain);
    is_safe.then_some(text)
}

fn is_plain(word: &str) -> bool {
    word.chars().count() <= MAX_WORD && word.chars().filter(|c| c.is_numeric()).count() <= MAX_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_shown_and_a_secret_is_not() {
        for text in ["Invalid OTP", "Password not correct", "Error 9236: try again, please."] {
            assert_eq!(quotable(text), Some(text));
        }
        for text in [
            "",
            "code 467266 is wrong",
            "casey@example.org is unknown",
            "see https://example.org",
            "token 2_abcDEF",
            "line\nbreak",
            "abcdefghijklmnopqrstuvwxyzabcdef",
            &"word ".repeat(60),
        ] {
            assert_eq!(quotable(text), None, "{text}");
        }
    }
}
