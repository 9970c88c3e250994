//! pyaarlo's REST API as a code source: `/clear` before the login, then `/get` until it gives the code.
//!
//! There are several servers of this API, and their answers agree only in the place of the code. Once the login waits,
//! every other answer means "not yet". A server may delay the answer to `/get` until the code comes. The API puts the
//! account and the token into the query: over `http://` to another machine both can be read on the way.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::announce::{announce_with_patience, wait_after};
use super::{CodeSource, PendingCode};
#[cfg(feature = "http")]
use crate::HttpTransport;
use crate::quotable::quotable;
use crate::transport::{BoxFuture, Method, Request, Response, Transport, is_loopback, warn_if_in_clear};
use crate::{Code, Error, ErrorKind, FactorKind};

/// Time limit for one answer. Some servers delay the answer to `/get` until there is a code.
const ANSWER: Duration = Duration::from_secs(30);
/// The least time between the starts of two requests, as with pyaarlo.
const INTERVAL: Duration = Duration::from_secs(3);
/// How long another code is waited for after a refused one.
const OVERWRITTEN: Duration = Duration::from_secs(15);
/// The most redirects that are followed. A server may keep its codes elsewhere.
const MAX_REDIRECTS: usize = 3;
/// Longest answer, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// Gets the code from a server of pyaarlo's REST API. `Debug` shows only its host.
#[derive(Clone)]
pub struct RestApiSource {
    base: Url,
    token: SecretString,
    transport: Arc<dyn Transport>,
}

impl RestApiSource {
    /// The API at `host`, reached over the default transport. `host` is a name or a URL, with a port and a path if the
    /// API has them. Without a scheme it is `https://`, and `http://` on this machine.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if `host` is neither, or has a user, query or fragment.
    #[cfg(feature = "http")]
    pub fn new(host: &str, token: SecretString) -> Result<Self, Error> {
        Self::with_transport(host, token, Arc::new(HttpTransport::new()?))
    }

    /// The API at `host`, reached over another transport. `host` as with the default transport.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if `host` is neither a name nor a URL, or has a user, query or fragment.
    pub fn with_transport(host: &str, token: SecretString, transport: Arc<dyn Transport>) -> Result<Self, Error> {
        let base = base(host.trim()).ok_or_else(|| {
            let message = "the REST API's host is neither a name nor an http:// or https:// URL: give it as the \
                           enrolment printed it";
            Error::new(ErrorKind::Configuration, message)
        })?;
        Ok(Self { base, token, transport })
    }

    fn url(&self, call: &str, account: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{call}", self.base.path().trim_end_matches('/')));
        let query = escaped_query(&[("email", account), ("token", self.token.expose_secret())]);
        url.set_query(Some(&query));
        url
    }

    /// One call. Follows redirects, but not from `https://` to `http://`.
    async fn ask(&self, call: &str, account: &str) -> Result<Response, Error> {
        let mut url = self.url(call, account);
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.transport.send(request(&url)).await?;
            let next = answer
                .header("location")
                .filter(|_| (301..=308).contains(&answer.status));
            let Some(next) = next else { return Ok(answer) };
            let next = url
                .join(next)
                .ok()
                .filter(|next| next.scheme() == "https" || (next.scheme() == "http" && url.scheme() == "http"));
            url = next.ok_or_else(|| unexpected("the REST API redirects to a URL that is not safe"))?;
        }
        Err(unexpected("the REST API redirects without end"))
    }

    /// Announces the login. Gives the code that does not belong to this login.
    async fn clear(&self, account: &str) -> Result<Option<Code>, Error> {
        let answer = announce_with_patience(|| self.ask("clear", account)).await?;
        match answer.status {
            200 => check_cleared(&answer).map(|()| None),
            401 | 403 | 429 | 500.. => Err(refusal(&answer)),
            // A server that cannot clear gives its last code until the next one comes.
            _ => Ok(self.ask("get", account).await.ok().as_ref().and_then(code)),
        }
    }
}

impl CodeSource for RestApiSource {
    /// Mail, or the text of an SMS that a phone sends to the server.
    fn serves(&self) -> &[FactorKind] {
        &[FactorKind::Email, FactorKind::Sms]
    }

    fn prepare<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>> {
        Box::pin(async move {
            warn_if_in_clear(self.base.as_str());
            let pending: Box<dyn PendingCode> = Box::new(Pending {
                other_code: self.clear(account).await?,
                source: self.clone(),
                account: account.to_owned(),
            });
            Ok(pending)
        })
    }
}

impl fmt::Debug for RestApiSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RestApiSource({})", self.base.origin().ascii_serialization())
    }
}

