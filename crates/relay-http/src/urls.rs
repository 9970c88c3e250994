//! Where clients find the relay, and the poll URLs handed to them.

use std::fmt;
use std::future::{Future, ready};

use axum::http::Uri;
use axum::http::uri::Authority;
use relay::ports::PortError;
use relay::{PollKey, Staged};

/// `http(s)://host[:port][/prefix]`, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

/// The text is no base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicUrlError;

impl fmt::Display for PublicUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the public URL needs the form http://host[:port][/prefix] or https://…, without user, query or fragment",
        )
    }
}

impl std::error::Error for PublicUrlError {}

impl PublicUrl {
    /// Reads a base URL.
    ///
    /// # Errors
    /// [`PublicUrlError`] for another scheme, or with user, query or fragment.
    pub fn parse(text: &str) -> Result<Self, PublicUrlError> {
        let uri: Uri = text.parse().map_err(|_| PublicUrlError)?;
        let known_scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        let plain = !text.contains(['?', '#', '@']);
        let has_host = uri.host().is_some_and(|host| !host.is_empty());
        (known_scheme && plain && has_host)
            .then(|| Self(text.trim_end_matches('/').to_owned()))
            .ok_or(PublicUrlError)
    }

    /// `https://` and a host that came with a call and is one.
    #[must_use]
    pub fn for_host(host: &str) -> Self {
        Self(format!("https://{host}"))
    }

    /// The URL of a request that the relay itself answers: a GET reads it, a DELETE gives it up.
    pub(crate) fn request(&self, key: &PollKey) -> PollUrl {
        PollUrl(format!("{self}/poll/{}", key.expose()))
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its host, and its port where it names one.
    pub(crate) fn authority(&self) -> Option<Authority> {
        let uri: Uri = self.0.parse().ok()?;
        uri.authority().cloned()
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The URL that reads one login request. Whoever has it can read the code: `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PollUrl(String);

impl PollUrl {
    /// A URL that a [`PollUrls`] made.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self(url)
    }

    /// The URL, for the client that prestaged.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

relay::redacted_debug!(PollUrl);

/// Makes poll URLs.
pub trait PollUrls: Send + Sync {
    /// The URL that reads the request until it expires.
    fn poll_url(&self, staged: &Staged) -> impl Future<Output = Result<PollUrl, PortError>> + Send;
}

/// Poll URLs that [`crate::web_router`] answers: `<public URL>/poll/<poll key>`.
#[derive(Debug, Clone)]
pub struct LocalPollUrls(PublicUrl);

impl LocalPollUrls {
    /// Poll URLs below this base.
    #[must_use]
    pub fn new(base: PublicUrl) -> Self {
        Self(base)
    }
}

impl PollUrls for LocalPollUrls {
    fn poll_url(&self, staged: &Staged) -> impl Future<Output = Result<PollUrl, PortError>> + Send {
        ready(Ok(self.0.request(&staged.poll_key)))
    }
}

#[cfg(test)]
mod tests;
