//! Where a message ends (RFC 5321 sections 4.1.1.4 and 4.5.2), as a push receiver.
//!
//! The end is CRLF `.` CRLF, where the CRLF of the DATA command itself counts as the first one. Nothing else is: a
//! server that also takes `LF . LF`, `CR . CR` or a mixture lets a client hide a second message in the first ("SMTP
//! smuggling"). Bare LF and bare CR are content and kept as they came, since honest senders produce them and the mail
//! reader can read them. A dot after them is content too.

/// What was read since the last CRLF, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing: a dot would be the first character of its line.
    LineStart,
    /// Something other than CR.
    Text,
    /// Something that ends in CR.
    Cr,
    /// A dot only. It is not passed on yet: it is either stuffing or the end.
    Dot,
    /// A dot and CR, both not passed on yet.
    DotCr,
}

/// Finds the end of a message in bytes that come in pieces of any size.
#[derive(Debug)]
pub(super) struct DataReceiver {
    state: State,
}

/// How far one piece of input went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// All of it belongs to the message, and more is to come.
    More,
    /// The message ended after so many bytes of the piece.
    End(usize),
}

impl DataReceiver {
    /// A receiver for the first byte after the DATA command.
    pub(super) fn new() -> Self {
        Self {
            state: State::LineStart,
        }
    }

    /// Takes the next piece of input and passes the content in it to `content`, in order.
    pub(super) fn push(&mut self, input: &[u8], mut content: impl FnMut(&[u8])) -> Progress {
        let mut rest = input;
        while let Some((&byte, tail)) = rest.split_first() {
            match (self.state, byte) {
                (State::LineStart, b'.') => self.state = State::Dot,
                (State::Dot, b'\r') => self.state = State::DotCr,
                (State::DotCr, b'\n') => return Progress::End(input.len() - tail.len()),
                // The line goes on after its dot: the dot was stuffing, and is dropped.
                (State::Dot, _) => {
                    self.state = State::Text;
                    continue;
                }
                (State::DotCr, _) => {
                    content(b"\r");
                    self.state = State::Cr;
                    continue;
                }
                (State::Cr, b'\n') => {
                    content(b"\n");
                    self.state = State::LineStart;
                }
                (State::LineStart | State::Text | State::Cr, _) => {
                    // Up to and with the next CR nothing can happen.
                    let length = rest
                        .iter()
                        .position(|&byte| byte == b'\r')
                        .map_or(rest.len(), |at| at + 1);
                    let (run, after) = rest.split_at(length);
                    content(run);
                    self.state = if run.ends_with(b"\r") { State::Cr } else { State::Text };
                    rest = after;
                    continue;
                }
            }
            rest = tail;
        }
        Progress::More
    }
}

/// The definition once more, on whole input and without a state machine, for tests to compare with: the content, and
/// what follows the end.
#[cfg(test)]
pub(super) fn definition(input: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let lines = [b"\r\n", input].concat();
    let end = lines.windows(5).position(|window| window == b"\r\n.\r\n")?;
    let (content, rest) = (&lines[..end + 2], &lines[end + 5..]);
    let kept = (2..content.len()).filter(|&at| content[at] != b'.' || !content[..at].ends_with(b"\r\n"));
    Some((kept.map(|at| content[at]).collect(), rest.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The content and what follows the end; `None` where there is no end.
    fn receive(pieces: &[&[u8]]) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut receiver = DataReceiver::new();
        let mut content = Vec::new();
        for (number, piece) in pieces.iter().enumerate() {
            if let Progress::End(at) = receiver.push(piece, |bytes| content.extend_from_slice(bytes)) {
                let rest = [&piece[at..], &pieces[number + 1..].concat()].concat();
                return Some((content, rest));
            }
        }
        None
    }

    /// Whole, byte by byte, and cut in two at every place: the answer must be the same.
    fn receive_all_ways(input: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let whole = receive(&[input]);
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        assert_eq!(receive(&bytes), whole, "byte by byte: {input:?}");
        for cut in 0..=input.len() {
            let (head, tail) = input.split_at(cut);
            assert_eq!(receive(&[head, tail]), whole, "cut at {cut}: {input:?}");
        }
        whole
    }

    #[test]
    fn only_crlf_dot_crlf_ends_a_message() {
        for smuggled in [
            &b"\n.\n"[..],
            b"\n.\r\n",
            b"\r.\r",
            b"\r.\r\n",
            b"\r.\n",
            b"\r\n.\n",
            b"\r\n.\r",
            b"\r\n.\r\r\n",
            b"\r\n\0.\r\n",
            b"\r\n.\0\r\n",
            b"\r\n.\r\0\n",
            b"\r\n .\r\n",
            b"\r\n. \r\n",
            b"\r\n..\r\n",
            b"\r\r\n.\n",
            b"\n\r.\r\n",
            b"\r\n\r.\r\n",
            b"\r\n.\n\r",
            b"\r\n.\n\r\n.\n",
            b"\x0b.\x0b",
            b"\xc2\x85.\xc2\x85",
            b"\xe2\x80\xa8.\xe2\x80\xa8",
        ] {
            let message = [
                b"Subject: a\r\n\r\nfirst",
                smuggled,
                b"MAIL FROM:<evil@example.org>\r\n",
            ]
            .concat();
            assert_eq!(receive_all_ways(&message), None, "{smuggled:?}");

            let ended = [&message[..], b".\r\nQUIT\r\n"].concat();
            let (content, rest) = receive_all_ways(&ended).unwrap();
            assert_eq!(rest, b"QUIT\r\n", "{smuggled:?}");
            assert!(
                content.ends_with(b"MAIL FROM:<evil@example.org>\r\n"),
                "{smuggled:?} lost {content:?}"
            );
        }
    }

    #[test]
    fn dots_are_unstuffed_and_line_ends_kept() {
        for (sent, content) in [
            (&b".\r\n"[..], &b""[..]),
            (b"\r\n.\r\n", b"\r\n"),
            (b"a\r\n.\r\n", b"a\r\n"),
            (b"..\r\n.\r\n", b".\r\n"),
            (b"...a\r\n..b\r\nc.\r\n.\r\n", b"..a\r\n.b\r\nc.\r\n"),
            (b".a\r\n.\r\n", b"a\r\n"),
            (b"a\nb\rc\n..d\r\n.\r\n", b"a\nb\rc\n..d\r\n"),
            (b"a\0b\r\n.\r\n", b"a\0b\r\n"),
            (b"a\r\r\n.\r\n", b"a\r\r\n"),
            (b".\r.\r\n.\r\n", b"\r.\r\n"),
            (b".\r\r\n.\r\n", b"\r\r\n"),
        ] {
            assert_eq!(receive_all_ways(sent), Some((content.to_vec(), Vec::new())), "{sent:?}");
        }
    }

    #[test]
    fn what_follows_the_end_is_left() {
        assert_eq!(
            receive_all_ways(b"a\r\n.\r\nRSET\r\n.\r\n"),
            Some((b"a\r\n".to_vec(), b"RSET\r\n.\r\n".to_vec()))
        );
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(input in prop::collection::vec(prop::sample::select(&b"\r\n.\0a"[..]), 0..40)) {
            prop_assert_eq!(receive_all_ways(&input), definition(&input));
        }

        #[test]
        fn any_bytes_in_any_pieces(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..30), 0..10)) {
            let borrowed: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(receive(&borrowed), definition(&pieces.concat()));
        }
    }
}
