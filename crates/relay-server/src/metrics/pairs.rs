//! Times between two events that different tasks see, in either order.
//!
//! Of a pair whose second side never comes, the first is forgotten when enough others have come.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Sides that wait for their other side.
const WAITING: usize = 256;

#[derive(Debug, Clone, Copy)]
enum Side {
    Began(Instant),
    Ended(Instant),
}

/// The sides that wait, by the name of their pair.
#[derive(Debug)]
pub(super) struct Pairs<K> {
    waiting: HashMap<K, Side>,
    by_age: VecDeque<K>,
}

impl<K> Default for Pairs<K> {
    fn default() -> Self {
        Self {
            waiting: HashMap::new(),
            by_age: VecDeque::new(),
        }
    }
}

impl<K: Hash + Eq + Copy> Pairs<K> {
    /// It began then. Gives the time until its end, if it has ended.
    pub(super) fn began(&mut self, key: K, at: Instant) -> Option<Duration> {
        self.side(key, Side::Began(at))
    }

    /// It ended then. Gives the time since it began, if that is known.
    pub(super) fn ended(&mut self, key: K, at: Instant) -> Option<Duration> {
        self.side(key, Side::Ended(at))
    }

    fn side(&mut self, key: K, side: Side) -> Option<Duration> {
        match (self.waiting.get(&key).copied(), side) {
            (Some(Side::Began(began)), Side::Ended(ended)) | (Some(Side::Ended(ended)), Side::Began(began)) => {
                let time = ended.saturating_duration_since(began.min(ended));
                self.waiting.remove(&key);
                return Some(time);
            }
            // Another call was told the same.
            (Some(_), _) => return None,
            (None, _) => {}
        }
        self.waiting.insert(key, side);
        self.by_age.push_back(key);
        while self.by_age.len() > WAITING {
            if let Some(oldest) = self.by_age.pop_front() {
                self.waiting.remove(&oldest);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_known_once_and_in_either_order() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pairs = Pairs::default();
        assert_eq!(pairs.began('a', at(1)), None);
        assert_eq!(pairs.ended('b', at(5)), None);
        assert_eq!(pairs.ended('b', at(6)), None);
        assert_eq!(pairs.ended('a', at(3)), Some(Duration::from_secs(2)));
        assert_eq!(pairs.began('b', at(4)), Some(Duration::from_secs(1)));
        assert!(pairs.waiting.is_empty());
    }

    #[test]
    fn sides_without_another_take_no_more_room() {
        let start = Instant::now();
        let mut pairs = Pairs::default();
        for key in 0..10 * WAITING {
            assert_eq!(pairs.ended(key, start), None);
        }
        assert_eq!((pairs.waiting.len(), pairs.by_age.len()), (WAITING, WAITING));
        assert_eq!(pairs.began(0, start), None, "forgotten");
        assert_eq!(pairs.began(10 * WAITING - 1, start), Some(Duration::ZERO));
    }
}
