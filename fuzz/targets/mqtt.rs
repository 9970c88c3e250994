//! MQTT from a client or a broker: every packet that is read can be written and read again, and where the bytes are cut
//! does not matter.

#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use mqtt_packets::{Decoder, Packet};

const LIMIT: usize = 4096;

/// The packets, and whether the bytes end in what is none.
fn read(pieces: &[&[u8]]) -> (Vec<Packet>, bool) {
    let (mut buffer, mut packets) = (BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match Decoder::new(LIMIT).decode(&mut buffer) {
                Ok(Some(packet)) => packets.push(packet),
                Ok(None) => break,
                Err(_) => return (packets, true),
            }
        }
    }
    (packets, false)
}

fuzz_target!(|bytes: &[u8]| {
    let whole = read(&[bytes]);
    let sum: usize = bytes.iter().copied().map(usize::from).sum();
    let (first, second) = bytes.split_at(sum % (bytes.len() + 1));
    assert_eq!(whole, read(&[first, second]));
    for packet in whole.0 {
        let mut again = BytesMut::new();
        packet.encode(&mut again).expect("what was read can be written");
        let decoded = Decoder::new(LIMIT + 8).decode(&mut again).expect("what was written can be read");
        assert_eq!((decoded, again.is_empty()), (Some(packet), true));
    }
});
