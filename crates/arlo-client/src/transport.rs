//! HTTP for this crate: one request and one bounded answer.
//!
//! Arlo is behind Cloudflare, which examines the TLS of a client, so the HTTP stack is a [`Transport`] that a caller
//! can replace. A transport follows no redirect, keeps no cookie and repeats no request. Its users do that.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use url::Url;

use crate::{Error, ErrorKind, clock};

/// Longest wait that a server can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A boxed future, so that the traits of this crate work as `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends HTTP requests.
pub trait Transport: Send + Sync {
    /// Sends the request once and reads the whole answer, whatever its status is.
    ///
    /// # Errors
    /// [`ErrorKind::Network`](crate::ErrorKind::Network) if there was no answer within [`Request::timeout`], and
    /// [`ErrorKind::UnexpectedAnswer`](crate::ErrorKind::UnexpectedAnswer) if it was longer than
    /// [`Request::max_body`].
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>>;

    /// Sends the request once, and gives the answer's body piece by piece as it comes, for an answer that stays open.
    /// [`Request::timeout`] is for the answer's head. A transport without this method gives an error.
    ///
    /// # Errors
    /// [`ErrorKind::Network`](crate::ErrorKind::Network) if there was no answer in time, and
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if the transport has no streams.
    fn open(&self, request: Request) -> BoxFuture<'_, Result<OpenResponse, Error>> {
        drop(request);
        let message = "this transport has no streams: implement Transport::open, or use the default transport";
        Box::pin(std::future::ready(Err(Error::new(ErrorKind::Configuration, message))))
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        (**self).send(request)
    }

    fn open(&self, request: Request) -> BoxFuture<'_, Result<OpenResponse, Error>> {
        (**self).open(request)
    }
}

/// A body that comes piece by piece.
pub trait Chunks: Send {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// [`ErrorKind::Network`](crate::ErrorKind::Network) if the connection broke.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Error>>;
}

/// The head of an answer whose body is still to come. `Debug` shows only its status.
#[non_exhaustive]
pub struct OpenResponse {
    /// The HTTP status.
    pub status: u16,
    /// Header names, in lower case, and values. A value that is not text is left out.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Box<dyn Chunks>,
}

impl OpenResponse {
    /// An answer, for a transport of the caller.
    #[must_use]
    pub fn new(status: u16, headers: Vec<(String, String)>, body: Box<dyn Chunks>) -> Self {
        Self { status, headers, body }
    }
}

impl fmt::Debug for OpenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenResponse")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The methods that this crate uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
    /// `OPTIONS`, a browser's preflight before a call to another origin
    Options,
}

/// One request. `Debug` shows neither its path nor its headers nor its body.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL, `http` or `https`. It is sent exactly as it is.
    pub url: String,
    /// Header names, in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body. Empty for none.
    pub body: Vec<u8>,
    /// Time limit up to the last byte of the answer.
    pub timeout: Duration,
    /// Longest answer, in bytes.
    pub max_body: usize,
}

impl Request {
    /// A request without headers and body, with half a minute of time and 64 KiB for the answer. The caller sets other
    /// values in the fields.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: Duration::from_secs(30),
            max_body: 64 << 10,
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("origin", &origin(&self.url))
            .field("timeout", &self.timeout)
            .field("max_body", &self.max_body)
            .finish_non_exhaustive()
    }
}

