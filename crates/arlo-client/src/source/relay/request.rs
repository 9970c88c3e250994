//! One login request at a relay: its poll URL is read until it gives the code, or until the request has ended.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;

use super::answer::{refusal, unexpected};
use crate::quotable::quotable;
use crate::source::PendingCode;
use crate::transport::{BoxFuture, Method, Request, Response, Transport};
use crate::{Code, Error, ErrorKind};

/// Time limit for an answer, beyond the requested `wait`.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer, in bytes.
pub(super) const MAX_BODY: usize = 64 * 1024;
/// Longest `wait` that is requested, in seconds.
const MAX_WAIT: u64 = 60;
/// The least time between two polls, so that no answer causes a busy loop.
const INTERVAL: Duration = Duration::from_secs(1);
/// The wait after "later" without `Retry-After`.
const LATER: Duration = Duration::from_secs(2);
/// No request lives longer. If the relay does not give the end, a request is taken to live this long.
const MAX_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long the poll URL is read after the given end, so that the relay's own answer about the end is received.
const GRACE: Duration = Duration::from_secs(5);
/// How long another code is waited for after a refused one, at a relay that overwrites codes.
const OVERWRITTEN: Duration = Duration::from_secs(15);

/// The answer of the poll URL.
#[derive(Deserialize)]
struct Poll {
    status: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

/// One login request at the relay.
pub(super) struct RelayRequest {
    transport: Arc<dyn Transport>,
    poll_url: SecretString,
    cancel_url: Option<SecretString>,
    wait: u64,
    ends: Instant,
    /// Whether the relay gave the end.
    has_given_end: bool,
    is_final: bool,
    /// The code that Arlo refused.
    refused: Option<Code>,
}

impl RelayRequest {
    /// A request that is read at `poll_url` and ends after `lifetime`; `None` if the relay does not say when.
    pub(super) fn new(transport: Arc<dyn Transport>, poll_url: &str, lifetime: Option<Duration>) -> Self {
        let left = lifetime.map_or(MAX_LIFETIME, |lifetime| (lifetime + GRACE).min(MAX_LIFETIME));
        Self {
            transport,
            poll_url: poll_url.into(),
            cancel_url: None,
            wait: 0,
            ends: Instant::now() + left,
            has_given_end: lifetime.is_some(),
            is_final: false,
            refused: None,
        }
    }

    /// Sets the URL that ends the request after a failed login.
    pub(super) fn with_cancel_url(mut self, url: Option<&str>) -> Self {
        self.cancel_url = url.map(SecretString::from);
        self
    }

    /// Sets the longest long poll that the relay offers, in seconds; 0 for none.
    pub(super) fn with_wait(mut self, seconds: u64) -> Self {
        self.wait = seconds.min(MAX_WAIT);
        self
    }

    /// Sets whether one mail ends the request, as at a relay that numbers its requests. No other code follows then.
    pub(super) fn with_final_code(mut self, is_final: bool) -> Self {
        self.is_final = is_final;
        self
    }

    async fn poll(&self, deadline: Instant) -> Result<Code, Error> {
        loop {
            let started = Instant::now();
            let (wait, trouble) = match self.transport.send(self.poll_request(deadline)).await {
                Ok(answer) if answer.status == 429 || answer.status >= 500 => {
                    let wait = answer.retry_after().unwrap_or(LATER).max(INTERVAL);
                    (wait, Some(refusal(&answer)))
                }
                Ok(answer) => match self.read(&answer)? {
                    Some(code) if self.refused.as_ref() != Some(&code) => return Ok(code),
                    _ => (INTERVAL, None),
                },
                // A relay keeps its requests over a restart.
                Err(error) if error.kind() == ErrorKind::Network => (INTERVAL, Some(error)),
                Err(error) => return Err(error),
            };
            let next = (started + wait).max(Instant::now());
            if next >= deadline {
                return Err(self.too_late(deadline, trouble));
            }
            tokio::time::sleep_until(next).await;
        }
    }

