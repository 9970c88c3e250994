//! The mailbox where Arlo's mail arrives: which one it is, and whether it opens.

use std::str::FromStr;
use std::time::Duration;

use arlo_client::mailbox_watch::{Credential, Pace, Secret, Start, UserAtHost, Watcher};
use arlo_mail::Account;
use secrecy::SecretString;
use tokio::time::timeout;

use super::absolute;
use super::ask::{Asker, Question};
use super::files::PasswordFile;
use super::plan::Source;
use super::providers;
use crate::cli::{MailboxArgs, ServeMailboxArgs};
use crate::failure::Failure;
use crate::mailboxes;

/// How long the login to a mailbox may take.
const OPENS_WITHIN: Duration = Duration::from_secs(30);
/// How often a password is asked for.
const TRIES: usize = 3;

/// A mailbox that opens, as far as it was tried.
#[derive(Debug)]
pub(super) struct Opened {
    at: UserAtHost,
    access: MailboxArgs,
    /// A password that goes into a file beside the settings.
    password: Option<SecretString>,
}

/// Finds out which mailbox it is and opens it once, read-only.
pub(super) async fn opened(
    args: ServeMailboxArgs,
    account: &Account,
    offline: bool,
    asker: Asker<'_>,
) -> Result<Opened, Failure> {
    let ServeMailboxArgs { at, mut access } = args;
    let at = match at {
        Some(at) => at,
        None => ask_where(account, &access, asker)?,
    };
    // The account of a mailbox is its user, where nothing else is said.
    if access.account.is_none() && Account::parse(&at.user).ok().as_ref() != Some(account) {
        access.account = Some(account.clone());
    }
    // The password's file is read here; these are read by the relay, which starts in another directory.
    for file in [&mut access.oauth2_token_file, &mut access.ca_file]
        .into_iter()
        .flatten()
    {
        *file = absolute(file)?;
    }
    for attempt in 1.. {
        let password = match (&access.oauth2_token_file, &access.password_file) {
            (Some(_), _) => None,
            (None, Some(path)) => Some(Secret::File(path.clone()).read().map_err(Failure::operation)?),
            (None, None) => Some(ask_password(&at, attempt == 1, asker)?),
        };
        let opened = Opened {
            at: at.clone(),
            access: access.clone(),
            password,
        };
        if offline {
            return Ok(opened);
        }
        match opened.open().await {
            Ok(()) => return Ok(opened),
            Err(error) if asker.is_terminal() && access.password_file.is_none() && attempt < TRIES => {
                asker.say(&format!("{error}"));
            }
            Err(error) => return Err(error),
        }
    }
    Err(Failure::operation("the mailbox was not opened"))
}

fn ask_where(account: &Account, access: &MailboxArgs, asker: Asker<'_>) -> Result<UserAtHost, Failure> {
    let user = account.as_str();
    if providers::takes_no_password(user) && access.oauth2_token_file.is_none() {
        return Err(Failure::usage(
            "the provider of this mailbox takes no password: name a file that holds an OAuth 2.0 token with \
             --imap-oauth2-token-file, or let the mailbox forward with --mail forward",
        ));
    }
    let known = providers::of(user).map(|provider| format!("{user}@{}", provider.server));
    let question = Question {
        text: "Which mailbox is it? Write USER@HOST or USER@HOST:PORT, with the IMAP server as HOST.",
        flag: "--imap",
        default: known.as_deref(),
    };
    asker.ask(question, |typed| {
        UserAtHost::from_str(typed).map_err(|error| error.to_string())
    })
}

/// The password from the environment at the first attempt, else from the terminal.
fn ask_password(at: &UserAtHost, is_first: bool, asker: Asker<'_>) -> Result<SecretString, Failure> {
    if is_first && let Some(password) = mailboxes::password_in_environment() {
        return password.read().map_err(Failure::operation);
    }
    let hint = providers::of(&at.user).map(|provider| format!(": {}", provider.password));
    asker.secret(
        &format!("Password of the mailbox{}", hint.unwrap_or_default()),
        "ARLO_RELAY_IMAP_PASSWORD or --imap-password-file",
    )
}

impl Opened {
    async fn open(&self) -> Result<(), Failure> {
        let credential = match (&self.password, &self.access.oauth2_token_file) {
            (Some(password), _) => Credential::Password(Secret::Value(password.clone())),
            (None, Some(file)) => Credential::OAuth2(Secret::File(file.clone())),
            (None, None) => return Err(Failure::usage("the mailbox has no password")),
        };
        let settings = mailboxes::for_setup(self.at.clone(), credential, self.access.clone())?;
        let server = settings.server();
        let mut watcher = Watcher::new(settings, Pace::LOGIN, Start::Now);
        match timeout(OPENS_WITHIN, watcher.open()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::operation(format!(
                "the mailbox at {server} does not open: {error}"
            ))),
            Err(_elapsed) => Err(Failure::operation(format!(
                "the mailbox at {server} did not answer in time"
            ))),
        }
    }

    /// The mailbox as the settings name it, and the password that belongs into the file.
    pub(super) fn into_source(self, file: &PasswordFile) -> (Source, Option<SecretString>) {
        let mut access = self.access;
        if self.password.is_some() {
            access.password_file = Some(file.read.clone());
        }
        let source = Source::Mailbox {
            at: self.at,
            access: Box::new(access),
        };
        (source, self.password)
    }
}
