//! `completions` and `man`: both made from the arguments themselves.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::failure::Failure;

pub(crate) fn shell(shell: Shell) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "arlo-relay", &mut text);
    print(&text)
}

/// One page for the command and one section after the other for each subcommand on standard output, or one file for
/// each in a directory.
pub(crate) fn man(directory: Option<&Path>) -> Result<(), Failure> {
    let mut pages = Vec::new();
    render(&Cli::command(), "arlo-relay", &mut pages).map_err(Failure::operation)?;
    let Some(directory) = directory else {
        let text: Vec<u8> = pages.into_iter().flat_map(|(_, page)| page).collect();
        return print(&text);
    };
    for (name, page) in pages {
        let path = directory.join(format!("{name}.1"));
        fs::write(&path, page)
            .map_err(|error| Failure::operation(format!("{} cannot be written: {error}", path.display())))?;
    }
    Ok(())
}

/// The pages of the command and its subcommands, with their names.
fn render(command: &clap::Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone().display_name(name)).render(&mut page)?;
    pages.push((name.to_owned(), page));
    for subcommand in command.get_subcommands().filter(|c| c.get_name() != "help") {
        render(subcommand, &format!("{name}-{}", subcommand.get_name()), pages)?;
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
