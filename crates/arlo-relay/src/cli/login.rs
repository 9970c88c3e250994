//! The arguments of `login`, and of every command that logs in.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::mailbox::LoginMailboxArgs;
use super::unrepeated::Unrepeated;

pub(super) const LOGIN_EXAMPLE: &str = "\
Example, while Arlo asks for no codes, as it has since 2026-10-06:
  export ARLO_PASSWORD=…
  arlo-relay login --account casey@gmail.com --session-file ~/.arlo-session.json

With the prestage URL and the token that enroll printed, which works in either case:
  export ARLO_RELAY_TOKEN=arelay_…
  arlo-relay login --account casey@gmail.com --session-file ~/.arlo-session.json \\
      --codes relay:https://relay.example.org/prepare-arlo-mfa

Other sources:
  --codes rest-api:relay.example.org     pyaarlo's REST API, with the same token
  --codes console                        a person types the code, from a mail or a text message
  --codes push                           no code: a person approves the login in the Arlo app

With a session file the next login is made only when the session has ended, and needs a code only
once in two weeks. One login at a time uses it; another one waits and uses the same session. After
a login that failed, the next one is held back: a minute or more, and with a password that Arlo
refused for a day, unless it is another password.";

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// The mail address of the Arlo login. The password comes from ARLO_PASSWORD or --password-file, or is asked for
    #[arg(long, value_name = "ADDRESS", env = "ARLO_ACCOUNT")]
    pub(crate) account: String,
    /// A file that holds the password of the Arlo login; ARLO_PASSWORD goes before it
    #[arg(long, value_name = "FILE", env = "ARLO_PASSWORD_FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Where the code comes from: relay:PRESTAGE-URL or rest-api:HOST, pyaarlo's REST API (for both the token comes
    /// from ARLO_RELAY_TOKEN or --token-file), imap:USER@HOST or imap:USER@HOST:PORT (password from IMAP_PASSWORD, or
    /// an OAuth 2.0 token from IMAP_OAUTH2_TOKEN), console, or push for no code but the Arlo app. Not needed as long as
    /// Arlo asks for none
    #[arg(
        long,
        value_name = "SOURCE",
        env = "ARLO_RELAY_CODES",
        hide_env_values = true,
        value_parser = Unrepeated(CodesFrom::from_str)
    )]
    pub(crate) codes: Option<CodesFrom>,
    /// A file that holds the relay's access token; - is standard input. ARLO_RELAY_TOKEN goes before it
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The second factor to use, where the account has several: its address (as a relay address), number or nickname,
    /// or email, sms or push
    #[arg(long, value_name = "NAME")]
    pub(crate) factor: Option<String>,
    /// Where Arlo authenticates [default: Arlo's own]
    #[arg(long, value_name = "URL", env = "ARLO_AUTH_HOST")]
    pub(crate) auth_host: Option<String>,
    /// Where Arlo's API is [default: Arlo's own]
    #[arg(long, value_name = "URL", env = "ARLO_HOST")]
    pub(crate) host: Option<String>,
    /// Where the session is kept, so that it is used again until it ends
    #[arg(long, value_name = "FILE", env = "ARLO_SESSION_FILE")]
    pub(crate) session_file: Option<PathBuf>,
    /// Log in even within the pause after a login that failed: for a person, never for a loop
    #[arg(long)]
    pub(crate) force: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    // Last, since its heading holds for all that follow.
    #[command(flatten)]
    pub(crate) mailbox: LoginMailboxArgs,
}

/// Where a login's code comes from. A relay's URL may hold its token: `Debug` shows nothing of it.
#[derive(Clone)]
pub(crate) enum CodesFrom {
    Relay(String),
    Imap(arlo_client::mailbox_watch::UserAtHost),
    RestApi(String),
    Console,
    Push,
}

impl std::fmt::Debug for CodesFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Relay(_) => "Relay(…)",
            Self::Imap(_) => "Imap(…)",
            Self::RestApi(_) => "RestApi(…)",
            Self::Console => "Console",
            Self::Push => "Push",
        })
    }
}

impl FromStr for CodesFrom {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("relay", url)) if url.starts_with("http://") || url.starts_with("https://") => {
                Ok(Self::Relay(url.to_owned()))
            }
            Some(("relay", _)) => Err("relay: needs the http:// or https:// URL that enroll printed"),
            Some(("imap", mailbox)) => match mailbox.parse() {
                Ok(at) => Ok(Self::Imap(at)),
                Err(_) => Err("imap: needs USER@HOST or USER@HOST:PORT, as in imap:casey@gmail.com@imap.gmail.com"),
            },
            Some(("rest-api", host)) if !host.is_empty() => Ok(Self::RestApi(host.to_owned())),
            Some(("rest-api", _)) => Err("rest-api: needs the host of the REST API, as relay.example.org"),
            None if text == "console" => Ok(Self::Console),
            None if text == "push" => Ok(Self::Push),
            _ => Err("use relay:PRESTAGE-URL, rest-api:HOST, imap:USER@HOST, console or push"),
        }
    }
}
