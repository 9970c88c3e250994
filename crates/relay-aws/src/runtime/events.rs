//! The function's events, from Lambda's runtime API: one is asked for, processed, and answered; then the next.
//!
//! It is our own, over the connections that calls of AWS have anyway: `lambda_runtime` brings an HTTP client, layers
//! and streams, of which these functions used the loop below. It keeps what that did for them: a failure of an event or
//! of the start is reported, the deadline is known, and calls of AWS carry the event's trace. It sets no variable for
//! X-Ray, which nothing here uses. Nothing has to be put in order at the end: a process without an event holds nothing,
//! and an event that was cut off is tried again.
//!
//! Source: "Using the Lambda runtime API for custom runtimes" in the Lambda developer guide.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{Method, Request};
use jiff::Timestamp;
use relay::SystemClock;
use relay::ports::Clock;
use serde_json::json;
use tracing::Instrument;

use crate::aws::{Answer, Most, NoAnswer, Origin, TRACE, Transport};
use crate::environment::{Environment, SettingsError};

/// Why a function cannot start, or an event cannot be processed.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Lambda's limit is 6 MB; in JSON, what is no text takes more.
const MAX_EVENT: usize = 16 << 20;
const MAX_ACCEPTED: usize = 64 << 10;
/// The longest error message that is reported, in characters.
const MAX_MESSAGE: usize = 1000;
const ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-runtime-function-error-type");
/// Of an event that is answered where several are at once; it is sent back.
const INVOCATION: HeaderName = HeaderName::from_static("lambda-runtime-invocation-id");

/// Lambda's runtime API did not do what it was asked for: the process has to end.
#[derive(Debug, thiserror::Error)]
pub enum ApiAway {
    /// It did not answer.
    #[error("Lambda's runtime API does not answer")]
    NoAnswer(#[from] NoAnswer),
    /// It answered with this status.
    #[error("Lambda's runtime API answers {0}")]
    Refused(u16),
    /// Its answer lacks an id that can be sent back.
    #[error("Lambda's runtime API names no request")]
    NoRequest,
}

/// One event.
pub struct Event {
    /// What it says, in JSON.
    pub payload: Bytes,
    /// Lambda's id of the request, which its log lines have.
    pub id: String,
    deadline: Option<Timestamp>,
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").finish_non_exhaustive()
    }
}

impl Event {
    /// The time until Lambda ends the call; none where it did not say when.
    #[must_use]
    pub fn left(&self) -> Duration {
        let left = self.deadline.map(|deadline| deadline.duration_since(SystemClock.now()));
        left.and_then(|left| left.try_into().ok()).unwrap_or_default()
    }
}

/// The events of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Events {
    transport: Arc<dyn Transport>,
    api: Origin,
}

impl Events {
    /// From where `AWS_LAMBDA_RUNTIME_API` says.
    ///
    /// # Errors
    /// A [`SettingsError`] that names the variable.
    pub fn of_lambda(environment: &Environment, transport: Arc<dyn Transport>) -> Result<Self, SettingsError> {
        const NAME: &str = "AWS_LAMBDA_RUNTIME_API";
        let host = environment.required(NAME)?;
        let found = Origin::of(&format!("http://{host}")).filter(|(_, path)| path == "/");
        let (api, _) = found.ok_or_else(|| SettingsError::new(NAME, "is no host"))?;
        Ok(Self { transport, api })
    }

    /// Processes one event after the other. It only returns where the runtime API is away.
    ///
    /// # Errors
    /// [`ApiAway`].
    pub async fn serve(&self, mut process: impl AsyncFnMut(Event) -> Result<Bytes, Error>) -> Result<(), Error> {
        loop {
            let (head, event) = self.next().await?;
            let span = tracing::info_span!("event", request = head.id);
            let done = process(event).instrument(span.clone());
            let done = match head.trace.clone() {
                Some(trace) => TRACE.scope(trace, done).await,
                None => done.await,
            };
            self.answer(&head, done).instrument(span).await?;
        }
    }

    async fn next(&self) -> Result<(Head, Event), ApiAway> {
        let answer = self
            .call(
                Method::GET,
                "/2018-06-01/runtime/invocation/next",
                Bytes::new(),
                None,
                None,
            )
            .await?;
        if !answer.status.is_success() {
            return Err(ApiAway::Refused(answer.status.as_u16()));
        }
        let id = answer.header("lambda-runtime-aws-request-id");
        let is_id = |id: &&str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let head = Head {
            id: id.filter(is_id).ok_or(ApiAway::NoRequest)?.to_owned(),
            trace: answer.headers.get("lambda-runtime-trace-id").cloned(),
            invocation: answer.headers.get(INVOCATION).cloned(),
        };
        let deadline = answer.header("lambda-runtime-deadline-ms");
        let event = Event {
            id: head.id.clone(),
            deadline: deadline.and_then(|text| Timestamp::from_millisecond(text.parse().ok()?).ok()),
            payload: answer.body,
        };
        Ok((head, event))
    }

    async fn answer(&self, head: &Head, done: Result<Bytes, Error>) -> Result<(), ApiAway> {
        let (what, body, kind) = match done {
            Ok(body) => ("response", body, None),
            Err(error) => ("error", reported(error.as_ref(), "Unhandled"), Some("Unhandled")),
        };
        let path = format!("/2018-06-01/runtime/invocation/{}/{what}", head.id);
        let answer = self
            .call(Method::POST, &path, body, kind, head.invocation.clone())
            .await?;
        match answer.status.as_u16() {
            200..=299 => Ok(()),
            // Of an answer that is too large, Lambda has told the caller.
            status @ 400..=499 => {
                tracing::error!(status, "Lambda does not accept the answer");
                Ok(())
            }
            status => Err(ApiAway::Refused(status)),
        }
    }

    /// Reports that the function cannot start.
    pub(super) async fn cannot_start(&self, error: &(dyn std::error::Error + 'static)) -> Result<(), ApiAway> {
        const KIND: &str = "Runtime.InitError";
        let path = "/2018-06-01/runtime/init/error";
        let body = reported(error, KIND);
        self.call(Method::POST, path, body, Some(KIND), None).await.map(drop)
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        error: Option<&'static str>,
        invocation: Option<HeaderValue>,
    ) -> Result<Answer, ApiAway> {
        let most = if method == Method::GET { MAX_EVENT } else { MAX_ACCEPTED };
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().map_err(|_| ApiAway::NoRequest)?;
        let headers = request.headers_mut();
        headers.insert(HOST, self.api.authority().clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.extend(error.map(|kind| (ERROR_TYPE, HeaderValue::from_static(kind))));
        headers.extend(invocation.map(|id| (INVOCATION, id)));
        Ok(self.transport.call(&self.api, request, Most::Refuse(most)).await?)
    }
}

/// What names an event.
struct Head {
    id: String,
    trace: Option<HeaderValue>,
    invocation: Option<HeaderValue>,
}

/// An error, as Lambda takes it.
fn reported(error: &dyn std::error::Error, kind: &str) -> Bytes {
    let message: String = error.to_string().chars().take(MAX_MESSAGE).collect();
    json!({ "errorMessage": message, "errorType": kind }).to_string().into()
}

#[cfg(test)]
mod tests;
