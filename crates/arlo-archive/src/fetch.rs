//! How a file is fetched: one HTTP request, and a body that comes in pieces.
//!
//! The archive itself decides what a status means, resumes, repeats and limits the time of each step. A [`Fetch`] only
//! sends and receives.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::library::BoxFuture;
use crate::{Error, MediaUrl};

#[cfg(feature = "http")]
mod http;

#[cfg(feature = "http")]
pub use http::HttpFetch;

/// Sends a request for a file.
pub trait Fetch: Send + Sync {
    /// Sends `GET` with these headers and returns as soon as the head of the answer is there, whatever its status is.
    /// It sends nothing else that tells about the account, and it does not decompress.
    ///
    /// # Errors
    /// [`ErrorKind::Network`](crate::ErrorKind::Network) if there was no answer, and
    /// [`ErrorKind::UnexpectedAnswer`](crate::ErrorKind::UnexpectedAnswer) if the URL cannot be used.
    fn get(&self, request: Request) -> BoxFuture<'_, Result<Answer, Error>>;
}

impl<T: Fetch + ?Sized> Fetch for Arc<T> {
    fn get(&self, request: Request) -> BoxFuture<'_, Result<Answer, Error>> {
        (**self).get(request)
    }
}

/// The content of an answer, which comes in pieces of any size.
pub trait Body: Send {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// [`ErrorKind::Network`](crate::ErrorKind::Network) if the connection broke before the announced end.
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, Error>>;
}

/// One request. `Debug` does not show the URL.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Request {
    /// The URL, which is sent exactly as it is.
    pub url: MediaUrl,
    /// Header names, in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
}

impl Request {
    pub(crate) fn new(url: MediaUrl) -> Self {
        Self {
            url,
            headers: vec![("accept-encoding", "identity".to_owned())],
        }
    }
}

/// The head of an answer, and its body.
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header names, in lower case, and values. A value that is not text is left out.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Box<dyn Body>,
}

impl Answer {
    /// An answer, for a [`Fetch`] of the caller.
    #[must_use]
    pub fn new(status: u16, headers: Vec<(String, String)>, body: Box<dyn Body>) -> Self {
        Self { status, headers, body }
    }

    /// The first header of this name, which must be given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(header, _)| header == name);
        found.next().map(|(_, value)| value.trim())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
