//! The settings file (`--config`): what it says becomes the default of the argument of the same name.
//!
//! So each setting is written down once, as an argument in [`crate::cli`]. The flag wins over the environment, the
//! environment over the file, and the file over the built-in default. The argument's own parser reads all of them, and
//! `--help` shows the default that holds.

mod argument;
mod mailbox;

use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::path::Path;

use clap::{Arg, Args, Command};
use toml::Table;

use crate::cli::{self, ServeMailboxArgs};
use crate::failure::Failure;

pub(crate) use mailbox::MailboxTable;

#[cfg(test)]
mod tests;

/// The command, with the values of the settings file as its defaults.
#[derive(Debug)]
pub(crate) struct Configured {
    pub(crate) command: Command,
    /// The `[[imap]]` tables of the file. They are a list, which an argument cannot be.
    pub(crate) mailboxes: Vec<MailboxTable>,
}

/// Reads the settings file that the arguments or the environment name, if they name one.
///
/// # Errors
/// A sentence that names the file, and the key or the value that is wrong. An unknown key is an error, so that a
/// misspelt setting is not silently ignored.
pub(crate) fn configure(
    command: Command,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Configured, Failure> {
    match cli::settings_file(arguments) {
        Some(path) => with_file(command, &path),
        None => Ok(Configured {
            command,
            mailboxes: Vec::new(),
        }),
    }
}

fn with_file(command: Command, path: &Path) -> Result<Configured, Failure> {
    let fault =
        |error: &dyn Display| Failure::operation(format!("the settings in {} cannot be read: {error}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| fault(&error))?;
    with_text(command, &text).map_err(|error| fault(&error))
}

fn with_text(mut command: Command, text: &str) -> Result<Configured, String> {
    let mut settings: Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.message().to_owned())?;
    let mailboxes = match settings.remove(mailbox::KEY) {
        Some(tables) => mailbox::tables(&tables)?,
        None => Vec::new(),
    };
    for (key, value) in &settings {
        let known = keys(&command);
        let setting = argument::find(key, &known, &[mailbox::KEY])?;
        let values = argument::texts(setting, value)?;
        argument::check(setting, &values)?;
        let set = |argument: Arg| {
            if argument.get_id() == setting.get_id() && argument.get_env() == setting.get_env() {
                with_default(argument, &values)
            } else {
                argument
            }
        };
        command = command
            .mut_args(set)
            .mut_subcommands(|subcommand| subcommand.mut_args(set));
    }
    Ok(Configured { command, mailboxes })
}

/// The arguments that a settings file may set: those of `serve`, of `deliver` and of all commands that have an
/// environment variable too. For a mailbox it has a table instead, and it does not name another file.
fn keys(command: &Command) -> Vec<Arg> {
    let of_mailbox = ServeMailboxArgs::augment_args(Command::new("mailbox"));
    let is_excluded = |argument: &Arg| {
        argument.get_id() == "config"
            || of_mailbox
                .get_arguments()
                .any(|other| other.get_id() == argument.get_id())
    };
    let subcommands = ["serve", "deliver"]
        .into_iter()
        .filter_map(|name| command.find_subcommand(name));
    command
        .get_arguments()
        .chain(subcommands.flat_map(Command::get_arguments))
        .filter(|argument| argument.get_env().is_some() && !is_excluded(argument))
        .cloned()
        .collect()
}

fn with_default(argument: Arg, values: &[String]) -> Arg {
    // What help does not show of the environment may be a secret, wherever it comes from.
    let may_be_secret = argument.is_hide_env_values_set();
    argument
        .default_values(values.to_vec())
        .hide_default_value(may_be_secret)
}
