//! Whom a connection counts as.
//!
//! One IPv4 address is a client. An IPv6 host has a whole /64 to choose addresses from (RFC 4291 section 2.5.1), so a
//! /64 is one. Whoever owns many of these still owns them in a row, so each client also counts towards its /24 or its
//! /48, the smallest networks that are commonly routed and given out (RFC 6177).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whom a connection counts as: two networks, one in the other.
///
/// A connection without an address (a Unix socket) is this machine's. It counts only towards what all clients use
/// together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Client(Option<IpAddr>);

impl Client {
    /// The client at that address; `None` for a connection without one. An IPv4 address that is written as IPv6
    /// (`::ffff:192.0.2.1`) is the IPv4 address.
    #[must_use]
    pub fn new(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => prefix(address, 64).into(),
        }))
    }

    /// Its /32 (IPv4) or /64 (IPv6).
    #[must_use]
    pub fn narrow(self) -> Option<IpAddr> {
        self.0
    }

    /// Its /24 (IPv4) or /48 (IPv6).
    #[must_use]
    pub fn wide(self) -> Option<IpAddr> {
        self.0.map(|address| match address {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Ipv4Addr::from([a, b, c, 0]).into()
            }
            IpAddr::V6(address) => prefix(address, 48).into(),
        })
    }

    /// Whether it is on this machine. `::1` has lost its last bits to the /64, in which no other host can be.
    #[must_use]
    pub fn is_local(self) -> bool {
        self.0.is_none_or(|address| match address {
            IpAddr::V4(address) => address.is_loopback(),
            IpAddr::V6(address) => address.is_unspecified(),
        })
    }
}

fn prefix(address: Ipv6Addr, length: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn client(text: &str) -> Client {
        Client::new(Some(text.parse().unwrap()))
    }

    #[test]
    fn networks() {
        for (address, narrow, wide) in [
            ("192.0.2.77", "192.0.2.77", "192.0.2.0"),
            ("::ffff:192.0.2.77", "192.0.2.77", "192.0.2.0"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", "2001:db8:1::"),
        ] {
            let client = client(address);
            assert_eq!(client.narrow(), Some(narrow.parse().unwrap()), "{address}");
            assert_eq!(client.wide(), Some(wide.parse().unwrap()), "{address}");
            assert!(!client.is_local(), "{address}");
        }
        for local in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(client(local).is_local(), "{local}");
        }
        let socket = Client::new(None);
        assert!(socket.is_local() && socket.narrow().is_none() && socket.wide().is_none());
    }

    proptest! {
        #[test]
        fn hosts_of_one_network_are_one_client(network: u64, a: u64, b: u64) {
            let host = |host: u64| {
                let bits = u128::from(network) << 64 | u128::from(host);
                Client::new(Some(Ipv6Addr::from_bits(bits).into()))
            };
            prop_assume!(network != 0);
            prop_assert_eq!(host(a), host(b));
        }

        #[test]
        fn a_narrow_network_lies_in_its_wide_one(bits: u128) {
            let client = Client::new(Some(Ipv6Addr::from_bits(bits).into()));
            let again = Client::new(client.narrow());
            prop_assert_eq!(again.wide(), client.wide());
        }
    }
}
