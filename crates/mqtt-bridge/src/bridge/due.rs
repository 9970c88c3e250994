//! When something is read from Arlo again, or published again.

use std::time::Duration;

use tokio::time::Instant;

use super::AGAIN_AFTER;

/// The least time between two readings: a storm of events must not become a storm of calls.
const READ_APART: Duration = Duration::from_secs(30);

/// When something is read or published again.
#[derive(Debug, Default)]
pub(super) struct Due {
    pub(super) modes: Reading,
    pub(super) library: Reading,
    pub(super) everything: Option<Instant>,
}

impl Due {
    pub(super) fn next(&self) -> Option<Instant> {
        [self.modes.next(), self.library.next(), self.everything]
            .into_iter()
            .flatten()
            .min()
    }
}

/// Something that is read again at some time, once at a time and not too often.
#[derive(Debug, Default)]
pub(super) struct Reading {
    at: Option<Instant>,
    not_before: Option<Instant>,
    is_running: bool,
}

impl Reading {
    /// Asks for a reading after this time, or sooner if one is asked for already.
    pub(super) fn after(&mut self, wait: Duration) {
        let time = Instant::now() + wait;
        self.at = Some(self.at.map_or(time, |known| known.min(time)));
    }

    pub(super) fn next(&self) -> Option<Instant> {
        let at = self.at.filter(|_| !self.is_running)?;
        Some(self.not_before.map_or(at, |not_before| at.max(not_before)))
    }

    /// Begins the reading if its time has come. [`ended`](Self::ended) must follow it.
    pub(super) fn begin(&mut self) -> bool {
        let now = Instant::now();
        if self.next().is_none_or(|at| at > now) {
            return false;
        }
        *self = Self {
            at: None,
            not_before: Some(now + READ_APART),
            is_running: true,
        };
        true
    }

    pub(super) fn ended(&mut self) {
        self.is_running = false;
    }

    /// It failed, and is read again, but not within the time that Arlo asks to wait.
    pub(super) fn failed(&mut self, asked_for: Option<Duration>) {
        self.ended();
        self.not_before = self
            .not_before
            .max(Some(Instant::now() + asked_for.unwrap_or_default()));
        self.after(AGAIN_AFTER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_storm_of_events_is_one_reading_now_and_then() {
        let mut reading = Reading::default();
        let mut begun = 0;
        // An event each second, for five minutes; a reading takes two seconds.
        for second in 0..300 {
            reading.after(Duration::from_secs(5));
            if reading.begin() {
                begun += 1;
                assert!(!reading.begin() && reading.next().is_none(), "once at a time");
            } else if second % 2 == 0 {
                reading.ended();
            }
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(begun, 10, "every {READ_APART:?}");
        reading.ended();
        tokio::time::advance(READ_APART).await;
        assert!(reading.begin(), "what was asked for meanwhile is read in the end");
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_asks_for_nothing_within_the_time_that_arlo_asks_to_wait() {
        let mut reading = Reading::default();
        reading.after(Duration::ZERO);
        assert!(reading.begin());
        reading.after(Duration::from_secs(5));
        let hour = Duration::from_secs(60 * 60);
        reading.failed(Some(hour));
        reading.after(Duration::from_secs(5));
        assert_eq!(reading.next(), Some(Instant::now() + hour));
        tokio::time::advance(hour).await;
        assert!(reading.begin());
        reading.failed(None);
        assert_eq!(reading.next(), Some(Instant::now() + AGAIN_AFTER));
    }
}
