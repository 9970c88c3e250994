//! What happened to an enrolment, and how often, in few bytes: fifty events are in every item, and an item's size is
//! what a write costs.
//!
//! An event is the number of its kind with the length of its network (1 byte), its time (6 bytes, milliseconds since
//! 1970), and its network (the 3 bytes of a /24, the 6 bytes of a /48, or none). A count is the number of its kind, how
//! often it happened (8 bytes), and the time of the last. One follows the other.

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use relay::{AuditEvent, AuditKind, ClientNetwork, MAX_EVENTS, MailEvent, Tally};

use super::values::{self, AttributeValue};

/// The names of the kinds; a kind's number is its place here. A new one is added at the end.
const KINDS: [&str; 17] = [
    "enrolled",
    "prestaged",
    "wrong-token",
    "token-replaced",
    "address-replaced",
    "suspended",
    "resumed",
    "code-delivered",
    "nothing-waiting",
    "duplicate",
    "conflicting-codes",
    "forwarding-confirmation",
    "no-code",
    "not-from-arlo",
    "forwarded-by-another",
    "too-complex",
    "not-signed",
];
/// Above the number of a kind, the length of the network in threes of bytes.
const NETWORK_SHIFT: u8 = 6;

/// The newest events of several lists, the newest first. Of two at the same time, the one in the earlier list.
pub(super) fn newest(events: impl IntoIterator<Item = AuditEvent>) -> Vec<AuditEvent> {
    let mut events: Vec<AuditEvent> = events.into_iter().collect();
    events.sort_by_key(|event| Reverse(event.at));
    events.truncate(MAX_EVENTS);
    events
}

pub(super) fn written(events: &[AuditEvent]) -> AttributeValue {
    values::bytes(events.iter().filter_map(write).flatten().collect::<Vec<u8>>())
}

/// The events of an attribute. What a newer version wrote ends them.
pub(super) fn read(mut bytes: &[u8]) -> Vec<AuditEvent> {
    std::iter::from_fn(|| read_one(&mut bytes)).collect()
}

fn number(name: &str) -> Option<u8> {
    let place = KINDS.iter().position(|kind| *kind == name)?;
    u8::try_from(place).ok()
}

fn write(event: &AuditEvent) -> Option<Vec<u8>> {
    let network = event.network.map(write_network).unwrap_or_default();
    let threes = u8::try_from(network.len() / 3).ok()?;
    let mut bytes = vec![number(event.kind.name())? | threes << NETWORK_SHIFT];
    bytes.extend(write_time(event.at));
    bytes.extend(network);
    Some(bytes)
}

fn read_one(bytes: &mut &[u8]) -> Option<AuditEvent> {
    let (head, rest) = bytes.split_first()?;
    let (at, rest) = rest.split_first_chunk()?;
    let (network, rest) = rest.split_at_checked(usize::from(head >> NETWORK_SHIFT) * 3)?;
    *bytes = rest;
    let kind = KINDS.get(usize::from(head & !(u8::MAX << NETWORK_SHIFT)))?;
    Some(AuditEvent {
        at: read_time(at)?,
        kind: AuditKind::from_name(kind)?,
        network: read_network(network),
    })
}

fn write_time(at: Timestamp) -> impl Iterator<Item = u8> {
    // The first two bytes are zero until the year 10889.
    at.as_millisecond().max(0).to_be_bytes().into_iter().skip(2)
}

fn read_time(bytes: &[u8; 6]) -> Option<Timestamp> {
    let milliseconds = bytes.iter().fold(0, |all, byte| all << 8 | i64::from(*byte));
    Timestamp::from_millisecond(milliseconds).ok()
}

/// The counts with one more of this.
pub(super) fn counted(tallies: &[Tally], event: MailEvent, at: Timestamp) -> AttributeValue {
    let before = tallies.iter().find(|tally| tally.event == event);
    let one_more = Tally {
        event,
        count: before.map_or(0, |tally| tally.count).saturating_add(1),
        last_at: at,
    };
    let others = tallies.iter().filter(|tally| tally.event != event);
    let write = |tally: &Tally| {
        let mut bytes = vec![number(tally.event.name())?];
        bytes.extend(tally.count.to_be_bytes());
        bytes.extend(write_time(tally.last_at));
        Some(bytes)
    };
    let written = others.chain([&one_more]).filter_map(write).flatten();
    values::bytes(written.collect::<Vec<u8>>())
}

