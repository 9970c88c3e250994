//! One service of AWS: signs a call, sends it, and sends it again where that may help.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request};
use relay::SystemClock;
use relay::ports::Clock;
use tokio::time::{Instant, timeout_at};

use super::backoff::{self, Why};
use super::error::{Form, Said};
use super::sign::Signer;
use super::transport::{Answer, Most, NoAnswer, Transport};
use super::{CredentialsSource, Fault, Origin};

const TRACE_HEADER: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const AGENT: HeaderValue = HeaderValue::from_static(concat!("arlo-relay/", env!("CARGO_PKG_VERSION")));

tokio::task_local! {
    /// The trace of the event for which calls are made: AWS tells by it that a function calls itself.
    pub(crate) static TRACE: HeaderValue;
}

/// How often a call is tried, and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Attempts of one call.
    pub attempts: u32,
    /// One attempt, from the connection to the last byte of the answer.
    pub attempt: Duration,
    /// All attempts, and the waits between them.
    pub call: Duration,
}

/// Where a service is, and what every call of it needs.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) credentials: CredentialsSource,
    pub(crate) region: String,
    pub(crate) origin: Origin,
    pub(crate) limits: Limits,
}

/// One service in one region. Cheap to clone.
#[derive(Clone)]
pub(super) struct Service(Arc<Shared>);

struct Shared {
    place: Place,
    signer: Signer,
    form: Form,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Service")
            .field(&self.0.place.origin.to_string())
            .finish()
    }
}

/// One call. The URI is a path with a query, both in the form in which they are signed.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) uri: &'a str,
    pub(super) headers: &'a [(HeaderName, HeaderValue)],
    pub(super) body: Bytes,
    pub(super) most: Most,
}

/// An answer, and what AWS said where it is a refusal.
pub(super) struct Answered {
    pub(super) answer: Answer,
    /// It was tried before, and an attempt whose answer was lost may have been made.
    pub(super) is_repeated: bool,
    said: Option<Said>,
}

impl Answered {
    /// The code of a refusal.
    pub(super) fn code(&self) -> Option<&str> {
        self.said.as_ref()?.code.as_deref()
    }

    /// The answer, unless it is a refusal.
    pub(super) fn accepted(self) -> Result<Answer, Fault> {
        match self.said {
            None => Ok(self.answer),
            Some(said) => Err(said.into_fault(&self.answer)),
        }
    }
}

/// What became of one attempt.
enum Attempt {
    Done(Answer, Option<Said>),
    /// It may be tried again.
    Failed(Why, Fault),
}

impl Service {
    pub(super) fn new(name: &'static str, form: Form, place: Place) -> Self {
        let signer = Signer::new(place.region.clone(), name);
        Self(Arc::new(Shared { place, signer, form }))
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.0.place.origin
    }

    pub(super) fn signer(&self) -> &Signer {
        &self.0.signer
    }

    /// Makes a call. An answer that is not tried again counts as one, a refusal too.
    pub(super) async fn send(&self, call: Call<'_>) -> Result<Answered, Fault> {
        let limits = self.0.place.limits;
        let end = Instant::now() + limits.call;
        let mut attempts = 0;
        loop {
            let (why, fault) = match self.attempt(&call, end).await? {
                Attempt::Done(answer, said) => {
                    return Ok(Answered {
                        answer,
                        is_repeated: attempts > 0,
                        said,
                    });
                }
                Attempt::Failed(why, fault) => (why, fault),
            };
            attempts += 1;
            let wait = backoff::wait(why, attempts);
            if attempts == limits.attempts || Instant::now() + wait >= end {
                return Err(fault);
            }
            // SES's messages name addresses, and what is tried again is told by its code.
            let cause = fault.without_message();
            tracing::info!(service = self.0.signer.service(), %cause, "a call of AWS is tried again");
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, call: &Call<'_>, end: Instant) -> Result<Attempt, Fault> {
        let Place {
            transport,
            origin,
            limits,
            ..
        } = &self.0.place;
        let request = self.signed(call).await?;
        let until = end.min(Instant::now() + limits.attempt);
        let answer = timeout_at(until, transport.call(origin, request, call.most)).await;
        let answer = match answer.unwrap_or(Err(NoAnswer::TimedOut)) {
            Ok(answer) => answer,
            Err(why) if why.is_retryable() => return Ok(Attempt::Failed(Why::Transient, Fault::from(&why))),
            Err(why) => return Err(Fault::from(&why)),
        };
        if answer.status.is_success() {
            return Ok(Attempt::Done(answer, None));
        }
        let said = self.0.form.read(&answer);
        Ok(match backoff::why(answer.status, said.code.as_deref()) {
            Some(why) => Attempt::Failed(why, said.into_fault(&answer)),
            None => Attempt::Done(answer, Some(said)),
        })
    }

    async fn signed(&self, call: &Call<'_>) -> Result<Request<Bytes>, Fault> {
        let Place {
            credentials, origin, ..
        } = &self.0.place;
        let credentials = credentials.get().await?;
        let unsendable = |error| Fault::from(&NoAnswer::Request(error));
        let mut request = Request::new(call.body.clone());
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = call
            .uri
            .parse()
            .map_err(|error| unsendable(hyper::http::Error::from(error)))?;
        let headers = request.headers_mut();
        headers.reserve(call.headers.len() + 8);
        for (name, value) in call.headers {
            headers.insert(name, value.clone());
        }
        let signed = self
            .0
            .signer
            .sign(&credentials, SystemClock.now(), origin, &mut request);
        signed.map_err(|error| unsendable(error.into()))?;
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, AGENT);
        if let Ok(trace) = TRACE.try_with(HeaderValue::clone) {
            headers.insert(TRACE_HEADER, trace);
        }
        Ok(request)
    }
}
