//! The id of each call, in its answer (`X-Request-Id`) and in its log lines (`call`).
//!
//! It is the relay's own: an id that a caller sends is ignored, so that nobody writes into the log.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// The header of the answer.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Tells one call from another. It is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallId(u64);

impl CallId {
    /// Calls of one process have different ones, and so have those of two processes, almost always: a counter under a
    /// hash that is keyed at random for each process.
    fn next() -> Self {
        static CALLS: AtomicU64 = AtomicU64::new(0);
        static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        Self(KEY.hash_one(CALLS.fetch_add(1, Ordering::Relaxed)))
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Gives the call its id, unless it has one from a layer outside.
pub(crate) async fn identify(mut request: Request, next: Next) -> Response {
    if request.extensions().get::<CallId>().is_some() {
        return next.run(request).await;
    }
    let id = CallId::next();
    request.extensions_mut().insert(id);
    named(next.run(request).await, id)
}

/// An answer that no call came to, with an id of its own.
pub(crate) fn name(response: Response) -> Response {
    let id = CallId::next();
    tracing::debug!(call = %id, status = response.status().as_u16(), "turned away");
    named(response, id)
}

fn named(mut response: Response, id: CallId) -> Response {
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
