//! What every function's main does first.

use std::future::Future;
use std::process::ExitCode;

use tracing::level_filters::LevelFilter;

use crate::environment::{Environment, SettingsError};

/// Runs a function until Lambda ends it. One thread: a function has one event at a time and a fraction of a processor.
///
/// A failure before the first event is logged in one line, and Lambda tries again with a new process.
pub fn run<F, R>(function: F) -> ExitCode
where
    F: FnOnce(Environment) -> R,
    R: Future<Output = Result<(), lambda_runtime::Error>>,
{
    let environment = Environment::from_process();
    let started = start_log(&environment)
        .map_err(lambda_runtime::Error::from)
        .and_then(|()| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(function(environment))
        });
    match started {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the function cannot start");
            ExitCode::FAILURE
        }
    }
}

/// Logs to standard error, which Lambda sends to CloudWatch; CloudWatch adds the time. `LOG_LEVEL` is `off`, `error`,
/// `warn`, `info` (the default) or `debug`.
fn start_log(environment: &Environment) -> Result<(), SettingsError> {
    let level = environment.optional("LOG_LEVEL");
    let level = match level.as_deref().unwrap_or("info") {
        "off" => Some(LevelFilter::OFF),
        "error" => Some(LevelFilter::ERROR),
        "warn" => Some(LevelFilter::WARN),
        "info" => Some(LevelFilter::INFO),
        "debug" => Some(LevelFilter::DEBUG),
        _ => None,
    };
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .with_max_level(level.unwrap_or(LevelFilter::INFO));
    // Only a second call in one process could fail.
    let _ = log.try_init();
    level
        .map(drop)
        .ok_or_else(|| SettingsError::new("LOG_LEVEL", "needs off, error, warn, info or debug"))
}
