//! Attributes that end by themselves: Arlo sends no release of a button, and can lose the end of a motion.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;

use super::Moment;
use crate::attributes::normal;
use crate::message::Message;
use crate::{Event, Id};

/// The attributes, and how long they last.
const ENDING: [(&str, Duration); 3] = [
    ("motionDetected", Duration::from_secs(60)),
    ("audioDetected", Duration::from_secs(60)),
    ("buttonPressed", Duration::from_secs(10)),
];

/// When attributes end. At most three for each device.
#[derive(Debug, Default)]
pub(super) struct Endings(BTreeMap<(Id, &'static str), Instant>);

impl Endings {
    /// Notes when the attributes that are on end.
    pub(super) fn schedule(&mut self, id: &Id, properties: &Map<String, Value>, now: Instant) {
        for (name, lasts) in ENDING {
            if is_on(properties.get(name))
                && let Some(end) = now.checked_add(lasts)
            {
                self.0.insert((id.clone(), name), end);
            }
        }
    }

    /// Forgets the ends by time of attributes whose own end was told.
    pub(super) fn unschedule(&mut self, id: &Id, properties: &Map<String, Value>) {
        for (name, _) in ENDING {
            let told = properties.get(name);
            if told.is_some() && !is_on(told) {
                self.0.remove(&(id.clone(), name));
            }
        }
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&Id) -> bool) {
        self.0.retain(|(id, _), _| keep(id));
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.0.values().min().copied()
    }

    /// Takes the attributes whose time is over, and gives the messages that would end them.
    pub(super) fn end(&mut self, now: Instant, as_of: Moment) -> Vec<Message> {
        self.0
            .extract_if(.., |_, end| *end <= now)
            .map(|((id, name), _)| ended(id, name, as_of))
            .collect()
    }
}

fn ended(device: Id, name: &str, as_of: Moment) -> Message {
    let active = false;
    let event = match name {
        "motionDetected" => Some(Event::Motion {
            device: device.clone(),
            active,
        }),
        "audioDetected" => Some(Event::Sound {
            device: device.clone(),
            active,
        }),
        _ => None,
    };
    Message {
        as_of: Some(as_of),
        events: event.into_iter().collect(),
        patches: vec![(device, Map::from_iter([(name.to_owned(), active.into())]))],
        ..Message::default()
    }
}

fn is_on(value: Option<&Value>) -> bool {
    value.map(normal) == Some(Value::Bool(true))
}
