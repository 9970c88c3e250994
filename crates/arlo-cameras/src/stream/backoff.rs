//! The waits between connections to a server that is away, or that refuses.

use std::time::Duration;

/// Doubling waits with a cap. Each is between half and the whole of its length, so that clients do not come together.
#[derive(Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// Waits that begin with `first`, and are never longer than `longest`.
    #[must_use]
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            failures: 0,
        }
    }

    /// The wait after one more failure.
    // It is no iterator: there is always one more.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Duration {
        let whole = self.first.saturating_mul(1 << self.failures.min(16)).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        // Without randomness the whole wait.
        let part = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
        (whole / 2).saturating_add((whole / 2).mul_f64(part))
    }

    /// Begins again: a connection has lasted.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let (first, longest) = (Duration::from_secs(2), Duration::from_secs(300));
        let mut backoff = Backoff::new(first, longest);
        for expected in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            let wait = backoff.next();
            let whole = Duration::from_secs(expected);
            assert!(wait >= whole / 2 && wait <= whole, "{wait:?} of {expected}");
        }
        for _ in 0..100 {
            assert!(backoff.next() <= longest);
        }
        backoff.reset();
        assert!(backoff.next() <= first);
    }
}
