//! A URL that opens a recording, a picture or a stream for whoever has it.

use std::fmt;

use url::Url;

/// A URL with a capability. Neither `Debug` nor any other way shows it, except [`expose`](Self::expose).
///
/// Arlo's URLs of recordings and pictures are signed and expire after about a day. They need no header of Arlo.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MediaUrl(String);

impl MediaUrl {
    /// A URL with a host, or `None`. A blank or a control character in it would be a part of no URL, and could move the
    /// cursor of a terminal. What a browser would mend, as `https:a`, another program may read otherwise.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let url = Url::parse(text).ok()?;
        let is_plain = !text.chars().any(|c| c.is_control() || c.is_whitespace());
        let rest = text.get(url.scheme().len()..).and_then(|rest| rest.strip_prefix("://"));
        let is_whole = rest.is_some_and(|rest| !rest.starts_with(['/', '\\']));
        (is_plain && is_whole && url.has_host()).then(|| Self(text.to_owned()))
    }

    /// The URL itself, for the request.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port, which may be shown.
    #[must_use]
    pub fn origin(&self) -> String {
        let Ok(url) = Url::parse(&self.0) else {
            return String::new();
        };
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{host}{port}", url.scheme())
    }

    /// Whether the path has this folder, as `/snapshots/`.
    pub(crate) fn has_folder(&self, name: &str) -> bool {
        let Ok(url) = Url::parse(&self.0) else { return false };
        url.path_segments()
            .is_some_and(|mut segments| segments.any(|segment| segment == name))
    }

    /// The URL without its query, which changes with each signature.
    pub(crate) fn without_query(&self) -> &str {
        self.0.split('?').next().unwrap_or_default()
    }
}

impl fmt::Debug for MediaUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MediaUrl")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_shows_its_origin_and_no_more() {
        let url = MediaUrl::parse("https://media.example:8443/U1/snapshots/SECRET.jpg?sig=SECRET").unwrap();
        assert_eq!(format!("{url:?}"), "MediaUrl");
        assert_eq!(url.origin(), "https://media.example:8443");
        assert!(url.has_folder("snapshots") && !url.has_folder("recordings"));
        assert!(url.expose().contains("SECRET"));
        for text in [
            "",
            "no url",
            "data:text/plain,x",
            "/path",
            "https://a/\u{1b}[2J",
            "https://a/b c",
            "https:a/b",
            "https:b//a/m",
            "https:/a",
            "https:///a",
            "https:\\\\a",
        ] {
            assert_eq!(MediaUrl::parse(text), None, "{text}");
        }
    }
}
