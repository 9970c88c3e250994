//! A map whose entries expire: tokens, challenges, trust cookies.
//!
//! Each read checks the expiry. The number of entries is bounded: a full map drops the entry that expires first.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::clock::Clock;

/// Most entries of one map.
const MAX_ENTRIES: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Expiring<V> {
    clock: Clock,
    entries: HashMap<String, (Instant, V)>,
}

impl<V> Expiring<V> {
    pub(crate) fn new(clock: &Clock) -> Self {
        Self {
            clock: clock.clone(),
            entries: HashMap::new(),
        }
    }

    pub(crate) fn insert(&mut self, key: String, lifetime: Duration, value: V) {
        let now = self.clock.instant();
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.retain(|_, (end, _)| *end > now);
        }
        if self.entries.len() >= MAX_ENTRIES {
            let first = self
                .entries
                .iter()
                .min_by_key(|(_, (end, _))| *end)
                .map(|(key, _)| key.clone());
            first.and_then(|key| self.entries.remove(&key));
        }
        self.entries.insert(key, (now + lifetime, value));
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let now = self.clock.instant();
        let (end, value) = self.entries.get_mut(key)?;
        (*end > now).then_some(value)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        let (end, value) = self.entries.get(key)?;
        (*end > self.clock.instant()).then_some(value)
    }

    /// Whether there is such an entry and it has expired.
    pub(crate) fn has_expired(&self, key: &str) -> bool {
        let now = self.clock.instant();
        self.entries.get(key).is_some_and(|(end, _)| *end <= now)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        let (end, value) = self.entries.remove(key)?;
        (end > self.clock.instant()).then_some(value)
    }

    /// Gives a current entry another key and keeps its expiry. Gives the time until then.
    pub(crate) fn rename(&mut self, from: &str, to: String) -> Option<Duration> {
        let now = self.clock.instant();
        let (end, value) = self.entries.remove(from)?;
        let left = end.checked_duration_since(now).filter(|left| !left.is_zero())?;
        self.entries.insert(to, (end, value));
        Some(left)
    }

    /// The current entries with their keys.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut V)> {
        let now = self.clock.instant();
        let current = self.entries.iter_mut().filter(move |(_, (end, _))| *end > now);
        current.map(|(key, (_, value))| (key.as_str(), value))
    }

    /// The current entries, the one that expires last first.
    pub(crate) fn newest_first(&mut self) -> Vec<&mut V> {
        let now = self.clock.instant();
        let mut current: Vec<_> = self.entries.values_mut().filter(|(end, _)| *end > now).collect();
        current.sort_by_key(|(end, _)| std::cmp::Reverse(*end));
        current.into_iter().map(|(_, value)| value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expired_entry_is_not_there() {
        let mut map = Expiring::new(&Clock::default());
        map.insert("a".to_owned(), Duration::ZERO, 1);
        map.insert("b".to_owned(), Duration::from_secs(60), 2);
        assert_eq!((map.get("a"), map.get("b")), (None, Some(&2)));
        assert_eq!(
            (map.remove("a"), map.remove("b"), map.remove("b")),
            (None, Some(2), None)
        );
    }

    #[test]
    fn a_full_map_drops_what_expires_first() {
        let mut map = Expiring::new(&Clock::default());
        map.insert("first".to_owned(), Duration::from_secs(60), 0);
        for number in 1..=MAX_ENTRIES {
            map.insert(number.to_string(), Duration::from_secs(120), number);
        }
        assert_eq!(map.entries.len(), MAX_ENTRIES);
        assert_eq!(map.get("first"), None);
        assert_eq!(map.get("1"), Some(&1));
    }

    #[test]
    fn a_new_key_keeps_the_expiry() {
        let clock = Clock::default();
        let mut map = Expiring::new(&clock);
        map.insert("old".to_owned(), Duration::from_secs(60), 1);
        clock.advance(Duration::from_secs(40));
        let left = map.rename("old", "new".to_owned()).unwrap();
        assert!(left <= Duration::from_secs(20), "{left:?}");
        assert_eq!((map.get("old"), map.get("new")), (None, Some(&1)));
        clock.advance(Duration::from_secs(20));
        assert_eq!(map.get("new"), None);
        assert_eq!(map.rename("new", "newer".to_owned()), None);
    }
}
