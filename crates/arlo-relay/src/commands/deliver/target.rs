//! Which relay takes the mail, and with which access token.

use std::fmt;
use std::path::Path;

use relay::AccessToken;
use secrecy::ExposeSecret;

use crate::cli::MailUrl;
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
    pub(super) fn find(url: MailUrl, token_file: Option<&Path>) -> Result<Self, Failure> {
        let MailUrl { url, token: in_url } = url;
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

fn read(path: &Path) -> Result<AccessToken, Failure> {
    let token = token::from_file(path).map_err(fault)?;
    AccessToken::parse(token.expose_secret()).ok_or_else(|| {
        fault(format!(
            "the file {} holds no access token: one line that begins with arelay_",
            path.display()
        ))
    })
}
