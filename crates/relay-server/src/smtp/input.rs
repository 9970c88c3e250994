//! Input that was read and not yet used, and command lines cut from it (RFC 5321 section 2.3.8).
//!
//! A command ends with CRLF. A bare LF shows that the two sides may not agree where commands end, so it is reported at
//! once, and the connection is closed.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes read at a time.
const CHUNK: usize = 8 << 10;

/// A longer line than so many times the limit is not read to its end.
const ENDLESS: usize = 16;

/// The bytes between the socket and the session.
#[derive(Debug)]
pub(super) struct Input {
    buffer: Vec<u8>,
    used: usize,
    /// Bytes of a line over the limit that were dropped so far; 0 outside such a line.
    dropped: usize,
    line_limit: usize,
}

/// What the next bytes are when a command is expected.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A whole line without its CRLF.
    Command(Vec<u8>),
    /// A whole line over the limit; it was dropped.
    TooLong,
    /// A line that is so long that nobody waits for its end.
    Endless,
    /// LF without CR before it.
    BareLf,
    /// The line has no end yet.
    Incomplete,
}

impl Input {
    pub(super) fn new(line_limit: usize) -> Self {
        Self {
            buffer: Vec::new(),
            used: 0,
            dropped: 0,
            line_limit,
        }
    }

    /// The bytes that were read and not used.
    pub(super) fn available(&self) -> &[u8] {
        self.buffer.get(self.used..).unwrap_or_default()
    }

    /// Removes this many bytes.
    pub(super) fn consume(&mut self, count: usize) {
        self.used = self.used.saturating_add(count).min(self.buffer.len());
        if self.used == self.buffer.len() {
            self.clear();
        }
    }

    /// Drops all of them.
    pub(super) fn clear(&mut self) {
        self.buffer.clear();
        self.used = 0;
    }

    /// Reads once; 0 at the end of the stream. Cancel safe.
    pub(super) async fn fill(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        if self.used > 0 {
            self.buffer.drain(..self.used);
            self.used = 0;
        }
        self.buffer.reserve(CHUNK);
        stream.read_buf(&mut self.buffer).await
    }

    /// Takes the next command line.
    pub(super) fn line(&mut self) -> Line {
        let rest = self.available();
        let Some(lf) = rest.iter().position(|&byte| byte == b'\n') else {
            return self.unfinished();
        };
        let Some(line) = rest.get(..lf).unwrap_or_default().strip_suffix(b"\r") else {
            return Line::BareLf;
        };
        let line = if self.dropped + lf < self.line_limit {
            Line::Command(line.to_vec())
        } else {
            Line::TooLong
        };
        self.dropped = 0;
        self.consume(lf + 1);
        line
    }

    /// A line without an end so far. Over the limit it is dropped except for its last byte, which may be the CR.
    fn unfinished(&mut self) -> Line {
        let length = self.available().len();
        if self.dropped + length >= self.line_limit && length > 1 {
            self.dropped += length - 1;
            self.consume(length - 1);
        }
        if self.dropped >= ENDLESS * self.line_limit {
            Line::Endless
        } else {
            Line::Incomplete
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(limit: usize, pieces: &[&[u8]]) -> Vec<Line> {
        let mut input = Input::new(limit);
        let mut lines = Vec::new();
        for &piece in pieces {
            let mut piece = piece;
            while input.fill(&mut piece).await.unwrap() > 0 {
                loop {
                    match input.line() {
                        Line::Incomplete => break,
                        line @ (Line::BareLf | Line::Endless) => {
                            lines.push(line);
                            return lines;
                        }
                        line => lines.push(line),
                    }
                }
            }
        }
        lines
    }

    fn command(text: &str) -> Line {
        Line::Command(text.into())
    }

    #[tokio::test]
    async fn lines_are_cut_at_crlf_only() {
        assert_eq!(
            lines(20, &[b"EHLO a\r\n\r\nMAIL", b" FROM:<>\r", b"\nNO\rOP\r\nQU"]).await,
            [
                command("EHLO a"),
                command(""),
                command("MAIL FROM:<>"),
                command("NO\rOP")
            ]
        );
    }

    #[tokio::test]
    async fn bare_lf_is_reported_before_what_follows_is_a_command() {
        for text in ["NOOP\n", "\n", "NOOP\nQUIT\r\n", "\n\r\n"] {
            assert_eq!(lines(20, &[text.as_bytes()]).await, [Line::BareLf], "{text:?}");
        }
    }

    #[tokio::test]
    async fn limit_counts_the_crlf() {
        assert_eq!(
            lines(8, &[b"123456\r\n1234567\r\nQUIT\r\n"]).await,
            [command("123456"), Line::TooLong, command("QUIT")]
        );
        let long = [vec![b'a'; 100], b"\r\nQUIT\r\n".to_vec()].concat();
        let bytes: Vec<&[u8]> = long.chunks(1).collect();
        assert_eq!(lines(8, &bytes).await, [Line::TooLong, command("QUIT")]);
        assert_eq!(lines(8, &[&long]).await, [Line::TooLong, command("QUIT")]);
    }

    #[tokio::test]
    async fn endless_line_is_not_kept() {
        let mut input = Input::new(1024);
        let megabyte = vec![b'a'; 1 << 20];
        let mut rest = &megabyte[..];
        let mut last = Line::Incomplete;
        while last == Line::Incomplete && input.fill(&mut rest).await.unwrap() > 0 {
            last = input.line();
            assert!(input.available().len() <= 1024);
        }
        assert_eq!(last, Line::Endless);
    }
}
