//! Drops a message that came before: Arlo sends some once for each topic that it matches, or for each subscriber.
//!
//! A message with the identifier of its sending is dropped if it came within five minutes. One without is dropped only
//! if it is the last of its resource and not older than some seconds, because a motion that ends and begins again is
//! written with the same bytes as before.

use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

/// How many messages are remembered.
const REMEMBERED: usize = 256;
const WITH_IDENTIFIER: Duration = Duration::from_secs(5 * 60);
const WITHOUT: Duration = Duration::from_secs(5);

/// The messages of the last minutes, as hashes.
#[derive(Debug, Default)]
pub(crate) struct Duplicates {
    hasher: RandomState,
    seen: VecDeque<Seen>,
}

#[derive(Debug)]
struct Seen {
    resource: u64,
    message: u64,
    at: Instant,
}

impl Duplicates {
    /// Whether the message came before. Remembers it.
    pub(crate) fn has(&mut self, message: &Value, now: Instant) -> bool {
        // Equal objects are written equally, because their keys are sorted.
        let hash = self.hasher.hash_one(message.to_string());
        let resource = self.hasher.hash_one(message.get("resource").and_then(Value::as_str));
        let is_within = |seen: &&Seen, limit| now.saturating_duration_since(seen.at) <= limit;
        let came = if message.get("transId").is_some() {
            let mut all = self.seen.iter();
            all.any(|seen| seen.message == hash && is_within(&seen, WITH_IDENTIFIER))
        } else {
            let last = self.seen.iter().rev().find(|seen| seen.resource == resource);
            last.is_some_and(|seen| seen.message == hash && is_within(&seen, WITHOUT))
        };
        if came {
            return true;
        }
        if self.seen.len() >= REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(Seen {
            resource,
            message: hash,
            at: now,
        });
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test(start_paused = true)]
    async fn an_equal_message_is_dropped_and_a_new_one_is_not() {
        let mut duplicates = Duplicates::default();
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        let motion = |active: bool| json!({"resource": "cameras/C1", "properties": {"motionDetected": active}});
        assert!(!duplicates.has(&motion(true), now));
        assert!(duplicates.has(&motion(true), later(1)));
        assert!(!duplicates.has(&motion(false), later(2)));
        assert!(!duplicates.has(&motion(true), later(3)), "it began again");
        assert!(!duplicates.has(&motion(true), later(60)), "somebody rang again");

        let sent = json!({"transId": "B1!1!2", "resource": "cameras/C1", "properties": {"motionDetected": true}});
        assert!(!duplicates.has(&sent, now));
        assert!(!duplicates.has(&motion(false), now));
        assert!(duplicates.has(&sent, later(60)));
        assert!(!duplicates.has(&sent, later(600)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_is_bounded() {
        let mut duplicates = Duplicates::default();
        for n in 0..10_000 {
            assert!(!duplicates.has(&json!({"transId": n}), Instant::now()));
        }
        assert_eq!(duplicates.seen.len(), REMEMBERED);
    }
}
