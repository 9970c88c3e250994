//! What the text of a server's `NO` says about the time to come.
//!
//! The parser does not know the response codes of RFC 5530, and `async-imap` gives a refused login as text only. Some
//! providers write no code at all. This module is the one place that reads such a text, and no text leaves it.
//!
//! A code decides. Without one the words do, and those of a state that lasts come first: a server that does not find a
//! mailbox repeats its name, which may be any words.

/// Codes of a state that passes: those of RFC 5530 section 3, and Yahoo's own.
const PASSING_CODES: [&str; 5] = ["[unavailable]", "[inuse]", "[limit]", "[serverbug]", "[tempfail]"];
/// Codes of what a person has to change (RFC 5530 section 3).
const LASTING_CODES: [&str; 8] = [
    "[authenticationfailed]",
    "[authorizationfailed]",
    "[expired]",
    "[privacyrequired]",
    "[contactadmin]",
    "[noperm]",
    "[nonexistent]",
    "[cannot]",
];
/// What Gmail, Microsoft, Yahoo, Dovecot and Cyrus write of a state that passes.
const PASSING_WORDS: [&str; 16] = [
    "unavailable",
    "temporar",
    "try again",
    "too many",
    "limit",
    "throttl",
    "server error",
    "system error",
    "internal error",
    "i/o error",
    "in use",
    "locked by",
    "timed out",
    "timeout",
    "busy",
    "overload",
];
/// What servers write of a mailbox that is not there, or not for this user.
const LASTING_WORDS: [&str; 6] = [
    "not exist",
    "n't exist",
    "unknown mailbox",
    "not found",
    "no such",
    "permission denied",
];

/// Whether a login or another command was refused for now only.
pub(crate) fn is_temporary(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(&LASTING_CODES) {
        return false;
    }
    has(&PASSING_CODES) || (!has(&LASTING_WORDS) && has(&PASSING_WORDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_write_of_a_state_that_passes() {
        for text in [
            "Server Unavailable. 15",
            "Request is throttled. Suggested Backoff Time: 299961 milliseconds",
            "[TEMPFAIL] SELECT completed",
            "[SERVERBUG] SELECT Server error - Please try again later",
            "[UNAVAILABLE] SELECT Server error: the backend was not found",
            "SELECT Server error",
            "[LIMIT] SELECT Rate limit hit.",
            "System Error (Failure)",
            "[OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)",
            "[INUSE] Timeout while waiting for lock",
            "Internal error occurred. Refer to server log for more information.",
            "System I/O error",
            "Mailbox is locked by POP server",
            "Server(s) unavailable to complete operation",
        ] {
            assert!(is_temporary(text), "{text}");
        }
    }

    #[test]
    fn what_servers_write_of_a_mailbox_that_is_not_there() {
        for text in [
            "[NONEXISTENT] Unknown Mailbox: try again (Failure)",
            "[NONEXISTENT] Mailbox doesn't exist: Server error",
            "[NOPERM] Permission denied, try again",
            "[CANNOT] Invalid mailbox name: busy",
            "Unknown Mailbox: Too many mails",
            "Mailbox does not exist",
            "Mailbox doesn't exist: Limits",
            "Temporary doesn't exist.",
            "SELECT failed: Can't open mailbox Temporary: no such mailbox",
            "Permission denied",
            "EXAMINE failed.",
            "",
        ] {
            assert!(!is_temporary(text), "{text}");
        }
    }
}
