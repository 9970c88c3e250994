//! The settings of mailboxes: one by flags or the environment, any number as `[[imap]]` tables of the settings file.

use std::env;
use std::path::PathBuf;

use arlo_client::mailbox_watch::{Access, Credential, Disposal, Encryption, Secret, Settings, Trust, UserAtHost};
use arlo_mail::Account;
use clap::Args;
use relay_server::imap::Mailbox;
use serde::Deserialize;

use crate::failure::Failure;

/// The mailbox that `serve` watches.
#[derive(Debug, Args)]
#[command(next_help_heading = "A mailbox as a way in")]
pub(crate) struct ServeImapArgs {
    /// Take Arlo's mail out of this mailbox too: USER@HOST or USER@HOST:PORT. The password comes from
    /// ARLO_RELAY_IMAP_PASSWORD, an OAuth 2.0 token from ARLO_RELAY_IMAP_OAUTH2_TOKEN, or from a file. More mailboxes
    /// go into the settings file, as `[[imap]]` tables
    #[arg(long = "imap", value_name = "MAILBOX", env = "ARLO_RELAY_IMAP")]
    pub(crate) at: Option<UserAtHost>,
    /// The enrolled account whose mailbox it is [default: the user of --imap]
    #[arg(long = "imap-account", value_name = "ACCOUNT", env = "ARLO_RELAY_IMAP_ACCOUNT", value_parser = Account::parse)]
    account: Option<Account>,
    /// A file that holds the mailbox's password
    #[arg(
        long = "imap-password-file",
        value_name = "FILE",
        env = "ARLO_RELAY_IMAP_PASSWORD_FILE"
    )]
    password_file: Option<PathBuf>,
    /// A file that holds an OAuth 2.0 token instead, read at each login
    #[arg(
        long = "imap-oauth2-token-file",
        value_name = "FILE",
        env = "ARLO_RELAY_IMAP_OAUTH2_TOKEN_FILE"
    )]
    oauth2_token_file: Option<PathBuf>,
    /// The mailbox's name [default: INBOX]
    #[arg(long = "imap-mailbox", value_name = "NAME", env = "ARLO_RELAY_IMAP_MAILBOX")]
    mailbox: Option<String>,
    /// Trust only the certificates in this PEM file, as authorities or as the server's own
    #[arg(long = "imap-ca-file", value_name = "FILE", env = "ARLO_RELAY_IMAP_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// Without TLS; only to a server on this machine
    #[arg(long = "imap-plaintext")]
    plaintext: bool,
    /// Mark a mail as read once its code was taken
    #[arg(long = "imap-mark-seen", conflicts_with = "delete")]
    mark_seen: bool,
    /// Delete a mail once its code was taken
    #[arg(long = "imap-delete")]
    delete: bool,
}

/// The mailbox that `login` looks into.
#[derive(Debug, Args)]
#[command(next_help_heading = "With --codes imap")]
pub(crate) struct LoginImapArgs {
    /// The mailbox's name [default: INBOX]
    #[arg(long = "imap-mailbox", value_name = "NAME", env = "IMAP_MAILBOX")]
    mailbox: Option<String>,
    /// Trust only the certificates in this PEM file, as authorities or as the server's own
    #[arg(long = "imap-ca-file", value_name = "FILE", env = "IMAP_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// Without TLS; only to a server on this machine
    #[arg(long = "imap-plaintext")]
    plaintext: bool,
    /// One more sender whose mail counts as Arlo's, as iCloud's Hide My Email needs it
    #[arg(long = "sender", value_name = "ADDRESS")]
    sender: Option<String>,
}

/// One `[[imap]]` table of the settings file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImapTable {
    user: String,
    host: String,
    port: Option<u16>,
    account: Option<String>,
    password_file: Option<PathBuf>,
    oauth2_token_file: Option<PathBuf>,
    mailbox: Option<String>,
    ca_file: Option<PathBuf>,
    #[serde(default)]
    plaintext: bool,
    #[serde(default)]
    mark_seen: bool,
    #[serde(default)]
    delete: bool,
}

/// The mailboxes that `serve` watches: the one of the flags, and those of the file.
pub(crate) fn mailboxes(args: ServeImapArgs, tables: Vec<ImapTable>) -> Result<Vec<Mailbox>, Failure> {
    let told = args.at.map(|at| {
        let credential = credential(
            from_env("ARLO_RELAY_IMAP_OAUTH2_TOKEN").or(args.oauth2_token_file.map(Secret::File)),
            from_env("ARLO_RELAY_IMAP_PASSWORD").or(args.password_file.map(Secret::File)),
            "--imap needs a password: set ARLO_RELAY_IMAP_PASSWORD or --imap-password-file",
        )?;
        let settings = settings(at, credential, args.mailbox, args.ca_file, args.plaintext)?;
        watched(settings, args.account, disposal(args.mark_seen, args.delete)?)
    });
    told.into_iter()
        .chain(tables.into_iter().map(ImapTable::watched))
        .collect()
}

