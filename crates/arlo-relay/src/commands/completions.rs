//! `completions` and `man`: both made from the arguments themselves.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::failure::Failure;

pub(crate) fn shell(shell: Shell) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "arlo-relay", &mut text);
    print(&text)
}

pub(crate) fn man() -> Result<(), Failure> {
    let mut text = Vec::new();
    render(&Cli::command(), "arlo-relay", &mut text).map_err(Failure::operation)?;
    print(&text)
}

/// One page for the command, and one section after the other for each subcommand.
fn render(command: &clap::Command, name: &str, text: &mut Vec<u8>) -> io::Result<()> {
    clap_mangen::Man::new(command.clone().display_name(name)).render(text)?;
    for subcommand in command.get_subcommands().filter(|c| c.get_name() != "help") {
        render(subcommand, &format!("{name}-{}", subcommand.get_name()), text)?;
    }
    Ok(())
}

fn print(text: &[u8]) -> Result<(), Failure> {
    match io::stdout().lock().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::operation(format!(
            "standard output cannot be written: {error}"
        ))),
        _ => Ok(()),
    }
}
