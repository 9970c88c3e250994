//! A map whose entries end by themselves: tokens, challenges, trust cookies.
//!
//! Expiry is checked on every read. The number of entries is bounded: the one that ends first gives way.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Most entries of one map.
const MAX_ENTRIES: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Expiring<V> {
    entries: HashMap<String, (Instant, V)>,
}

impl<V> Default for Expiring<V> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
        }
    }
}

impl<V> Expiring<V> {
    pub(crate) fn insert(&mut self, key: String, lifetime: Duration, value: V) {
        let now = Instant::now();
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
        let (end, value) = self.entries.get_mut(key)?;
        (*end > Instant::now()).then_some(value)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        let (end, value) = self.entries.get(key)?;
        (*end > Instant::now()).then_some(value)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        let (end, value) = self.entries.remove(key)?;
        (end > Instant::now()).then_some(value)
    }

    /// The living entries, the one that ends last first.
    pub(crate) fn newest_first(&mut self) -> Vec<&mut V> {
        let now = Instant::now();
        let mut living: Vec<_> = self.entries.values_mut().filter(|(end, _)| *end > now).collect();
        living.sort_by_key(|(end, _)| std::cmp::Reverse(*end));
        living.into_iter().map(|(_, value)| value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_not_there() {
        let mut map = Expiring::default();
        map.insert("a".to_owned(), Duration::ZERO, 1);
        map.insert("b".to_owned(), Duration::from_secs(60), 2);
        assert_eq!((map.get("a"), map.get("b")), (None, Some(&2)));
        assert_eq!(
            (map.remove("a"), map.remove("b"), map.remove("b")),
            (None, Some(2), None)
        );
    }

    #[test]
    fn a_full_map_drops_what_ends_first() {
        let mut map = Expiring::default();
        map.insert("first".to_owned(), Duration::from_secs(60), 0);
        for number in 1..=MAX_ENTRIES {
            map.insert(number.to_string(), Duration::from_secs(120), number);
        }
        assert_eq!(map.entries.len(), MAX_ENTRIES);
        assert_eq!(map.get("first"), None);
        assert_eq!(map.get("1"), Some(&1));
    }
}
