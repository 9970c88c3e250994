//! How much mail for the operator each writer may cause in a day.
//!
//! Whoever reaches the relay can cause mail to its operator: any mail server, and everyone who is enrolled. A writer
//! has a share, all writers that are not enrolled have one together, and so have all writers. Mail to an enrolment's
//! own address has a part that others cannot use up. The shares are kept in memory and by the monotonic clock: a mail
//! beyond its share costs no write, and a change of the wall clock gives no share twice.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use relay::EnrolmentId;
use relay::ports::Writer;

/// The time for which a share lasts.
const DAY: Duration = Duration::from_hours(24);

/// An amount of mail.
#[derive(Debug, Clone, Copy, Default)]
struct Amount {
    mails: u32,
    bytes: usize,
}

const KIB: usize = 1024;
/// The share of one enrolment, or of one network.
const ONE_WRITER: Amount = Amount {
    mails: 20,
    bytes: 2 * KIB * KIB,
};
/// The share of all whose network is not known: behind a mail server of the operator's, all of them look alike.
const UNKNOWN_WRITERS: Amount = Amount {
    mails: 200,
    bytes: 6 * KIB * KIB,
};
/// The share of all who are not enrolled.
const NOT_ENROLLED: Amount = Amount {
    mails: 400,
    bytes: 12 * KIB * KIB,
};
/// The share of all.
const ALL: Amount = Amount {
    mails: 1000,
    bytes: 32 * KIB * KIB,
};

impl Amount {
    fn with(self, bytes: usize) -> Self {
        Self {
            mails: self.mails.saturating_add(1),
            bytes: self.bytes.saturating_add(bytes),
        }
    }

    fn is_within(self, limit: Self) -> bool {
        self.mails <= limit.mails && self.bytes <= limit.bytes
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Share {
    Enrolment(EnrolmentId),
    Network(IpAddr),
    Unknown,
}

/// What was used in the current day.
#[derive(Debug)]
pub(super) struct Allowance {
    began: Instant,
    all: Amount,
    not_enrolled: Amount,
    /// As many entries at most as [`ALL`] has mails.
    writers: HashMap<Share, Amount>,
}

impl Allowance {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            began: now,
            all: Amount::default(),
            not_enrolled: Amount::default(),
            writers: HashMap::new(),
        }
    }

    /// Takes one mail from the writer's share; `false` if the share is used up.
    pub(super) fn take(&mut self, writer: Writer, bytes: usize, now: Instant) -> bool {
        if now.saturating_duration_since(self.began) >= DAY {
            *self = Self::new(now);
        }
        let (share, limit) = match writer {
            Writer::Enrolment(id) => (Share::Enrolment(id), ONE_WRITER),
            Writer::Client(client) => (Share::Network(network(client)), ONE_WRITER),
            Writer::Unknown => (Share::Unknown, UNKNOWN_WRITERS),
        };
        let is_not_enrolled = !matches!(writer, Writer::Enrolment(_));
        let of_writer = self.writers.get(&share).copied().unwrap_or_default().with(bytes);
        let of_not_enrolled = self.not_enrolled.with(bytes);
        let of_all = self.all.with(bytes);
        let has_room = of_writer.is_within(limit)
            && of_all.is_within(ALL)
            && (!is_not_enrolled || of_not_enrolled.is_within(NOT_ENROLLED));
        if has_room {
            self.writers.insert(share, of_writer);
            self.all = of_all;
            if is_not_enrolled {
                self.not_enrolled = of_not_enrolled;
            }
        }
        has_room
    }
}

/// What one holder of addresses commonly has: a /24 of IPv4, a /48 of IPv6.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(client) => Ipv4Addr::from_bits(client.to_bits() & (u32::MAX << 8)).into(),
        IpAddr::V6(client) => Ipv6Addr::from_bits(client.to_bits() & (u128::MAX << 80)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> Writer {
        Writer::Client(text.parse().unwrap())
    }

    fn enrolment(number: u8) -> Writer {
        Writer::Enrolment(EnrolmentId::from_bytes([number; 10]))
    }

    fn taken(allowance: &mut Allowance, writer: Writer, bytes: usize, now: Instant) -> u32 {
        (0..2000).map(|_| u32::from(allowance.take(writer, bytes, now))).sum()
    }

    #[test]
    fn a_network_has_one_share() {
        let now = Instant::now();
        let mut allowance = Allowance::new(now);
        assert_eq!(taken(&mut allowance, client("192.0.2.1"), 100, now), ONE_WRITER.mails);
        for same in ["192.0.2.200", "::ffff:192.0.2.7"] {
            assert!(!allowance.take(client(same), 100, now), "{same}");
        }
        assert!(allowance.take(client("192.0.3.1"), 100, now));
        assert_eq!(
            taken(&mut allowance, client("2001:db8:1:1::1"), 100, now),
            ONE_WRITER.mails
        );
        assert!(!allowance.take(client("2001:db8:1:ffff::1"), 100, now));
        assert!(allowance.take(client("2001:db8:2::1"), 100, now));
    }

    #[test]
    fn bytes_count_as_mails_do() {
        let now = Instant::now();
        let mut allowance = Allowance::new(now);
        assert!(allowance.take(enrolment(1), ONE_WRITER.bytes, now));
        assert!(!allowance.take(enrolment(1), 1, now));
        assert!(!allowance.take(enrolment(2), ONE_WRITER.bytes + 1, now));
        // A refused mail uses nothing.
        assert!(allowance.take(enrolment(2), ONE_WRITER.bytes, now));
    }

    #[test]
    fn not_enrolled_leave_room_for_who_is_enrolled_and_each_day_begins_anew() {
        let now = Instant::now();
        let mut allowance = Allowance::new(now);
        assert_eq!(taken(&mut allowance, Writer::Unknown, 10, now), UNKNOWN_WRITERS.mails);
        let of_networks: u32 = (0..=255)
            .map(|n| taken(&mut allowance, client(&format!("198.51.{n}.1")), 10, now))
            .sum();
        assert_eq!(of_networks + UNKNOWN_WRITERS.mails, NOT_ENROLLED.mails);
        let of_enrolments: u32 = (0..=255).map(|n| taken(&mut allowance, enrolment(n), 10, now)).sum();
        assert_eq!(of_enrolments + NOT_ENROLLED.mails, ALL.mails);
        assert!(allowance.writers.len() <= 1000);
        assert!(!allowance.take(enrolment(9), 10, now + DAY - Duration::from_secs(1)));
        assert!(allowance.take(enrolment(9), 10, now + DAY));
        assert_eq!(allowance.writers.len(), 1);
    }
}
