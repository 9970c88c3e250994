//! A filter between the connection and the parser. It passes on only what the parser can handle.
//!
//! The parser (`imap-proto` 0.17 under `async-imap` 0.12) trusts the server. It reads literals of up to 512 MiB,
//! recurses to the depth of an answer's brackets, and panics on `INTERNALDATE NIL` and on a status text that begins
//! with a letter outside ASCII. The filter follows each response line by line and literal by literal (RFC 3501 section
//! 4.3):
//!
//! - a line, a literal, and the whole answer to one command have a limit in bytes;
//! - brackets have a limit of depth;
//! - outside literals a byte that is not printable ASCII becomes `?`, because servers write status texts in Latin-1;
//! - a response that this crate does not ask for (`FLAGS`, `LIST`, `ID`, …) is skipped whole.

use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::limits::MAX_MAIL;

/// Longest line, in bytes. The longest line that servers send is `CAPABILITY`, with less than 2 KiB.
const MAX_LINE: usize = 64 * 1024;
/// Longest literal, in bytes: the most that is requested of a mail, and some more.
const MAX_LITERAL: usize = MAX_MAIL + 4096;
/// Deepest brackets: `FETCH (… BODY[HEADER.FIELDS (…)] …)` has two.
const MAX_DEPTH: usize = 8;
/// How much is read from the connection at once, in bytes.
const CHUNK: usize = 8 * 1024;

/// A connection whose answers are safe to parse.
#[derive(Debug)]
pub(crate) struct ResponseFilter<T> {
    inner: T,
    state: State,
}

/// Why a server's answer is not read further. Shows nothing of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    LongLine,
    LongLiteral,
    LongAnswer,
    DeepBrackets,
    NoDate,
    NotImap,
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::LongLine => "a line of the answer is too long",
            Self::LongLiteral => "a literal in the answer is too long",
            Self::LongAnswer => "the answer is too long",
            Self::DeepBrackets => "the answer's brackets go too deep",
            Self::NoDate => "the answer lacks a date that IMAP requires",
            Self::NotImap => "the answer is not an IMAP response",
        })
    }
}

impl std::error::Error for Malformed {}

impl<T> ResponseFilter<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self {
            inner,
            state: State::default(),
        }
    }

    /// From now on at most so many bytes are accepted.
    pub(crate) fn allow(&mut self, bytes: usize) {
        self.state.allowance = bytes;
    }
}

