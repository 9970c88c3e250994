//! Where a service answers: scheme, host and port.

use hyper::Uri;
use hyper::header::HeaderValue;

/// The scheme, host and port of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    is_tls: bool,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    /// As the URL has it: the `Host` of a request.
    authority: HeaderValue,
}

impl Origin {
    /// The origin of an absolute `http` or `https` URL, and its path with its query; `None` where it is none.
    #[must_use]
    pub fn of(url: &str) -> Option<(Self, String)> {
        let url: Uri = url.parse().ok()?;
        let is_tls = match url.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = url.authority()?;
        // A user's name would be sent as part of the host.
        let host = authority.host();
        if host.is_empty() || authority.as_str().contains('@') {
            return None;
        }
        let origin = Self {
            is_tls,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
            authority: HeaderValue::from_str(authority.as_str()).ok()?,
        };
        Some((origin, url.path_and_query()?.as_str().to_owned()))
    }

    /// A host that is reached by TLS. A name that is none cannot be reached.
    pub(crate) fn https(host: &str) -> Self {
        Self {
            is_tls: true,
            host: host.to_owned(),
            port: 443,
            authority: HeaderValue::from_str(host).unwrap_or(HeaderValue::from_static("")),
        }
    }

    pub(super) fn is_tls(&self) -> bool {
        self.is_tls
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// What a request names as its `Host`.
    #[must_use]
    pub fn authority(&self) -> &HeaderValue {
        &self.authority
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority.to_str().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        for (url, host, port, path) in [
            ("https://a.example", "a.example", 443, "/"),
            ("http://127.0.0.1:4566/", "127.0.0.1", 4566, "/"),
            ("http://[::1]:80/x?y=1", "::1", 80, "/x?y=1"),
        ] {
            let (origin, rest) = Origin::of(url).unwrap();
            assert_eq!(
                (origin.host(), origin.port(), rest.as_str()),
                (host, port, path),
                "{url}"
            );
            assert_eq!(origin.is_tls(), url.starts_with("https"));
            assert!(url.starts_with(&origin.to_string()));
        }
        for url in [
            "",
            "a.example",
            "/x",
            "ftp://a.example",
            "https://user@a.example",
            "https://",
        ] {
            assert_eq!(Origin::of(url), None, "{url}");
        }
    }
}
