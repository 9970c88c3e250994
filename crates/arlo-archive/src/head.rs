//! What the head of an answer means for a file of which a part may be there already (RFC 9110 section 14).

use std::time::Duration;

use jiff::Timestamp;

use crate::fetch::Answer;
use crate::{Error, ErrorKind};

/// Longest validator that is stored, in bytes.
const MAX_VALIDATOR: usize = 256;

/// What to do with the body.
#[derive(Debug)]
pub(crate) enum Plan {
    /// The body is the whole file.
    Whole {
        /// Its length, if the server says it.
        total: Option<u64>,
    },
    /// The body is the rest of the file.
    Rest {
        /// The length of the whole file, if the server says it.
        total: Option<u64>,
    },
    /// The partial file is the whole file already.
    Complete,
    /// The partial file does not fit the answer: throw it away, and begin again later.
    Discard(Error),
}

/// Reads the head of an answer to a request for the bytes from `have` on. `total` is the length that was said before.
pub(crate) fn plan(answer: &Answer, have: u64, total: Option<u64>, max: u64, now: Timestamp) -> Result<Plan, Error> {
    let status = answer.status;
    let encoding = answer.header("content-encoding").unwrap_or("identity");
    let plan = match status {
        200 => Plan::Whole {
            total: answer.header("content-length").and_then(|length| length.parse().ok()),
        },
        206 if have > 0 => match answer.header("content-range").and_then(content_range) {
            Some((Some(start), length))
                if start == have && (total.is_none() || length.is_none() || total == length) =>
            {
                Plan::Rest {
                    total: length.or(total),
                }
            }
            _ => Plan::Discard(unexpected("the media server answered with another part of the file")),
        },
        416 if have > 0 => match answer.header("content-range").and_then(content_range) {
            Some((None, Some(length))) if length == have => Plan::Complete,
            _ => Plan::Discard(unexpected("the media server has less of the file than it sent before")),
        },
        401 | 403 | 404 | 410 => {
            let message = format!("the media server does not accept the URL any more (HTTP {status})");
            return Err(Error::new(ErrorKind::Expired, message));
        }
        429 | 500..=599 => {
            let message = format!("the media server asks to come back later (HTTP {status})");
            let error = Error::new(ErrorKind::Unavailable, message);
            return Err(error.with_retry_after(answer.header("retry-after").and_then(|value| wait(value, now))));
        }
        _ => return Err(unexpected(format!("the media server answered with HTTP {status}"))),
    };
    match plan {
        Plan::Whole { .. } | Plan::Rest { .. } if !encoding.eq_ignore_ascii_case("identity") => Err(unexpected(
            "the media server sent the file in an encoding that nobody asked for",
        )),
        Plan::Whole { total: Some(total) } | Plan::Rest { total: Some(total) } if total > max => Err(unexpected(
            format!("the file would have {total} bytes, and {max} are the most"),
        )),
        plan => Ok(plan),
    }
}

/// What proves in `If-Range` that the content is still the same (RFC 9110 section 13.1.5): a strong `ETag`, or
/// `Last-Modified`.
pub(crate) fn validator(answer: &Answer) -> Option<String> {
    let tag = answer.header("etag").filter(|tag| tag.starts_with('"'));
    let validator = tag.or(answer.header("last-modified"))?;
    (validator.len() <= MAX_VALIDATOR).then(|| validator.to_owned())
}

/// `bytes 5-9/10`, `bytes 5-9/*` or `bytes */10`: the start and the whole length.
fn content_range(value: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (range, total) = value.strip_prefix("bytes ")?.trim().split_once('/')?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    if range == "*" {
        return Some((None, total));
    }
    let (start, _) = range.split_once('-')?;
    Some((Some(start.parse().ok()?), total))
}

/// `Retry-After` of RFC 9110 section 10.2.3: seconds or a date.
fn wait(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    Some(Duration::try_from(then.duration_since(now)).unwrap_or_default())
}

