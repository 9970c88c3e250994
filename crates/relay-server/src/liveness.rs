//! Signs of life: when a task was last seen to do its work.
//!
//! They are measured by the monotonic clock, so that a change of the wall clock makes no task look dead.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use relay_http::Vitals;

/// A part that has recorded no sign of life for so long is failing. A part that works records one every five seconds.
const OVERDUE: Duration = Duration::from_secs(20);

/// The last sign of life of one task. Its clones share it.
#[derive(Debug, Clone)]
pub struct Beat {
    origin: Instant,
    /// Milliseconds after the origin.
    last: Arc<AtomicU64>,
}

impl Beat {
    /// Of a task that begins now. It counts as alive until it is overdue for the first time.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            origin: now,
            last: Arc::default(),
        }
    }

    /// The task has done its work.
    pub fn beat(&self, now: Instant) {
        self.last.fetch_max(self.millis(now), Ordering::Relaxed);
    }

    /// Whether the last sign of life is no older than `within`.
    #[must_use]
    pub fn is_alive(&self, now: Instant, within: Duration) -> bool {
        let age = self.millis(now).saturating_sub(self.last.load(Ordering::Relaxed));
        Duration::from_millis(age) <= within
    }

    fn millis(&self, at: Instant) -> u64 {
        let passed = at.saturating_duration_since(self.origin).as_millis();
        u64::try_from(passed).unwrap_or(u64::MAX)
    }
}

/// The beats of all parts of a relay, as `/healthz` shows them.
#[derive(Debug)]
pub(crate) struct Pulse(Vec<(&'static str, Beat)>);

impl Pulse {
    pub(crate) fn new(parts: Vec<(&'static str, Beat)>) -> Self {
        Self(parts)
    }
}

impl Vitals for Pulse {
    fn vitals(&self) -> Vec<(&'static str, bool)> {
        let now = Instant::now();
        let parts = self.0.iter();
        parts.map(|(name, beat)| (*name, beat.is_alive(now, OVERDUE))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_alive_until_its_last_sign_is_too_old() {
        const WITHIN: Duration = Duration::from_secs(15);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let beat = Beat::new(start);
        assert!(beat.is_alive(at(15), WITHIN));
        assert!(!beat.is_alive(at(16), WITHIN));
        let task = beat.clone();
        task.beat(at(20));
        assert!(beat.is_alive(at(35), WITHIN));
        assert!(!beat.is_alive(at(36), WITHIN));
        // A late sign of an earlier time changes nothing.
        task.beat(at(19));
        assert!(beat.is_alive(at(35), WITHIN));
        // A reader whose time is before the sign sees it alive.
        assert!(beat.is_alive(at(18), WITHIN));
    }
}
