//! Drops a message that came before: Arlo sends some once for each topic that it matches, or for each subscriber.
//!
//! A message with the identifier of its sending is dropped if it came within five minutes. One without is dropped only
//! if it is the last of its resource and not older than some seconds, because a motion that ends and begins again is
//! written with the same bytes as before.
//!
//! A doorbell with a camera says each thing twice, as `doorbells/<id>` and `cameras/<id>`. Both count as one resource.
//! Where only the identifier of the sending differs, the second is dropped as a message without one is.
//!
//! Where another client is subscribed too, a message that answers nobody comes once for each, and only the identifier
//! of the sending differs. The second is dropped if it follows at once: nobody rings twice in that time.

use std::borrow::Cow;
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
const WITH_ANOTHER: Duration = Duration::from_millis(300);
/// How the identifiers begin of what answers a request.
const ANSWER: &str = "web!";

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
    /// The hash of the message without the identifier of its sending.
    content: u64,
    /// Whether it came as `doorbells/<id>`.
    as_doorbell: bool,
    at: Instant,
}

impl Duplicates {
    /// Whether the message came before. Remembers it.
    pub(crate) fn has(&mut self, message: &Value, now: Instant) -> bool {
        let (message, as_doorbell) = as_camera(message);
        // Equal objects are written equally, because their keys are sorted.
        let hash = self.hasher.hash_one(message.to_string());
        let resource = self.hasher.hash_one(message.get("resource").and_then(Value::as_str));
        let identifier = message.get("transId");
        let has_identifier = identifier.is_some();
        // Somebody waits for an answer, so it is not dropped for a message that only says the same.
        let is_answer = identifier
            .and_then(Value::as_str)
            .is_some_and(|id| id.starts_with(ANSWER));
        let content = if has_identifier {
            let mut message = message.into_owned();
            message.as_object_mut().map(|message| message.remove("transId"));
            self.hasher.hash_one(message.to_string())
        } else {
            hash
        };
        let is_within = |seen: &Seen, limit| now.saturating_duration_since(seen.at) <= limit;
        let last = self.seen.iter().rev().find(|seen| seen.resource == resource);
        let is_last = last.is_some_and(|seen| {
            let is_equal = seen.content == content && !is_answer;
            let is_other_name = seen.as_doorbell != as_doorbell;
            let limit = match has_identifier && !is_other_name {
                true => WITH_ANOTHER,
                false => WITHOUT,
            };
            is_equal && is_within(seen, limit)
        });
        let mut all = self.seen.iter();
        let came =
            is_last || has_identifier && all.any(|seen| seen.message == hash && is_within(seen, WITH_IDENTIFIER));
        if came {
            return true;
        }
        if self.seen.len() >= REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(Seen {
            resource,
            message: hash,
            content,
            as_doorbell,
            at: now,
        });
        false
    }
}

/// The message with the resource of a camera in place of that of a doorbell, and whether it was one of a doorbell.
fn as_camera(message: &Value) -> (Cow<'_, Value>, bool) {
    let resource = message.get("resource").and_then(Value::as_str);
    let Some(rest) = resource.and_then(|resource| resource.strip_prefix("doorbells/")) else {
        return (Cow::Borrowed(message), false);
    };
    let camera = format!("cameras/{rest}");
    let mut message = message.clone();
    if let Some(resource) = message.get_mut("resource") {
        *resource = camera.into();
    }
    (Cow::Owned(message), true)
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
        assert!(!duplicates.has(&sent, later(70)));
        assert!(!duplicates.has(&motion(false), later(70)));
        assert!(duplicates.has(&sent, later(130)));
        assert!(!duplicates.has(&sent, later(670)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_each_subscriber_gets_once_is_one_message() {
        let mut duplicates = Duplicates::default();
        let now = Instant::now();
        let later = |milliseconds| now + Duration::from_millis(milliseconds);
        let said = |sending: &str, active: bool| json!({"resource": "cameras/C1", "transId": sending, "properties": {"motionDetected": active}});
        assert!(!duplicates.has(&said("B1!1!1", true), now));
        assert!(duplicates.has(&said("B1!2!2", true), later(20)));
        assert!(duplicates.has(&said("B1!3!3", true), later(200)));
        // An answer, another value, and the same again later.
        assert!(!duplicates.has(&said("web!1", true), later(200)));
        assert!(!duplicates.has(&said("B1!4!4", false), later(210)));
        assert!(!duplicates.has(&said("B1!5!5", true), later(220)));
        assert!(!duplicates.has(&said("B1!6!6", true), later(1220)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_doorbell_says_by_both_of_its_names_is_one_message() {
        let mut duplicates = Duplicates::default();
        let now = Instant::now();
        let later = |seconds| now + Duration::from_secs(seconds);
        let said = |kind: &str, sending: &str, property: &str, value: bool| json!({"resource": format!("{kind}/D1"), "transId": sending, "properties": {property: value}});
        // With one identifier, with two, and without.
        assert!(!duplicates.has(&said("cameras", "B1!1", "motionDetected", true), now));
        assert!(duplicates.has(&said("doorbells", "B1!1", "motionDetected", true), now));
        assert!(!duplicates.has(&said("doorbells", "B1!2", "buttonPressed", true), later(1)));
        assert!(duplicates.has(&said("cameras", "B1!3", "buttonPressed", true), later(1)));
        let bare = |kind: &str| json!({"resource": format!("{kind}/D1"), "properties": {"audioDetected": true}});
        assert!(!duplicates.has(&bare("doorbells"), later(2)));
        assert!(duplicates.has(&bare("cameras"), later(2)));
        // Somebody rings again, and another doorbell rings.
        assert!(!duplicates.has(&said("doorbells", "B1!4", "buttonPressed", true), later(4)));
        assert!(duplicates.has(&said("cameras", "B1!5", "buttonPressed", true), later(4)));
        assert!(!duplicates.has(&said("doorbells", "B1!6", "buttonPressed", true), later(5)));
        assert!(!duplicates.has(
            &json!({"resource": "cameras/D2", "properties": {"audioDetected": true}}),
            later(6)
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_is_bounded() {
        let mut duplicates = Duplicates::default();
        for n in 0..10_000 {
            assert!(!duplicates.has(&json!({"transId": n, "resource": n.to_string()}), Instant::now()));
        }
        assert_eq!(duplicates.seen.len(), REMEMBERED);
    }
}
