//! A relay as a code source: announce the login with one POST, then read one URL until the code stands there.
//!
//! Two kinds of relay are spoken to. One answers the announcement with JSON and says when the request ends and whether
//! its poll URL takes `wait` (a long poll); the other answers with nothing but a URL, which is read once a second. A
//! poll URL is never altered unless the relay offered `wait`: a presigned URL's signature covers its query.

mod request;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use self::request::RelayRequest;
use super::{CodeSource, PendingCode};
use crate::quotable::quotable;
use crate::transport::{BoxFuture, Method, Request, Response, Transport, origin, warn_if_in_clear};
use crate::{Error, ErrorKind, FactorKind, HttpTransport};

/// Longest `wait` asked for, in seconds.
const MAX_WAIT: u64 = 60;
/// What an answer may take, beyond the `wait` asked for.
const ANSWER: Duration = Duration::from_secs(10);
/// Between two questions, so that no answer makes a loop a busy one.
const INTERVAL: Duration = Duration::from_secs(1);
/// What "later" means where there is no `Retry-After`.
const LATER: Duration = Duration::from_secs(2);
/// A request lives no longer than this; where the relay does not say, it is taken for this long.
const MAX_LIFE: Duration = Duration::from_secs(15 * 60);
/// Polled for so long past the told expiry, so that the relay's own word is heard.
const GRACE: Duration = Duration::from_secs(5);
/// For so long an announcement is repeated while the relay says "later".
const PATIENCE: Duration = Duration::from_secs(30);
/// Announcements tried while the relay cannot be reached.
const TRIES: u32 = 3;
/// Longest answer, and longest poll URL in it, in bytes.
const MAX_BODY: usize = 64 * 1024;
const MAX_URL: usize = 8 * 1024;

/// Gets the code from a relay, by its prestage URL.
///
/// The URL may carry the access token itself, as its last path segment or as `?token=`; else give it with
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
    /// [`ErrorKind::Configuration`] when this is no `http` or `https` URL.
    pub fn new(prestage_url: &str) -> Result<Self, Error> {
        Self::with_transport(prestage_url, Arc::new(HttpTransport::new()?))
    }

    /// A relay that is reached over a transport of the caller's.
    ///
    /// # Errors
    /// As [`new`](Self::new).
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

    /// The access token, sent as `Authorization: Bearer`.
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
            timeout: ANSWER,
            max_body: MAX_BODY,
        }
    }

    async fn prestage(&self, account: &str) -> Result<RelayRequest, Error> {
        let patience = Instant::now() + PATIENCE;
        let mut tries = 1;
        loop {
            let pause = match self.transport.send(self.announcement(account)).await {
                Ok(answer) if matches!(answer.status, 429 | 503) => {
                    let wait = answer.retry_after().unwrap_or(LATER).max(INTERVAL);
                    if Instant::now() + wait > patience {
                        return Err(refusal(&answer).with_retry_after(answer.retry_after()));
                    }
                    wait
                }
                Ok(answer) if (200..300).contains(&answer.status) => return self.request(&answer),
                Ok(answer) => return Err(refusal(&answer)),
                Err(error) if error.kind() == ErrorKind::Network && tries < TRIES => {
                    tries += 1;
                    INTERVAL
                }
                Err(error) => return Err(error),
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// A relay that is spoken to over TLS leads to no URL without.
    fn may_lead_to(&self, url: &str) -> bool {
        !is_url_of(self.prestage_url.expose_secret(), &["https"]) || is_url_of(url, &["https"])
    }

    /// Reads the answer to the announcement.
    fn request(&self, answer: &Response) -> Result<RelayRequest, Error> {
        let body = std::str::from_utf8(&answer.body).unwrap_or_default().trim();
        // A text is taken for a JSON string: the URL, and nothing else is told.
        let told: Value = serde_json::from_str(body).unwrap_or_else(|_| body.into());
        let poll_url = told
            .as_str()
            .or_else(|| told.get("poll_url")?.as_str())
            .unwrap_or_default();
        if poll_url.len() > MAX_URL || !is_http_url(poll_url) {
            return Err(strange(
                "the relay's answer is no poll URL: check that the prestage URL is a relay's",
            ));
        }
        if !self.may_lead_to(poll_url) {
            let message =
                "the relay's poll URL is not encrypted though its prestage URL is: mend the relay's public URL";
            return Err(strange(message));
        }
        // By the relay's clock: this machine's may be wrong.
        let now = answer.date().unwrap_or_else(jiff::Timestamp::now);
        let life = told
            .get("expires_at")
            .and_then(|at| at.as_str()?.parse::<jiff::Timestamp>().ok())
            .and_then(|at| Duration::try_from(at.duration_since(now)).ok())
            .filter(|life| !life.is_zero());
        Ok(RelayRequest {
            transport: Arc::clone(&self.transport),
            poll_url: poll_url.into(),
            cancel_url: told
                .get("cancel_url")
                .and_then(Value::as_str)
                .filter(|url| url.len() <= MAX_URL && is_http_url(url) && self.may_lead_to(url))
                .map(SecretString::from),
            wait: told
                .get("wait")
                .and_then(Value::as_u64)
                .unwrap_or_default()
                .min(MAX_WAIT),
            ends: Instant::now() + life.map_or(MAX_LIFE, |life| (life + GRACE).min(MAX_LIFE)),
            ends_told: life.is_some(),
            final_code: told.get("request_id").is_some(),
            refused: None,
        })
    }
}

impl CodeSource for RelaySource {
    /// Mail, or the text of an SMS that a phone hands to the relay.
    fn serves(&self) -> &[FactorKind] {
        &[FactorKind::Email, FactorKind::Sms]
    }

    fn prepare<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>> {
        Box::pin(async move {
            warn_if_in_clear(self.prestage_url.expose_secret());
            let request: Box<dyn PendingCode> = Box::new(self.prestage(account).await?);
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

/// Whether this is an absolute URL of one of the schemes. It is sent as written all the same.
fn is_url_of(text: &str, schemes: &[&str]) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| schemes.contains(&url.scheme()) && url.has_host())
}

fn strange(message: &'static str) -> Error {
    Error::new(ErrorKind::CodeSource, message)
}

/// An HTTP status that is no success, with the detail of a problem document (RFC 9457) where it has one.
fn refusal(answer: &Response) -> Error {
    #[derive(Deserialize)]
    struct Problem {
        detail: String,
    }
    let message = match answer.status {
        401 => "the relay wants an access token: use the whole prestage URL that the enrolment printed".to_owned(),
        403 => "the relay does not take this access token for this account: check both, or enrol again".to_owned(),
        404 | 410 => "the relay knows nothing at this URL: check the prestage URL".to_owned(),
        429 => "the relay wants fewer requests".to_owned(),
        503 => "the relay is out of order for now".to_owned(),
        status => format!("the relay answered with HTTP {status}"),
    };
    let problem: Option<Problem> = serde_json::from_slice(&answer.body).ok();
    let message = match problem.as_ref().and_then(|problem| quotable(&problem.detail)) {
        Some(detail) => format!("{message} ({detail})"),
        None => message,
    };
    Error::new(ErrorKind::CodeSource, message)
}

#[cfg(test)]
mod tests;
