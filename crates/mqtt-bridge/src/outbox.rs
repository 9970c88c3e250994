//! What is to be published: the latest state of each topic, and events in their order.
//!
//! A broker that is slow gets fewer messages and no older ones: a newer state takes the place of one that still waits.
//! While there is no connection, nothing is kept, because all states are published again after the next one, and a
//! ring that is late is worse than none. So the memory is bounded by the number of topics.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

/// The most topics with a state that waits, the most bytes of these, and the most events that wait.
const MAX_STATES: usize = 65_536;
const MAX_BYTES: usize = 64 * 1024 * 1024;
const MAX_EVENTS: usize = 64;

/// A message to the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) topic: String,
    pub(crate) payload: Bytes,
    /// Whether the broker keeps it: a state, and no event.
    pub(crate) retain: bool,
}

/// The queue between the bridge and the connection.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    waiting: Mutex<Waiting>,
    added: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    is_open: bool,
    states: BTreeMap<String, Bytes>,
    /// The topics of `states`, each once, in the order in which they were added.
    order: VecDeque<String>,
    bytes: usize,
    events: VecDeque<Outgoing>,
    dropped: u64,
}

impl Outbox {
    /// Begins to keep what is added: there is a connection.
    pub(crate) fn open(&self) {
        *self.waiting() = Waiting {
            is_open: true,
            ..Waiting::default()
        };
    }

    /// Drops what waits, and keeps nothing: there is no connection.
    pub(crate) fn close(&self) {
        *self.waiting() = Waiting::default();
    }

    /// Adds a state, which takes the place of an older one. An empty one removes what the broker keeps.
    pub(crate) fn state(&self, topic: String, payload: impl Into<Bytes>) {
        let payload = payload.into();
        let mut waiting = self.waiting();
        if !waiting.is_open {
            return;
        }
        let old = waiting.states.get(&topic).map(Bytes::len);
        let bytes = waiting
            .bytes
            .saturating_sub(old.unwrap_or(0))
            .saturating_add(payload.len());
        if bytes > MAX_BYTES || old.is_none() && waiting.states.len() >= MAX_STATES {
            waiting.dropped += 1;
            if waiting.dropped == 1 {
                tracing::warn!("the broker is so slow that states are left out");
            }
            return;
        }
        waiting.bytes = bytes;
        if old.is_none() {
            waiting.order.push_back(topic.clone());
        }
        waiting.states.insert(topic, payload);
        drop(waiting);
        self.added.notify_one();
    }

    /// Adds an event, which the broker does not keep.
    pub(crate) fn event(&self, topic: String, payload: impl Into<Bytes>) {
        let mut waiting = self.waiting();
        if !waiting.is_open {
            return;
        }
        if waiting.events.len() >= MAX_EVENTS {
            waiting.events.pop_front();
            tracing::warn!("the broker is so slow that an event is left out");
        }
        waiting.events.push_back(Outgoing {
            topic,
            payload: payload.into(),
            retain: false,
        });
        drop(waiting);
        self.added.notify_one();
    }

    /// The next message; events go first, because they are about now.
    pub(crate) async fn next(&self) -> Outgoing {
        loop {
            if let Some(message) = self.take() {
                return message;
            }
            // A message that was added since has left a permit.
            self.added.notified().await;
        }
    }

    fn take(&self) -> Option<Outgoing> {
        let mut waiting = self.waiting();
        if let Some(event) = waiting.events.pop_front() {
            return Some(event);
        }
        let topic = waiting.order.pop_front()?;
        let payload = waiting.states.remove(&topic)?;
        waiting.bytes = waiting.bytes.saturating_sub(payload.len());
        Some(Outgoing {
            topic,
            payload,
            retain: true,
        })
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(outbox: &Outbox) -> Vec<(String, String, bool)> {
        std::iter::from_fn(|| outbox.take())
            .map(|one| (one.topic, String::from_utf8(one.payload.to_vec()).unwrap(), one.retain))
            .collect()
    }

    fn expected(messages: &[(&str, &str, bool)]) -> Vec<(String, String, bool)> {
        let owned = messages
            .iter()
            .map(|(topic, text, retain)| ((*topic).to_owned(), (*text).to_owned(), *retain));
        owned.collect()
    }

    #[test]
    fn the_latest_state_waits_and_events_go_first() {
        let outbox = Outbox::default();
        outbox.open();
        outbox.state("a".to_owned(), "1");
        outbox.state("b".to_owned(), "1");
        outbox.state("a".to_owned(), "2");
        outbox.event("ring".to_owned(), "x");
        outbox.event("ring".to_owned(), "y");
        let messages = [
            ("ring", "x", false),
            ("ring", "y", false),
            ("a", "2", true),
            ("b", "1", true),
        ];
        assert_eq!(all(&outbox), expected(&messages));
        assert_eq!(outbox.waiting().bytes, 0);
        outbox.state("a".to_owned(), "3");
        assert_eq!(
            all(&outbox),
            expected(&[("a", "3", true)]),
            "a topic is added again after it was taken"
        );
    }

    #[test]
    fn nothing_is_kept_without_a_connection() {
        let outbox = Outbox::default();
        outbox.state("a".to_owned(), "1");
        outbox.event("ring".to_owned(), "x");
        assert_eq!(all(&outbox), []);
        outbox.open();
        outbox.state("a".to_owned(), "1");
        outbox.close();
        outbox.open();
        assert_eq!(all(&outbox), []);
    }

    #[test]
    fn what_waits_is_bounded() {
        let outbox = Outbox::default();
        outbox.open();
        let big = Bytes::from(vec![0; MAX_BYTES / 2]);
        for topic in ["a", "b", "c"] {
            outbox.state(topic.to_owned(), big.clone());
        }
        outbox.state("a".to_owned(), "small");
        assert_eq!(outbox.waiting().states.len(), 2, "c had no room");
        for number in 0..1000 {
            outbox.event("ring".to_owned(), number.to_string());
        }
        assert_eq!(outbox.waiting().events.len(), MAX_EVENTS);
        assert_eq!(outbox.take().unwrap().payload, "936", "the newest stay");
    }

    #[tokio::test]
    async fn whoever_waits_gets_what_is_added() {
        let outbox = std::sync::Arc::new(Outbox::default());
        outbox.open();
        let waiting = std::sync::Arc::clone(&outbox);
        let next = tokio::spawn(async move { waiting.next().await });
        tokio::task::yield_now().await;
        outbox.state("a".to_owned(), "1");
        assert_eq!(next.await.unwrap().topic, "a");
    }
}
