//! The log on standard error.
//!
//! Nothing that is logged may stop the relay: a line that cannot be written, as on a full disk or into a pipe that
//! nobody reads, is dropped and counted, and lines that anybody can cause are logged once a second ([`sample`]).
//! `serve` gives its lines to a thread of their own ([`queue`]); every other command writes at once, in order with its
//! output.

mod queue;
mod sample;

use std::io;
use std::panic;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::format::Format;

use self::queue::Queue;
use self::sample::Sampled;
use crate::cli::LogLevel;
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

/// Begins to log to standard error.
pub(crate) fn start(level: LogLevel, pace: Pace) -> Result<Log, Failure> {
    let level = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let colour = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
    let format = Format::default().with_ansi(colour);
    let log = tracing_subscriber::fmt()
        .with_ansi(colour)
        // An error of the log is not printed either: that would panic where printing fails.
        .log_internal_errors(false)
        .with_max_level(level);
    if pace == Pace::AtOnce {
        let log = log.event_format(format).with_writer(io::stderr);
        log.try_init().map_err(Failure::operation)?;
        return Ok(Log(None));
    }
    let queue = Queue::on_standard_error().map_err(Failure::operation)?;
    let log = log.event_format(Sampled::new(format)).with_writer(queue.clone());
    log.try_init().map_err(Failure::operation)?;
    // The standard hook writes to standard error itself, which may wait without end, and prints the message of the
    // panic, which may contain a part of a mail.
    panic::set_hook(Box::new(|fault| {
        let at = fault.location().map(tracing::field::display);
        tracing::error!(at, "a fault in the program ended a task: please report it");
    }));
    Ok(Log(Some(queue)))
}

impl Drop for Log {
    fn drop(&mut self) {
        if let Some(queue) = &self.0 {
            queue.end();
        }
    }
}
