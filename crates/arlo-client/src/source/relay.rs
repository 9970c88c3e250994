//! A relay as a code source. One POST announces the login, then one URL is read until it gives the code.
//!
//! There are two kinds of relays. One answers the announcement with JSON, which says when the request ends and whether
//! its poll URL takes `wait` (a long poll). The other answers with a URL only, which is read once a second. A poll URL
//! is not changed unless the relay offered `wait`, because the signature of a presigned URL covers its query.

mod answer;
mod request;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use self::answer::{refusal, unexpected};
use self::request::{ANSWER_TIMEOUT, MAX_BODY, RelayRequest};
use super::announce::announce_with_patience;
use super::{CodeSource, PendingCode};
#[cfg(feature = "http")]
use crate::HttpTransport;
use crate::transport::{BoxFuture, Method, Request, Response, Transport, origin, warn_if_in_clear};
use crate::{Error, ErrorKind, FactorKind, clock};

/// Longest poll URL, in bytes.
const MAX_URL: usize = 8 * 1024;

/// Gets the code from a relay, by its prestage URL.
///
/// The URL can contain the access token, as its last path segment or as `?token=`. Otherwise give the token with
/// [`token`](Self::token). `Debug` shows only the relay's host.
#[derive(Clone)]
pub struct RelaySource {
    prestage_url: SecretString,
    token: Option<SecretString>,
    transport: Arc<dyn Transport>,
}

impl RelaySource {
    /// A relay that is reached over the default transport.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if this is not an `http` or `https` URL.
    #[cfg(feature = "http")]
    pub fn new(prestage_url: &str) -> Result<Self, Error> {
        Self::with_transport(prestage_url, Arc::new(HttpTransport::new()?))
    }

    /// A relay that is reached over another transport.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if this is not an `http` or `https` URL.
    pub fn with_transport(prestage_url: &str, transport: Arc<dyn Transport>) -> Result<Self, Error> {
        let prestage_url = prestage_url.trim();
        if !is_http_url(prestage_url) {
            let message = "the relay's prestage URL is no http:// or https:// URL: copy the one the enrolment printed";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        Ok(Self {
            prestage_url: prestage_url.into(),
            token: None,
            transport,
        })
    }

    /// Sets the access token, which is sent as `Authorization: Bearer`.
    #[must_use]
    pub fn token(mut self, token: SecretString) -> Self {
        self.token = Some(token);
        self
    }

    fn announcement(&self, account: &str) -> Request {
        let mut headers = vec![
            ("accept", "application/json".to_owned()),
            ("content-type", "application/json".to_owned()),
        ];
        if let Some(token) = &self.token {
            headers.push(("authorization", format!("Bearer {}", token.expose_secret())));
        }
        Request {
            method: Method::Post,
            url: self.prestage_url.expose_secret().to_owned(),
            headers,
            body: serde_json::json!({ "email": account }).to_string().into_bytes(),
            timeout: ANSWER_TIMEOUT,
            max_body: MAX_BODY,
        }
    }

    async fn announce(&self, account: &str) -> Result<RelayRequest, Error> {
        let answer = announce_with_patience(|| self.transport.send(self.announcement(account))).await?;
        match answer.status {
            200..300 => self.request(&answer),
            _ => Err(refusal(&answer)),
        }
    }

    /// Whether the relay may name this URL. A relay that is reached over TLS names no URL without TLS.
    fn may_name(&self, url: &str) -> bool {
        !is_url_of(self.prestage_url.expose_secret(), &["https"]) || is_url_of(url, &["https"])
    }

    /// Reads the answer to the announcement.
    fn request(&self, answer: &Response) -> Result<RelayRequest, Error> {
        let body = std::str::from_utf8(&answer.body).unwrap_or_default().trim();
        // A body that is not JSON is read like a JSON string: the URL, and nothing else.
        let fields: Value = serde_json::from_str(body).unwrap_or_else(|_| body.into());
        let poll_url = fields
            .as_str()
            .or_else(|| fields.get("poll_url")?.as_str())
            .unwrap_or_default();
        if poll_url.len() > MAX_URL || !is_http_url(poll_url) {
            return Err(unexpected(
                "the relay's answer is no poll URL: check that the prestage URL is a relay's",
            ));
        }
        if !self.may_name(poll_url) {
            let message =
                "the relay's poll URL is not encrypted though its prestage URL is: mend the relay's public URL";
            return Err(unexpected(message));
        }
        let cancel_url = fields
            .get("cancel_url")
            .and_then(Value::as_str)
            .filter(|url| url.len() <= MAX_URL && is_http_url(url) && self.may_name(url));
        // The relay's clock counts, because the clock of this machine may be wrong.
        let now = answer.date().unwrap_or_else(clock::now);
        let lifetime = fields
            .get("expires_at")
            .and_then(|at| at.as_str()?.parse::<jiff::Timestamp>().ok())
            .and_then(|at| Duration::try_from(at.duration_since(now)).ok())
            .filter(|lifetime| !lifetime.is_zero());
        let request = RelayRequest::new(Arc::clone(&self.transport), poll_url, lifetime)
            .with_cancel_url(cancel_url)
            .with_wait(fields.get("wait").and_then(Value::as_u64).unwrap_or_default())
            .with_final_code(fields.get("request_id").is_some());
        Ok(request)
    }
}

impl CodeSource for RelaySource {
    /// Mail, or the text of an SMS that a phone sends to the relay.
    fn serves(&self) -> &[FactorKind] {
        &[FactorKind::Email, FactorKind::Sms]
    }

    fn prepare<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>> {
        Box::pin(async move {
            warn_if_in_clear(self.prestage_url.expose_secret());
            let request: Box<dyn PendingCode> = Box::new(self.announce(account).await?);
            Ok(request)
        })
    }
}

impl fmt::Debug for RelaySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RelaySource({})", origin(self.prestage_url.expose_secret()))
    }
}

fn is_http_url(text: &str) -> bool {
    is_url_of(text, &["http", "https"])
}

/// Whether this is an absolute URL of one of the schemes. It is sent exactly as it is written.
fn is_url_of(text: &str, schemes: &[&str]) -> bool {
    Url::parse(text).is_ok_and(|url| schemes.contains(&url.scheme()) && url.has_host())
}

#[cfg(test)]
mod tests;
