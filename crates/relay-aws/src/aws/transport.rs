//! What carries a request to an origin and brings its answer. A test can put another in the place of [`super::Pool`].

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use hyper::{HeaderMap, Request, StatusCode};

use super::Origin;

/// How much of an answer's body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Most {
    /// An answer with more bytes is refused.
    Refuse(usize),
    /// What comes after so many bytes is not read.
    Cut(usize),
}

impl Most {
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Refuse(bytes) | Self::Cut(bytes) => bytes,
        }
    }
}

/// An answer, whole or as far as it was asked for. The body may hold an item or a code, so it does not print.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The header.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// A header's value, where it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The host cannot be reached.
    #[error("no connection could be opened")]
    Connect(#[source] io::Error),
    /// The host was not reached in time.
    #[error("no connection could be opened in time")]
    ConnectTimedOut,
    /// The connection broke.
    #[error("the connection broke")]
    Broken(#[source] hyper::Error),
    /// The connection was lost.
    #[error("the connection was lost")]
    Lost,
    /// There was no answer in time.
    #[error("there was no answer in time")]
    TimedOut,
    /// The answer is too large.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
    /// The request is none that can be sent.
    #[error("the request cannot be sent")]
    Request(#[source] hyper::http::Error),
}

impl NoAnswer {
    /// Whether another attempt may be answered.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::TooLarge(_) | Self::Request(_))
    }
}

/// A call on its way.
pub type Calling<'a> = Pin<Box<dyn Future<Output = Result<Answer, NoAnswer>> + Send + 'a>>;

/// Carries requests.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends a request, whose URI is a path with a query, and reads the answer. Dropping it gives the call up.
    fn call<'a>(&'a self, origin: &'a Origin, request: Request<Bytes>, most: Most) -> Calling<'a>;
}
