//! The command: argument parsing and printing, no rules.

mod cli;
mod commands;
mod failure;
mod output;
mod settings;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::failure::Failure;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.command.json());
    match run(cli, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.failure(&failure),
    }
}

fn run(cli: Cli, output: &Output) -> Result<(), Failure> {
    let file = settings::File::read(cli.config.as_deref())?;
    settings::start_log(cli.log.or(file.log), cli.command.default_log())?;
    match cli.command {
        Command::Extract(args) => return commands::extract::run(&args, output),
        Command::Completions { shell } => return commands::completions::shell(shell),
        Command::Man => return commands::completions::man(),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::operation(format!("the system gives no threads: {error}")))?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(args) => Box::pin(commands::serve::run(args, file, output)).await,
            Command::Enroll(args) => Box::pin(commands::enroll::run(args, file, output)).await,
            Command::Doctor(args) => Box::pin(commands::doctor::run(args, file, output)).await,
            Command::Login(args) => Box::pin(commands::login::login(args, output)).await,
            Command::Devices(args) => Box::pin(commands::login::devices(args, output)).await,
            Command::Demo(args) => Box::pin(commands::demo::run(&args, output)).await,
            Command::Extract(_) | Command::Completions { .. } | Command::Man => Ok(()),
        }
    })
}
