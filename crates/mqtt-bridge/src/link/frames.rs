//! The packets that come, and the ones that are too long.
//!
//! Whoever may publish to the broker can publish a message of any length, which the broker may keep and deliver after
//! each connection. A message that is too long is skipped as it comes, so that it costs neither memory nor the
//! connection.

use bytes::{Buf, BytesMut};
use mqtt_packets::{Decoder, Error, Packet};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Longest packet that is read, in bytes: the list of what was published, for the most devices that an account has.
pub(super) const MAX_PACKET: usize = 256 * 1024;
/// The kind of a message, in the first byte of a packet.
const PUBLISH: u8 = 3;

/// Takes packets out of what comes.
#[derive(Debug)]
pub(super) struct Frames {
    buffer: BytesMut,
    decoder: Decoder,
    /// How many bytes of a message that is too long are still to come.
    skip: usize,
}

impl Frames {
    pub(super) fn new() -> Self {
        Self {
            buffer: BytesMut::new(),
            decoder: Decoder::new(MAX_PACKET),
            skip: 0,
        }
    }

    /// Reads once. Gives whether the connection is still open. Nothing is lost if it is dropped.
    pub(super) async fn read(&mut self, from: &mut (impl AsyncRead + Unpin)) -> std::io::Result<bool> {
        Ok(from.read_buf(&mut self.buffer).await? > 0)
    }

    /// The next packet that is complete.
    pub(super) fn next(&mut self) -> Result<Option<Packet>, Error> {
        loop {
            let skipped = self.skip.min(self.buffer.len());
            self.buffer.advance(skipped);
            self.skip -= skipped;
            if self.skip > 0 {
                return Ok(None);
            }
            match length(&self.buffer) {
                Some((PUBLISH, length)) if length > MAX_PACKET => {
                    tracing::warn!(bytes = length, "a message to the bridge is too long: it is ignored");
                    self.skip = length;
                }
                _ => return self.decoder.decode(&mut self.buffer),
            }
        }
    }
}

/// The kind of the packet that begins here, and its length with its header, once that has come.
fn length(buffer: &[u8]) -> Option<(u8, usize)> {
    let (first, rest) = buffer.split_first()?;
    let mut length = 0_usize;
    for (index, byte) in rest.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((first >> 4, length.saturating_add(index + 2)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use mqtt_packets::{Publish, Topic};
    use proptest::prelude::*;

    use super::*;

    fn message(topic: &str, bytes: usize) -> Vec<u8> {
        let mut wire = BytesMut::new();
        let publish = Publish::new(Topic::new(topic).unwrap(), vec![b'x'; bytes]);
        Packet::from(publish).encode(&mut wire).unwrap();
        wire.to_vec()
    }

    fn topics(wire: &[u8], cut: usize) -> Vec<String> {
        let (mut frames, mut topics) = (Frames::new(), Vec::new());
        for part in wire.chunks(cut) {
            frames.buffer.extend_from_slice(part);
            while let Some(packet) = frames.next().unwrap() {
                let Packet::Publish(publish) = packet else {
                    panic!("{packet:?}")
                };
                topics.push(publish.topic.as_str().to_owned());
            }
            assert!(frames.buffer.len() <= MAX_PACKET, "what is skipped is not kept");
        }
        topics
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_message_that_is_too_long_is_skipped_wherever_the_bytes_are_cut(over in 0..9000_usize, cut in 1..70_000_usize) {
            let mut wire = message("a", 3);
            wire.extend(message("long", MAX_PACKET + over));
            wire.extend(message("b", 0));
            wire.extend(message("long", 3 * MAX_PACKET));
            wire.extend(message("c", 9));
            prop_assert_eq!(topics(&wire, cut), ["a", "b", "c"]);
        }
    }

    #[test]
    fn a_message_of_the_longest_length_is_read() {
        let fits = MAX_PACKET - 4 - 3;
        assert_eq!(topics(&message("a", fits), 50_000), ["a"]);
        assert_eq!(topics(&message("a", fits + 1), 50_000), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_packet_is_an_error() {
        let mut frames = Frames::new();
        frames.buffer.extend_from_slice(b"\xff\xff\xff\xff\xff\xff");
        frames.next().unwrap_err();
    }
}
