//! How long to wait after a failure. The wait doubles up to a bound, and a random part keeps many recordings from being
//! tried at the same moment.

use std::time::Duration;

/// After so many doublings every wait is at its bound.
const MAX_DOUBLINGS: u32 = 16;

/// The wait after a failure that follows `earlier` others: not shorter than `asked`, as far as the bound allows.
pub(crate) fn wait(earlier: u32, first: Duration, last: Duration, asked: Option<Duration>) -> Duration {
    let doubled = first.saturating_mul(1 << earlier.min(MAX_DOUBLINGS));
    jittered(doubled.max(asked.unwrap_or_default()).min(last))
}

/// A random wait between this one and five quarters of it.
fn jittered(wait: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    wait.mul_f64(1.0 + f64::from(random) / f64::from(u32::MAX) / 4.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_their_bound_and_never_vanish() {
        let (first, last) = (Duration::from_secs(5), Duration::from_secs(3600));
        let mut expected = first;
        for earlier in (0..40).chain([u32::MAX]) {
            let wait = wait(earlier, first, last, None);
            assert!(
                wait >= expected && wait <= expected.mul_f64(1.26),
                "{earlier}: {wait:?}"
            );
            expected = (expected * 2).min(last);
        }
    }

    #[test]
    fn the_server_may_ask_for_more_up_to_the_bound() {
        let (first, last) = (Duration::from_secs(5), Duration::from_secs(3600));
        for (asked, expected) in [(1, 5), (60, 60), (86400, 3600)] {
            let wait = wait(0, first, last, Some(Duration::from_secs(asked)));
            assert!(wait >= Duration::from_secs(expected) && wait <= Duration::from_secs(expected).mul_f64(1.26));
        }
    }
}
