//! One connection of server-sent events (WHATWG HTML, section 9.2), from the request to its end.
//!
//! Arlo sends one line of `data` an event and uses neither identifiers nor other kinds of event, so those are ignored.
//! It sends nothing at all unless bases are asked whether they are there, so silence alone proves little.

use std::time::Duration;

use arlo_client::{ApiCall, ErrorKind, Method};
use tokio::time::Instant;

use super::{End, connected};
use crate::hub::Hub;

/// Longest event, in bytes.
const MAX_EVENT: usize = 1024 * 1024;
/// After so much silence the stream is opened again. Without a base that is asked, nothing shows whether it is there.
const LONGEST_SILENCE: Duration = Duration::from_secs(30 * 60);

/// Opens the stream, hands its messages on, and gives why it ended.
pub(super) async fn run(hub: &Hub) -> End {
    let mut renewals = hub.keeper.renewals();
    let session = renewals.borrow_and_update().clone();
    let call =
        ApiCall::new("client/subscribe", Method::Get, "/hmsweb/client/subscribe").header("accept", "text/event-stream");
    let mut body = match session.open(call).await {
        Ok(body) => body,
        Err(error) => {
            return match error.kind() {
                ErrorKind::SessionRejected => End::TokenRefused,
                ErrorKind::ArloRefused { code: Some(403 | 404) } => End::NotOffered,
                // Also a page of Cloudflare: it says nothing about the account, and mostly passes.
                _ => match error.retry_after() {
                    Some(wait) => End::Later(error.to_string(), wait),
                    None => End::Broken(error.to_string()),
                },
            };
        }
    };
    connected(hub, 0, false);
    let mut parser = Parser::default();
    loop {
        let silent_at = Instant::now() + LONGEST_SILENCE;
        let piece = tokio::select! {
            piece = body.next() => piece,
            () = tokio::time::sleep_until(silent_at) => return End::Silent,
            _ = renewals.changed() => return End::Renewed,
            () = hub.reconnect.notified() => return End::Silent,
            () = hub.devices_added.notified() => {
                // The stream has all that is of the account.
                hub.devices_heard.notify_one();
                continue;
            }
        };
        match piece {
            Ok(Some(piece)) => match parser.feed(&piece) {
                Ok(events) => {
                    for event in events {
                        hub.receive(event.as_bytes());
                        if is_logout(&event) {
                            return End::LoggedOut;
                        }
                    }
                }
                Err(why) => return End::Broken(why.to_owned()),
            },
            Ok(None) => return End::Broken("Arlo closed the event stream".to_owned()),
            Err(error) => return End::Broken(error.to_string()),
        }
    }
}

fn is_logout(event: &str) -> bool {
    event.len() <= 1024
        && serde_json::from_str::<serde_json::Value>(event)
            .is_ok_and(|message| message.get("action").and_then(|action| action.as_str()) == Some("logout"))
}

/// All events of a stream that came in these pieces.
#[cfg(feature = "testing")]
pub(super) fn events(pieces: &[&[u8]]) -> Option<Vec<String>> {
    let mut parser = Parser::default();
    let mut events = Vec::new();
    for piece in pieces {
        events.extend(parser.feed(piece).ok()?);
    }
    Some(events)
}

/// Takes events out of pieces that begin and end anywhere.
#[derive(Debug, Default)]
struct Parser {
    line: Vec<u8>,
    data: Option<String>,
    after_cr: bool,
}

impl Parser {
    /// The data of the events that are complete now.
    fn feed(&mut self, piece: &[u8]) -> Result<Vec<String>, &'static str> {
        let mut events = Vec::new();
        for byte in piece {
            let after_cr = std::mem::replace(&mut self.after_cr, *byte == b'\r');
            match byte {
                b'\n' if after_cr => {}
                b'\n' | b'\r' => events.extend(self.end_line()?),
                byte => {
                    if self.line.len() >= MAX_EVENT {
                        return Err("an event of Arlo is too long");
                    }
                    self.line.push(*byte);
                }
            }
        }
        Ok(events)
    }

    /// Handles a line. Gives the event's data if the line ends it.
    fn end_line(&mut self) -> Result<Option<String>, &'static str> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return Ok(self.data.take());
        }
        let line = String::from_utf8_lossy(&line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        if field == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            let data = self.data.get_or_insert_default();
            if data.len() + value.len() >= MAX_EVENT {
                return Err("an event of Arlo is too long");
            }
            if !data.is_empty() {
                data.push('\n');
            }
            data.push_str(value);
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&str]) -> Vec<String> {
        let mut parser = Parser::default();
        let all = pieces.iter().map(|piece| parser.feed(piece.as_bytes()).unwrap());
        all.flatten().collect()
    }

    #[test]
    fn an_event_is_read_wherever_its_pieces_begin() {
        let text =
            ": comment\nevent: message\ndata: {\"a\":1}\n\ndata:{\"b\":2}\r\n\r\nretry: 5\n\ndata: x\ndata: y\n\n";
        let expected = ["{\"a\":1}", "{\"b\":2}", "x\ny"];
        assert_eq!(events(&[text]), expected);
        let bytes: Vec<String> = text.chars().map(String::from).collect();
        let bytes: Vec<&str> = bytes.iter().map(String::as_str).collect();
        assert_eq!(events(&bytes), expected);
        assert!(events(&["data: never ended"]).is_empty());
    }

    #[test]
    fn the_length_of_an_event_is_bounded() {
        let mut parser = Parser::default();
        let piece = vec![b'x'; MAX_EVENT];
        assert!(parser.feed(&piece).is_ok());
        assert!(parser.feed(b"y").is_err());
        let mut parser = Parser::default();
        let line = format!("data: {}\n", "x".repeat(1000));
        let fed = (0..2000).map(|_| parser.feed(line.as_bytes())).find(Result::is_err);
        assert!(fed.is_some());
    }

    proptest::proptest! {
        #[test]
        fn pieces_of_any_bytes_give_what_the_whole_gives(bytes: Vec<u8>, at: proptest::sample::Index) {
            let whole = Parser::default().feed(&bytes).unwrap();
            let (first, rest) = bytes.split_at(at.index(bytes.len() + 1));
            let mut parser = Parser::default();
            let mut pieces = parser.feed(first).unwrap();
            pieces.extend(parser.feed(rest).unwrap());
            assert_eq!(whole, pieces);
        }
    }
}