/// The counts of an attribute, in the order of [`MailEvent::ALL`].
pub(super) fn read_counts(mut bytes: &[u8]) -> Vec<Tally> {
    let mut read = || {
        let (kind, rest) = bytes.split_first()?;
        let (count, rest) = rest.split_first_chunk()?;
        let (last_at, rest) = rest.split_first_chunk()?;
        bytes = rest;
        Some(Tally {
            event: MailEvent::from_name(KINDS.get(usize::from(*kind))?)?,
            count: u64::from_be_bytes(*count),
            last_at: read_time(last_at)?,
        })
    };
    let mut tallies: Vec<Tally> = std::iter::from_fn(&mut read).collect();
    tallies.sort_by_key(|tally| tally.event);
    tallies
}

/// The bytes of a network that are not zero for all.
pub(super) fn write_network(network: ClientNetwork) -> Vec<u8> {
    let text = network.to_string();
    let address = text.split('/').next().and_then(|address| address.parse().ok());
    match address {
        Some(IpAddr::V4(address)) => address.octets().into_iter().take(3).collect(),
        Some(IpAddr::V6(address)) => address.octets().into_iter().take(6).collect(),
        None => Vec::new(),
    }
}

pub(super) fn read_network(bytes: &[u8]) -> Option<ClientNetwork> {
    let address = match bytes {
        [a, b, c] => Ipv4Addr::new(*a, *b, *c, 0).into(),
        [a, b, c, d, e, f] => {
            let part = |high: &u8, low: &u8| u16::from_be_bytes([*high, *low]);
            Ipv6Addr::new(part(a, b), part(c, d), part(e, f), 0, 0, 0, 0, 0).into()
        }
        _ => return None,
    };
    Some(ClientNetwork::from_address(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    fn bytes(value: &AttributeValue) -> Vec<u8> {
        value.bytes().unwrap().to_vec()
    }

    #[test]
    fn every_kind_has_a_number() {
        for name in KINDS {
            assert!(AuditKind::from_name(name).is_some(), "{name}");
        }
        for event in MailEvent::ALL {
            assert!(number(event.name()).is_some(), "{event:?}");
        }
        assert!(number("prestaged").is_some_and(|number| number < 1 << NETWORK_SHIFT));
    }

    #[test]
    fn events_read_back() {
        let networks = [None, Some("192.0.2.0/24"), Some("2001:db8:1::/48")];
        let events: Vec<AuditEvent> = KINDS
            .iter()
            .zip(networks.iter().cycle())
            .map(|(kind, network)| AuditEvent {
                at: at(1_800_000_000_123),
                kind: AuditKind::from_name(kind).unwrap(),
                network: network.map(|text| ClientNetwork::parse(text).unwrap()),
            })
            .collect();
        let all = bytes(&written(&events));
        assert_eq!(read(&all), events);
        assert_eq!(all.len(), 17 * 7 + 6 * 3 + 5 * 6);
        assert_eq!(read(&all[..all.len() - 1]), events[..16]);
        assert_eq!(read(&[63; 40]), []);
    }

    #[test]
    fn counts_read_back() {
        let mut tallies = Vec::new();
        for (event, last_at) in [
            (MailEvent::NoCode, at(1)),
            (MailEvent::CodeDelivered, at(2)),
            (MailEvent::NoCode, at(1_800_000_000_123)),
        ] {
            let all = bytes(&counted(&tallies, event, last_at));
            tallies = read_counts(&all);
            assert_eq!(all.len(), tallies.len() * 15);
        }
        let read: Vec<_> = tallies
            .iter()
            .map(|tally| (tally.event, tally.count, tally.last_at))
            .collect();
        let expected = [
            (MailEvent::CodeDelivered, 1, at(2)),
            (MailEvent::NoCode, 2, at(1_800_000_000_123)),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn the_newest_come_first_and_the_oldest_go() {
        let event = |second: i64| AuditEvent {
            at: at(second * 1000),
            kind: AuditKind::Prestaged,
            network: None,
        };
        let all = newest((30..60).chain(0..30).map(event));
        assert_eq!((all.len(), all[0].at, all[49].at), (50, event(59).at, event(10).at));
    }
}