/// One answer. `Debug` shows only its status and its length.
#[derive(Clone)]
#[non_exhaustive]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Header names, in lower case, and values. A value that is not text is left out.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer, for a transport of the caller.
    #[must_use]
    pub fn new(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        Self { status, headers, body }
    }

    /// The first header of this name, which must be given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(header, _)| header == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// Every header of this name, which must be given in lower case.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// How long the server asks to wait: `Retry-After` of RFC 9110 section 10.2.3, seconds or a date; a week at most.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.header("retry-after")?.trim();
        let wait = if let Ok(seconds) = value.parse::<u64>() {
            Duration::from_secs(seconds)
        } else {
            let then = http_date(value)?;
            let now = self.date().unwrap_or_else(clock::now);
            Duration::try_from(then.duration_since(now)).unwrap_or_default()
        };
        Some(wait.min(MAX_RETRY_AFTER))
    }

    /// The time of the answering server's clock.
    pub(crate) fn date(&self) -> Option<jiff::Timestamp> {
        http_date(self.header("date")?)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Reads the date format of HTTP (RFC 9110 section 5.6.7), which is that of RFC 5322 with `GMT`.
pub(crate) fn http_date(value: &str) -> Option<jiff::Timestamp> {
    jiff::fmt::rfc2822::parse(value.trim())
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// Scheme, host and port. Nothing else of a URL may be shown.
pub(crate) fn origin(url: &str) -> String {
    Url::parse(url).map_or_else(|_| "(no URL)".to_owned(), |url| url.origin().ascii_serialization())
}

/// Whether the URL's host is this machine: a loopback address, or `localhost` if that resolves to one. Any other name
/// can be another machine, even `*.localhost`, because the resolver of this machine decides.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost" && is_localhost_here(),
    }
}

fn is_localhost_here() -> bool {
    static HERE: LazyLock<bool> = LazyLock::new(|| {
        let resolved = ("localhost", 0).to_socket_addrs().map(Vec::from_iter);
        resolved.is_ok_and(|all| !all.is_empty() && all.iter().all(|address| address.ip().is_loopback()))
    });
    *HERE
}

/// Whether a request to this URL can be read on its way: it is sent to another machine without TLS.
#[must_use]
pub fn is_in_clear(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.scheme() == "http" && !is_loopback(&url))
}

/// Logs a warning if a token is sent in clear text. Shows only the origin of the URL.
pub(crate) fn warn_if_in_clear(url: &str) {
    if is_in_clear(url) {
        let to = origin(url);
        tracing::warn!(
            to,
            "the relay's access token is sent to another machine without TLS: use the https:// address"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)]) -> Response {
        let headers = headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        Response::new(429, headers, Vec::new())
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        for (value, expected) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("99999999999999999999999", None),
            ("18446744073709551615", Some(7 * 24 * 60 * 60)),
        ] {
            let got = answer(&[date, ("retry-after", value)]).retry_after();
            assert_eq!(got, expected.map(Duration::from_secs), "{value}");
        }
        assert_eq!(answer(&[date]).retry_after(), None);
    }

    #[test]
    fn a_url_of_another_machine_without_tls_is_in_clear() {
        for (url, expected) in [
            ("http://relay.example.org/prepare-arlo-mfa", true),
            ("http://192.168.1.2:8080", true),
            ("http://relay.localhost", true),
            ("http://localhost.example.org", true),
            ("http://127.0.0.1.example.org", true),
            ("http://0.0.0.0", true),
            ("http://[2001:db8::1]", true),
            ("http://[::ffff:192.0.2.1]", true),
            ("https://relay.example.org", false),
            ("https://relay.localhost", false),
            ("http://127.0.0.1:8080/prepare-arlo-mfa", false),
            ("http://127.8.9.1", false),
            ("http://[::1]:8080", false),
            ("http://[::ffff:127.0.0.1]", false),
            ("http://localhost:8080", false),
            ("no URL", false),
        ] {
            assert_eq!(is_in_clear(url), expected, "{url}");
        }
    }

    #[test]
    fn debug_shows_no_path_no_header_and_no_body() {
        let request = Request {
            method: Method::Post,
            url: "https://user:pass@relay.example:8443/prepare/SECRET?token=SECRET".to_owned(),
            headers: vec![("authorization", "SECRET".to_owned())],
            body: b"SECRET".to_vec(),
            timeout: Duration::from_secs(1),
            max_body: 1,
        };
        let shown = format!(
            "{request:?} {:?}",
            Response::new(200, vec![("a".into(), "SECRET".into())], b"SECRET".to_vec())
        );
        assert!(!shown.contains("SECRET") && !shown.contains("pass"), "{shown}");
        assert!(shown.contains("https://relay.example:8443"), "{shown}");
    }
}
