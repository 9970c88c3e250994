//! The `[[imap]]` tables of the settings file: one for each mailbox that `serve` watches.
//!
//! `user`, `host` and `port` are the parts of `--imap`. Every other key is the flag `--imap-KEY`.

use arlo_client::mailbox_watch::UserAtHost;
use clap::{Arg, Args, Command, FromArgMatches};
use serde::Deserialize;
use toml::{Table, Value};

use super::argument;
use crate::cli::MailboxArgs;

/// The key of the tables.
pub(super) const KEY: &str = "imap";
/// The keys that are no flags.
const PLACE: [&str; 3] = ["user", "host", "port"];

/// One table.
#[derive(Debug)]
pub(crate) struct MailboxTable {
    pub(crate) at: UserAtHost,
    pub(crate) access: MailboxArgs,
}

#[derive(Deserialize)]
struct Place {
    user: String,
    host: String,
    port: Option<u16>,
}

/// Reads all tables.
pub(super) fn tables(value: &Value) -> Result<Vec<MailboxTable>, String> {
    let not_tables = || format!("`{KEY}` is no list of tables: write each as [[{KEY}]]");
    let list = value.as_array().ok_or_else(not_tables)?;
    list.iter()
        .map(|table| MailboxTable::read(table.as_table().ok_or_else(not_tables)?))
        .collect()
}

impl MailboxTable {
    /// Reads one table.
    pub(crate) fn read(table: &Table) -> Result<Self, String> {
        let (place, access): (Table, Table) = table
            .clone()
            .into_iter()
            .partition(|(key, _)| PLACE.contains(&key.as_str()));
        let place: Place = place
            .try_into()
            .map_err(|error: toml::de::Error| error.message().to_owned())?;
        let command = MailboxArgs::augment_args(Command::new(KEY)).mut_args(argument::without_environment);
        let known: Vec<Arg> = command.get_arguments().cloned().collect();
        let mut arguments = Vec::new();
        for (key, value) in &access {
            let setting = argument::find(key, &known, &PLACE)?;
            arguments.extend(argument::typed(setting, &argument::texts(setting, value)?));
        }
        let matches = argument::parse(command, arguments)?;
        Ok(Self {
            at: UserAtHost {
                user: place.user,
                host: place.host,
                port: place.port,
            },
            access: MailboxArgs::from_arg_matches(&matches).map_err(|error| argument::sentence(&error))?,
        })
    }
}
