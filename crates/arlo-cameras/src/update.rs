//! What a reader of an account's events gets: updates, or changes that it filtered.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::attributes::Changed;
use crate::{Event, Id};

/// One attribute that is different now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The device; for `activeMode` and `revision` on accounts of the third generation the location.
    pub device: Id,
    /// The attribute, as Arlo writes it.
    pub attribute: String,
    /// The value before; `None` if there was none.
    pub old: Option<Value>,
    /// The value now.
    pub new: Value,
}

impl Change {
    pub(crate) fn new(device: &Id, changed: Changed) -> Self {
        Self {
            device: device.clone(),
            attribute: changed.attribute,
            old: changed.old,
            new: changed.new,
        }
    }
}

/// One message of the stream: what it says, and what it changed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Update {
    /// When it was received.
    pub at: Timestamp,
    /// What it says.
    pub events: Vec<Event>,
    /// What is different now. Empty if Arlo only said again what was known.
    pub changes: Vec<Change>,
    /// The identifier of the request that it answers.
    pub(crate) transaction: Option<String>,
}

/// The updates of an account, from now on.
#[derive(Debug)]
pub struct Updates {
    receiver: broadcast::Receiver<Arc<Update>>,
    /// When the last one was received.
    last: Timestamp,
}

impl Updates {
    pub(crate) fn new(receiver: broadcast::Receiver<Arc<Update>>, now: Timestamp) -> Self {
        Self { receiver, last: now }
    }

    /// The next update; `None` after the account was dropped. A reader that is too slow gets [`Event::Missed`].
    pub async fn next(&mut self) -> Option<Arc<Update>> {
        match self.receiver.recv().await {
            Ok(update) => {
                self.last = update.at;
                Some(update)
            }
            Err(RecvError::Lagged(count)) => Some(Arc::new(Update {
                at: self.last,
                events: vec![Event::Missed { count }],
                changes: Vec::new(),
                transaction: None,
            })),
            Err(RecvError::Closed) => None,
        }
    }
}

/// Which changes are wanted: of which device, and of which attribute. `*` stands for all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    device: Option<Id>,
    attribute: Option<String>,
}

impl Filter {
    /// All changes.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Those of one device or location only.
    #[must_use]
    pub fn device(mut self, device: &Id) -> Self {
        self.device = Some(device.clone());
        self
    }

    /// Those of one attribute only, unless the name is `*`.
    #[must_use]
    pub fn attribute(mut self, name: &str) -> Self {
        self.attribute = (name != "*").then(|| name.to_owned());
        self
    }

    /// Whether the change is wanted.
    #[must_use]
    pub fn takes(&self, change: &Change) -> bool {
        self.device.as_ref().is_none_or(|device| *device == change.device)
            && self.attribute.as_ref().is_none_or(|name| *name == change.attribute)
    }
}

/// The changes of an account that a [`Filter`] takes, from now on.
#[derive(Debug)]
pub struct Changes {
    updates: Updates,
    filter: Filter,
    waiting: VecDeque<Change>,
}

impl Changes {
    pub(crate) fn new(updates: Updates, filter: Filter) -> Self {
        Self {
            updates,
            filter,
            waiting: VecDeque::new(),
        }
    }

    /// The next change; `None` after the account was dropped. Changes that a slow reader missed are not repeated.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            if let Some(change) = self.waiting.pop_front() {
                return Some(change);
            }
            let update = self.updates.next().await?;
            let wanted = update.changes.iter().filter(|change| self.filter.takes(change));
            self.waiting.extend(wanted.cloned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_takes_a_device_an_attribute_or_all() {
        let id = |text| Id::parse(text).unwrap();
        let change = Change {
            device: id("C1"),
            attribute: "brightness".into(),
            old: None,
            new: 1.into(),
        };
        for (filter, expected) in [
            (Filter::all(), true),
            (Filter::all().attribute("*"), true),
            (Filter::all().attribute("brightness"), true),
            (Filter::all().attribute("flip"), false),
            (Filter::all().device(&id("C1")), true),
            (Filter::all().device(&id("C2")).attribute("brightness"), false),
        ] {
            assert_eq!(filter.takes(&change), expected, "{filter:?}");
        }
    }
}
