//! Reads Arlo's answers: the data, or a refusal with advice what to do.
//!
//! The auth host always answers HTTP 200 with `{"meta":{"code":…,"error":…,"message":…},"data":…}`. The API host
//! answers with `{"success":…,"data":…}`. Both are behind Cloudflare, which answers with pages and texts of its own.

use std::time::Duration;

use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::error_number::{self, NO_CODE, NO_SECOND_FACTOR, PASSWORD_EXPIRED};
use crate::quotable::quotable;
use crate::transport::Response;

/// The text of Arlo that means [`NO_SECOND_FACTOR`]. It also comes without the number.
const NO_SECOND_FACTOR_TEXT: &str = "mfa disabled";
/// How long Arlo locks an account, according to its message.
const LOCKED_FOR: Duration = Duration::from_secs(5 * 60);
/// The wait after a temporary refusal.
const TEMPORARY_WAIT: Duration = Duration::from_secs(60);

/// The data in the answer to `call`, the path's last part.
pub(crate) fn data(call: &str, answer: &Response) -> Result<Value, Error> {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    if answer.status == 429 {
        return Err(rate_limited(answer));
    }
    let Some(Value::Object(mut body)) = body.filter(|_| answer.status < 500) else {
        return Err(unrecognised(call, answer));
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
            let error = number(data.get("error")).or_else(|| number(body.get("error")));
            Err(refused(call, Some(code), error, message, answer))
        }
        None => Err(unrecognised(call, answer)),
    }
}

/// As [`data`]. An answer of JSON without Arlo's envelope is given whole.
pub(crate) fn data_or_body(call: &str, answer: &Response) -> Result<Value, Error> {
    let body: Option<Value> = serde_json::from_slice(&answer.body)
        .ok()
        .filter(|_| answer.status == 200);
    match body {
        Some(body @ Value::Array(_)) => Ok(body),
        Some(body @ Value::Object(_)) if body.get("meta").is_none() && body.get("success").is_none() => Ok(body),
        _ => data(call, answer),
    }
}

/// A number. Some answers write it as a string.
pub(crate) fn number(value: Option<&Value>) -> Option<i64> {
    value.and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()))
}

/// The error for a refusal in Arlo's own form.
fn refused(call: &str, code: Option<i64>, error: Option<i64>, message: &str, answer: &Response) -> Error {
    let text = message.to_ascii_lowercase();
    if code == Some(429) || text.contains("too many requests") {
        return rate_limited(answer);
    }
    let error = if text.contains(NO_SECOND_FACTOR_TEXT) {
        Some(NO_SECOND_FACTOR)
    } else {
        error
    };
    let other = ErrorKind::ArloRefused { code: error.or(code) };
    let (kind, advice) = match (call, code, error) {
        (_, _, Some(number)) if error_number::is_session_rejected(number) => return session_rejected(),
        (_, _, Some(9017)) => (
            ErrorKind::AccountLocked,
            "Arlo has locked the account for five minutes: let nothing log in until then, and reset the password on \
             my.arlo.com if it stays locked",
        ),
        (_, _, Some(9236 | 9243)) => (
            ErrorKind::InvalidCode,
            "Arlo refused the code: it was wrong, or of an earlier login; the next login gets a new one",
        ),
        (_, _, Some(9237)) => (
            ErrorKind::CodeExpired,
            "Arlo refused the code, which came too late: the next login gets a new one",
        ),
        (_, _, Some(9234 | 9301)) => (
            ErrorKind::RateLimited,
            "Arlo has seen too many tries with codes: let nothing log in for a while",
        ),
        (_, _, Some(9238)) => (
            ErrorKind::CodeTimeout,
            "Arlo no longer waits for the code or the approval: the next login asks anew",
        ),
        (_, _, Some(9239)) => (other, "the login was refused in the Arlo app"),
        ("auth", Some(401), _) | (_, _, Some(9015 | 9016)) => (
            ErrorKind::WrongPassword,
            "Arlo refused the account or its password: check both; nothing retries it, since failures lock the account",
        ),
        (_, Some(401), _) => return session_rejected(),
        (_, _, Some(NO_SECOND_FACTOR)) => (
            other,
            "Arlo has switched its second factor off just now: try again later",
        ),
        (_, _, Some(number)) if error_number::is_temporary(number) => {
            (other, "Arlo cannot do that just now: try again later")
        }
        (_, _, Some(NO_CODE)) => (
            other,
            "Arlo sends no code just now: it did so during an outage of its own, and to accounts that had asked for many \
             codes; a day later it works again",
        ),
        (_, _, Some(9204 | 9261)) => (
            other,
            "Arlo does not trust this browser or takes the factor for invalid: remove the session file and log in again",
        ),
        (_, _, Some(number)) if error_number::is_not_approved(number) => (
            other,
            "Arlo still waits for the login to be approved: approve it in the Arlo app and log in again",
        ),
        (_, _, Some(PASSWORD_EXPIRED)) => (
            other,
            "Arlo wants a new password for the account: set one on my.arlo.com",
        ),
        (_, _, Some(9310)) => (other, "Arlo does not serve the account from this country"),
        (_, _, Some(9271)) => (
            other,
            "the account has as many trusted devices as Arlo allows: remove one in the Arlo app",
        ),
        (_, _, Some(9303..=9305)) => (
            other,
            "the phone that approves logins no longer has the Arlo app: add it again, under two-step verification",
        ),
        _ => (other, "Arlo refused the call"),
    };
    let number = error.or(code).map(|number| format!(" {number}")).unwrap_or_default();
    let quote = quotable(message)
        .map(|message| format!(": {message}"))
        .unwrap_or_default();
    let wait = match kind {
        ErrorKind::AccountLocked => Some(LOCKED_FOR),
        ErrorKind::RateLimited => answer.retry_after(),
        _ => None,
    };
    let error = Error::new(kind, format!("{advice} ({call}{number}{quote})")).with_retry_after(wait);
    if error.is_temporary_state() {
        error.with_retry_after(Some(answer.retry_after().unwrap_or(TEMPORARY_WAIT)))
    } else {
        error
    }
}

