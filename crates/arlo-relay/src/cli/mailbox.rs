//! The arguments that name a mailbox: of `serve`, which watches it, and of `login`, which looks into it once.

use std::path::PathBuf;
use std::str::FromStr;

use arlo_client::mailbox_watch::UserAtHost;
use arlo_mail::{Account, Sender};
use clap::Args;

use super::unrepeated::Unrepeated;

/// The mailbox that `serve` watches.
#[derive(Debug, Args)]
#[command(next_help_heading = "Mail from a mailbox")]
pub(crate) struct ServeMailboxArgs {
    /// Take Arlo's mail out of this mailbox too: USER@HOST or USER@HOST:PORT. The password comes from
    /// ARLO_RELAY_IMAP_PASSWORD, an OAuth 2.0 token from ARLO_RELAY_IMAP_OAUTH2_TOKEN, or from a file. More mailboxes
    /// go into the settings file, as `[[imap]]` tables
    // Who takes it for a URL may write a password into it.
    #[arg(
        long = "imap",
        value_name = "MAILBOX",
        env = "ARLO_RELAY_IMAP",
        value_parser = Unrepeated(UserAtHost::from_str)
    )]
    pub(crate) at: Option<UserAtHost>,
    #[command(flatten)]
    pub(crate) access: MailboxArgs,
}

/// How a mailbox is opened, and what becomes of its mail: the flags of `serve`, and the keys of an `[[imap]]` table.
#[derive(Debug, Clone, Args)]
pub(crate) struct MailboxArgs {
    /// The enrolled account whose mailbox it is [default: the user of --imap]
    #[arg(long = "imap-account", value_name = "ACCOUNT", env = "ARLO_RELAY_IMAP_ACCOUNT", value_parser = Account::parse)]
    pub(crate) account: Option<Account>,
    /// A file that holds the mailbox's password
    #[arg(
        long = "imap-password-file",
        value_name = "FILE",
        env = "ARLO_RELAY_IMAP_PASSWORD_FILE"
    )]
    pub(crate) password_file: Option<PathBuf>,
    /// A file that holds an OAuth 2.0 token instead, read at each login
    #[arg(
        long = "imap-oauth2-token-file",
        value_name = "FILE",
        env = "ARLO_RELAY_IMAP_OAUTH2_TOKEN_FILE"
    )]
    pub(crate) oauth2_token_file: Option<PathBuf>,
    /// The mailbox's name
    #[arg(
        long = "imap-mailbox",
        value_name = "NAME",
        env = "ARLO_RELAY_IMAP_MAILBOX",
        default_value = "INBOX"
    )]
    pub(crate) mailbox: String,
    /// Trust only the certificates in this PEM file, as authorities or as the server's own
    #[arg(long = "imap-ca-file", value_name = "FILE", env = "ARLO_RELAY_IMAP_CA_FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Without TLS; only to a server on this machine
    #[arg(long = "imap-plaintext")]
    pub(crate) plaintext: bool,
    /// Mark a mail as read once its code was taken
    #[arg(long = "imap-mark-seen")]
    pub(crate) mark_seen: bool,
    /// Delete a mail once its code was taken
    #[arg(long = "imap-delete")]
    pub(crate) delete: bool,
}

/// The mailbox that `login` looks into.
#[derive(Debug, Args)]
#[command(next_help_heading = "With --codes imap")]
pub(crate) struct LoginMailboxArgs {
    /// The mailbox's name
    #[arg(
        long = "imap-mailbox",
        value_name = "NAME",
        env = "IMAP_MAILBOX",
        default_value = "INBOX"
    )]
    pub(crate) mailbox: String,
    /// Trust only the certificates in this PEM file, as authorities or as the server's own
    #[arg(long = "imap-ca-file", value_name = "FILE", env = "IMAP_CA_FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Without TLS; only to a server on this machine
    #[arg(long = "imap-plaintext")]
    pub(crate) plaintext: bool,
    /// One more sender whose mail counts as Arlo's, as iCloud's Hide My Email needs it
    #[arg(long = "sender", value_name = "ADDRESS", value_parser = Sender::parse)]
    pub(crate) sender: Option<Sender>,
}
