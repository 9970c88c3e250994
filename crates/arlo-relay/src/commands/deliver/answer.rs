//! Translates the relay's answer to a mail for a mail server.
//!
//! The relay always answers `/mail` with HTTP 200. `meta.code` shows whether it took the mail. If it did not,
//! `data.status` is the HTTP status that the failure would have elsewhere, and `data.retry_after` the seconds after
//! which it may be over. Any other HTTP status comes from something between here and the relay: a proxy, a gateway,
//! another server.

use std::time::Duration;

use arlo_client::Response;
use serde::Deserialize;

use crate::failure::{Failure, Sysexit};

/// The relay's answer to a mail that it did not refuse.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It took the mail, with this result.
    Taken(String),
    /// It cannot take it now, because of `why`. Try again `after` this time at the earliest.
    Later { after: Duration, why: String },
}

#[derive(Deserialize)]
struct Body {
    meta: Meta,
    data: Data,
}

#[derive(Deserialize)]
struct Meta {
    code: u16,
}

#[derive(Deserialize)]
struct Data {
    result: Option<String>,
    status: Option<u16>,
    retry_after: Option<u64>,
}

/// Reads an answer.
///
/// # Errors
/// A refusal that the same mail would get again.
pub(super) fn read(response: &Response) -> Result<Answer, Failure> {
    if response.status != 200 {
        let after = response
            .header("retry-after")
            .and_then(|value| value.trim().parse().ok());
        return refused(response.status, after);
    }
    let Ok(Body { meta, data }) = serde_json::from_slice(&response.body) else {
        return Ok(later(
            None,
            "the answer is not from an arlo-relay, or something between changed it",
        ));
    };
    match (meta.code, data.status) {
        (200, _) => Ok(Answer::Taken(data.result.unwrap_or_default())),
        (_, Some(status)) => refused(status, data.retry_after),
        (_, None) => Ok(later(
            data.retry_after,
            "the relay did not take the mail and did not say why",
        )),
    }
}

fn refused(status: u16, after: Option<u64>) -> Result<Answer, Failure> {
    let (sysexit, why) = match status {
        401 | 403 => (
            Sysexit::NoPermission,
            "the relay refused the access token: give it the one of the last enroll or enroll --rotate",
        ),
        400 => (Sysexit::DataError, "the relay refused the mail: it could not be read"),
        413 => (Sysexit::DataError, "the relay refused the mail: it is too large"),
        300..=399 | 404 | 405 | 410 => (Sysexit::Config, "there is no relay at this URL: check --url"),
        408 => return Ok(later(after, "the mail took too long to arrive at the relay")),
        429 => return Ok(later(after, "the relay asks for fewer calls")),
        503 => return Ok(later(after, "the relay cannot take mail at the moment")),
        _ => {
            return Ok(later(
                after,
                format!("the relay answered with the HTTP status {status}"),
            ));
        }
    };
    Err(Failure::delivery(sysexit, why))
}

fn later(after: Option<u64>, why: impl Into<String>) -> Answer {
    Answer::Later {
        after: Duration::from_secs(after.unwrap_or_default()),
        why: why.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exit code, and after how many seconds it may be tried again.
    fn exit(status: u16, headers: &[(&str, &str)], body: &str) -> (u8, u64) {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        match read(&Response::new(status, headers.collect(), body.into())) {
            Ok(Answer::Taken(_)) => (0, 0),
            Ok(Answer::Later { after, .. }) => (75, after.as_secs()),
            Err(failure) => (failure.exit(), 0),
        }
    }

    #[test]
    fn answers_of_the_relay() {
        for (meta, data, expected) in [
            (200, r#"{"success":true,"result":"code-delivered"}"#, (0, 0)),
            (200, r#"{"success":true,"result":"not-from-arlo"}"#, (0, 0)),
            (200, "{}", (0, 0)),
            (
                400,
                r#"{"success":false,"error":"x","code":null,"status":403}"#,
                (77, 0),
            ),
            (400, r#"{"status":401}"#, (77, 0)),
            (400, r#"{"status":413}"#, (65, 0)),
            (400, r#"{"status":400}"#, (65, 0)),
            (400, r#"{"status":408}"#, (75, 0)),
            (400, r#"{"status":429,"retry_after":60}"#, (75, 60)),
            (400, r#"{"status":503,"retry_after":5}"#, (75, 5)),
            (400, r#"{"status":503}"#, (75, 0)),
            (400, r#"{"error":"anything"}"#, (75, 0)),
        ] {
            let body = format!(r#"{{"meta":{{"code":{meta}}},"data":{data}}}"#);
            assert_eq!(exit(200, &[], &body), expected, "{body}");
        }
    }

    #[test]
    fn answers_of_something_else() {
        for (status, expected) in [
            (301, 78),
            (404, 78),
            (405, 78),
            (401, 77),
            (403, 77),
            (413, 65),
            (429, 75),
            (500, 75),
            (502, 75),
            (503, 75),
            (504, 75),
            (418, 75),
        ] {
            assert_eq!(exit(status, &[], "<html>"), (expected, 0), "{status}");
        }
        assert_eq!(exit(503, &[("retry-after", "7")], ""), (75, 7));
        assert_eq!(
            exit(503, &[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")], ""),
            (75, 0)
        );
        for body in [
            "",
            "<html>",
            "[]",
            r#"{"data":null}"#,
            r#"{"meta":{"code":200},"data":null}"#,
        ] {
            assert_eq!(exit(200, &[], body), (75, 0), "{body}");
        }
    }
}
