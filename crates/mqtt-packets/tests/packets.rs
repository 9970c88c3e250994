//! Packets to bytes and back, and every way in which bytes are no packet.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that meets the unexpected fails"
)]

use bytes::{Bytes, BytesMut};
use mqtt_packets::{
    ConnAck, Connect, ConnectCode, Decoder, Error, ErrorKind, Packet, PacketId, Publish, QoS, SubAck, Subscribe,
    Subscription, Topic, TopicFilter, Unsubscribe, Will,
};
use proptest::prelude::*;

const LIMIT: usize = 64 * 1024;

fn wire(packet: &Packet) -> Vec<u8> {
    let mut buffer = BytesMut::new();
    packet.encode(&mut buffer).unwrap();
    buffer.to_vec()
}

fn read(bytes: &[u8]) -> Result<Option<Packet>, Error> {
    Decoder::new(LIMIT).decode(&mut BytesMut::from(bytes))
}

fn refused(bytes: &[u8]) -> ErrorKind {
    read(bytes).unwrap_err().kind()
}

fn id(number: u16) -> PacketId {
    PacketId::new(number).unwrap()
}

#[test]
fn the_packets_of_an_arlo_session_have_their_known_bytes() {
    let connect = Connect::new("user_U_1", 60).credentials("U", "2_tok");
    assert_eq!(
        wire(&Packet::Connect(connect)),
        b"\x10\x1e\0\x04MQTT\x04\xc2\0\x3c\0\x08user_U_1\0\x01U\0\x052_tok"
    );
    assert_eq!(
        wire(&Packet::ConnAck(ConnAck::new(ConnectCode::NotAuthorized))),
        b"\x20\x02\0\x05"
    );
    let filter = TopicFilter::new("u/U/in/#").unwrap();
    assert_eq!(
        wire(&Packet::Subscribe(Subscribe::new(id(1), [filter.clone()]))),
        b"\x82\x0d\0\x01\0\x08u/U/in/#\0"
    );
    let granted = vec![Some(QoS::AtMostOnce), None];
    assert_eq!(
        wire(&Packet::SubAck(SubAck {
            packet_id: id(1),
            granted
        })),
        b"\x90\x04\0\x01\0\x80"
    );
    let publish = Publish::new(Topic::new("a/b").unwrap(), "{}");
    assert_eq!(wire(&publish.into()), b"\x30\x07\0\x03a/b{}");
    let filters = vec![filter];
    assert_eq!(
        wire(&Packet::Unsubscribe(Unsubscribe {
            packet_id: id(258),
            filters
        })),
        b"\xa2\x0c\x01\x02\0\x08u/U/in/#"
    );
    assert_eq!(wire(&Packet::UnsubAck(id(258))), b"\xb0\x02\x01\x02");
    assert_eq!(wire(&Packet::PubAck(id(7))), b"\x40\x02\0\x07");
    assert_eq!(wire(&Packet::PingReq), b"\xc0\0");
    assert_eq!(wire(&Packet::PingResp), b"\xd0\0");
    assert_eq!(wire(&Packet::Disconnect), b"\xe0\0");
}

#[test]
fn a_message_with_qos_1_names_the_number_to_confirm() {
    let packet = read(b"\x3b\x09\0\x03a/b\0\x07{}").unwrap().unwrap();
    let Packet::Publish(publish) = packet else {
        panic!("{packet:?}")
    };
    assert_eq!(publish.packet_id, Some(id(7)));
    assert!(publish.duplicate && publish.retain);
    assert_eq!(&publish.payload[..], b"{}");
}

#[test]
fn what_breaks_a_rule_of_the_standard_is_malformed() {
    for bytes in [
        &b"\0\0"[..],                                      // no packet has the type 0
        b"\xf0\0",                                         // nor 15
        b"\x11\0",                                         // flags of a CONNECT
        b"\x80\0",                                         // flags of a SUBSCRIBE
        b"\xc1\0",                                         // flags of a PINGREQ
        b"\xc0\x01\0",                                     // a body of a PINGREQ
        b"\x30\xff\xff\xff\xff\x01",                       // a length of five bytes
        b"\x38\x03\0\x01a",                                // QoS 0, sent again
        b"\x36\x05\0\x01a\0\x01",                          // QoS 3
        b"\x32\x05\0\x01a\0\0",                            // the packet identifier 0
        b"\x30\x01\0",                                     // a body that ends within a field
        b"\x30\x04\0\x05ab",                               // a text longer than its packet
        b"\x30\x04\0\x02\xff\xff",                         // no UTF-8
        b"\x30\x04\0\x02a\0",                              // a NUL
        b"\x82\x02\0\x01",                                 // no filter
        b"\x82\x06\0\x01\0\x01a\x03",                      // QoS 3 in a subscription
        b"\xa2\x02\0\x01",                                 // no filter
        b"\x20\x02\0\x06",                                 // a reserved return code
        b"\x20\x02\x02\0",                                 // reserved flags
        b"\x20\x02\x01\x05",                               // a session of a refused connection
        b"\x90\x03\0\x01\x03",                             // QoS 3 is granted
        b"\x10\x0d\0\x04MQTT\x04\x03\0\x3c\0\x01a",        // a reserved flag
        b"\x10\x0d\0\x04MQTT\x04\x0a\0\x3c\0\x01a",        // QoS of a will that is not there
        b"\x10\x10\0\x04MQTT\x04\x42\0\x3c\0\x01a\0\x01p", // a password alone
        b"\x10\x0e\0\x04MQTT\x04\x02\0\x3c\0\x01ab",       // more than its fields
    ] {
        assert_eq!(refused(bytes), ErrorKind::Malformed, "{bytes:x?}");
    }
    for bytes in [&b"\x30\x02\0\0"[..], b"\x30\x03\0\x01#", b"\x82\x07\0\x01\0\x02a#\0"] {
        assert_eq!(refused(bytes), ErrorKind::InvalidTopic, "{bytes:x?}");
    }
}

