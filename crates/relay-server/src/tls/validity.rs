//! From when until when a certificate is valid (RFC 5280 section 4.1.2.5), and for which public key it is.
//!
//! A walk to these fields alone, in place of a parser of all of X.509: rustls checks the certificates of others, and
//! this server only has to know its own.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::CertificateDer;

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// `[0]`, where the version is.
const VERSION: u8 = 0xa0;

/// This long before its end a certificate should have been renewed long ago.
const LATE: SignedDuration = SignedDuration::from_hours(21 * 24);

/// The time in which a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// From then on.
    pub from: Timestamp,
    /// To then.
    pub to: Timestamp,
}

impl Validity {
    /// Reads it in a certificate; `None` if that is no certificate.
    #[must_use]
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (validity, _) = value(from_validity(certificate)?, SEQUENCE)?;
        let (from, rest) = time(validity)?;
        let (to, _) = time(rest)?;
        Some(Self { from, to })
    }

    /// Whether it ends soon: in 21 days, or in a quarter of its time if that is less.
    #[must_use]
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        let quarter = self.to.duration_since(self.from) / 4;
        self.to.duration_since(now) < LATE.min(quarter)
    }

    /// When it should be renewed: when a third of its time is left.
    #[must_use]
    pub(super) fn renew_at(&self) -> Timestamp {
        let third = self.to.duration_since(self.from) / 3;
        self.to.saturating_sub(third).unwrap_or(self.from)
    }
}

/// The public key of a certificate with its algorithm, as DER (`SubjectPublicKeyInfo`).
pub(super) fn public_key<'a>(certificate: &'a CertificateDer<'_>) -> Option<&'a [u8]> {
    let mut rest = from_validity(certificate)?;
    // The validity and the subject.
    for _ in 0..2 {
        rest = element(rest)?.2;
    }
    let (_, after) = value(rest, SEQUENCE)?;
    rest.get(..rest.len() - after.len())
}

/// A certificate from its validity on.
fn from_validity<'a>(certificate: &'a CertificateDer<'_>) -> Option<&'a [u8]> {
    let (certificate, _) = value(certificate, SEQUENCE)?;
    let (mut rest, _) = value(certificate, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest)?.2;
    }
    // The serial number, the algorithm and the issuer.
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    Some(rest)
}

/// One element of DER: its tag, its value, and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if digits.is_empty() || digits.len() > 4 {
            return None;
        }
        let length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
        (length, rest)
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((tag, value, rest))
}

fn value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, value, rest) = element(der)?;
    (found == tag).then_some((value, rest))
}

fn time(der: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (tag, value, rest) = element(der)?;
    let text = std::str::from_utf8(value).ok()?.strip_suffix('Z')?;
    let (year, text) = match tag {
        GENERALIZED_TIME => text.split_at_checked(4)?,
        UTC_TIME => text.split_at_checked(2)?,
        _ => return None,
    };
    let year: i16 = digits(year)?;
    let year = match tag {
        UTC_TIME if year < 50 => 2000 + year,
        UTC_TIME => 1900 + year,
        _ => year,
    };
    let part = |at: usize| -> Option<i8> { digits(text.get(at..at + 2)?) };
    let time = DateTime::new(year, part(0)?, part(2)?, part(4)?, part(6)?, part(8)?, 0).ok()?;
    let time = TimeZone::UTC.to_timestamp(time).ok()?;
    (text.len() == 10).then_some((time, rest))
}

fn digits<N: std::str::FromStr>(text: &str) -> Option<N> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, PublicKeyData, date_time_ymd};

    use super::*;

    fn certificate(from: (i32, u8, u8), to: (i32, u8, u8)) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["relay.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(from.0, from.1, from.2);
        params.not_after = date_time_ymd(to.0, to.1, to.2);
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().clone()
    }

    fn day(text: &str) -> Timestamp {
        format!("{text}T00:00:00Z").parse().unwrap()
    }

    #[test]
    fn it_is_read_in_both_forms() {
        // From 2050 on the years have four digits.
        let validity = Validity::of(&certificate((2026, 1, 31), (2051, 12, 1))).unwrap();
        assert_eq!((validity.from, validity.to), (day("2026-01-31"), day("2051-12-01")));
        let validity = Validity::of(&certificate((1999, 2, 28), (2026, 11, 26))).unwrap();
        assert_eq!((validity.from, validity.to), (day("1999-02-28"), day("2026-11-26")));
    }

    #[test]
    fn the_public_key_is_the_one_that_was_certified() {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["relay.example".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let found = public_key(certificate.der()).unwrap();
        assert_eq!(found, key.subject_public_key_info());
    }

    #[test]
    fn it_ends_soon_by_its_own_length() {
        let of = |from, to| Validity {
            from: day(from),
            to: day(to),
        };
        let long = of("2026-01-01", "2027-01-01");
        assert!(!long.ends_soon(day("2026-12-11")) && long.ends_soon(day("2026-12-12")));
        assert!(long.ends_soon(day("2027-02-01")));
        let short = of("2026-01-01", "2026-01-09");
        assert!(!short.ends_soon(day("2026-01-07")) && short.ends_soon(day("2026-01-08")));
        assert_eq!(of("2026-01-01", "2026-04-01").renew_at(), day("2026-03-02"));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(mut bytes in prop::collection::vec(any::<u8>(), 0..200), at: prop::sample::Index) {
            let _ = Validity::of(&CertificateDer::from(bytes.as_slice()));
            // A certificate with a change in it.
            let good = certificate((2026, 1, 1), (2026, 4, 1)).to_vec();
            let at = at.index(good.len());
            let end = (at + bytes.len()).min(good.len());
            bytes.truncate(end - at);
            let changed = [&good[..at], &bytes, &good[end..]].concat();
            let changed = CertificateDer::from(changed.as_slice());
            let _ = (Validity::of(&changed), public_key(&changed));
        }
    }
}
