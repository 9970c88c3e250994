//! Lines on a thread of their own, for a command that goes on: one that waits for a reader hears no signal.

use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::failure::Failure;
use crate::output::Output;

/// Lines that may wait. A command that has more to say waits too.
const LINES: usize = 64;
/// How long the end of the command waits until they are printed.
const EXIT_WAIT: Duration = Duration::from_secs(2);

enum Line {
    /// On standard output.
    Result(String),
    /// On standard error.
    Note(String),
}

/// Prints lines in their order.
pub(crate) struct Printer {
    lines: mpsc::Sender<Line>,
    /// What became of the thread; `None` once it was told.
    ended: Option<oneshot::Receiver<Result<(), Failure>>>,
}

impl Printer {
    pub(crate) fn start(output: Output) -> Result<Self, Failure> {
        let (lines, mut waiting) = mpsc::channel(LINES);
        let (end, ended) = oneshot::channel();
        let print = move || {
            let mut result = Ok(true);
            while let (Ok(true), Some(line)) = (&result, waiting.blocking_recv()) {
                match line {
                    Line::Result(text) => result = output.line_if_read(&text),
                    Line::Note(text) => output.note(&text),
                }
            }
            // Without a command there is nobody to tell.
            let _ = end.send(result.map(drop));
        };
        let started = thread::Builder::new().name("printer".to_owned()).spawn(print);
        started.map_err(|error| Failure::operation(format!("the system gives no threads: {error}")))?;
        Ok(Self {
            lines,
            ended: Some(ended),
        })
    }

    /// Gives a line to standard output. What becomes of it shows in [`ended`](Self::ended).
    pub(crate) async fn line(&self, text: String) {
        let _ = self.lines.send(Line::Result(text)).await;
    }

    /// Gives a line to standard error.
    pub(crate) async fn note(&self, text: String) {
        let _ = self.lines.send(Line::Note(text)).await;
    }

    /// Waits until nobody reads any more, or standard output cannot be written.
    pub(crate) async fn ended(&mut self) -> Result<(), Failure> {
        let Some(ended) = &mut self.ended else { return Ok(()) };
        let result = ended.await;
        self.ended = None;
        result.unwrap_or(Ok(()))
    }

    /// Waits a little until all lines are printed.
    pub(crate) async fn finish(self) -> Result<(), Failure> {
        let Self { lines, ended } = self;
        drop(lines);
        match ended {
            Some(ended) => match timeout(EXIT_WAIT, ended).await {
                Ok(Ok(result)) => result,
                _ => Ok(()),
            },
            None => Ok(()),
        }
    }
}