/// What was read, and what of it may be parsed.
#[derive(Debug, Default)]
struct State {
    line: Vec<u8>,
    /// How many bytes of the current literal are still to come.
    literal: usize,
    /// How the current response is treated; `None` before its first line.
    response: Option<Treatment>,
    depth: usize,
    allowance: usize,
    ready: Vec<u8>,
    /// How much of `ready` was passed on.
    passed: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Treatment {
    /// The response is one line, in which `{5}` is only text.
    Status,
    /// The response has lines and literals.
    Data,
    /// The response has lines and literals, and this crate did not ask for it.
    Skipped,
}

impl State {
    fn push(&mut self, mut bytes: &[u8]) -> Result<(), Malformed> {
        self.allowance = self.allowance.checked_sub(bytes.len()).ok_or(Malformed::LongAnswer)?;
        while !bytes.is_empty() {
            if self.literal > 0 {
                let (part, rest) = bytes.split_at(self.literal.min(bytes.len()));
                if self.response != Some(Treatment::Skipped) {
                    self.ready.extend_from_slice(part);
                }
                self.literal -= part.len();
                bytes = rest;
                continue;
            }
            let end = bytes.iter().position(|&byte| byte == b'\n').map(|at| at + 1);
            let (part, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            if self.line.len() + part.len() > MAX_LINE {
                return Err(Malformed::LongLine);
            }
            self.line.extend_from_slice(part);
            bytes = rest;
            if end.is_some() {
                let line = mem::take(&mut self.line);
                self.end_line(line.trim_ascii_end())?;
            }
        }
        Ok(())
    }

    /// Takes one whole line, without its line break.
    fn end_line(&mut self, line: &[u8]) -> Result<(), Malformed> {
        let treatment = match self.response {
            Some(treatment) => treatment,
            // Some servers send one empty line too many after a literal.
            None if line.is_empty() => return Ok(()),
            None => treatment(line)?,
        };
        if treatment != Treatment::Skipped {
            let printable = line.iter().map(|&byte| match byte {
                b'\t' | b' '..=b'~' => byte,
                _ => b'?',
            });
            self.ready.extend(printable);
            self.ready.extend_from_slice(b"\r\n");
        }
        if treatment == Treatment::Data {
            self.depth = depth_after(self.depth, line)?;
            if contains(line, b"INTERNALDATE NIL") {
                return Err(Malformed::NoDate);
            }
        }
        let literal = if treatment == Treatment::Status {
            None
        } else {
            literal(line)?
        };
        self.literal = literal.unwrap_or(0);
        if literal.is_some() {
            self.response = Some(treatment);
        } else {
            self.response = None;
            self.depth = 0;
        }
        Ok(())
    }

    /// Moves what may be parsed into the buffer. Gives whether there was any.
    fn pass_on(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let Some(rest) = self.ready.get(self.passed..).filter(|rest| !rest.is_empty()) else {
            return false;
        };
        let part = rest.get(..buffer.remaining()).unwrap_or(rest);
        buffer.put_slice(part);
        self.passed += part.len();
        if self.passed == self.ready.len() {
            self.ready.clear();
            self.passed = 0;
        }
        true
    }
}

/// How a response is treated, by its first line.
fn treatment(line: &[u8]) -> Result<Treatment, Malformed> {
    let mut words = line.split(|&byte| byte == b' ');
    let first = words.next().unwrap_or_default();
    let mut word = || words.next().unwrap_or_default().to_ascii_uppercase();
    if first.starts_with(b"+") {
        return Ok(Treatment::Status);
    }
    let second = word();
    let is_status = |word: &[u8]| matches!(word, b"OK" | b"NO" | b"BAD");
    if first != b"*" {
        return if is_status(&second) {
            Ok(Treatment::Status)
        } else {
            Err(Malformed::NotImap)
        };
    }
    if is_status(&second) || matches!(&*second, b"BYE" | b"PREAUTH" | b"CAPABILITY") {
        return Ok(Treatment::Status);
    }
    let is_number = !second.is_empty() && second.iter().all(u8::is_ascii_digit);
    Ok(match &*word() {
        b"FETCH" if is_number => Treatment::Data,
        b"EXISTS" | b"EXPUNGE" if is_number => Treatment::Status,
        _ => Treatment::Skipped,
    })
}

/// The length of the literal that the end of the line announces.
fn literal(line: &[u8]) -> Result<Option<usize>, Malformed> {
    let Some(number) = line
        .strip_suffix(b"}")
        .and_then(|line| {
            line.iter()
                .rposition(|&byte| byte == b'{')
                .and_then(|at| line.get(at + 1..))
        })
        .map(|number| number.strip_suffix(b"+").unwrap_or(number))
        .filter(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
    else {
        return Ok(None);
    };
    let length: Option<usize> = std::str::from_utf8(number).ok().and_then(|number| number.parse().ok());
    length
        .filter(|&length| length <= MAX_LITERAL)
        .map(Some)
        .ok_or(Malformed::LongLiteral)
}

/// How many brackets are open after the line. Brackets in quoted strings do not count.
fn depth_after(mut depth: usize, line: &[u8]) -> Result<usize, Malformed> {
    let mut quoted = false;
    let mut bytes = line.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if quoted => drop(bytes.next()),
            b'"' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(Malformed::DeepBrackets);
        }
    }
    Ok(depth)
}

fn contains(line: &[u8], wanted: &[u8]) -> bool {
    line.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted))
}

impl<T: AsyncRead + Unpin> AsyncRead for ResponseFilter<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.state.pass_on(buffer) {
                return Poll::Ready(Ok(()));
            }
            let mut chunk = [0; CHUNK];
            let mut read = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            let pushed = this.state.push(read.filled());
            pushed.map_err(|malformed| io::Error::new(io::ErrorKind::InvalidData, malformed))?;
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for ResponseFilter<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

/// What passes of these pieces, without a limit for the whole answer.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn passed(pieces: &[&[u8]]) -> Result<Vec<u8>, Malformed> {
    let mut state = State {
        allowance: usize::MAX,
        ..State::default()
    };
    pieces.iter().try_for_each(|piece| state.push(piece))?;
    Ok(state.ready)
}

#[cfg(test)]
mod tests;
