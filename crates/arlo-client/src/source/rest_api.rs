//! pyaarlo's REST API as a code source: `/clear` before the login, then `/get` until the code stands there.
//!
//! There are several servers of it, and they agree on little but the code's place, so that everything else is taken for
//! "not yet" once the login waits. A `/get` may be held open until the code comes. Account and token go in the query,
//! as the API has it: behind another machine's `http://` both can be read on the way.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::Instant;

use super::{CodeSource, PendingCode};
use crate::quotable::quotable;
use crate::transport::{BoxFuture, Method, Request, Response, Transport, is_loopback, warn_if_in_clear};
use crate::{Code, Error, ErrorKind, FactorKind, HttpTransport};

/// Longest time for one answer: some servers hold `/get` until there is a code.
const ANSWER: Duration = Duration::from_secs(30);
/// Between the starts of two questions, as pyaarlo asks them.
const INTERVAL: Duration = Duration::from_secs(3);
/// For so long `/clear` is repeated while the server says "later".
const PATIENCE: Duration = Duration::from_secs(30);
/// Tries while the server cannot be reached.
const TRIES: u32 = 3;
/// For so long a refused code may still be followed by another.
const OVERWRITTEN: Duration = Duration::from_secs(15);
/// Most redirects followed: a server may keep its codes elsewhere.
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
    /// The API at `host`, reached over the default transport: a name or a URL, with a port and a path where the API has
    /// them. Without a scheme it is `https://`, and `http://` on this machine.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when this is neither, or has a user, query or fragment.
    pub fn new(host: &str, token: SecretString) -> Result<Self, Error> {
        Self::with_transport(host, token, Arc::new(HttpTransport::new()?))
    }

    /// The API reached over a transport of the caller's.
    ///
    /// # Errors
    /// As [`new`](Self::new).
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
        let query = url::form(&[("email", account), ("token", self.token.expose_secret())]);
        url.set_query(Some(&query));
        url
    }

    /// One call. Redirects are followed, but from `https://` to nothing less.
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
            url = next.ok_or_else(|| strange("the REST API leads to a place that is not safe"))?;
        }
        Err(strange("the REST API leads from one place to another without end"))
    }

    /// Tells the server that a login begins. Gives the code that must not be taken for this login's.
    async fn clear(&self, account: &str) -> Result<Option<Code>, Error> {
        let patience = Instant::now() + PATIENCE;
        let mut tries = 1;
        loop {
            let pause = match self.ask("clear", account).await {
                Ok(answer) if matches!(answer.status, 429 | 503) => {
                    let wait = answer.retry_after().unwrap_or(INTERVAL).max(INTERVAL);
                    if Instant::now() + wait > patience {
                        return Err(refusal(&answer));
                    }
                    wait
                }
                Ok(answer) if matches!(answer.status, 401 | 403 | 500..) => return Err(refusal(&answer)),
                Ok(answer) if answer.status == 200 => return cleared(&answer).map(|()| None),
                // A server that cannot clear shows its last code until the next one comes.
                Ok(_) => return Ok(self.ask("get", account).await.ok().as_ref().and_then(code)),
                Err(error) if error.kind() == ErrorKind::Network && tries < TRIES => {
                    tries += 1;
                    INTERVAL
                }
                Err(error) => return Err(error),
            };
            tokio::time::sleep(pause).await;
        }
    }
}

impl CodeSource for RestApiSource {
    /// Mail, or the text of an SMS that a phone hands to the server.
    fn serves(&self) -> &[FactorKind] {
        &[FactorKind::Email, FactorKind::Sms]
    }

    fn prepare<'a>(&'a self, account: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>> {
        Box::pin(async move {
            warn_if_in_clear(self.base.as_str());
            let pending: Box<dyn PendingCode> = Box::new(Pending {
                not_this: self.clear(account).await?,
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

/// One login that waits at the server.
struct Pending {
    source: RestApiSource,
    account: String,
    /// A code that is not this login's, or that Arlo refused.
    not_this: Option<Code>,
}

impl Pending {
    async fn poll(&self, within: Duration) -> Result<Code, Error> {
        let deadline = Instant::now().checked_add(within);
        loop {
            let started = Instant::now();
            let (pause, trouble) = match self.source.ask("get", &self.account).await {
                Ok(answer) => match code(&answer) {
                    Some(code) if self.not_this.as_ref() != Some(&code) => return Ok(code),
                    _ => (answer.retry_after().unwrap_or(INTERVAL), refusal(&answer)),
                },
                Err(error) if error.kind() == ErrorKind::Configuration => return Err(error),
                // A server that restarts keeps its logins.
                Err(error) => (INTERVAL, error),
            };
            let next = (started + pause.max(INTERVAL)).max(Instant::now());
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
            self.not_this = Some(code.clone());
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

/// Names and values of a query. Everything is escaped: a `+` would be taken for a space by some servers, and as it is
/// by others.
mod url {
    use reqwest::Url;

    pub(super) fn form(pairs: &[(&str, &str)]) -> String {
        // Any URL will do: only its query is read.
        let query = Url::parse_with_params("http://localhost", pairs).ok();
        let query = query.as_ref().and_then(Url::query).unwrap_or_default();
        query.replace('+', "%20")
    }
}

/// The code in an answer: a text, or a number that has lost its leading zeros.
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

/// Whether the answer to `/clear` says that the login may begin. One that says nothing does.
fn cleared(answer: &Response) -> Result<(), Error> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let success = body.get("data").and_then(|data| data.get("success"));
    match success.and_then(Value::as_bool) {
        Some(false) => Err(refusal(answer)),
        _ => Ok(()),
    }
}

/// What an answer without a code says.
fn refusal(answer: &Response) -> Error {
    let message = match answer.status {
        200 => "the REST API refused".to_owned(),
        401 | 403 => "the REST API does not take this token for this account".to_owned(),
        429 => "the REST API wants fewer requests".to_owned(),
        status => format!("the REST API answered with HTTP {status}"),
    };
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said = body
        .get("data")
        .and_then(|data| data.get("error"))
        .and_then(Value::as_str);
    let message = match said.and_then(quotable) {
        Some(said) => format!("{message} ({said})"),
        None => message,
    };
    Error::new(ErrorKind::CodeSource, message).with_retry_after(answer.retry_after())
}

fn strange(message: &'static str) -> Error {
    Error::new(ErrorKind::CodeSource, message)
}

#[cfg(test)]
mod tests;
