//! The command: argument parsing and printing, no rules.

mod cli;
mod commands;
mod exposure;
mod failure;
mod log;
mod mailboxes;
mod memory;
mod output;
mod owner;
mod printer;
mod private_file;
mod secret_file;
mod settings;
mod token;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use relay_server::supervisor::Sockets;

use crate::cli::{Cli, Command};
use crate::failure::{Failure, Sysexit};
use crate::output::Output;
use crate::settings::{Configured, MailboxTable};

fn main() -> ExitCode {
    let configured = settings::configure(Cli::command(), std::env::args_os());
    // Help and wrong usage do not depend on a settings file that can be read.
    let (command, mailboxes) = match configured {
        Ok(Configured { command, mailboxes }) => (command, Ok(mailboxes)),
        Err(failure) => (Cli::command(), Err(failure)),
    };
    let cli = match command
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches))
    {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let output = Output::new(cli.command.json());
    match run(cli, mailboxes, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.failure(&failure),
    }
}

/// Prints help, the version or what is wrong with the arguments. A mail server has its own code for wrong usage.
fn usage(error: &clap::Error) -> ExitCode {
    // If the output is closed, there is nobody to report that to.
    let _ = match token::without_tokens(&error.to_string()) {
        // An argument that clap does not expect is repeated, and may be a URL with a token.
        Some(text) if error.use_stderr() => anstream::stderr().lock().write_all(text.as_bytes()),
        _ => error.print(),
    };
    if error.use_stderr() && cli::is_delivery(std::env::args_os()) {
        return ExitCode::from(Sysexit::Usage as u8);
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn run(cli: Cli, mailboxes: Result<Vec<MailboxTable>, Failure>, output: &Output) -> Result<(), Failure> {
    let delivers = matches!(cli.command, Command::Deliver(_));
    let for_mail_server = |sysexit| {
        move |failure: Failure| {
            if delivers {
                Failure::delivery(sysexit, failure)
            } else {
                failure
            }
        }
    };
    let mailboxes = mailboxes.map_err(for_mail_server(Sysexit::Config))?;
    let level = cli.log.unwrap_or_else(|| cli.command.default_log());
    let pace = match cli.command {
        Command::Serve(_) | Command::Mqtt(_) | Command::Watch(_) => log::Pace::Queued,
        // On a terminal its lines and its bars make way for each other.
        Command::Record(_) if !std::io::stderr().is_terminal() => log::Pace::Queued,
        _ => log::Pace::AtOnce,
    };
    // Before there is another thread: it takes them out of the environment.
    let sockets = match cli.command {
        Command::Serve(_) => Sockets::from_environment().map_err(Failure::operation)?,
        _ => Sockets::default(),
    };
    // Kept to the end: it writes what waits when it is dropped.
    let _log = log::start(level, cli.log_format, pace)?;
    if !delivers {
        token::warn_of_arguments();
    }
    match cli.command {
        Command::Extract(args) => return commands::extract::run(&args, output),
        Command::Backup(args) => return commands::backup::backup(&args, output),
        Command::Completions { shell } => return commands::completions::shell(shell),
        Command::Man(args) => return commands::completions::man(args.dir.as_deref()),
        _ => {}
    }
    // Threads are memory: two serve thousands of waiting clients, and a read of the database takes microseconds.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(4)
        .enable_all()
        .build();
    let runtime = runtime
        .map_err(|error| Failure::operation(format!("the system gives no threads: {error}")))
        .map_err(for_mail_server(Sysexit::TempFail))?;
    runtime.block_on(async {
        match cli.command {
            Command::Setup(args) => Box::pin(commands::setup::run(*args, output)).await,
            Command::Serve(args) => Box::pin(commands::serve::run(*args, mailboxes, sockets, output)).await,
            Command::Enroll(args) => Box::pin(commands::enroll::run(args, output)).await,
            Command::Invite(args) => Box::pin(commands::invite::run(args, output)).await,
            Command::Restore(args) => Box::pin(commands::backup::restore(args, output)).await,
            Command::Doctor(args) => Box::pin(commands::doctor::run(args, output)).await,
            Command::Deliver(args) => Box::pin(commands::deliver::run(args, output)).await,
            Command::Login(args) => Box::pin(commands::login::login(args, output)).await,
            Command::Devices(args) => Box::pin(commands::cameras::devices(*args, output)).await,
            Command::Watch(args) => Box::pin(commands::cameras::watch(*args, output)).await,
            Command::Mode(args) => Box::pin(commands::cameras::mode(*args, output)).await,
            Command::Set(args) => Box::pin(commands::cameras::set(*args, output)).await,
            Command::Snapshot(args) => Box::pin(commands::cameras::snapshot(*args, output)).await,
            Command::Record(args) => Box::pin(commands::record::run(*args, output)).await,
            Command::Mqtt(args) => Box::pin(commands::mqtt::run(*args, output)).await,
            Command::Stream(args) => Box::pin(commands::cameras::stream(*args, output)).await,
            Command::Demo(args) => Box::pin(commands::demo::run(&args, output)).await,
            Command::App(args) => Box::pin(commands::app::run(args, output)).await,
            Command::Healthcheck(args) => Box::pin(commands::healthcheck::run(args, output)).await,
            Command::Backup(_) | Command::Extract(_) | Command::Completions { .. } | Command::Man(_) => Ok(()),
        }
    })
}