#[test]
fn qos_2_and_other_versions_are_told_apart_from_what_is_malformed() {
    for bytes in [
        &b"\x34\x05\0\x01a\0\x01"[..],
        b"\x50\x02\0\x01",
        b"\x62\x02\0\x01",
        b"\x70\x02\0\x01",
    ] {
        assert_eq!(refused(bytes), ErrorKind::Unsupported, "{bytes:x?}");
    }
    for bytes in [&b"\x10\x07\0\x04MQTT\x05"[..], b"\x10\x09\0\x06MQIsdp\x03"] {
        assert_eq!(refused(bytes), ErrorKind::UnsupportedVersion, "{bytes:x?}");
    }
}

#[test]
fn a_packet_over_the_limit_is_refused_before_it_comes() {
    let decoder = Decoder::new(10);
    let mut exact = BytesMut::from(&b"\x30\x08\0\x01a12345"[..]);
    assert!(decoder.decode(&mut exact).unwrap().is_some());
    let mut more = BytesMut::from(&b"\x30\x09"[..]);
    assert_eq!(decoder.decode(&mut more).unwrap_err().kind(), ErrorKind::TooLarge);
    let mut most = BytesMut::from(&b"\x30\xff\xff\xff\x7f"[..]);
    assert_eq!(decoder.decode(&mut most).unwrap_err().kind(), ErrorKind::TooLarge);
}

#[test]
fn what_cannot_be_written_leaves_the_buffer_as_it_was() {
    let mut alone = Connect::new("a", 60);
    alone.password = Some("p".into());
    let mut again = Publish::new(Topic::new("a").unwrap(), "");
    again.duplicate = true;
    let filters = vec![];
    for packet in [
        Packet::Connect(Connect::new("x".repeat(65_536), 60)),
        Packet::Connect(Connect::new("a\0b", 60)),
        Packet::Connect(alone),
        Packet::Publish(again),
        Packet::Subscribe(Subscribe::new(id(1), [])),
        Packet::Unsubscribe(Unsubscribe {
            packet_id: id(1),
            filters,
        }),
    ] {
        let mut buffer = BytesMut::from(&b"before"[..]);
        assert!(packet.encode(&mut buffer).is_err(), "{packet:?}");
        assert_eq!(&buffer[..], b"before");
    }
}

#[test]
fn debug_shows_no_secret() {
    let will = Will::new(Topic::new("t").unwrap(), "hidden-will");
    let connect = Connect::new("hidden-id", 60)
        .credentials("hidden-user", "hidden-password")
        .will(will);
    let publish = Publish::new(Topic::new("t").unwrap(), "https://hidden.example/clip?Signature=x");
    let shown = format!("{connect:?} {publish:?}");
    let password = format!("{:?}", connect.password);
    assert!(
        !shown.contains("hidden") && !password.contains("hidden"),
        "{shown} {password}"
    );
}

fn topic() -> impl Strategy<Value = Topic> {
    "[a-zA-Z$/é ]{1,40}".prop_map(|text| Topic::new(text).unwrap())
}

fn filter() -> impl Strategy<Value = TopicFilter> {
    let level = prop_oneof!["[a-zé$]{0,6}", Just("+".to_owned())];
    (prop::collection::vec(level, 1..6), any::<bool>())
        .prop_map(|(levels, all)| levels.join("/") + if all { "/#" } else { "" })
        .prop_filter_map("an empty text is no filter", |text| TopicFilter::new(text).ok())
}

fn qos() -> impl Strategy<Value = QoS> {
    prop_oneof![Just(QoS::AtMostOnce), Just(QoS::AtLeastOnce), Just(QoS::ExactlyOnce)]
}

