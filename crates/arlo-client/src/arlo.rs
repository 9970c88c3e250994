//! Calls to Arlo's two hosts, in the form of Arlo's own web application.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::clock::Clock;
use crate::cookies::Jar;
use crate::transport::{Chunks, Method, Request, Response, Transport, is_loopback};
use crate::{ApiCall, Error, ErrorKind, random, refusal};

/// The host of a login.
pub(crate) const AUTH_HOST: &str = "https://ocapi-app.arlo.com";
/// The host on which a session is used.
pub(crate) const API_HOST: &str = "https://myapi.arlo.com";
/// The web application from which both hosts expect calls.
const ORIGIN: &str = "https://my.arlo.com";
/// Base64 of `BROWSER`.
const AUTOMATION_NAME: &str = "QlJPV1NFUg==";
/// This program's own name. The TLS and HTTP of the connection would contradict the name of a browser. Filters look for
/// such a contradiction, and they let plain clients through.
pub(crate) const USER_AGENT: &str = concat!("arlo-client/", env!("CARGO_PKG_VERSION"));
/// Longest answers, in bytes.
const MAX_AUTH_ANSWER: usize = 1024 * 1024;
const MAX_API_ANSWER: usize = 16 * 1024 * 1024;
const MAX_REFUSAL: usize = 64 * 1024;

/// Time limit for an answer on which nothing depends.
const PREFLIGHT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a call that Cloudflare blocked is repeated. Each wait is three times as long as the one before.
const BLOCKED_RETRIES: u32 = 2;

/// One browser as Arlo sees it: its identity, its cookies, and its transport to the two hosts.
pub(crate) struct Arlo {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) auth_host: String,
    pub(crate) api_host: String,
    pub(crate) device_id: String,
    pub(crate) user_agent: String,
    pub(crate) timeout: Duration,
    /// The wait before a call that Cloudflare blocked is repeated.
    pub(crate) blocked_wait: Duration,
    pub(crate) cookies: Mutex<Jar>,
    pub(crate) clock: Clock,
}

