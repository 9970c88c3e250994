//! The cookies that Arlo sets. The trust cookie makes the next login work without a code.
//!
//! This implements RFC 6265, sections 5.1 to 5.4, as far as a client without scripts and without third parties needs
//! it. The jar is our own because it is saved in the session file, and reqwest's jar cannot be saved.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::transport::http_date;

/// The most cookies, and the longest cookie in bytes. RFC 6265 section 6.1 demands at least these.
const MAX_COOKIES: usize = 50;
const MAX_LENGTH: usize = 4096;

/// One cookie. It has no `Debug`, because it contains a secret.
#[derive(Clone, Serialize, Deserialize)]
struct Cookie {
    name: String,
    value: String,
    /// The host, or the domain to which it may be sent with all subdomains.
    domain: String,
    host_only: bool,
    path: String,
    secure: bool,
    /// `None`: until the end of the session, which here is the file.
    expires: Option<Timestamp>,
}

/// All cookies of one login.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Jar {
    cookies: Vec<Cookie>,
}

impl Jar {
    /// Stores the cookie of one `Set-Cookie` line. Ignores what RFC 6265 tells a client to ignore.
    pub(crate) fn store(&mut self, url: &Url, line: &str, now: Timestamp) {
        let Some(cookie) = parse(url, line, now) else { return };
        self.cookies
            .retain(|old| (&old.name, &old.domain, &old.path) != (&cookie.name, &cookie.domain, &cookie.path));
        self.cookies.push(cookie);
        self.cookies.retain(|cookie| cookie.expires.is_none_or(|at| at > now));
        if self.cookies.len() > MAX_COOKIES {
            self.cookies.remove(0);
        }
    }

    /// The `Cookie` header for a request; `None` if there is no cookie for it.
    pub(crate) fn header(&self, url: &Url, now: Timestamp) -> Option<String> {
        let host = url.host_str()?;
        let mut found: Vec<&Cookie> = self
            .cookies
            .iter()
            .filter(|cookie| {
                let reaches = host == cookie.domain || (!cookie.host_only && is_subdomain(url, &cookie.domain));
                reaches
                    && path_matches(url.path(), &cookie.path)
                    && (!cookie.secure || url.scheme() == "https")
                    && cookie.expires.is_none_or(|at| at > now)
            })
            .collect();
        found.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = found
            .iter()
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

fn parse(url: &Url, line: &str, now: Timestamp) -> Option<Cookie> {
    if line.len() > MAX_LENGTH {
        return None;
    }
    let host = url.host_str()?;
    let mut parts = line.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || value.chars().any(char::is_control) {
        return None;
    }
    let mut cookie = Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        domain: host.to_owned(),
        host_only: true,
        path: default_path(url),
        secure: false,
        expires: None,
    };
    let mut max_age = None;
    for attribute in parts {
        let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "domain" => {
                let domain = value.trim_start_matches('.').to_ascii_lowercase();
                if !domain.is_empty() && domain != host {
                    if !domain.contains('.') || !is_subdomain(url, &domain) {
                        return None;
                    }
                    cookie.host_only = false;
                    cookie.domain = domain;
                } else if domain == host {
                    cookie.host_only = false;
                }
            }
            "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
            "secure" => cookie.secure = true,
            "expires" => cookie.expires = http_date(&value.replace('-', " ")),
            "max-age" => max_age = value.parse::<i64>().ok(),
            _ => {}
        }
    }
    // Max-Age has precedence over Expires, whatever their order is.
    if let Some(seconds) = max_age {
        let seconds = jiff::SignedDuration::from_secs(seconds);
        cookie.expires = Some(now.saturating_add(seconds).unwrap_or(now));
    }
    Some(cookie)
}

/// Whether the URL's host is a subdomain of the domain. An IP address is not.
fn is_subdomain(url: &Url, domain: &str) -> bool {
    url.domain()
        .and_then(|host| host.strip_suffix(domain))
        .is_some_and(|rest| rest.ends_with('.'))
}

fn default_path(url: &Url) -> String {
    match url.path().rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => url.path().get(..end).unwrap_or("/").to_owned(),
    }
}

