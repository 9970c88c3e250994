//! How often something may be done: a token bucket for each key, as the generic cell rate algorithm (ITU-T I.371).
//!
//! A bucket is one point in time: when it would be full again. The table of buckets has a capacity. A key for which
//! there is no place shares one bucket with all others of that kind, so that nobody gets around a limit by being many.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So often at once.
    pub burst: u32,
    /// And once more each time that this has passed.
    pub every: Duration,
}

/// A bucket for each key.
#[derive(Debug)]
pub struct Buckets<K> {
    rate: Rate,
    capacity: usize,
    table: Mutex<Table<K>>,
}

#[derive(Debug)]
struct Table<K> {
    /// When each bucket is full again. One that is full has no entry.
    full_at: HashMap<K, Instant>,
    /// The bucket of those that have none of their own.
    others: Option<Instant>,
    swept: Option<Instant>,
}

impl<K: Hash + Eq> Buckets<K> {
    /// Full buckets, of which so many can be less than full at once.
    #[must_use]
    pub fn new(rate: Rate, capacity: usize) -> Self {
        let table = Table {
            full_at: HashMap::new(),
            others: None,
            swept: None,
        };
        Self {
            rate,
            capacity,
            table: Mutex::new(table),
        }
    }

    /// Whether one could be taken from the key's bucket. Nothing changes, and a key without a bucket gets none.
    ///
    /// # Errors
    /// How long it takes until there is one again.
    pub fn check(&self, key: &K, now: Instant) -> Result<(), Duration> {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        self.rate.after(table.full_at.get(key).copied(), now).map(drop)
    }

    /// Takes one from the key's bucket.
    ///
    /// # Errors
    /// How long it takes until there is one again. Nothing was taken then.
    pub fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if !table.full_at.contains_key(&key) && table.full_at.len() >= self.capacity {
            table.sweep(now, self.rate.every);
            if table.full_at.len() >= self.capacity {
                let full_at = self.rate.after(table.others, now)?;
                table.others = Some(full_at);
                return Ok(());
            }
        }
        let full_at = self.rate.after(table.full_at.get(&key).copied(), now)?;
        table.full_at.insert(key, full_at);
        Ok(())
    }
}

impl<K: Hash + Eq> Table<K> {
    /// Drops full buckets, and not more often than one can become full.
    fn sweep(&mut self, now: Instant, every: Duration) {
        if self
            .swept
            .is_none_or(|swept| now.saturating_duration_since(swept) >= every)
        {
            self.swept = Some(now);
            self.full_at.retain(|_, full_at| *full_at > now);
        }
    }
}

impl Rate {
    /// When a bucket is full again after one more was taken from it.
    fn after(self, full_at: Option<Instant>, now: Instant) -> Result<Instant, Duration> {
        let full_at = full_at.map_or(now, |full_at| full_at.max(now)) + self.every;
        let wait = full_at
            .saturating_duration_since(now)
            .saturating_sub(self.every * self.burst);
        if wait.is_zero() { Ok(full_at) } else { Err(wait) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: Rate = Rate {
        burst: 3,
        every: Duration::from_secs(10),
    };

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_burst_and_then_one_at_a_time() {
        let buckets = Buckets::new(RATE, 10);
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(buckets.take("a", start), Ok(()));
        }
        assert_eq!(buckets.take("a", start), Err(seconds(10)));
        assert_eq!(buckets.check(&"a", start), Err(seconds(10)));
        for _ in 0..9 {
            assert_eq!(buckets.check(&"c", start), Ok(()), "looking takes nothing");
        }
        assert_eq!(buckets.take("b", start), Ok(()), "each key has its own");
        assert_eq!(buckets.take("a", start + seconds(4)), Err(seconds(6)));
        assert_eq!(buckets.take("a", start + seconds(10)), Ok(()));
        assert_eq!(buckets.take("a", start + seconds(10)), Err(seconds(10)));
        for _ in 0..3 {
            assert_eq!(
                buckets.take("a", start + seconds(1000)),
                Ok(()),
                "full again, and no fuller"
            );
        }
        assert!(buckets.take("a", start + seconds(1000)).is_err());
    }

    #[test]
    fn the_table_is_bounded_and_those_without_a_place_share_one() {
        let buckets = Buckets::new(RATE, 2);
        let start = Instant::now();
        for key in 0..5 {
            assert_eq!(buckets.take(key, start), Ok(()), "{key}");
        }
        assert_eq!(buckets.take(5, start), Err(seconds(10)));
        assert_eq!(buckets.take(0, start), Ok(()), "who has a place keeps it");
        assert!(buckets.table.lock().unwrap().full_at.len() <= 2);
        let later = start + seconds(100);
        for key in 10..12 {
            assert_eq!(buckets.take(key, later), Ok(()), "full buckets make place");
            assert!(buckets.table.lock().unwrap().full_at.contains_key(&key));
        }
    }

    proptest! {
        #[test]
        fn never_more_than_the_rate(waits in prop::collection::vec(0..30_u64, 1..200)) {
            let buckets = Buckets::new(RATE, 1);
            let start = Instant::now();
            let (mut now, mut taken) = (start, 0);
            for wait in waits {
                now += seconds(wait);
                taken += u64::from(buckets.take((), now).is_ok());
                prop_assert!(taken <= 3 + now.duration_since(start).as_secs() / 10);
            }
        }
    }
}
