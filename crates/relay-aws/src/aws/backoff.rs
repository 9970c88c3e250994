//! Which failed attempts are tried again, and after which wait.

use std::time::Duration;

use hyper::StatusCode;
use relay::SystemRandom;
use relay::ports::Random;

/// The longest wait after the first attempt; twice that after the second.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The same where AWS says that there were too many calls.
const FIRST_WAIT_THROTTLED: Duration = Duration::from_millis(500);

/// Why an attempt is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Something broke for a moment.
    Transient,
    /// There were too many calls.
    Throttled,
}

/// Whether an answer with this status and this error code may be another the next time.
pub(super) fn why(status: StatusCode, code: Option<&str>) -> Option<Why> {
    match code {
        Some(
            "BandwidthLimitExceeded"
            | "LimitExceededException"
            | "PriorRequestNotComplete"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "SlowDown"
            | "ThrottledException"
            | "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException",
        ) => Some(Why::Throttled),
        Some("RequestTimeout" | "RequestTimeoutException" | "InternalError" | "InternalServerError") => {
            Some(Why::Transient)
        }
        _ if status == StatusCode::TOO_MANY_REQUESTS => Some(Why::Throttled),
        _ if matches!(status.as_u16(), 500 | 502 | 503 | 504) => Some(Why::Transient),
        _ => None,
    }
}

/// The wait after so many attempts: between half of the longest and the longest, so that those who failed together do
/// not come again together.
pub(super) fn wait(why: Why, attempts: u32) -> Duration {
    let first = match why {
        Why::Transient => FIRST_WAIT,
        Why::Throttled => FIRST_WAIT_THROTTLED,
    };
    let longest = first * 2_u32.saturating_pow(attempts.saturating_sub(1));
    let mut random = [0; 1];
    // Without randomness it is the shortest.
    let random = SystemRandom.fill(&mut random).map_or(0, |()| u32::from(random[0]));
    longest / 2 + longest / 512 * random
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_grows_and_has_a_bound() {
        for (cause, attempts, longest) in [
            (Why::Transient, 1, 100),
            (Why::Transient, 2, 200),
            (Why::Throttled, 1, 500),
            (Why::Throttled, 2, 1000),
        ] {
            for _ in 0..50 {
                let wait = wait(cause, attempts).as_millis();
                assert!((longest / 2..=longest).contains(&wait), "{cause:?} {attempts} {wait}");
            }
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (status, code, expected) in [
            (500, None, Some(Why::Transient)),
            (503, Some("SlowDown"), Some(Why::Throttled)),
            (400, Some("ThrottlingException"), Some(Why::Throttled)),
            (429, None, Some(Why::Throttled)),
            (400, Some("RequestTimeout"), Some(Why::Transient)),
            (400, Some("ConditionalCheckFailedException"), None),
            (403, Some("AccessDenied"), None),
            (404, Some("NoSuchKey"), None),
            (412, Some("PreconditionFailed"), None),
            (501, None, None),
            (200, None, None),
        ] {
            assert_eq!(
                why(StatusCode::from_u16(status).unwrap(), code),
                expected,
                "{status} {code:?}"
            );
        }
    }
}