fn unexpected(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::UnexpectedAnswer, message)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::BoxFuture;
    use crate::fetch::Body;

    struct Nothing;

    impl Body for Nothing {
        fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, Error>> {
            Box::pin(async { Ok(None) })
        }
    }

    fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        Answer::new(status, headers, Box::new(Nothing))
    }

    fn read(status: u16, headers: &[(&str, &str)], have: u64, total: Option<u64>) -> String {
        match plan(&answer(status, headers), have, total, 1000, Timestamp::UNIX_EPOCH) {
            Ok(Plan::Whole { total }) => format!("whole {total:?}"),
            Ok(Plan::Rest { total }) => format!("rest {total:?}"),
            Ok(Plan::Complete) => "complete".into(),
            Ok(Plan::Discard(_)) => "discard".into(),
            Err(error) => format!("{:?}", error.kind()),
        }
    }

    #[test]
    fn each_status_leads_to_one_plan() {
        let range = |value| [("content-range", value)];
        for (status, headers, have, total, expected) in [
            (200, &[("content-length", "10")][..], 0, None, "whole Some(10)"),
            (200, &[], 5, Some(10), "whole None"),
            (200, &[("content-length", "x")], 0, None, "whole None"),
            (200, &[("content-length", "1001")], 0, None, "UnexpectedAnswer"),
            (200, &[("content-encoding", "gzip")], 0, None, "UnexpectedAnswer"),
            (206, &range("bytes 5-9/10"), 5, Some(10), "rest Some(10)"),
            (206, &range("bytes 5-9/*"), 5, Some(10), "rest Some(10)"),
            (206, &range("bytes 5-9/10"), 5, None, "rest Some(10)"),
            (206, &range("bytes 5-9/11"), 5, Some(10), "discard"),
            (206, &range("bytes 0-9/10"), 5, Some(10), "discard"),
            (206, &range("octets 5-9/10"), 5, Some(10), "discard"),
            (206, &[], 5, Some(10), "discard"),
            (206, &range("bytes 0-9/10"), 0, None, "UnexpectedAnswer"),
            (416, &range("bytes */5"), 5, Some(10), "complete"),
            (416, &range("bytes */4"), 5, Some(10), "discard"),
            (416, &[], 5, None, "discard"),
            (416, &[], 0, None, "UnexpectedAnswer"),
            (403, &[], 0, None, "Expired"),
            (404, &[], 5, None, "Expired"),
            (503, &[], 0, None, "Unavailable"),
            (429, &[], 0, None, "Unavailable"),
            (304, &[], 0, None, "UnexpectedAnswer"),
            (302, &[], 0, None, "UnexpectedAnswer"),
        ] {
            assert_eq!(read(status, headers, have, total), expected, "{status} {headers:?}");
        }
    }

    #[test]
    fn the_wait_that_a_server_asks_for_is_read() {
        for (value, expected) in [
            ("7", Some(7)),
            ("Thu, 01 Jan 1970 00:01:00 GMT", Some(60)),
            ("Wed, 31 Dec 1969 00:00:00 GMT", Some(0)),
            ("soon", None),
        ] {
            let error = plan(
                &answer(503, &[("retry-after", value)]),
                0,
                None,
                1,
                Timestamp::UNIX_EPOCH,
            )
            .unwrap_err();
            assert_eq!(error.retry_after(), expected.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn a_weak_tag_proves_nothing() {
        let date = ("last-modified", "Thu, 01 Jan 1970 00:01:00 GMT");
        assert_eq!(
            validator(&answer(200, &[("etag", "\"a\""), date])).as_deref(),
            Some("\"a\"")
        );
        assert_eq!(
            validator(&answer(200, &[("etag", "W/\"a\""), date])).as_deref(),
            Some(date.1)
        );
        assert_eq!(validator(&answer(200, &[("etag", "W/\"a\"")])), None);
        assert_eq!(
            validator(&answer(200, &[("etag", &format!("\"{}\"", "a".repeat(300)))])),
            None
        );
    }
}