fn path_matches(path: &str, cookie: &str) -> bool {
    path.strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTH: &str = "https://ocapi-app.arlo.com/api/auth";

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    /// The cookies sent to `to` after `from` set `lines`.
    fn sent(from: &str, lines: &[&str], to: &str) -> Option<String> {
        let mut jar = Jar::default();
        for line in lines {
            jar.store(&Url::parse(from).unwrap(), line, now());
        }
        jar.header(&Url::parse(to).unwrap(), now())
    }

    #[test]
    fn a_cookie_is_sent_to_its_own_urls_only() {
        for (line, to, expected) in [
            ("browser_trust=a; Path=/", AUTH, true),
            ("browser_trust=a", "https://ocapi-app.arlo.com/api/getFactorId", true),
            ("browser_trust=a", "https://ocapi-app.arlo.com/apiary", false),
            ("browser_trust=a", "https://ocapi-app.arlo.com/other", false),
            ("browser_trust=a; Path=/", "https://myapi.arlo.com/", false),
            (
                "browser_trust=a; Path=/; Domain=.arlo.com",
                "https://myapi.arlo.com/",
                true,
            ),
            ("browser_trust=a; Path=/; Domain=ARLO.com", "https://arlo.com/", true),
            (
                "browser_trust=a; Path=/; Domain=.arlo.com",
                "https://notarlo.com/",
                false,
            ),
            ("browser_trust=a; Path=/; Domain=example.org", AUTH, false),
            ("browser_trust=a; Path=/; Domain=com", AUTH, false),
            ("browser_trust=a; Path=/; Secure", "http://ocapi-app.arlo.com/", false),
            ("browser_trust=a; Path=/; Max-Age=1209600", AUTH, true),
            ("browser_trust=a; Path=/; Max-Age=0", AUTH, false),
            (
                "browser_trust=a; Path=/; Expires=Sun, 06 Nov 1994 08:49:37 GMT",
                AUTH,
                false,
            ),
            (
                "browser_trust=a; Path=/; Expires=Sun, 06-Dec-2026 08:49:37 GMT",
                AUTH,
                true,
            ),
            (
                "browser_trust=a; Path=/; Max-Age=9; Expires=Sun, 06 Nov 1994 08:49:37 GMT",
                AUTH,
                true,
            ),
            ("browser_trust", AUTH, false),
            ("=a", AUTH, false),
        ] {
            assert_eq!(sent(AUTH, &[line], to).is_some(), expected, "{line} to {to}");
        }
    }

    #[test]
    fn an_address_of_the_loopback_has_cookies_too() {
        let url = "http://127.0.0.1:8080/api/auth";
        assert_eq!(
            sent(url, &["a=1; Path=/"], "http://127.0.0.1:9090/").as_deref(),
            Some("a=1")
        );
        assert_eq!(sent(url, &["a=1; Path=/; Domain=0.0.1"], url), None);
        assert_eq!(
            sent(url, &["a=1; Path=/; Domain=127.0.0.1"], url).as_deref(),
            Some("a=1")
        );
    }

    #[test]
    fn a_new_value_replaces_the_old() {
        assert_eq!(sent(AUTH, &["a=1", "b=2", "a=3"], AUTH).as_deref(), Some("b=2; a=3"));
        assert_eq!(sent(AUTH, &["a=1", "a=; Max-Age=-1"], AUTH), None);
        assert_eq!(sent(AUTH, &["a=1; Path=/", "a=2"], AUTH).as_deref(), Some("a=2; a=1"));
    }

    #[test]
    fn expired_cookies_are_removed() {
        let url = Url::parse(AUTH).unwrap();
        let mut jar = Jar::default();
        for n in 0..MAX_COOKIES {
            jar.store(&url, &format!("n{n}=1; Max-Age=60"), now());
        }
        let later = now() + jiff::SignedDuration::from_secs(61);
        assert_eq!(jar.header(&url, later), None);
        jar.store(&url, "browser_trust=a", later);
        assert_eq!(jar.header(&url, later).as_deref(), Some("browser_trust=a"));
    }

    #[test]
    fn count_and_length_are_bounded() {
        let many: Vec<String> = (0..200).map(|n| format!("n{n}=1")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let kept = sent(AUTH, &many, AUTH).unwrap();
        assert_eq!(kept.split(';').count(), MAX_COOKIES);
        assert!(kept.ends_with("n199=1"), "the newest is kept");
        assert_eq!(sent(AUTH, &[&format!("a={}", "x".repeat(MAX_LENGTH))], AUTH), None);
    }
}
