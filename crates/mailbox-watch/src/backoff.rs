//! How long to wait after a failure. The wait doubles up to a bound, and a random part keeps many watchers from
//! connecting again at the same moment.

use std::time::Duration;

use crate::pace::Pace;

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

/// The wait after a failure that follows `earlier` others.
pub(crate) fn doubled(first: Duration, earlier: u32, last: Duration) -> Duration {
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
}