/// The wait of one login for its code.
struct Pending {
    source: RestApiSource,
    account: String,
    /// A code of another login, or a code that Arlo refused.
    other_code: Option<Code>,
}

impl Pending {
    async fn poll(&self, within: Duration) -> Result<Code, Error> {
        let deadline = Instant::now().checked_add(within);
        loop {
            let started = Instant::now();
            let (wait, trouble) = match self.source.ask("get", &self.account).await {
                Ok(answer) => match code(&answer) {
                    Some(code) if self.other_code.as_ref() != Some(&code) => return Ok(code),
                    _ => (answer.retry_after().unwrap_or(INTERVAL), refusal(&answer)),
                },
                Err(error) if error.kind() == ErrorKind::Configuration => return Err(error),
                // A server keeps its logins over a restart.
                Err(error) => (INTERVAL, error),
            };
            let next = (started + wait.max(INTERVAL)).max(Instant::now());
            if deadline.is_some_and(|deadline| next >= deadline) {
                let message = "no code reached the REST API in time: check that Arlo's mail is forwarded to it";
                return Err(Error::new(ErrorKind::CodeTimeout, message).with_source(trouble));
            }
            tokio::time::sleep_until(next).await;
        }
    }
}

impl PendingCode for Pending {
    fn code(&mut self, within: Duration) -> BoxFuture<'_, Result<Code, Error>> {
        Box::pin(async move {
            let code = self.poll(within).await?;
            self.other_code = Some(code.clone());
            Ok(code)
        })
    }

    fn another(&mut self, within: Duration) -> BoxFuture<'_, Result<Option<Code>, Error>> {
        Box::pin(async move {
            match self.poll(within.min(OVERWRITTEN)).await {
                Ok(code) => Ok(Some(code)),
                Err(error) if error.kind() == ErrorKind::CodeTimeout => Ok(None),
                Err(error) => Err(error),
            }
        })
    }
}

fn request(url: &Url) -> Request {
    Request {
        method: Method::Get,
        url: url.to_string(),
        headers: vec![("accept", "application/json".to_owned())],
        body: Vec::new(),
        timeout: ANSWER,
        max_body: MAX_BODY,
    }
}

/// The host as a URL.
fn base(host: &str) -> Option<Url> {
    let url = if host.contains("://") {
        Url::parse(host).ok()?
    } else {
        let mut url = Url::parse(&format!("https://{host}")).ok()?;
        if is_loopback(&url) {
            url = Url::parse(&format!("http://{host}")).ok()?;
        }
        url
    };
    let plain =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    (plain && matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// A query of these names and values. Everything is escaped, because some servers read a `+` as a space and some do
/// not.
fn escaped_query(pairs: &[(&str, &str)]) -> String {
    // Only the query of this URL is used.
    let url = Url::parse_with_params("http://localhost", pairs).ok();
    let query = url.as_ref().and_then(Url::query).unwrap_or_default();
    query.replace('+', "%20")
}

/// The code in an answer: a text, or a number without its leading zeros.
fn code(answer: &Response) -> Option<Code> {
    if answer.status != 200 {
        return None;
    }
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    match body.get("data")?.get("code")? {
        Value::String(text) => Code::parse(text.trim()),
        Value::Number(number) => Code::parse(&format!("{:06}", number.as_u64()?)),
        _ => None,
    }
}

/// Refuses an answer to `/clear` that reports a failure. Any other answer lets the login begin.
fn check_cleared(answer: &Response) -> Result<(), Error> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let success = body.get("data").and_then(|data| data.get("success"));
    match success.and_then(Value::as_bool) {
        Some(false) => Err(refusal(answer)),
        _ => Ok(()),
    }
}

/// The error for an answer without a code.
fn refusal(answer: &Response) -> Error {
    let message = match answer.status {
        200 => "the REST API refused".to_owned(),
        401 | 403 => "the REST API does not take this token for this account".to_owned(),
        429 => "the REST API wants fewer requests".to_owned(),
        status => format!("the REST API answered with HTTP {status}"),
    };
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reason = body
        .get("data")
        .and_then(|data| data.get("error"))
        .and_then(Value::as_str);
    let message = match reason.and_then(quotable) {
        Some(reason) => format!("{message} ({reason})"),
        None => message,
    };
    Error::new(ErrorKind::CodeSource, message).with_retry_after(wait_after(answer))
}

/// The error for a redirect that is not followed.
fn unexpected(message: &'static str) -> Error {
    Error::new(ErrorKind::CodeSource, message)
}

#[cfg(test)]
mod tests;
