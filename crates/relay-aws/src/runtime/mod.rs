//! What every function's main does: it starts the log, and runs until Lambda ends the process.

mod events;

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

pub use self::events::{ApiAway, Error, Event, Events};
use crate::aws::{Transport, with_causes};
use crate::connection;
use crate::environment::{Environment, SettingsError};
use crate::metrics;

/// Where the lines are made in whose place `prestage` writes one with metrics: that a request waits, and the answer.
const REPLACED: [&str; 2] = ["relay_http::prestage", "relay_http::trace"];

/// What a function is given.
#[derive(Debug)]
pub struct Start {
    /// The process's environment.
    pub environment: Environment,
    /// The connections of the process.
    pub transport: Arc<dyn Transport>,
    /// The function's events.
    pub events: Events,
}

/// Runs a function until Lambda ends it. One thread: a function has one event at a time and a fraction of a processor.
///
/// A failure before the first event is logged in one line and reported to Lambda, which tries again with a new process.
pub fn run<F, R>(function: F) -> ExitCode
where
    F: FnOnce(Start) -> R,
    R: Future<Output = Result<(), Error>>,
{
    let environment = Environment::from_process();
    let ended = start_log(&environment).map_err(Error::from).and_then(|()| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(started(environment, function))
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the function has ended");
            ExitCode::FAILURE
        }
    }
}

async fn started<F, R>(environment: Environment, function: F) -> Result<(), Error>
where
    F: FnOnce(Start) -> R,
    R: Future<Output = Result<(), Error>>,
{
    let transport = connection::transport()?;
    let events = Events::of_lambda(&environment, Arc::clone(&transport))?;
    let start = Start {
        environment,
        transport,
        events: events.clone(),
    };
    let ended = function(start).await;
    if let Err(error) = &ended
        && !error.is::<ApiAway>()
        && let Err(away) = events.cannot_start(error.as_ref()).await
    {
        tracing::error!(
            cause = with_causes(&away),
            "Lambda is not told why the function cannot start"
        );
    }
    ended
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
    let has_metrics = environment.optional(metrics::STACK).is_some();
    let log = log(level.unwrap_or(LevelFilter::INFO), has_metrics, std::io::stderr);
    // Only a second call in one process could fail.
    let _ = tracing::subscriber::set_global_default(log);
    level
        .map(drop)
        .ok_or_else(|| SettingsError::new("LOG_LEVEL", "needs off, error, warn, info or debug"))
}

/// The log of a function, without the lines that one with metrics replaces. What a line is in stays: errors name it.
pub fn log<W>(level: LevelFilter, has_metrics: bool, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let is_replaced = |line: &tracing::Metadata<'_>| {
        line.is_event() && *line.level() == Level::INFO && REPLACED.contains(&line.target())
    };
    tracing_subscriber::fmt()
        .with_writer(writer)
        .with_ansi(false)
        .without_time()
        .with_max_level(level)
        .finish()
        .with(filter_fn(move |line| !(has_metrics && is_replaced(line))))
}
