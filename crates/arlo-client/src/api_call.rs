//! A call to Arlo's API that another crate makes on a [`Session`](crate::Session).

use std::fmt;

use serde_json::Value;

use crate::transport::Method;

/// One call to the API host: method, path, extra headers and a body of JSON. The session adds its token, its cookies
/// and the headers that every call has. `Debug` shows only its name.
#[derive(Clone)]
pub struct ApiCall {
    name: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) max_answer: Option<usize>,
}

impl ApiCall {
    /// A call of this method to the path, which begins with a slash and may have a query. Errors show the name
    /// instead, because a path can contain identifiers.
    #[must_use]
    pub fn new(name: &'static str, method: Method, path: impl Into<String>) -> Self {
        Self {
            name,
            method,
            path: path.into(),
            headers: Vec::new(),
            body: None,
            max_answer: None,
        }
    }

    /// Adds a header, whose name is in lower case. It replaces the session's own header of this name.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Sets the longest answer, in bytes; 16 MiB unless set.
    #[must_use]
    pub fn max_answer(mut self, bytes: usize) -> Self {
        self.max_answer = Some(bytes);
        self
    }

    /// The name in errors.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Debug for ApiCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiCall")
            .field("name", &self.name)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}
