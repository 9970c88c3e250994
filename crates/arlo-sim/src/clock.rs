//! The cloud's clock. A test can move it forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// The system's clock, and how far the cloud is ahead of it. Clones share one state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    ahead_seconds: Arc<AtomicU64>,
}

impl Clock {
    pub(crate) fn advance(&self, by: Duration) {
        self.ahead_seconds.fetch_add(by.as_secs(), Ordering::Relaxed);
    }

    pub(crate) fn instant(&self) -> Instant {
        Instant::now() + self.ahead()
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub(crate) fn timestamp(&self) -> Timestamp {
        Timestamp::now().saturating_add(self.ahead()).unwrap_or(Timestamp::MAX)
    }

    fn ahead(&self) -> Duration {
        Duration::from_secs(self.ahead_seconds.load(Ordering::Relaxed))
    }
}
