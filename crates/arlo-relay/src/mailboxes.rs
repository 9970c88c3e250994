//! The mailboxes that `serve` watches and the one that `login` looks into, as the arguments and the settings file
//! describe them.

use std::env;
use std::path::PathBuf;

use arlo_client::mailbox_watch::{Access, Credential, Disposal, Encryption, Secret, Settings, Trust, UserAtHost};
use arlo_mail::{Account, Sender};
use relay_server::imap::Mailbox;

use crate::cli::{LoginMailboxArgs, MailboxArgs, ServeMailboxArgs};
use crate::failure::Failure;
use crate::settings::MailboxTable;

#[cfg(test)]
mod tests;

/// The mailboxes that `serve` watches: the one of the arguments, and those of the settings file.
pub(crate) fn watched(args: ServeMailboxArgs, tables: Vec<MailboxTable>) -> Result<Vec<Mailbox>, Failure> {
    let ServeMailboxArgs { at, access } = args;
    let from_arguments = at.map(|at| {
        let credential = credential(
            secret_in("ARLO_RELAY_IMAP_OAUTH2_TOKEN").or(access.oauth2_token_file.clone().map(Secret::File)),
            secret_in("ARLO_RELAY_IMAP_PASSWORD").or(access.password_file.clone().map(Secret::File)),
            "--imap needs a password: set ARLO_RELAY_IMAP_PASSWORD or --imap-password-file",
        )?;
        mailbox(at, credential, access)
    });
    from_arguments
        .into_iter()
        .chain(tables.into_iter().map(MailboxTable::mailbox))
        .collect()
}

impl MailboxTable {
    fn mailbox(self) -> Result<Mailbox, Failure> {
        let Self { at, access } = self;
        let credential = credential(
            access.oauth2_token_file.clone().map(Secret::File),
            access.password_file.clone().map(Secret::File),
            "an [[imap]] table needs password_file or oauth2_token_file",
        )?;
        mailbox(at, credential, access)
    }
}

fn mailbox(at: UserAtHost, credential: Credential, args: MailboxArgs) -> Result<Mailbox, Failure> {
    let account = args.account.map_or_else(|| Account::parse(&at.user), Ok).map_err(|_| {
        Failure::usage(
            "the user of the mailbox is no mail address: name its account with --imap-account, or account in its table",
        )
    })?;
    let mut settings = settings(at, credential, args.mailbox, args.ca_file, args.plaintext)?;
    let disposal = disposal(args.mark_seen, args.delete)?;
    if disposal != Disposal::Keep {
        settings.access = Access::ReadWrite;
    }
    Ok(Mailbox {
        settings,
        account,
        disposal,
    })
}

/// The mailbox that `setup` opens once. Its password or its token comes from `secret`.
pub(crate) fn for_setup(at: UserAtHost, secret: Credential, args: MailboxArgs) -> Result<Settings, Failure> {
    settings(at, secret, args.mailbox, args.ca_file, args.plaintext)
}

/// The password of the mailbox that `serve` watches, in the environment.
pub(crate) fn password_in_environment() -> Option<Secret> {
    secret_in("ARLO_RELAY_IMAP_PASSWORD")
}

/// The mailbox of a login. Its password comes from the environment, else from `ask`.
pub(crate) fn for_login(
    args: LoginMailboxArgs,
    at: UserAtHost,
    ask: impl FnOnce() -> Option<Secret>,
) -> Result<(Settings, Option<Sender>), Failure> {
    let token = secret_in("IMAP_OAUTH2_TOKEN").or(secret_file_in("IMAP_OAUTH2_TOKEN_FILE"));
    let password = secret_in("IMAP_PASSWORD").or(secret_file_in("IMAP_PASSWORD_FILE"));
    let password = password.or_else(|| if token.is_none() { ask() } else { None });
    let credential = credential(
        token,
        password,
        "set IMAP_PASSWORD, or run this in a terminal to be asked for it",
    )?;
    let settings = settings(at, credential, args.mailbox, args.ca_file, args.plaintext)?;
    Ok((settings, args.sender))
}

fn settings(
    at: UserAtHost,
    credential: Credential,
    mailbox: String,
    ca_file: Option<PathBuf>,
    plaintext: bool,
) -> Result<Settings, Failure> {
    let mut settings = Settings::new(at, credential);
    settings.mailbox = mailbox;
    settings.encryption = match (ca_file, plaintext) {
        (Some(_), true) => return Err(Failure::usage("a mailbox without TLS needs no file of certificates")),
        (None, true) => Encryption::None,
        (Some(file), false) => Encryption::Tls(Trust::File(file)),
        (None, false) => Encryption::Tls(Trust::WebRoots),
    };
    Ok(settings)
}

fn credential(token: Option<Secret>, password: Option<Secret>, none: &str) -> Result<Credential, Failure> {
    match (token, password) {
        (Some(_), Some(_)) => Err(Failure::usage(
            "a mailbox has a password or an OAuth 2.0 token, not both",
        )),
        (Some(token), None) => Ok(Credential::OAuth2(token)),
        (None, Some(password)) => Ok(Credential::Password(password)),
        (None, None) => Err(Failure::usage(none)),
    }
}

fn disposal(mark_seen: bool, delete: bool) -> Result<Disposal, Failure> {
    match (mark_seen, delete) {
        (true, true) => Err(Failure::usage("a mail is marked as read or deleted, not both")),
        (true, false) => Ok(Disposal::MarkSeen),
        (false, true) => Ok(Disposal::Delete),
        (false, false) => Ok(Disposal::Keep),
    }
}

/// The secret that an environment variable holds.
fn secret_in(variable: &str) -> Option<Secret> {
    let value = env::var(variable).ok().filter(|value| !value.is_empty())?;
    Some(Secret::Value(value.into()))
}

/// The secret in the file that an environment variable names.
fn secret_file_in(variable: &str) -> Option<Secret> {
    let path = env::var_os(variable).filter(|path| !path.is_empty())?;
    Some(Secret::File(path.into()))
}