impl ImapTable {
    fn watched(self) -> Result<Mailbox, Failure> {
        let at = UserAtHost {
            user: self.user,
            host: self.host,
            port: self.port,
        };
        let credential = credential(
            self.oauth2_token_file.map(Secret::File),
            self.password_file.map(Secret::File),
            "an [[imap]] table needs password_file or oauth2_token_file",
        )?;
        let account = self.account.as_deref().map(Account::parse).transpose();
        let account = account.map_err(|error| Failure::usage(format!("the account of an [[imap]] table: {error}")))?;
        let settings = settings(at, credential, self.mailbox, self.ca_file, self.plaintext)?;
        watched(settings, account, disposal(self.mark_seen, self.delete)?)
    }
}

fn watched(mut settings: Settings, account: Option<Account>, disposal: Disposal) -> Result<Mailbox, Failure> {
    let account = account.map_or_else(|| Account::parse(&settings.at.user), Ok).map_err(|_| {
        Failure::usage("the user of the mailbox is no mail address: say whose mailbox it is with --imap-account, or account in its table")
    })?;
    if disposal != Disposal::Keep {
        settings.access = Access::ReadWrite;
    }
    Ok(Mailbox {
        settings,
        account,
        disposal,
    })
}

impl LoginImapArgs {
    /// The mailbox of a login; its password from the environment, else from `ask`.
    pub(crate) fn settings(
        self,
        at: UserAtHost,
        ask: impl FnOnce() -> Option<Secret>,
    ) -> Result<(Settings, Option<String>), Failure> {
        let token = from_env("IMAP_OAUTH2_TOKEN").or(file_from_env("IMAP_OAUTH2_TOKEN_FILE"));
        let password = from_env("IMAP_PASSWORD").or(file_from_env("IMAP_PASSWORD_FILE"));
        let password = password.or_else(|| if token.is_none() { ask() } else { None });
        let credential = credential(
            token,
            password,
            "set IMAP_PASSWORD, or run this in a terminal to be asked for it",
        )?;
        let settings = settings(at, credential, self.mailbox, self.ca_file, self.plaintext)?;
        Ok((settings, self.sender))
    }
}

fn settings(
    at: UserAtHost,
    credential: Credential,
    mailbox: Option<String>,
    ca_file: Option<PathBuf>,
    plaintext: bool,
) -> Result<Settings, Failure> {
    let mut settings = Settings::new(at, credential);
    settings.mailbox = mailbox.unwrap_or(settings.mailbox);
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

fn from_env(name: &str) -> Option<Secret> {
    let value = env::var(name).ok().filter(|value| !value.is_empty())?;
    Some(Secret::Value(value.into()))
}

fn file_from_env(name: &str) -> Option<Secret> {
    let path = env::var_os(name).filter(|path| !path.is_empty())?;
    Some(Secret::File(path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<Mailbox, String> {
        let table: ImapTable = toml::from_str(text).map_err(|error| error.to_string())?;
        table.watched().map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_table_says_all_of_a_mailbox() {
        let mailbox = table(
            r#"
            user = "casey"
            host = "imap.example.org"
            port = 1993
            account = "Casey@example.org"
            password_file = "/run/secrets/imap"
            mailbox = "Arlo"
            ca_file = "ca.pem"
            delete = true
            "#,
        )
        .unwrap();
        assert_eq!(mailbox.settings.server(), "imap.example.org:1993");
        assert_eq!(mailbox.settings.mailbox, "Arlo");
        assert_eq!(mailbox.settings.access, Access::ReadWrite);
        assert_eq!(mailbox.disposal, Disposal::Delete);
        assert_eq!(mailbox.account, Account::parse("casey@example.org").unwrap());
    }

    #[test]
    fn nothing_is_changed_unless_told() {
        let mailbox =
            table("user = \"casey@gmail.com\"\nhost = \"imap.gmail.com\"\noauth2_token_file = \"t\"").unwrap();
        assert_eq!(mailbox.settings.access, Access::ReadOnly);
        assert_eq!(mailbox.disposal, Disposal::Keep);
        assert_eq!(mailbox.account, Account::parse("casey@gmail.com").unwrap());
        assert!(matches!(mailbox.settings.credential, Credential::OAuth2(_)));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (text, named) in [
            ("user = \"casey@x.org\"\nhost = \"h\"", "password_file"),
            ("user = \"casey\"\nhost = \"h\"\npassword_file = \"p\"", "account"),
            (
                "user = \"c@x.org\"\nhost = \"h\"\npassword_file = \"p\"\noauth2_token_file = \"t\"",
                "not both",
            ),
            (
                "user = \"c@x.org\"\nhost = \"h\"\npassword_file = \"p\"\nmark_seen = true\ndelete = true",
                "not both",
            ),
            (
                "user = \"c@x.org\"\nhost = \"h\"\npassword_file = \"p\"\nca_file = \"c\"\nplaintext = true",
                "TLS",
            ),
            ("user = \"c@x.org\"\nhost = \"h\"\npassword = \"p\"", "unknown field"),
        ] {
            let error = table(text).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
