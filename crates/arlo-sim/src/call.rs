//! One HTTP call as the handlers see it, and the two forms of Arlo's answers.
//!
//! The auth host answers nearly always with HTTP 200 and puts the outcome under `meta`. The API host puts it under
//! `success`.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::state::{Shared, Token};

/// Largest body read, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// The cookie that marks a trusted browser.
const TRUST_COOKIE: &str = "browser_trust";

/// A request whose body was read.
pub(crate) struct Call {
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

/// What a handler returns.
pub(crate) type Answer = Result<Response, Refusal>;

/// A route to a handler without an await.
pub(crate) fn route(method: MethodFilter, handler: fn(&Arc<Shared>, &Call) -> Answer) -> MethodRouter<Arc<Shared>> {
    on(
        method,
        async move |State(shared): State<Arc<Shared>>, request: Request| {
            let (parts, body) = request.into_parts();
            match to_bytes(body, MAX_BODY).await {
                Ok(body) => {
                    let call = Call {
                        uri: parts.uri,
                        headers: parts.headers,
                        body,
                    };
                    handler(&shared, &call).into_response()
                }
                Err(_) => Refusal::api(StatusCode::PAYLOAD_TOO_LARGE, "Request body too large").into_response(),
            }
        },
    )
}

impl Call {
    /// The body as JSON in the form that the handler needs.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(&self.body).map_err(|_| {
            if self.path().starts_with("/api/") {
                Refusal::malformed()
            } else {
                Refusal::malformed_api()
            }
        })
    }

    /// The token of a call to the auth host, where it is sent in base64.
    pub(crate) fn auth_token(&self, shared: &Shared) -> Result<(String, Token), Refusal> {
        let refused = || Refusal::auth(401, 401, "Unauthorized");
        let encoded = self.header(&header::AUTHORIZATION).ok_or_else(refused)?;
        let token = BASE64_STANDARD.decode(encoded).map_err(|_| refused())?;
        let token = String::from_utf8(token).map_err(|_| refused())?;
        let found = shared.token(&token).ok_or_else(refused)?;
        Ok((token, found))
    }

    /// The token of a call to the API host, where it is sent as it is. The second factor must have been given.
    pub(crate) fn api_token(&self, shared: &Shared) -> Result<(String, Token), Refusal> {
        let refused = || Refusal::void_token(shared);
        let token = self.header(&header::AUTHORIZATION).ok_or_else(refused)?;
        if shared.faults.occurs(Fault::VoidTokens) {
            shared.void_token(token);
        }
        let good = |found: &Token| found.complete && !found.void;
        let found = shared.token(token).filter(good).ok_or_else(refused)?;
        Ok((token.to_owned(), found))
    }

    /// The value of the trust cookie.
    pub(crate) fn trust_cookie(&self) -> Option<&str> {
        let cookies = self
            .headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut pairs = cookies
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        pairs.find_map(|(name, value)| (name == TRUST_COOKIE).then_some(value))
    }

    /// The last part of the path.
    pub(crate) fn last_segment(&self) -> &str {
        let path = self.uri.path();
        path.rsplit_once('/').map_or(path, |(_, last)| last)
    }

    pub(crate) fn path(&self) -> &str {
        self.uri.path()
    }

    /// A value of the query, as it is written there: what clients send here needs no encoding.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let mut pairs = self.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The header that says through which gateway the call goes.
    pub(crate) fn xcloud_id(&self) -> Option<&str> {
        self.header_text("xcloudid")
    }

    pub(crate) fn user_agent(&self) -> &str {
        self.header(&header::USER_AGENT).unwrap_or_default()
    }

    pub(crate) fn range(&self) -> Option<&str> {
        self.header(&header::RANGE)
    }

    pub(crate) fn if_range(&self) -> Option<&str> {
        self.header(&header::IF_RANGE)
    }

    pub(crate) fn has_header(&self, name: &'static str) -> bool {
        self.headers.contains_key(name)
    }

    pub(crate) fn header_text(&self, name: &'static str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A success of the auth host.
pub(crate) fn auth_data(data: &Value) -> Response {
    json_response(StatusCode::OK, &json!({ "meta": { "code": 200 }, "data": data }))
}

/// A success of the API host.
pub(crate) fn api_data(data: &Value) -> Response {
    json_response(StatusCode::OK, &json!({ "success": true, "data": data }))
}

/// Adds the trust cookie to an answer.
pub(crate) fn with_trust_cookie(mut response: Response, cookie: &str, seconds: u64) -> Response {
    let value = format!("{TRUST_COOKIE}={cookie}; Path=/; Max-Age={seconds}; HttpOnly");
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// An answer that refuses the call.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Response>);

impl Refusal {
    /// A refusal of the auth host: HTTP 200, with the code and Arlo's error number under `meta`.
    pub(crate) fn auth(code: u16, error: u16, message: &str) -> Self {
        let meta = json!({ "meta": { "code": code, "error": error, "message": message } });
        Self::from(json_response(StatusCode::OK, &meta))
    }

    /// A refusal of the API host: an HTTP status.
    pub(crate) fn api(status: StatusCode, message: &str) -> Self {
        let data = json!({ "error": status.as_str(), "message": message });
        Self::from(json_response(status, &json!({ "success": false, "data": data })))
    }

    /// A refusal of the API host with one of Arlo's own errors, which is a text.
    pub(crate) fn api_error(status: StatusCode, error: &str, message: &str) -> Self {
        let data = json!({ "error": error, "message": message, "reason": message });
        Self::from(json_response(status, &json!({ "success": false, "data": data })))
    }

    /// The refusal of an order to a camera that is private, is not addressed by its gateway, or has no stream.
    pub(crate) fn unchangeable_activity() -> Self {
        Self::api_error(StatusCode::OK, "4006", "Activity state cannot be changed")
    }

    /// The API host's refusal of a token: 2015 with HTTP 401, or in the form that the faults choose.
    pub(crate) fn void_token(shared: &Shared) -> Self {
        let error = if shared.faults.occurs(Fault::RefuseByNumber) {
            json!(2015)
        } else {
            json!("2015")
        };
        let status = if shared.faults.occurs(Fault::RefuseAsSuccess) {
            StatusCode::OK
        } else {
            StatusCode::UNAUTHORIZED
        };
        let data = json!({ "error": error, "message": "Invalid Token" });
        Self::from(json_response(status, &json!({ "success": false, "data": data })))
    }

    /// The auth host's refusal while the second factor is switched off.
    pub(crate) fn no_second_factor(with_number: bool) -> Self {
        let mut meta = json!({ "code": 400, "message": "Mfa disabled by service" });
        if let (true, Some(meta)) = (with_number, meta.as_object_mut()) {
            meta.insert("error".to_owned(), 9306.into());
        }
        Self::from(json_response(StatusCode::OK, &json!({ "meta": meta })))
    }

    /// The API host's refusal of a body that is not JSON, lacks a field, or names what the account does not have.
    pub(crate) fn malformed_api() -> Self {
        Self::api(StatusCode::BAD_REQUEST, "Malformed request")
    }

    /// The auth host's refusal of a body that is not JSON, or lacks a field that the call needs.
    pub(crate) fn malformed() -> Self {
        let meta = json!({ "meta": { "code": 400, "error": 400, "message": "Malformed request" } });
        Self::from(json_response(StatusCode::BAD_REQUEST, &meta))
    }
}

impl From<Response> for Refusal {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl From<getrandom::Error> for Refusal {
    fn from(error: getrandom::Error) -> Self {
        tracing::error!(%error, "no random bytes");
        Self::api(StatusCode::INTERNAL_SERVER_ERROR, "Internal error")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

fn json_response(status: StatusCode, value: &Value) -> Response {
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, json)], value.to_string()).into_response()
}
