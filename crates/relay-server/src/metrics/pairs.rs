//! Times between two events that different tasks see, in either order.
//!
//! Of a pair whose second side never comes, the first is forgotten when enough others have come.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Sides that wait for their other side.
const WAITING: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Began(Instant),
    Ended(Instant),
}

/// The sides that wait, by the name of their pair. A name comes again with the next login of a client that has one name
/// for all of them.
#[derive(Debug)]
pub(super) struct Pairs<K> {
    waiting: HashMap<K, Side>,
    by_age: VecDeque<(K, Side)>,
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
        let pair = match (self.waiting.get(&key).copied(), side) {
            (Some(Side::Began(began)), Side::Ended(ended)) | (Some(Side::Ended(ended)), Side::Began(began)) => {
                ended.checked_duration_since(began)
            }
            _ => None,
        };
        if pair.is_some() {
            self.waiting.remove(&key);
            return pair;
        }
        // What waited is of an earlier login, or another call was told the same.
        self.waiting.insert(key, side);
        self.by_age.push_back((key, side));
        while self.by_age.len() > WAITING {
            if let Some((key, side)) = self.by_age.pop_front()
                && self.waiting.get(&key) == Some(&side)
            {
                self.waiting.remove(&key);
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
        assert_eq!(pairs.began('b', at(4)), Some(Duration::from_secs(2)));
        assert!(pairs.waiting.is_empty());
    }

    #[test]
    fn what_is_left_of_one_login_is_no_part_of_the_next() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pairs = Pairs::default();
        // Nobody waited for the first.
        assert_eq!(pairs.began('a', at(1)), None);
        assert_eq!(pairs.began('a', at(3600)), None);
        assert_eq!(pairs.ended('a', at(3601)), Some(Duration::from_secs(1)));
        // Two waited for it.
        assert_eq!(pairs.ended('a', at(3602)), None);
        assert_eq!(pairs.began('a', at(7200)), None);
        assert_eq!(pairs.ended('a', at(7202)), Some(Duration::from_secs(2)));
        assert!(pairs.waiting.is_empty());
        // The younger side of a name is not forgotten with its older one.
        assert_eq!(pairs.began('b', at(1)), None);
        assert_eq!(pairs.ended('b', at(2)), Some(Duration::from_secs(1)));
        for other in 'c'..='z' {
            assert_eq!(pairs.began(other, at(3)), None);
        }
        assert_eq!(pairs.began('b', at(4)), None);
        // Chinese characters.
        for other in ('\u{4e00}'..).take(WAITING - 10) {
            assert_eq!(pairs.began(other, at(5)), None);
        }
        assert_eq!(pairs.ended('b', at(6)), Some(Duration::from_secs(2)));
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
