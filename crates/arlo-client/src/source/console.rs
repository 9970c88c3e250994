//! The person at the terminal as a code source.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::{CodeSource, PendingCode};
use crate::transport::BoxFuture;
use crate::{Code, Error, ErrorKind, FactorKind};

/// Longest line, in bytes. The rest of a longer line is read as the next line.
const MAX_LINE: u64 = 256;
/// After so many lines without a code the source fails, so that piped output of a program does not run forever.
const MAX_LINES: usize = 10;

/// Asks for the code on standard error and reads it from standard input.
#[derive(Clone)]
pub struct ConsoleSource {
    console: Arc<Mutex<Console>>,
}

struct Console {
    input: Box<dyn BufRead + Send>,
    output: Box<dyn Write + Send>,
}

impl ConsoleSource {
    /// Standard input and standard error.
    #[must_use]
    pub fn new() -> Self {
        Self::with(BufReader::new(io::stdin()), io::stderr())
    }

    /// Another input and output.
    #[must_use]
    pub fn with(input: impl BufRead + Send + 'static, output: impl Write + Send + 'static) -> Self {
        let (input, output) = (Box::new(input), Box::new(output));
        Self {
            console: Arc::new(Mutex::new(Console { input, output })),
        }
    }

    /// Asks until six digits are typed.
    async fn ask(&self, prompt: &'static str, within: Duration) -> Result<Code, Error> {
        let (answer, asked) = oneshot::channel();
        let console = Arc::clone(&self.console);
        // A thread outside the runtime: a read of the terminal cannot be cancelled, and at its end the runtime would
        // wait for it.
        std::thread::spawn(move || {
            let mut console = console.lock().unwrap_or_else(PoisonError::into_inner);
            if !answer.is_closed() {
                let _ = answer.send(console.ask(prompt));
            }
        });
        match tokio::time::timeout(within, asked).await {
            Ok(Ok(code)) => code,
            Ok(Err(_)) => Err(Error::new(ErrorKind::CodeSource, "the terminal could not be read")),
            Err(_) => Err(Error::new(ErrorKind::CodeTimeout, "no code was typed in time")),
        }
    }
}

impl Console {
    fn ask(&mut self, prompt: &str) -> Result<Code, Error> {
        let mut prompt = prompt;
        for _ in 0..MAX_LINES {
            // A failure is ignored: a person who does not see the question can still answer it.
            let _ = write!(self.output, "{prompt}").and_then(|()| self.output.flush());
            let mut line = Vec::new();
            let read = self
                .input
                .by_ref()
                .take(MAX_LINE)
                .read_until(b'\n', &mut line)
                .map_err(|error| {
                    Error::new(ErrorKind::CodeSource, "the terminal could not be read").with_source(error)
                })?;
            if read == 0 {
                let message = "standard input ended before a code came: type the six digits that Arlo sent";
                return Err(Error::new(ErrorKind::CodeSource, message));
            }
            // Some mail programs show the code with spaces around or in it.
            let digits: String = String::from_utf8_lossy(&line).split_whitespace().collect();
            if let Some(code) = Code::parse(&digits) {
                return Ok(code);
            }
            prompt = "That is no code. The six digits: ";
        }
        let message = "no line of standard input was a code of six digits";
        Err(Error::new(ErrorKind::CodeSource, message))
    }
}

impl Default for ConsoleSource {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ConsoleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConsoleSource")
    }
}

impl CodeSource for ConsoleSource {
    fn serves(&self) -> &[FactorKind] {
        &[FactorKind::Email, FactorKind::Sms]
    }

    fn prepare<'a>(&'a self, _account: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>> {
        let pending: Box<dyn PendingCode> = Box::new(self.clone());
        Box::pin(async { Ok(pending) })
    }
}

impl PendingCode for ConsoleSource {
    fn code(&mut self, within: Duration) -> BoxFuture<'_, Result<Code, Error>> {
        Box::pin(self.ask("Arlo has sent a code. The six digits: ", within))
    }

    fn another(&mut self, within: Duration) -> BoxFuture<'_, Result<Option<Code>, Error>> {
        Box::pin(async move {
            self.ask("Arlo refused that code. The six digits of the newest one: ", within)
                .await
                .map(Some)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const SOON: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn asks_again_until_six_digits_come() {
        let screen = Screen::default();
        let input = Cursor::new("\nfive\n12345\n 012 345 \r\n999999\n");
        let mut console = ConsoleSource::with(input, screen.clone());
        assert_eq!(console.code(SOON).await.unwrap().expose(), "012345");
        let shown = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
        assert_eq!(shown.matches("That is no code").count(), 3, "{shown}");
        assert!(!shown.contains("012345"));
        assert_eq!(console.another(SOON).await.unwrap().unwrap().expose(), "999999");
    }

    #[tokio::test]
    async fn the_end_of_input_is_an_error() {
        let mut console = ConsoleSource::with(Cursor::new("nonsense\n"), io::sink());
        let error = console.code(SOON).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CodeSource);
        assert!(error.to_string().contains("ended"), "{error}");
    }

    #[tokio::test]
    async fn endless_input_without_a_code_is_an_error() {
        let mut console = ConsoleSource::with(BufReader::new(io::repeat(b'x')), io::sink());
        assert_eq!(console.code(SOON).await.unwrap_err().kind(), ErrorKind::CodeSource);
    }

    #[tokio::test(start_paused = true)]
    async fn without_an_answer_the_deadline_ends_it() {
        let (reader, _writer) = io::pipe().unwrap();
        let mut console = ConsoleSource::with(BufReader::new(reader), io::sink());
        assert_eq!(console.code(SOON).await.unwrap_err().kind(), ErrorKind::CodeTimeout);
    }
}
