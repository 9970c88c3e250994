//! What a host may count of the calls. Every word in it is one of few, and none is from a caller.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use relay::{Receipt, RequestId};
use tokio::time::Instant;

use crate::trace;

/// Is told what happens. It must not wait.
pub trait Observe: fmt::Debug + Send + Sync {
    /// A call was answered.
    fn answered(&self, call: &Answered<'_>);

    /// A mail that was handed in came to this.
    fn mail(&self, receipt: &Receipt);

    /// A call begins to wait for a login request.
    fn wait_began(&self);

    /// That wait is over.
    fn wait_ended(&self, request: &RequestId, took: Duration, end: WaitEnd);
}

/// An answered call.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The method, or `other` for one that HTTP does not know.
    pub method: &'static str,
    /// The route, with names in place of what varies; `unknown` for a path that leads nowhere.
    pub route: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// From the whole header of the call to the header of the answer.
    pub took: Duration,
    /// The limit that the call met, if that is why it was refused.
    pub limit: Option<Limit>,
}

/// A limit that a call can meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// How often something may be done.
    Rate,
    /// How many login requests of an enrolment may wait.
    Pending,
    /// How much of bodies may be in memory.
    Memory,
    /// How many may join.
    Joining,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rate, Self::Pending, Self::Memory, Self::Joining];

    /// Its name in a metric.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Pending => "pending",
            Self::Memory => "memory",
            Self::Joining => "joining",
        }
    }
}

/// How a wait ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitEnd {
    /// The login request has ended, and the caller is told.
    Answered,
    /// The time is over, or the relay stops.
    Over,
    /// The caller has gone.
    Gone,
}

impl WaitEnd {
    /// Its name in a metric.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Over => "over",
            Self::Gone => "gone",
        }
    }
}

/// Who is told; nobody, by default.
pub(crate) type Observer = Option<Arc<dyn Observe>>;

/// Tells of each call.
pub(crate) async fn calls(State(observer): State<Observer>, request: Request, next: Next) -> Response {
    let Some(observer) = observer else {
        return next.run(request).await;
    };
    let began = Instant::now();
    let method = trace::method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    observer.answered(&Answered {
        method,
        route: route.as_ref().map_or(trace::UNKNOWN, MatchedPath::as_str),
        status: response.status().as_u16(),
        took: began.elapsed(),
        limit: response.extensions().get().copied(),
    });
    response
}

/// One wait. A caller that goes drops it.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    observer: Option<&'a dyn Observe>,
    request: RequestId,
    began: Instant,
    end: WaitEnd,
}

impl<'a> Waiting<'a> {
    pub(crate) fn begin(observer: &'a Observer, request: RequestId) -> Self {
        let observer = observer.as_deref();
        if let Some(observer) = observer {
            observer.wait_began();
        }
        Self {
            observer,
            request,
            began: Instant::now(),
            end: WaitEnd::Gone,
        }
    }

    /// It ends so.
    pub(crate) fn end(mut self, end: WaitEnd) {
        self.end = end;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(observer) = self.observer {
            observer.wait_ended(&self.request, self.began.elapsed(), self.end);
        }
    }
}