    fn poll_request(&self, deadline: Instant) -> Request {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut url = self.poll_url.expose_secret().to_owned();
        let wait = self.wait.min(left.as_secs());
        if wait > 0 {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str("wait=");
            url.push_str(&wait.to_string());
        }
        Request {
            method: Method::Get,
            url,
            // Without Authorization: S3 refuses a presigned URL with that header.
            headers: vec![("accept", "application/json".to_owned())],
            body: Vec::new(),
            timeout: Duration::from_secs(wait) + ANSWER_TIMEOUT,
            max_body: MAX_BODY,
        }
    }

    /// The code in the answer; `None` while there is none.
    fn read(&self, answer: &Response) -> Result<Option<Code>, Error> {
        match answer.status {
            200 => {}
            403 if self.has_given_end && Instant::now() + 2 * GRACE < self.ends => {
                let message =
                    "the relay refuses its own poll URL long before it ends: check the relay's public URL and clock";
                return Err(Error::new(ErrorKind::CodeSource, message));
            }
            403 => return Err(expired()),
            _ => return Err(refusal(answer)),
        }
        let poll: Poll =
            serde_json::from_slice(&answer.body).map_err(|_| unexpected("the poll URL's answer is no status"))?;
        match poll.status.as_str() {
            "pending" => Ok(None),
            "complete" => {
                let code = poll.code.as_deref().and_then(Code::parse);
                code.map(Some)
                    .ok_or_else(|| unexpected("the relay's code is not of six digits"))
            }
            "error" => {
                let reason = poll
                    .message
                    .as_deref()
                    .and_then(quotable)
                    .unwrap_or("it gave no reason");
                Err(Error::new(
                    ErrorKind::CodeSource,
                    format!("the relay ended the login request: {reason}"),
                ))
            }
            _ => Err(unexpected("the relay's status is none of pending, complete and error")),
        }
    }

    fn deadline(&self, within: Duration) -> Instant {
        Instant::now()
            .checked_add(within)
            .map_or(self.ends, |deadline| deadline.min(self.ends))
    }

    fn too_late(&self, deadline: Instant, trouble: Option<Error>) -> Error {
        let Some(trouble) = trouble else {
            return if deadline >= self.ends { expired() } else { timed_out() };
        };
        let wait = trouble.retry_after();
        let message = "the relay gave no answer that could be used until the time for the code was over";
        Error::new(ErrorKind::CodeTimeout, message)
            .with_retry_after(wait)
            .with_source(trouble)
    }
}

impl PendingCode for RelayRequest {
    fn code(&mut self, within: Duration) -> BoxFuture<'_, Result<Code, Error>> {
        Box::pin(async move {
            let code = self.poll(self.deadline(within)).await?;
            self.refused = Some(code.clone());
            Ok(code)
        })
    }

    fn another(&mut self, within: Duration) -> BoxFuture<'_, Result<Option<Code>, Error>> {
        Box::pin(async move {
            if self.is_final {
                return Ok(None);
            }
            let deadline = self.deadline(within.min(OVERWRITTEN));
            match self.poll(deadline).await {
                Ok(code) => Ok(Some(code)),
                Err(error) if matches!(error.kind(), ErrorKind::CodeTimeout | ErrorKind::CodeExpired) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    fn cancel(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let Some(url) = &self.cancel_url else { return };
            let request = Request {
                method: Method::Delete,
                url: url.expose_secret().to_owned(),
                headers: Vec::new(),
                body: Vec::new(),
                timeout: ANSWER_TIMEOUT,
                max_body: MAX_BODY,
            };
            if let Err(error) = self.transport.send(request).await {
                tracing::debug!(%error, "the relay does not know that the login failed");
            }
        })
    }
}

fn expired() -> Error {
    let message =
        "the relay's login request ended before a code came: check that Arlo's mail is forwarded to the relay address";
    Error::new(ErrorKind::CodeExpired, message)
}

fn timed_out() -> Error {
    let message = "no code reached the relay in time: check that Arlo's mail is forwarded to the relay address";
    Error::new(ErrorKind::CodeTimeout, message)
}
