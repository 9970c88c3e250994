//! Where a listener is reached, if its operator does not say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use relay::Domain;

use crate::data_dir::is_local;

/// The address at which this machine reaches a listener: one on every address answers on loopback.
#[must_use]
pub fn on_this_machine(listener: SocketAddr) -> SocketAddr {
    let ip = match listener.ip().to_canonical() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listener.port())
}

/// Whether it listens on every address of the machine. That address names no machine to a client.
fn is_every_address(listener: SocketAddr) -> bool {
    listener.ip().to_canonical().is_unspecified()
}

/// The scheme of a listener, and the port that a URL of it need not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// The URL of a listener: by the name of its certificate where that is known, else by its address. One on every address
/// has that of the domain, or of this machine where no other machine knows the domain.
pub(crate) fn url(scheme: Scheme, listener: SocketAddr, certificate: Option<&str>, domain: &Domain) -> String {
    let domain = Some(domain.as_str()).filter(|domain| is_every_address(listener) && !is_local(domain));
    match (certificate.or(domain), listener.port()) {
        (None, _) => url_on_this_machine(scheme, listener),
        (Some(name), port) if port == scheme.port() => format!("{}://{name}", scheme.name()),
        (Some(name), port) => format!("{}://{name}:{port}", scheme.name()),
    }
}

fn url_on_this_machine(scheme: Scheme, listener: SocketAddr) -> String {
    format!("{}://{}", scheme.name(), on_this_machine(listener))
}

/// Whether a URL leads each machine to itself although it is that of a listener which other machines reach.
#[must_use]
pub fn is_lost_on_others(url: &str, http: SocketAddr, https: Option<SocketAddr>) -> bool {
    let listeners = [(Scheme::Http, Some(http)), (Scheme::Https, https)];
    listeners.into_iter().any(|(scheme, listener)| {
        listener.is_some_and(|listener| is_every_address(listener) && url == url_on_this_machine(scheme, listener))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scheme: Scheme, listener: &str, certificate: Option<&str>, domain: &str) -> String {
        url(
            scheme,
            listener.parse().unwrap(),
            certificate,
            &Domain::parse(domain).unwrap(),
        )
    }

    #[test]
    fn a_listener_on_every_address_is_named_by_what_clients_can_use() {
        let (local, known) = ("relay.localhost", "relay.example.org");
        for (scheme, listener, certificate, domain, expected) in [
            (Scheme::Http, "127.0.0.1:8080", None, known, "http://127.0.0.1:8080"),
            (Scheme::Https, "192.0.2.1:443", None, known, "https://192.0.2.1:443"),
            (
                Scheme::Http,
                "0.0.0.0:8080",
                None,
                known,
                "http://relay.example.org:8080",
            ),
            (Scheme::Http, "0.0.0.0:80", None, known, "http://relay.example.org"),
            (Scheme::Https, "0.0.0.0:443", None, known, "https://relay.example.org"),
            (
                Scheme::Https,
                "[::]:8443",
                None,
                known,
                "https://relay.example.org:8443",
            ),
            (
                Scheme::Https,
                "0.0.0.0:443",
                Some("a.example"),
                known,
                "https://a.example",
            ),
            (
                Scheme::Https,
                "127.0.0.1:8443",
                Some("a.example"),
                known,
                "https://a.example:8443",
            ),
            (Scheme::Http, "0.0.0.0:8080", None, local, "http://127.0.0.1:8080"),
            (Scheme::Https, "[::]:443", None, local, "https://[::1]:443"),
            (Scheme::Http, "[::ffff:0.0.0.0]:80", None, local, "http://127.0.0.1:80"),
        ] {
            assert_eq!(of(scheme, listener, certificate, domain), expected, "{listener}");
        }
    }

    #[test]
    fn a_url_that_other_machines_cannot_use_is_known() {
        let (every, one) = ("0.0.0.0:443".parse().unwrap(), "127.0.0.1:8080".parse().unwrap());
        for (url, http, https, expected) in [
            ("http://127.0.0.1:8080", one, None, false),
            ("http://127.0.0.1:443", every, None, true),
            ("https://127.0.0.1:443", one, Some(every), true),
            ("https://relay.example.org", one, Some(every), false),
            ("http://127.0.0.1:8080", one, Some(every), false),
        ] {
            assert_eq!(is_lost_on_others(url, http, https), expected, "{url}");
        }
    }
}
