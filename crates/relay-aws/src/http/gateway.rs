//! An event of API Gateway (HTTP API, payload format 2.0) as a request, and an answer as API Gateway takes it.
//!
//! Callers can send characters in the path and query that no URI has, and headers that are none. Each event is made
//! valid, so that none is a failure of the function.

use std::collections::BTreeMap;
use std::fmt;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{HOST, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;
use bytes::Bytes;
use client_limits::Client;
use data_encoding::BASE64;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::runtime::Error;

/// The host of a call that names none.
const NO_HOST: &str = "localhost";
/// The largest answer: Lambda takes no more.
const MAX_ANSWER: usize = 6 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    raw_path: Option<String>,
    raw_query_string: Option<String>,
    #[serde(default)]
    headers: Headers,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: Context,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    domain_name: Option<String>,
    stage: Option<String>,
    http: Call,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    method: String,
    source_ip: Option<String>,
}

/// The headers that are headers.
#[derive(Default)]
struct Headers(HeaderMap);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;

        impl<'de> Visitor<'de> for All {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("headers")
            }

            fn visit_unit<E>(self) -> Result<Headers, E> {
                Ok(Headers::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut headers = HeaderMap::new();
                while let Some((name, value)) = map.next_entry::<String, Option<String>>()? {
                    let name = HeaderName::try_from(name);
                    let value = value.map(HeaderValue::try_from);
                    if let (Ok(name), Some(Ok(value))) = (name, value) {
                        headers.insert(name, value);
                    }
                }
                Ok(Headers(headers))
            }
        }

        deserializer.deserialize_any(All)
    }
}

/// The request that an event holds.
pub(super) fn request(event: &[u8]) -> Result<Request, Error> {
    // The error of the parser could show what the caller sent.
    let event: Event =
        serde_json::from_slice(event).map_err(|_| "this is no event of an HTTP API in payload format 2.0")?;
    let Context {
        domain_name,
        stage,
        http,
    } = event.request_context;
    let path = event.raw_path.unwrap_or_default();
    let stage = stage.filter(|stage| stage != "$default");
    let path = escaped(without_stage(&path, stage.as_deref()), b"?#[]\\^`{|}\"<> ");
    let query = escaped(&event.raw_query_string.unwrap_or_default(), b"#[]\\^`{|}\"<> ");
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mark = if query.is_empty() { "" } else { "?" };
    let host = domain_name.as_deref().filter(|name| is_host(name)).unwrap_or(NO_HOST);

    let mut request = Request::new(body(event.body, event.is_base64_encoded));
    *request.method_mut() = Method::from_bytes(http.method.as_bytes())?;
    *request.uri_mut() = format!("{slash}{path}{mark}{query}").parse()?;
    *request.headers_mut() = event.headers.0;
    request.headers_mut().insert(HOST, HeaderValue::from_str(host)?);
    // API Gateway's own word: it is the one that accepts the connection.
    let address = http.source_ip.and_then(|address| address.parse().ok());
    request.extensions_mut().insert(Client::new(address));
    Ok(request)
}

/// Without a body where it cannot be decoded.
fn body(text: Option<String>, is_base64: bool) -> Body {
    match text {
        None => Body::empty(),
        Some(text) if is_base64 => BASE64
            .decode(text.as_bytes())
            .map_or_else(|_| Body::empty(), Body::from),
        Some(text) => Body::from(text),
    }
}

/// The host at which the client found the API.
pub(super) fn host_of(request: &Request) -> &str {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    host.unwrap_or(NO_HOST)
}

fn is_host(name: &str) -> bool {
    let is_of_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    !name.is_empty() && name.bytes().all(is_of_host)
}

fn without_stage<'a>(path: &'a str, stage: Option<&str>) -> &'a str {
    let rest = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
    rest.filter(|rest| rest.is_empty() || rest.starts_with('/'))
        .unwrap_or(path)
}

/// Percent-encodes what a URI cannot hold (RFC 3986 section 2). What is encoded already stays as it is.
fn escaped(text: &str, reserved: &[u8]) -> String {
    let mut uri = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !reserved.contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    status_code: u16,
    headers: BTreeMap<&'a str, String>,
    body: &'a str,
    is_base64_encoded: bool,
    cookies: Vec<&'a str>,
}

/// The answer in the form of API Gateway. A body that is no text is in base64.
pub(super) async fn answer(answer: Response) -> Result<Bytes, Error> {
    let (head, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, MAX_ANSWER).await?;
    let encoded = match str::from_utf8(&body) {
        Ok(_) => None,
        Err(_) => Some(BASE64.encode(&body)),
    };
    let text = |value: &'_ HeaderValue| str::from_utf8(value.as_bytes()).unwrap_or_default().to_owned();
    let mut headers: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in head.headers.iter().filter(|(name, _)| *name != SET_COOKIE) {
        let all = headers.entry(name.as_str()).or_default();
        if !all.is_empty() {
            all.push_str(", ");
        }
        all.push_str(&text(value));
    }
    let cookies = head.headers.get_all(SET_COOKIE).iter();
    let answer = Answer {
        status_code: head.status.as_u16(),
        headers,
        body: encoded.as_deref().or(str::from_utf8(&body).ok()).unwrap_or_default(),
        is_base64_encoded: encoded.is_some(),
        cookies: cookies.filter_map(|cookie| cookie.to_str().ok()).collect(),
    };
    Ok(serde_json::to_vec(&answer)?.into())
}
