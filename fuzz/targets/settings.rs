//! The settings: the TOML file and the environment of the command, and the environment of the Lambda functions.

#![no_main]
#![allow(dead_code, unused_imports, reason = "the command uses more of its modules")]

#[path = "../../crates/arlo-relay/src/cli/mod.rs"]
mod cli;
#[path = "../../crates/arlo-relay/src/failure.rs"]
mod failure;
#[path = "../../crates/arlo-relay/src/owner.rs"]
mod owner;
#[path = "../../crates/arlo-relay/src/settings/mod.rs"]
mod settings;
#[path = "../../crates/arlo-relay/src/token.rs"]
mod token;

use std::ffi::OsString;
use std::{env, fs, process};

use clap::{CommandFactory, FromArgMatches};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = env::temp_dir().join(format!("arlo-relay-fuzz-{}.toml", process::id()));
    fs::write(&file, text).expect("a file");
    let arguments = ["arlo-relay", "--config", &file.to_string_lossy(), "serve"].map(OsString::from);
    // An error is a sentence on one line, which names what is wrong.
    if let Ok(configured) = settings::configure(cli::Cli::command(), arguments.clone())
        && let Ok(matches) = configured.command.try_get_matches_from(arguments)
    {
        cli::Cli::from_arg_matches(&matches).expect("what was matched is complete");
    }
});
