//! How long to wait after a failure. The wait doubles up to a bound, and a random part keeps many watchers from
//! connecting again at the same moment.
//!
//! This is our own code because a failure that passes and one that a person has to correct are counted apart, across
//! calls of the watcher. Crates for backoff repeat one call by one rule.

use std::time::Duration;

use crate::pace::Pace;

/// How often a mail is requested that the server refuses to send for now while it sends others: some two minutes.
pub(crate) const REFUSED_TRIES: u8 = 12;
/// Longest wait between two such requests.
const REFUSED_WAIT: Duration = Duration::from_secs(15);
/// After so many doublings every wait is at its bound.
const MAX_DOUBLINGS: u32 = 16;

#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    /// How many of the failures in a row need a change by a person.
    refusals: u32,
}

impl Backoff {
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Counts a failure. Gives the wait after it.
    pub(crate) fn after(&mut self, retryable: bool, pace: &Pace) -> Duration {
        let (count, first, last) = if retryable {
            (&mut self.failures, pace.first_retry, pace.last_retry)
        } else {
            (&mut self.refusals, pace.first_retry_refused, pace.last_retry_refused)
        };
        let wait = doubled(first, *count, last);
        *count = count.saturating_add(1);
        wait
    }
}

/// The wait after a refusal to send a mail that follows `earlier` others. It grows, and is longest if the server sends
/// nothing for long.
pub(crate) fn after_refusals(earlier: u8, pace: &Pace) -> Duration {
    let last = if earlier < REFUSED_TRIES {
        REFUSED_WAIT.min(pace.last_retry)
    } else {
        pace.last_retry
    };
    doubled(pace.first_retry, u32::from(earlier), last)
}

/// The wait after a failure that follows `earlier` others.
fn doubled(first: Duration, earlier: u32, last: Duration) -> Duration {
    jittered(first.saturating_mul(1 << earlier.min(MAX_DOUBLINGS)).min(last))
}

/// A random wait between three quarters and five quarters of this one.
fn jittered(wait: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    wait.mul_f64(0.75 + f64::from(random) / f64::from(u32::MAX) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_their_bound_and_never_vanish() {
        let pace = Pace::SERVICE;
        for (retryable, first, last) in [
            (true, pace.first_retry, pace.last_retry),
            (false, pace.first_retry_refused, pace.last_retry_refused),
        ] {
            let mut backoff = Backoff::default();
            let mut expected = first;
            for _ in 0..100 {
                let wait = backoff.after(retryable, &pace);
                assert!(
                    wait >= expected.mul_f64(0.74) && wait <= expected.mul_f64(1.26),
                    "{wait:?} {expected:?}"
                );
                expected = (expected * 2).min(last);
            }
            backoff.reset();
            assert!(backoff.after(retryable, &pace) <= first.mul_f64(1.26));
        }
    }

    #[test]
    fn refusals_are_followed_by_seconds_that_grow() {
        for (earlier, seconds) in [(0, 1), (1, 2), (2, 4), (3, 8), (4, 15), (11, 15), (12, 60), (255, 60)] {
            let wait = after_refusals(earlier, &Pace::SERVICE);
            let expected = Duration::from_secs(seconds);
            assert!(
                wait >= expected.mul_f64(0.74) && wait <= expected.mul_f64(1.26),
                "{earlier}: {wait:?}"
            );
        }
    }
}
