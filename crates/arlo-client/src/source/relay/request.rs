//! One login request at a relay: read its poll URL until the code stands there, or it is too late.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;

use super::{ANSWER, GRACE, INTERVAL, LATER, MAX_BODY, refusal, strange};
use crate::quotable::quotable;
use crate::source::PendingCode;
use crate::transport::{BoxFuture, Method, Request, Response, Transport};
use crate::{Code, Error, ErrorKind};

/// For so long a refused code may still be overwritten at a relay that overwrites.
const OVERWRITTEN: Duration = Duration::from_secs(15);

/// What stands at the poll URL.
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
    pub(super) transport: Arc<dyn Transport>,
    pub(super) poll_url: SecretString,
    /// Where the relay can be told that nobody waits any more.
    pub(super) cancel_url: Option<SecretString>,
    /// Longest long poll offered, in seconds; 0 where none was.
    pub(super) wait: u64,
    pub(super) ends: Instant,
    pub(super) ends_told: bool,
    /// A relay that numbers its requests ends each by one mail: no other code follows.
    pub(super) final_code: bool,
    pub(super) refused: Option<Code>,
}

impl RelayRequest {
    async fn poll(&self, deadline: Instant) -> Result<Code, Error> {
        loop {
            let started = Instant::now();
            let (pause, trouble) = match self.transport.send(self.request(deadline)).await {
                Ok(answer) if answer.status == 429 || answer.status >= 500 => {
                    let pause = answer.retry_after().unwrap_or(LATER).max(INTERVAL);
                    (pause, Some(refusal(&answer).with_retry_after(answer.retry_after())))
                }
                Ok(answer) => match self.read(&answer)? {
                    Some(code) if self.refused.as_ref() != Some(&code) => return Ok(code),
                    _ => (INTERVAL, None),
                },
                // A relay that restarts keeps its requests.
                Err(error) if error.kind() == ErrorKind::Network => (INTERVAL, Some(error)),
                Err(error) => return Err(error),
            };
            let next = (started + pause).max(Instant::now());
            if next >= deadline {
                return Err(self.too_late(deadline, trouble));
            }
            tokio::time::sleep_until(next).await;
        }
    }

    fn request(&self, deadline: Instant) -> Request {
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
            // No Authorization: S3 refuses a presigned URL that comes with one.
            headers: vec![("accept", "application/json".to_owned())],
            body: Vec::new(),
            timeout: Duration::from_secs(wait) + ANSWER,
            max_body: MAX_BODY,
        }
    }

    /// The code, or `None` while there is none.
    fn read(&self, answer: &Response) -> Result<Option<Code>, Error> {
        match answer.status {
            200 => {}
            403 if self.ends_told && Instant::now() + 2 * GRACE < self.ends => {
                let message =
                    "the relay refuses its own poll URL long before it ends: check the relay's public URL and clock";
                return Err(Error::new(ErrorKind::CodeSource, message));
            }
            403 => return Err(expired()),
            _ => return Err(refusal(answer)),
        }
        let poll: Poll =
            serde_json::from_slice(&answer.body).map_err(|_| strange("the poll URL's answer is no status"))?;
        match poll.status.as_str() {
            "pending" => Ok(None),
            "complete" => {
                let code = poll.code.as_deref().and_then(Code::parse);
                code.map(Some)
                    .ok_or_else(|| strange("the relay's code is not of six digits"))
            }
            "error" => {
                let said = poll
                    .message
                    .as_deref()
                    .and_then(quotable)
                    .unwrap_or("it gave no reason");
                Err(Error::new(
                    ErrorKind::CodeSource,
                    format!("the relay ended the login request: {said}"),
                ))
            }
            _ => Err(strange("the relay's status is none of pending, complete and error")),
        }
    }

    fn deadline(&self, within: Duration) -> Instant {
        Instant::now()
            .checked_add(within)
            .map_or(self.ends, |deadline| deadline.min(self.ends))
    }

    fn too_late(&self, deadline: Instant, trouble: Option<Error>) -> Error {
        let Some(trouble) = trouble else {
            return if deadline >= self.ends { expired() } else { timeout() };
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
            if self.final_code {
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
                timeout: ANSWER,
                max_body: MAX_BODY,
            };
            if let Err(error) = self.transport.send(request).await {
                tracing::debug!(%error, "the relay could not be told that the login failed");
            }
        })
    }
}

fn expired() -> Error {
    let message =
        "the relay's login request ended before a code came: check that Arlo's mail is forwarded to the relay address";
    Error::new(ErrorKind::CodeExpired, message)
}

fn timeout() -> Error {
    let message = "no code reached the relay in time: check that Arlo's mail is forwarded to the relay address";
    Error::new(ErrorKind::CodeTimeout, message)
}
