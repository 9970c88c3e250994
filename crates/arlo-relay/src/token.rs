//! The access token: where a command finds it, and where it must not be.
//!
//! The arguments of a command can be read by every user of the machine for as long as it runs, and shells keep them in
//! a file. A token is taken from the environment, a file or standard input; one in an argument works, with a warning.

use std::env;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use relay::TOKEN_PREFIX;
use secrecy::SecretString;

/// At most this many bytes of a token file are read. A token has some sixty.
const MAX_TOKEN_FILE: u64 = 4096;
/// With this many characters after the prefix it is a token, and no example.
const LIKE_A_TOKEN: usize = 16;

/// The token in `ARLO_RELAY_TOKEN`.
pub(crate) fn from_env() -> Option<SecretString> {
    let token = env::var("ARLO_RELAY_TOKEN").ok()?;
    let token = token.trim();
    (!token.is_empty()).then(|| token.into())
}

/// The one line of a file.
///
/// # Errors
/// A sentence that names the file.
pub(crate) fn from_file(path: &Path) -> Result<SecretString, String> {
    let cannot = |error: io::Error| format!("the token file {} cannot be read: {error}", path.display());
    let token = File::open(path).and_then(read).map_err(cannot)?;
    token.ok_or_else(|| {
        format!(
            "the file {} holds no access token: one line is expected",
            path.display()
        )
    })
}

/// The one line of a file, or of standard input for `-`.
///
/// # Errors
/// A sentence that names the file.
pub(crate) fn from_file_or_stdin(path: &Path) -> Result<SecretString, String> {
    if path != Path::new("-") {
        return from_file(path);
    }
    let token = read(io::stdin().lock()).map_err(|error| format!("standard input cannot be read: {error}"))?;
    token.ok_or_else(|| "standard input holds no access token: one line is expected".to_owned())
}

fn read(from: impl Read) -> io::Result<Option<SecretString>> {
    let mut text = String::new();
    from.take(MAX_TOKEN_FILE).read_to_string(&mut text)?;
    let token = text.trim();
    let is_one_line = !token.is_empty() && !token.contains(char::is_whitespace);
    Ok(is_one_line.then(|| token.into()))
}

/// Logs a warning if an argument of this process contains a token.
pub(crate) fn warn_of_arguments() {
    if env::args_os().skip(1).any(|argument| holds_token(&argument)) {
        tracing::warn!(
            "an access token is in the arguments of this command, where every user of this machine can read it: set \
             ARLO_RELAY_TOKEN, or name a file that holds it with --token-file, and leave it out of the URL"
        );
    }
}

fn holds_token(argument: &OsStr) -> bool {
    without_tokens(&argument.to_string_lossy()).is_some()
}

/// The text with an ellipsis in place of what is secret in each token; `None` if it holds none.
pub(crate) fn without_tokens(text: &str) -> Option<String> {
    let mut parts = text.split(TOKEN_PREFIX);
    let mut clean = parts.next()?.to_owned();
    let mut is_changed = false;
    for part in parts {
        clean.push_str(TOKEN_PREFIX);
        let length = part
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte))
            .count();
        match part.get(length..) {
            Some(rest) if length >= LIKE_A_TOKEN => {
                is_changed = true;
                clean.push('…');
                clean.push_str(rest);
            }
            _ => clean.push_str(part),
        }
    }
    is_changed.then_some(clean)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_token_is_seen_wherever_it_is_in_an_argument() {
        let token = format!("{TOKEN_PREFIX}{}", "a".repeat(52));
        for argument in [
            token.clone(),
            format!("relay:https://relay.example.org/prepare-arlo-mfa/{token}"),
            format!("--url=https://relay.example.org/?token={token}"),
        ] {
            assert!(holds_token(OsStr::new(&argument)), "{argument}");
        }
        for argument in [
            "relay:https://relay.example.org/prepare-arlo-mfa",
            "arelay_…",
            "--token-file=arelay_token",
            "",
        ] {
            assert!(!holds_token(OsStr::new(argument)), "{argument}");
        }
    }

    #[test]
    fn a_text_is_shown_without_its_tokens() {
        let token = format!("{TOKEN_PREFIX}{}", "a".repeat(52));
        let text = format!("'https://h/{token}' and '{token}', not arelay_…");
        assert_eq!(
            without_tokens(&text).as_deref(),
            Some("'https://h/arelay_…' and 'arelay_…', not arelay_…")
        );
        assert_eq!(without_tokens("arelay_token"), None);
    }

    #[test]
    fn a_file_holds_one_line() {
        let token = |text: &str| {
            read(text.as_bytes())
                .unwrap()
                .map(|token| token.expose_secret().to_owned())
        };
        assert_eq!(token("  arelay_x\r\n").as_deref(), Some("arelay_x"));
        for text in ["", "\n", "one\ntwo\n", "one two"] {
            assert_eq!(token(text), None, "{text:?}");
        }
    }
}