fn number() -> impl Strategy<Value = PacketId> {
    (1..=u16::MAX).prop_map(id)
}

fn payload() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(any::<u8>(), 0..300).prop_map(Bytes::from)
}

fn connect() -> impl Strategy<Value = Packet> {
    let will = (topic(), payload(), qos(), any::<bool>()).prop_map(|(topic, payload, qos, retain)| {
        let mut will = Will::new(topic, payload);
        (will.qos, will.retain) = (qos, retain);
        will
    });
    let who = prop::option::of(("[a-zé]{0,20}", prop::option::of(payload())));
    (".{0,20}", any::<bool>(), any::<u16>(), who, prop::option::of(will)).prop_map(
        |(client_id, clean_session, keep_alive, who, will)| {
            let mut connect = Connect::new(client_id.replace('\0', ""), keep_alive);
            connect.clean_session = clean_session;
            if let Some((user_name, password)) = who {
                connect.user_name = Some(user_name);
                connect.password = password.map(Into::into);
            }
            connect.will = will;
            Packet::Connect(connect)
        },
    )
}

fn publish() -> impl Strategy<Value = Packet> {
    let confirmed = prop::option::of((number(), any::<bool>()));
    (topic(), payload(), any::<bool>(), confirmed).prop_map(|(topic, payload, retain, confirmed)| {
        let mut publish = Publish::new(topic, payload);
        publish.retain = retain;
        if let Some((id, duplicate)) = confirmed {
            (publish.packet_id, publish.duplicate) = (Some(id), duplicate);
        }
        publish.into()
    })
}

fn packet() -> impl Strategy<Value = Packet> {
    let code = prop_oneof![
        Just(ConnectCode::Accepted),
        Just(ConnectCode::UnacceptableProtocol),
        Just(ConnectCode::IdentifierRejected),
        Just(ConnectCode::ServerUnavailable),
        Just(ConnectCode::BadUserNameOrPassword),
        Just(ConnectCode::NotAuthorized),
    ];
    let wanted = (filter(), qos()).prop_map(|(filter, qos)| Subscription { filter, qos });
    let granted = prop::collection::vec(prop::option::of(qos()), 0..5);
    prop_oneof![
        connect(),
        publish(),
        code.prop_map(|code| Packet::ConnAck(ConnAck::new(code))),
        (number(), prop::collection::vec(wanted, 1..5))
            .prop_map(|(packet_id, filters)| Packet::Subscribe(Subscribe { packet_id, filters })),
        (number(), granted).prop_map(|(packet_id, granted)| Packet::SubAck(SubAck { packet_id, granted })),
        (number(), prop::collection::vec(filter(), 1..5))
            .prop_map(|(packet_id, filters)| Packet::Unsubscribe(Unsubscribe { packet_id, filters })),
        number().prop_map(Packet::PubAck),
        number().prop_map(Packet::UnsubAck),
        Just(Packet::PingReq),
        Just(Packet::PingResp),
        Just(Packet::Disconnect),
    ]
}

proptest! {
    #[test]
    fn every_packet_comes_back_however_its_bytes_are_cut(
        packets in prop::collection::vec(packet(), 1..6),
        cuts in prop::collection::vec(1_usize..40, 1..20),
    ) {
        let all: Vec<u8> = packets.iter().flat_map(wire).collect();
        let (mut buffer, mut read, mut rest) = (BytesMut::new(), vec![], &all[..]);
        for cut in cuts.into_iter().cycle() {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            buffer.extend_from_slice(now);
            rest = later;
            while let Some(packet) = Decoder::new(LIMIT).decode(&mut buffer).unwrap() {
                read.push(packet);
            }
            if rest.is_empty() {
                break;
            }
        }
        prop_assert!(buffer.is_empty());
        prop_assert_eq!(read, packets);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut buffer = BytesMut::from(&bytes[..]);
        loop {
            let before = buffer.clone();
            match Decoder::new(100).decode(&mut buffer) {
                // What was read can be written again.
                Ok(Some(packet)) => prop_assert_eq!(read(&wire(&packet)).unwrap(), Some(packet)),
                Ok(None) => {
                    prop_assert_eq!(before, buffer);
                    break;
                }
                Err(_) => break,
            }
        }
    }

    #[test]
    fn a_packet_with_a_changed_byte_is_read_without_a_panic(
        packet in packet(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = wire(&packet);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = read(&bytes);
    }

    #[test]
    fn a_filter_matches_what_a_filter_that_it_covers_matches(wide in filter(), narrow in filter(), topic in topic()) {
        if wide.covers(&narrow) && narrow.matches(&topic) {
            prop_assert!(wide.matches(&topic));
        }
    }
}
