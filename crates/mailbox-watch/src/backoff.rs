//! How long to wait after a failure: doubling, bounded, and with jitter, so that many relays do not come back at once.

use std::time::Duration;

use crate::pace::Pace;

/// Doublings after which a wait is surely at its bound.
const MAX_DOUBLINGS: u32 = 16;

#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    /// Of the failures in a row, those that a person has to mend.
    refusals: u32,
}

impl Backoff {
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Counts a failure; how long to wait after it.
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

/// How long to wait after so many failures before this one.
pub(crate) fn doubled(first: Duration, earlier: u32, last: Duration) -> Duration {
    jittered(first.saturating_mul(1 << earlier.min(MAX_DOUBLINGS)).min(last))
}

/// Between three quarters and five quarters of it.
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
