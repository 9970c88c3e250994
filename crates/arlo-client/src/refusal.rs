//! Arlo's answers, told apart: data, or a refusal with what to do about it.
//!
//! The auth host answers HTTP 200 with `{"meta":{"code":…,"error":…,"message":…},"data":…}` whatever happened; the API
//! host `{"success":…,"data":…}`. Before both stands Cloudflare, which answers with pages and texts of its own.

use serde_json::Value;

use crate::error::words;
use crate::transport::Response;
use crate::{Error, ErrorKind};

/// `meta.error` of a browser that Arlo does not trust (yet): 9204 until 2025, 9261 since.
const NOT_TRUSTED: [i64; 2] = [9204, 9261];

/// Arlo's data in an answer to `call`, the path's last part.
pub(crate) fn data(call: &str, answer: &Response) -> Result<Value, Error> {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    if answer.status == 429 {
        return Err(rate_limited(answer));
    }
    let Some(Value::Object(mut body)) = body.filter(|_| answer.status < 500) else {
        return Err(not_arlo(call, answer));
    };
    if let Some(meta) = body.get("meta") {
        let code = number(meta.get("code"));
        if code == Some(200) {
            return Ok(body.remove("data").unwrap_or_default());
        }
        let message = meta.get("message").and_then(Value::as_str).unwrap_or_default();
        return Err(refused(call, code, number(meta.get("error")), message, answer));
    }
    match body.get("success").and_then(Value::as_bool) {
        Some(true) => Ok(body.remove("data").unwrap_or_default()),
        Some(false) => {
            let data = body.get("data").unwrap_or(&Value::Null);
            let message = data.get("message").and_then(Value::as_str).unwrap_or_default();
            let code = i64::from(answer.status);
            Err(refused(call, Some(code), number(data.get("error")), message, answer))
        }
        None => Err(not_arlo(call, answer)),
    }
}

/// Whether the refusal only says that this browser is not trusted: the normal answer before a first code.
pub(crate) fn is_not_trusted(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ArloRefused { code: Some(code) } if NOT_TRUSTED.contains(&code))
}

/// A number, which some answers write as a string.
pub(crate) fn number(value: Option<&Value>) -> Option<i64> {
    value.and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()))
}

/// A refusal in Arlo's own form.
fn refused(call: &str, code: Option<i64>, error: Option<i64>, message: &str, answer: &Response) -> Error {
    if code == Some(429) || message.to_ascii_lowercase().contains("too many requests") {
        return rate_limited(answer);
    }
    let (kind, advice) = match (call, code, error) {
        (_, _, Some(9017)) => (
            ErrorKind::AccountLocked,
            "Arlo has locked the account: reset the password on my.arlo.com and let nothing log in until that is done",
        ),
        (_, _, Some(9236)) => (
            ErrorKind::InvalidCode,
            "Arlo refused the code: it was wrong, too old, or of an earlier login; the next login gets a new one",
        ),
        ("auth", Some(401), _) => (
            ErrorKind::WrongPassword,
            "Arlo refused the account or its password: check both; nothing retries it, since failures lock the account",
        ),
        (_, Some(401), _) => return rejected(),
        (_, _, Some(1110)) => (
            kind(code, error),
            "Arlo answered with its unknown error, as it does during an outage on its side: try again later",
        ),
        (_, _, Some(9204 | 9261)) => (
            kind(code, error),
            "Arlo does not trust this browser or takes the factor for invalid: remove the session file and log in again",
        ),
        (_, _, Some(9233)) => (
            kind(code, error),
            "Arlo still waits for the login to be approved: approve it in the Arlo app and log in again",
        ),
        _ => (kind(code, error), "Arlo refused the call"),
    };
    let number = error.or(code).map(|number| format!(" {number}")).unwrap_or_default();
    let said = words(message).map(|message| format!(": {message}")).unwrap_or_default();
    Error::new(kind, format!("{advice} ({call}{number}{said})"))
}

/// A token that Arlo does not take.
pub(crate) fn rejected() -> Error {
    Error::new(
        ErrorKind::SessionRejected,
        "Arlo no longer takes this session: log in again",
    )
}

fn kind(code: Option<i64>, error: Option<i64>) -> ErrorKind {
    ErrorKind::ArloRefused { code: error.or(code) }
}

fn rate_limited(answer: &Response) -> Error {
    let wait = answer.retry_after();
    let message = match wait {
        Some(wait) => format!(
            "Arlo wants fewer requests: wait {} s before the next login",
            wait.as_secs()
        ),
        None => "Arlo wants fewer requests: let nothing log in for a while; it can take 24 hours".to_owned(),
    };
    Error::new(ErrorKind::RateLimited, message).with_retry_after(wait)
}

/// An answer that Arlo did not write, or not in its form.
fn not_arlo(call: &str, answer: &Response) -> Error {
    match answer.status {
        403 | 503 if is_cloudflare_rate_limit(&answer.body) => rate_limited(answer),
        403 => Error::new(
            ErrorKind::BlockedByCloudflare,
            "Cloudflare, which stands before Arlo, blocked this machine (HTTP 403): wait some hours, try from another \
             network, or use a transport with a browser's TLS",
        ),
        401 => refused(call, Some(401), None, "", answer),
        status @ 500.. => Error::new(
            ErrorKind::Unavailable,
            format!("Arlo is out of order (HTTP {status} to {call}): try again later"),
        )
        .with_retry_after(answer.retry_after()),
        status => Error::new(
            ErrorKind::UnexpectedAnswer,
            format!(
                "Arlo's answer to {call} is none this program knows (HTTP {status}): Arlo may have changed its API"
            ),
        ),
    }
}

/// Whether Cloudflare's page or text bears its error 1015, "you are being rate limited", as a word of its own.
fn is_cloudflare_rate_limit(body: &[u8]) -> bool {
    body.split(|byte| !byte.is_ascii_alphanumeric())
        .any(|word| word == b"1015")
}

/// Data without what the chain needs next.
pub(crate) fn lacking(call: &str, what: &str) -> Error {
    let message = format!("Arlo's answer to {call} has no {what}: Arlo may be out of order or have changed its API");
    Error::new(ErrorKind::UnexpectedAnswer, message)
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
