//! Which relay takes the mail, and with which access token.

use std::fmt;
use std::path::Path;

use relay::AccessToken;
use secrecy::ExposeSecret;

use crate::failure::{Failure, Sysexit};
use crate::token;

/// Where the mail goes. `Debug` shows nothing of it.
pub(super) struct Target {
    url: String,
    token: AccessToken,
}

relay::redacted_debug!(Target);

fn fault(message: impl fmt::Display) -> Failure {
    Failure::delivery(Sysexit::Config, message)
}

impl Target {
    /// The relay at `url`; the token from the environment, else from the file, else from the URL's end.
    pub(super) fn find(url: &str, token_file: Option<&Path>) -> Result<Self, Failure> {
        let (url, in_url) = split(url)?;
        let token = match (token::from_env(), token_file) {
            (Some(token), _) => AccessToken::parse(token.expose_secret())
                .ok_or_else(|| fault("ARLO_RELAY_TOKEN holds no access token: they begin with arelay_"))?,
            (None, Some(path)) => read(path)?,
            (None, None) => in_url.ok_or_else(|| {
                fault("there is no access token: name a file that holds it with --token-file, or set ARLO_RELAY_TOKEN")
            })?,
        };
        Ok(Self { url, token })
    }

    /// Where to send it, without the token.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn token(&self) -> &AccessToken {
        &self.token
    }
}

/// The address of the relay's `/mail`, and the token if the URL ends with it.
fn split(url: &str) -> Result<(String, Option<AccessToken>), Failure> {
    let wrong = || {
        fault("--url needs the address of a relay, as https://relay.example.org: http or https, a host, perhaps a path")
    };
    let (scheme, rest) = url.trim().split_once("://").ok_or_else(wrong)?;
    let rest = rest.trim_end_matches('/');
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // A query, a fragment or a user is not allowed: it may be a secret, which must not be sent.
    if !["http", "https"].contains(&scheme) || host.is_empty() || rest.contains(['?', '#', '@']) {
        return Err(wrong());
    }
    let ending = path
        .rsplit_once('/')
        .and_then(|(before, last)| Some((before, AccessToken::parse(last)?)));
    let (path, token) = match ending {
        Some((before, token)) => (before, Some(token)),
        None => (path, None),
    };
    let path = path.strip_suffix("/mail").unwrap_or(path);
    Ok((format!("{scheme}://{host}{path}/mail"), token))
}

fn read(path: &Path) -> Result<AccessToken, Failure> {
    let token = token::from_file(path).map_err(fault)?;
    AccessToken::parse(token.expose_secret()).ok_or_else(|| {
        fault(format!(
            "the file {} holds no access token: one line that begins with arelay_",
            path.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "arelay_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    fn urls_lead_to_mail_and_may_end_with_the_token() {
        for (url, expected) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/mail"),
            ("https://h/", "https://h/mail"),
            ("https://h/mail", "https://h/mail"),
            ("https://h/prefix", "https://h/prefix/mail"),
            ("http://[::1]:8080/mail/", "http://[::1]:8080/mail"),
            ("https://mail", "https://mail/mail"),
            ("https://mail/mail", "https://mail/mail"),
        ] {
            assert_eq!(split(url).unwrap(), (expected.to_owned(), None), "{url}");
        }
        for url in ["https://h/mail/", "https://h/", "https://h/mail"] {
            let (to, token) = split(&format!("{}/{TOKEN}", url.trim_end_matches('/'))).unwrap();
            assert_eq!(to, "https://h/mail");
            assert_eq!(token.unwrap().expose(), TOKEN);
        }
    }

    #[test]
    fn what_is_no_address_of_a_relay_is_refused_unrepeated() {
        for url in [
            "",
            "h",
            "ftp://h/secret",
            "https://",
            "https:///secret",
            "https://h/mail?token=secret",
            "https://user:secret@h/",
            "http://h#secret",
        ] {
            let failure = split(url).unwrap_err();
            assert_eq!(failure.exit(), 78, "{url}");
            assert!(!failure.to_string().contains("secret"), "{failure}");
        }
    }
}
