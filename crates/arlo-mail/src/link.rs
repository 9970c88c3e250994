//! A link of a stranger's mail that can be shown: a whole https URL, and its host.
//!
//! A link has no other scheme, no user information (RFC 3986 section 3.2.1), and a host in plain ASCII with a domain
//! name.

use std::fmt;

/// Longest link, in bytes. A longer one is dropped, since a link that is cut does not work.
pub(crate) const MAX_LINK: usize = 500;
/// Longest name of a host, in bytes (RFC 1035 section 2.3.4).
const MAX_HOST: usize = 253;
/// The beginning of every link.
pub(crate) const SCHEME: &str = "https://";
/// The hosts of Gmail's links. Other hosts of google.com have pages that anybody can make.
const GOOGLE: [&str; 2] = ["mail-settings.google.com", "mail.google.com"];
/// Domains of mail providers and alias services that ask before they forward.
const PROVIDERS: [&str; 21] = [
    "addy.io",
    "aol.com",
    "cloudflare.com",
    "fastmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.net",
    "proton.me",
    "protonmail.com",
    "simplelogin.io",
    "web.de",
    "yahoo.co.jp",
    "yahoo.com",
    "zoho.com",
    "zoho.com.au",
    "zoho.eu",
    "zoho.in",
    "zoho.jp",
    "zoho.sa",
    "zohocloud.ca",
];

/// An https URL. `Debug` does not show it: whoever has the link can answer a provider's question.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    url: String,
    host: String,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(…)")
    }
}

impl Link {
    /// Reads a URL; `None` for any other text. Characters after the host that a URL must not have are percent-encoded.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let scheme = text.get(..SCHEME.len())?;
        let rest = text.get(SCHEME.len()..)?;
        if text.len() > MAX_LINK || !scheme.eq_ignore_ascii_case(SCHEME) {
            return None;
        }
        let (authority, after) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let authority = authority.to_ascii_lowercase();
        let host = match authority.split_once(':') {
            None => &authority,
            Some((host, port)) if port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()) => host,
            Some(_) => return None,
        };
        if !is_host(host) {
            return None;
        }
        let mut url = format!("{SCHEME}{authority}");
        for byte in after.bytes() {
            if is_of_link(byte) {
                url.push(char::from(byte));
            } else {
                url.push_str(&format!("%{byte:02X}"));
            }
        }
        (url.len() <= MAX_LINK).then(|| Self {
            host: host.to_owned(),
            url,
        })
    }

    /// The whole URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host, in lower case and without a port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is a link of a known mail provider.
    pub(crate) fn is_of_provider(&self) -> bool {
        GOOGLE.contains(&self.host())
            || PROVIDERS.iter().any(|domain| {
                let before = self.host.strip_suffix(domain);
                before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
            })
    }
}

/// Whether the text is a domain name of two labels or more, and no IP address.
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let top = host.rsplit_once('.').map(|(_, top)| top);
    host.len() <= MAX_HOST
        && host.split('.').all(is_label)
        && top.is_some_and(|top| top.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Whether a URL may have the byte. The apostrophe is left out because it ends an attribute of an HTML page.
pub(crate) fn is_of_link(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(
            byte,
            b'"' | b'\'' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
        )
}
