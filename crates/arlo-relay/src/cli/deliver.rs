//! The arguments of `deliver`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, value_parser};
use relay::AccessToken;

use super::serve::DEFAULT_HTTP;
use super::unrepeated::Unrepeated;

pub(super) const EXAMPLE: &str = "\
Example, as an alias of postfix:
  arlo: \"|/usr/local/bin/arlo-relay deliver --token-file /etc/arlo-relay/token\"

Example, by hand:
  arlo-relay deliver --url https://relay.example.org --token-file token < mail.eml

The token comes from ARLO_RELAY_TOKEN or from the file. One at the end of the URL works too, but
every user of the machine can read it there. The exit codes
are those of sysexits.h: 0 the relay took the mail, whatever it was; 64 wrong usage; 65 no mail, or
one over 6 MiB; 75 the relay is away, try again later; 77 the relay refused the token; 78 a setting
is wrong.";

#[derive(Args)]
pub(crate) struct DeliverArgs {
    /// Where the relay is
    // It may end with the token.
    #[arg(
        long,
        value_name = "URL",
        env = "ARLO_RELAY_URL",
        hide_env_values = true,
        default_value = format!("http://{DEFAULT_HTTP}"),
        value_parser = Unrepeated(MailUrl::from_str)
    )]
    pub(crate) url: MailUrl,
    /// A file that holds the access token
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// How many seconds it may take in all, from 1 to 600
    // A mail server ends a pipe that takes longer.
    #[arg(
        long,
        value_name = "SECONDS",
        env = "ARLO_RELAY_TIMEOUT",
        default_value_t = 30,
        value_parser = value_parser!(u32).range(1..=600)
    )]
    pub(crate) timeout: u32,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

relay::redacted_debug!(DeliverArgs);

/// Where mails are handed in, and the access token if the relay's URL ended with it. `Debug` shows nothing of it.
#[derive(Clone)]
pub(crate) struct MailUrl {
    pub(crate) url: String,
    pub(crate) token: Option<AccessToken>,
}

relay::redacted_debug!(MailUrl);

impl FromStr for MailUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str =
            "needs the address of a relay, as https://relay.example.org: http or https, a host, perhaps a path";
        let (scheme, rest) = text.trim().split_once("://").ok_or(WRONG)?;
        let rest = rest.trim_end_matches('/');
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        // A query, a fragment or a user is not allowed: it may be a secret, which must not be sent.
        if !["http", "https"].contains(&scheme) || host.is_empty() || rest.contains(['?', '#', '@']) {
            return Err(WRONG);
        }
        let ending = path
            .rsplit_once('/')
            .and_then(|(before, last)| Some((before, AccessToken::parse(last)?)));
        let (path, token) = match ending {
            Some((before, token)) => (before, Some(token)),
            None => (path, None),
        };
        let path = path.strip_suffix("/mail").unwrap_or(path);
        let url = format!("{scheme}://{host}{path}/mail");
        Ok(Self { url, token })
    }
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
            let read: MailUrl = url.parse().unwrap();
            assert!(read.url == expected && read.token.is_none(), "{url}: {}", read.url);
        }
        for url in ["https://h/mail/", "https://h/", "https://h/mail"] {
            let read: MailUrl = format!("{}/{TOKEN}", url.trim_end_matches('/')).parse().unwrap();
            assert_eq!(read.url, "https://h/mail");
            assert_eq!(read.token.unwrap().expose(), TOKEN);
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
            let error = MailUrl::from_str(url).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
