//! Which traffic of a relay others can read on the network, and whether they find it there.

use std::net::SocketAddr;

use relay_server::reach::is_lost_on_others;

/// How a relay is reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reached<'a> {
    pub(crate) http: SocketAddr,
    pub(crate) smtp: SocketAddr,
    /// Whether SMTP offers STARTTLS.
    pub(crate) has_certificate: bool,
    /// The URL that clients are given, if the operator set one.
    pub(crate) public_url: Option<&'a str>,
}

impl Reached<'_> {
    /// A sentence for each connection that others can read, and how to encrypt it.
    pub(crate) fn warnings(self) -> Vec<String> {
        let Self {
            http,
            smtp,
            has_certificate,
            public_url,
        } = self;
        let mut warnings = Vec::new();
        if !smtp.ip().to_canonical().is_loopback() && !has_certificate {
            warnings.push(format!(
                "SMTP on {smtp} has no TLS: others on the network can read the codes in the mail. Set --tls-certificate and \
                 --tls-key, or --acme-domain"
            ));
        }
        if !http.ip().to_canonical().is_loopback() {
            warnings.push(format!(
                "HTTP on {http} has no TLS: others on the network can read tokens and codes. Serve it on 127.0.0.1, and \
                 clients by --https or behind a proxy with TLS"
            ));
        }
        if let Some(url) = public_url
            && arlo_client::is_in_clear(url)
        {
            warnings.push(format!(
                "clients reach the relay at {url}, without TLS: others on the network can read tokens and codes. Set \
                 --public-url to the https:// address of a proxy"
            ));
        }
        warnings
    }
}

/// What is wrong with a URL that no operator set, if clients on other machines reach the relay, but not by it.
pub(crate) fn lost_url(url: &str, http: SocketAddr, https: Option<SocketAddr>) -> Option<String> {
    is_lost_on_others(url, http, https).then(|| format!("clients are given {url}, which works on this machine alone"))
}

/// What mends it.
pub(crate) const SET_PUBLIC_URL: &str =
    "For clients on other machines, set --public-url of serve to the URL at which they reach it.";

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(http: &str, smtp: &str, has_certificate: bool, public_url: Option<&str>) -> Vec<String> {
        let reached = Reached {
            http: http.parse().unwrap(),
            smtp: smtp.parse().unwrap(),
            has_certificate,
            public_url,
        };
        reached.warnings()
    }

    #[test]
    fn what_stays_on_this_machine_or_is_encrypted_needs_no_word() {
        for (http, smtp, has_certificate, public_url) in [
            ("127.0.0.1:8080", "127.0.0.1:2525", false, None),
            (
                "[::1]:8080",
                "[::ffff:127.0.0.1]:25",
                false,
                Some("http://127.0.0.1:8080"),
            ),
            ("127.0.0.1:8080", "0.0.0.0:25", true, Some("https://relay.example.org")),
        ] {
            let warnings = warnings(http, smtp, has_certificate, public_url);
            assert!(warnings.is_empty(), "{warnings:?}");
        }
    }

    #[test]
    fn what_others_can_read_is_named_with_its_cure() {
        let local = "127.0.0.1:1";
        for (http, smtp, public_url, named) in [
            (local, "0.0.0.0:25", None, ["0.0.0.0:25", "--tls-certificate"]),
            (local, "[::]:25", None, ["[::]:25", "--tls-certificate"]),
            ("192.0.2.1:80", local, None, ["192.0.2.1:80", "proxy"]),
            (
                local,
                local,
                Some("http://relay.example.org"),
                ["http://relay.example.org", "--public-url"],
            ),
            (
                local,
                local,
                Some("http://relay.localhost"),
                ["http://relay.localhost", "--public-url"],
            ),
        ] {
            let warnings = warnings(http, smtp, false, public_url);
            let [warning] = &warnings[..] else {
                panic!("{warnings:?}")
            };
            assert!(named.iter().all(|named| warning.contains(named)), "{warning}");
        }
        assert_eq!(
            warnings("0.0.0.0:80", "0.0.0.0:25", false, Some("http://192.0.2.1")).len(),
            3
        );
    }
}