impl Arlo {
    /// The current time of this login's clock.
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The current cookies.
    pub(crate) fn cookies(&self) -> Jar {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The preflight that a browser sends before a call to another origin. Its answer is not used.
    pub(crate) async fn preflight(&self, call: &str) {
        let mut request = self.auth_request(Method::Options, call, "", Vec::new(), None);
        request.timeout = request.timeout.min(PREFLIGHT_TIMEOUT);
        let _ = self.send(request).await;
    }

    /// `POST /api/<call>` on the auth host. Gives the data in the answer.
    pub(crate) async fn post(&self, call: &str, body: &Value, token: Option<&SecretString>) -> Result<Value, Error> {
        let body = body.to_string().into_bytes();
        let request = self.auth_request(Method::Post, call, "", body, token);
        self.data(call, request).await
    }

    /// `GET /api/<call>` on the auth host. Gives the data in the answer.
    pub(crate) async fn get(&self, call: &str, token: &SecretString) -> Result<Value, Error> {
        self.data(call, self.get_request(call, token)).await
    }

    /// `GET /api/<call>` on the auth host. Ignores the answer.
    pub(crate) async fn notify(&self, call: &str, token: &SecretString) {
        let mut request = self.get_request(call, token);
        request.timeout = request.timeout.min(PREFLIGHT_TIMEOUT);
        let _ = self.send(request).await;
    }

    fn get_request(&self, call: &str, token: &SecretString) -> Request {
        let query = format!("?data={}", self.now().as_second());
        self.auth_request(Method::Get, call, &query, Vec::new(), Some(token))
    }

    /// The data in the answer.
    async fn data(&self, call: &str, request: Request) -> Result<Value, Error> {
        let once = || async { refusal::data(call, &self.send(request.clone()).await?) };
        self.repeated_if_blocked(call, once).await
    }

    /// The result of a call. One that Cloudflare blocks has not reached Arlo, and mostly succeeds a little later. So it
    /// is repeated a few times.
    async fn repeated_if_blocked<T, F>(&self, call: &str, once: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let (mut wait, mut left) = (self.blocked_wait, BLOCKED_RETRIES);
        loop {
            match once().await {
                Err(error) if error.kind() == ErrorKind::BlockedByCloudflare && left > 0 => {
                    tracing::debug!(call, "Cloudflare blocked the call: it is repeated");
                    tokio::time::sleep(wait).await;
                    (wait, left) = (wait.saturating_mul(3), left - 1);
                }
                result => return result,
            }
        }
    }

    /// `GET /hmsweb/<path>` on the API host. Gives the data in the answer.
    pub(crate) async fn api(&self, path: &str, token: &SecretString) -> Result<Value, Error> {
        let call = path.split('?').next().unwrap_or_default();
        self.data(call, self.api_request(path, Some(token))?).await
    }

    /// One call of another crate to the API host. Gives the data in the answer, or the answer without an envelope.
    pub(crate) async fn call(&self, call: ApiCall, token: &SecretString) -> Result<Value, Error> {
        let name = call.name();
        let request = self.call_request(call, token)?;
        let once = || async { refusal::data_or_body(name, &self.send(request.clone()).await?) };
        self.repeated_if_blocked(name, once).await
    }

    /// One call of another crate to the API host, whose answer stays open.
    pub(crate) async fn open(&self, call: ApiCall, token: &SecretString) -> Result<Box<dyn Chunks>, Error> {
        let name = call.name();
        let request = self.call_request(call, token)?;
        self.repeated_if_blocked(name, || self.open_once(name, request.clone()))
            .await
    }

    async fn open_once(&self, name: &str, mut request: Request) -> Result<Box<dyn Chunks>, Error> {
        self.add_cookies(&mut request)?;
        let mut answer = self.transport.open(request).await?;
        if answer.status == 200 {
            return Ok(answer.body);
        }
        let mut body = Vec::new();
        while let Ok(Ok(Some(chunk))) = tokio::time::timeout(self.timeout, answer.body.next()).await {
            if body.len() + chunk.len() > MAX_REFUSAL {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        let answer = Response::new(answer.status, answer.headers, body);
        Err(refusal::data(name, &answer)
            .err()
            .unwrap_or_else(|| refusal::missing_field(name, "stream")))
    }

    fn call_request(&self, call: ApiCall, token: &SecretString) -> Result<Request, Error> {
        let mut request = self.request_to_api(&call.path, Some(token))?;
        request.method = call.method;
        for (name, value) in call.headers {
            request.headers.retain(|(old, _)| *old != name);
            request.headers.push((name, value));
        }
        request.body = call.body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        request.max_body = call.max_answer.unwrap_or(MAX_API_ANSWER);
        Ok(request)
    }

    /// Whether each of the two hosts lets in a caller without account and token.
    pub(crate) async fn admissions(&self) -> Result<[Result<(), Error>; 2], Error> {
        let login = self.auth_request(Method::Options, "auth", "", Vec::new(), None);
        let session = self.api_request("users/session/v3", None)?;
        let mut admissions = [Ok(()), Ok(())];
        for (admission, (call, request)) in admissions
            .iter_mut()
            .zip([("auth", login), ("users/session/v3", session)])
        {
            let answer = self.send(request).await;
            *admission = answer.and_then(|answer| refusal::check_admission(call, &answer));
        }
        Ok(admissions)
    }

    /// A request for `/hmsweb/<path>` on the API host.
    fn api_request(&self, path: &str, token: Option<&SecretString>) -> Result<Request, Error> {
        self.request_to_api(&format!("/hmsweb/{path}"), token)
    }

    /// A request for the path on the API host, a `GET` without a body.
    fn request_to_api(&self, path: &str, token: Option<&SecretString>) -> Result<Request, Error> {
        let transaction = format!("FE!{}", random::uuid()?);
        let time = self.now().as_millisecond();
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut headers = self.headers("application/json", "application/json; charset=utf-8;");
        headers.extend([
            ("auth-version", "2".to_owned()),
            ("schemaversion", "1".to_owned()),
            ("x-transaction-id", transaction.clone()),
        ]);
        if let Some(token) = token {
            headers.push(("authorization", token.expose_secret().to_owned()));
        }
        Ok(Request {
            method: Method::Get,
            url: format!("{}{path}{separator}eventId={transaction}&time={time}", self.api_host),
            headers,
            body: Vec::new(),
            timeout: self.timeout,
            max_body: MAX_API_ANSWER,
        })
    }

    fn auth_request(
        &self,
        method: Method,
        call: &str,
        query: &str,
        body: Vec<u8>,
        token: Option<&SecretString>,
    ) -> Request {
        let mut headers = self.headers("application/json, text/plain, */*", "application/json");
        headers.extend([
            ("source", "arloCamWeb".to_owned()),
            ("x-service-version", "3".to_owned()),
            ("x-user-device-automation-name", AUTOMATION_NAME.to_owned()),
            ("x-user-device-id", self.device_id.clone()),
            ("x-user-device-type", "BROWSER".to_owned()),
        ]);
        if let Some(token) = token {
            headers.push(("authorization", STANDARD.encode(token.expose_secret())));
        }
        Request {
            method,
            url: format!("{}/api/{call}{query}", self.auth_host),
            headers,
            body,
            timeout: self.timeout,
            max_body: MAX_AUTH_ANSWER,
        }
    }

    fn headers(&self, accept: &str, content_type: &str) -> Vec<(&'static str, String)> {
        vec![
            ("accept", accept.to_owned()),
            ("accept-language", "en-US,en;q=0.9".to_owned()),
            ("cache-control", "no-cache".to_owned()),
            ("content-type", content_type.to_owned()),
            ("origin", ORIGIN.to_owned()),
            ("pragma", "no-cache".to_owned()),
            ("referer", format!("{ORIGIN}/")),
            ("user-agent", self.user_agent.clone()),
        ]
    }

    /// One exchange. Sends the cookies, and stores those in the answer.
    async fn send(&self, mut request: Request) -> Result<Response, Error> {
        let url = self.add_cookies(&mut request)?;
        tracing::debug!(method = ?request.method, host = url.host_str(), path = url.path(), "request to Arlo");
        let answer = self.transport.send(request).await?;
        tracing::debug!(status = answer.status, path = url.path(), "answer of Arlo");
        let now = self.now();
        let mut jar = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for line in answer.all("set-cookie") {
            jar.store(&url, line, now);
        }
        Ok(answer)
    }

    /// Adds the cookies for its URL to the request, and gives the URL.
    fn add_cookies(&self, request: &mut Request) -> Result<Url, Error> {
        let url = Url::parse(&request.url)
            .map_err(|error| Error::new(ErrorKind::Configuration, "the host is not a URL").with_source(error))?;
        if let Some(cookies) = self.cookies().header(&url, self.now()) {
            request.headers.push(("cookie", cookies));
        }
        Ok(url)
    }
}

/// A host in the form that the calls need: `http` or `https`, no query, no slash at the end.
///
/// A password is sent in clear text to this machine only.
pub(crate) fn host(setting: &str, text: &str) -> Result<String, Error> {
    let wrong = |why: &str| Error::new(ErrorKind::Configuration, format!("the {setting} {why}"));
    let url = Url::parse(text.trim()).map_err(|_| wrong("is no URL: give it as https://name"))?;
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("may have no user, query or fragment"));
    }
    if !url.has_host() {
        return Err(wrong("has no host"));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(wrong(
                "would get the password in clear text: use https:// for another machine",
            ));
        }
        _ => return Err(wrong("is no http:// or https:// URL")),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_https_or_this_machine() {
        for (text, expected) in [
            ("https://ocapi-app.arlo.com", Some("https://ocapi-app.arlo.com")),
            ("https://ocapi-app.arlo.com/", Some("https://ocapi-app.arlo.com")),
            ("https://proxy.example/arlo/", Some("https://proxy.example/arlo")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("http://127.0.0.2/", Some("http://127.0.0.2")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("http://localhost:1", Some("http://localhost:1")),
            ("http://arlo.localhost", None),
            ("http://ocapi-app.arlo.com", None),
            ("http://192.168.1.2", None),
            ("ftp://127.0.0.1", None),
            ("ocapi-app.arlo.com", None),
            ("https://user@example.org", None),
            ("https://example.org?x", None),
            ("", None),
        ] {
            let got = host("auth host", text);
            assert_eq!(got.as_deref().ok(), expected, "{text}");
            assert!(got.err().is_none_or(|error| error.kind() == ErrorKind::Configuration));
        }
    }
}
