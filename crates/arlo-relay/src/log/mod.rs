//! The log on standard error, or in systemd's journal.
//!
//! Nothing that is logged may stop the relay: a line that cannot be written, as on a full disk or into a pipe that
//! nobody reads, is dropped and counted, and lines that anybody can cause are logged once a second ([`sample`]).
//! Commands that go on give their lines to a thread of their own ([`queue`]); every other command writes at once, in
//! order with its output. A line is text, a JSON object or an entry of the journal ([`form`]).

mod form;
mod journal;
mod queue;
mod sample;
mod structured;
#[cfg(test)]
mod testing;

use std::env;
use std::io;
use std::panic;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Format;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use self::form::Form;
use self::journal::Journal;
use self::queue::Queue;
use self::sample::Sampled;
use self::structured::{SpanFields, Structured};
use crate::cli::{LogFormat, LogLevel};
use crate::failure::Failure;

/// Keeps the log running. When dropped, waiting lines are written, for [`queue::EXIT_WAIT`] at most.
#[derive(Debug)]
pub(crate) struct Log(Option<Queue>);

/// Which thread writes the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// A thread of their own: no caller waits for standard error.
    Queued,
    /// The caller.
    AtOnce,
}

/// Begins to log. Without a format it is text, or the journal's where standard error goes to the journal.
pub(crate) fn start(level: LogLevel, format: Option<LogFormat>, pace: Pace) -> Result<Log, Failure> {
    let level = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let log = match (format, journal_of(format)?) {
        (_, Some(journal)) => structured(level, Form::Journal, Output::Journal(journal), pace)?,
        (Some(LogFormat::Json), None) => structured(level, Form::Json, Output::StandardError, pace)?,
        (_, None) => text(level, pace)?,
    };
    if pace == Pace::Queued {
        // The standard hook writes to standard error itself, which may wait without end, and prints the message of the
        // panic, which may contain a part of a mail.
        panic::set_hook(Box::new(|fault| {
            let at = fault.location().map(tracing::field::display);
            tracing::error!(at, "a fault in the program ended a task: please report it");
        }));
    }
    Ok(log)
}

/// Where structured lines go.
enum Output {
    StandardError,
    Journal(Journal),
}

/// The journal, where the lines go to it.
fn journal_of(format: Option<LogFormat>) -> Result<Option<Journal>, Failure> {
    match format {
        Some(LogFormat::Journald) => {
            let journal = Journal::open().map_err(|error| {
                Failure::operation(format!(
                    "systemd's journal cannot be reached for --log-format journald: {error}"
                ))
            })?;
            Ok(Some(journal))
        }
        None if form::is_journal(env::var("JOURNAL_STREAM").ok().as_deref(), journal::standard_error()) => {
            Ok(Journal::open().ok())
        }
        None | Some(LogFormat::Text | LogFormat::Json) => Ok(None),
    }
}

fn text(level: LevelFilter, pace: Pace) -> Result<Log, Failure> {
    let colour = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
    let format = Format::default().with_ansi(colour);
    let log = tracing_subscriber::fmt()
        .with_ansi(colour)
        // An error of the log is not printed either: that would panic where printing fails.
        .log_internal_errors(false)
        .with_max_level(level);
    if pace == Pace::AtOnce {
        let log = log.event_format(format).with_writer(io::stderr).finish();
        log.with(kept(level)).try_init().map_err(Failure::operation)?;
        return Ok(Log(None));
    }
    let queue = Queue::on_standard_error(Form::Text).map_err(Failure::operation)?;
    let log = log
        .event_format(Sampled::new(format, Form::Text))
        .with_writer(queue.clone())
        .finish();
    log.with(kept(level)).try_init().map_err(Failure::operation)?;
    Ok(Log(Some(queue)))
}

fn structured(level: LevelFilter, form: Form, output: Output, pace: Pace) -> Result<Log, Failure> {
    let format = Structured(form);
    let log = tracing_subscriber::fmt()
        .fmt_fields(SpanFields)
        .log_internal_errors(false)
        .with_max_level(level);
    if pace == Pace::AtOnce {
        let log = log.event_format(format);
        match output {
            Output::StandardError => log.with_writer(io::stderr).finish().with(kept(level)).try_init(),
            Output::Journal(journal) => log.with_writer(journal).finish().with(kept(level)).try_init(),
        }
        .map_err(Failure::operation)?;
        return Ok(Log(None));
    }
    let queue = match output {
        Output::StandardError => Queue::on_standard_error(form),
        Output::Journal(journal) => Queue::start(journal, form),
    };
    let queue = queue.map_err(Failure::operation)?;
    let log = log.event_format(Sampled::new(format, form)).with_writer(queue.clone());
    log.finish().with(kept(level)).try_init().map_err(Failure::operation)?;
    Ok(Log(Some(queue)))
}

/// Which lines are logged. AWS's library warns of what it tries next, such as a machine without credentials, with the
/// debugging text of its errors: the command reports the failure itself, in words.
fn kept(level: LevelFilter) -> Targets {
    let of_aws = if level >= LevelFilter::DEBUG {
        level
    } else {
        level.min(LevelFilter::ERROR)
    };
    Targets::new()
        .with_default(level)
        .with_targets(["aws_config", "aws_smithy"].map(|library| (library, of_aws)))
}

impl Drop for Log {
    fn drop(&mut self) {
        if let Some(queue) = &self.0 {
            queue.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::Lines;
    use super::*;

    #[test]
    fn warnings_of_the_aws_library_are_for_debugging() {
        for (level, is_logged) in [(LevelFilter::INFO, false), (LevelFilter::DEBUG, true)] {
            let lines = Lines::default();
            let log = tracing_subscriber::fmt()
                .with_max_level(level)
                .with_writer(lines.clone());
            tracing::subscriber::with_default(log.finish().with(kept(level)), || {
                tracing::warn!(target: "aws_config::imds", "no credentials");
                tracing::warn!(target: "aws_smithy_runtime::client", "no credentials");
                tracing::error!(target: "aws_config", "a fault");
                tracing::info!("ours");
            });
            let text = lines.text();
            assert_eq!(
                text.matches("no credentials").count(),
                if is_logged { 2 } else { 0 },
                "{text}"
            );
            assert!(text.contains("a fault") && text.contains("ours"), "{text}");
        }
    }
}