/// The error for a token that Arlo does not accept.
pub(crate) fn session_rejected() -> Error {
    Error::new(
        ErrorKind::SessionRejected,
        "Arlo no longer takes this session: log in again",
    )
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

/// The error for an answer that Arlo did not write, or that is not in its form.
fn unrecognised(call: &str, answer: &Response) -> Error {
    match answer.status {
        403 | 503 if is_cloudflare_rate_limit(&answer.body) => rate_limited(answer),
        status if status == 403 || answer.header("cf-mitigated").is_some() => Error::new(
            ErrorKind::BlockedByCloudflare,
            format!(
                "Cloudflare turned this call to Arlo away (HTTP {status}): usually that passes; if it does not, try from \
                 another network, or use a transport with a browser's TLS"
            ),
        ),
        401 if !is_page(&answer.body) => refused(call, Some(401), None, "", answer),
        status @ 500.. => Error::new(
            ErrorKind::Unavailable,
            format!("Arlo is out of order (HTTP {status} to {call}): try again later"),
        )
        .with_retry_after(answer.retry_after()),
        status => Error::new(
            ErrorKind::UnexpectedAnswer,
            format!(
                "this program does not know Arlo's answer to {call} (HTTP {status}): Arlo may have changed its API"
            ),
        ),
    }
}

/// Whether Cloudflare's page or text contains its error 1015, "you are being rate limited", as a word.
fn is_cloudflare_rate_limit(body: &[u8]) -> bool {
    body.split(|byte| !byte.is_ascii_alphanumeric())
        .any(|word| word == b"1015")
}

/// Whether this is a web page. Arlo writes none: a network's own gate in front of it does, and what that refuses says
/// nothing of the password or the session.
fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// Refuses an answer that Arlo did not write. Any answer of Arlo shows that the caller's address is let in.
pub(crate) fn check_admission(call: &str, answer: &Response) -> Result<(), Error> {
    // The answer to a preflight is empty. Cloudflare answers with pages and texts.
    let is_arlo = answer.body.is_empty() || serde_json::from_slice::<Value>(&answer.body).is_ok();
    match answer.status {
        429 => Err(rate_limited(answer)),
        200..=499
            if is_arlo
                && answer.header("cf-mitigated").is_none()
                && !(answer.status == 403 && answer.body.is_empty()) =>
        {
            Ok(())
        }
        _ => Err(unrecognised(call, answer)),
    }
}

/// The error for an answer of `startAuth` that names no request for a code. Arlo gave it without any data in the outage
/// of 2026-05, in which others got 1110, and it sends no code then either.
pub(crate) fn no_code_sent() -> Error {
    Error::new(
        ErrorKind::ArloRefused { code: Some(NO_CODE) },
        "Arlo sends no code just now: its answer to startAuth names none, as during an outage of its own",
    )
}

/// The error for data without a field that the next call needs.
pub(crate) fn missing_field(call: &str, what: &str) -> Error {
    let message = format!("Arlo's answer to {call} has no {what}: Arlo may be out of order or have changed its API");
    Error::new(ErrorKind::UnexpectedAnswer, message)
}

#[cfg(test)]
mod tests;
