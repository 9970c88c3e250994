//! What the command prints: results to standard output, everything else to standard error.
//!
//! Colours only on a terminal, and not with `NO_COLOR`: `anstream` does both.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::failure::Failure;

/// Headings and the most important text.
pub(crate) const STRONG: Style = Style::new().bold();
/// Success.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Less important text.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// How long the end of the process waits until the reason is printed.
const EXIT_WAIT: Duration = Duration::from_secs(2);
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Where results go, and in which form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether one JSON object is all that standard output gets.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Prints the result: the object with `--json`, the text without.
    pub(crate) fn result(self, object: &Value, text: impl FnOnce() -> String) -> Result<(), Failure> {
        let text = if self.json { object.to_string() } else { text() };
        self.line(&text)
    }

    /// One line or more on standard output, flushed.
    pub(crate) fn line(self, text: &str) -> Result<(), Failure> {
        self.line_if_read(text).map(drop)
    }

    /// As [`line`](Self::line). Gives whether somebody still reads it, for a command that goes on until then.
    pub(crate) fn line_if_read(self, text: &str) -> Result<bool, Failure> {
        let mut stdout = anstream::stdout().lock();
        match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
            Ok(()) => Ok(true),
            // The reader has closed it: it has read enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(Failure::operation(format!(
                "standard output cannot be written: {error}"
            ))),
        }
    }

    /// A line on standard error.
    pub(crate) fn note(self, text: &str) {
        // If standard error is closed, there is nobody to report that to.
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }

    /// Prints why it failed, and returns the exit code.
    pub(crate) fn failure(self, failure: &Failure) -> ExitCode {
        // Only one object may be printed.
        let is_told = self.json && !failure.is_reported();
        let object = is_told.then(|| json!({ "error": failure.to_string() }).to_string());
        let text = format!("{BAD}error:{BAD:#} {failure}");
        let (said, saying) = mpsc::channel();
        // Each may be a pipe that nobody reads: the end of the process does not wait for it.
        let printing = thread::Builder::new().spawn(move || {
            self.note(&text);
            if let Some(object) = object {
                let _ = self.line(&object);
            }
            let _ = said.send(());
        });
        if printing.is_ok() {
            let _ = saying.recv_timeout(EXIT_WAIT);
        }
        ExitCode::from(failure.exit())
    }
}

/// Text in a style.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
