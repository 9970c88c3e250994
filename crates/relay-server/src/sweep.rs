//! Drops expired data regularly.
//!
//! Data expires even before it is dropped. Dropped data cannot be restored, so a sudden jump of the wall clock does not
//! count at once: a request that only seems to have expired is still there when the clock is corrected.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use relay::Lifetime;
use relay::ports::{Clock, Sweep};

use crate::liveness::Beat;
use crate::sqlite::SqliteStore;

/// The time between two sweeps.
pub(crate) const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// The largest step forward of the wall clock that counts at once.
const JUMP: SignedDuration = SignedDuration::from_secs(60);

/// Runs until `stopped` ends, and sweeps once more then: until the next start nobody does. Each sweep that succeeds is
/// a sign of life.
pub(crate) async fn run(store: SqliteStore, clock: Arc<dyn Clock>, beat: Beat, stopped: impl Future<Output = ()>) {
    let mut stopped = std::pin::pin!(stopped);
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut horizon = Horizon::default();
    let mut is_last = false;
    while !is_last {
        tokio::select! {
            () = &mut stopped => is_last = true,
            _ = ticks.tick() => {}
        }
        match store.sweep(horizon.at(clock.now(), Instant::now())).await {
            Ok(dropped) => {
                beat.beat(Instant::now());
                if dropped > 0 {
                    tracing::debug!(dropped, "expired");
                }
            }
            Err(error) => tracing::warn!(%error, cause = error.source(), "what has expired could not be dropped"),
        }
    }
}

/// The time before which everything that has expired may be dropped.
///
/// It follows the wall clock. After a jump forward it follows the monotonic clock, so that older data is dropped when
/// it has really expired. It follows the wall clock again when none of the older data can be left.
#[derive(Debug, Default)]
struct Horizon {
    believed: Option<Reading>,
    jumped_at: Option<Instant>,
}

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy)]
struct Reading {
    wall: Timestamp,
    monotonic: Instant,
}

impl Horizon {
    fn at(&mut self, wall: Timestamp, monotonic: Instant) -> Timestamp {
        let expected = self.believed.map(|last| {
            let passed = monotonic.saturating_duration_since(last.monotonic);
            last.wall.saturating_add(passed).unwrap_or(Timestamp::MAX)
        });
        let ahead = expected.filter(|expected| wall.duration_since(*expected) > JUMP);
        if let Some(expected) = ahead {
            let jumped_at = *self.jumped_at.get_or_insert(monotonic);
            let since = monotonic.saturating_duration_since(jumped_at);
            if since < Lifetime::MAX.get().unsigned_abs() {
                return expected;
            }
        }
        self.believed = Some(Reading { wall, monotonic });
        self.jumped_at = None;
        wall
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The horizon at each pair of seconds: those of the wall clock, and those that have passed.
    fn said(readings: &[(i64, u64)]) -> Vec<i64> {
        let start = Instant::now();
        let mut horizon = Horizon::default();
        readings
            .iter()
            .map(|(wall, passed)| {
                let wall = Timestamp::from_second(*wall).unwrap();
                horizon.at(wall, start + Duration::from_secs(*passed)).as_second()
            })
            .collect()
    }

    #[test]
    fn it_follows_a_clock_that_goes_as_it_should_or_is_put_back() {
        assert_eq!(
            said(&[(1000, 0), (1005, 5), (1012, 10), (1015, 15)]),
            [1000, 1005, 1012, 1015]
        );
        assert_eq!(said(&[(5000, 0), (1000, 5), (1005, 10)]), [5000, 1000, 1005]);
    }

    #[test]
    fn a_jump_forward_that_is_mended_drops_nothing() {
        assert_eq!(
            said(&[(1000, 0), (4605, 5), (4610, 10), (1015, 15), (1020, 20)]),
            [1000, 1005, 1010, 1015, 1020]
        );
    }

    #[test]
    fn a_jump_forward_that_stays_is_believed_when_nothing_of_before_is_left() {
        let longest = u64::try_from(Lifetime::MAX.get().as_secs()).unwrap();
        let wall = |passed: u64| 9000 + i64::try_from(passed).unwrap();
        assert_eq!(
            said(&[
                (1000, 0),
                (wall(5), 5),
                (wall(longest + 4), longest + 4),
                (wall(longest + 5), longest + 5),
                (wall(longest + 10), longest + 10),
            ]),
            [1000, 1005, 1904, wall(longest + 5), wall(longest + 10)]
        );
    }
}
