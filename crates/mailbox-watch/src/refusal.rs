//! What the text of a server's `NO` says about the time to come.
//!
//! The parser does not know the response codes of RFC 5530, and `async-imap` gives a refused login as text only. Some
//! providers write no code at all. This module is the one place that reads such a text, and no text leaves it.

/// Response codes of a state that passes (RFC 5530 section 3).
const TEMPORARY_CODES: [&str; 4] = ["[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]"];
/// The same in a refused login: parts of the codes, and the words that Gmail and Microsoft use instead.
const TEMPORARY_WORDS: [&str; 7] = [
    "unavailable",
    "inuse",
    "limit",
    "serverbug",
    "too many",
    "temporar",
    "try again",
];
/// The response code of a wrong password (RFC 5530 section 3). It decides, whatever the words beside it are.
const WRONG_PASSWORD: &str = "authenticationfailed";

/// Whether a command was refused for now only.
pub(crate) fn is_temporary(text: &str) -> bool {
    TEMPORARY_CODES.iter().any(|code| text.contains(code))
}

/// Whether a login was refused for another reason than the user and the password.
pub(crate) fn is_temporary_at_login(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    !text.contains(WRONG_PASSWORD) && TEMPORARY_WORDS.iter().any(|words| text.contains(words))
}
