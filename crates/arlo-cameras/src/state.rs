//! The merged state of an account: its devices and locations, and what each message changes in it.
//!
//! It does no I/O and has no clock of its own.
//!
//! Invariant: what is known of an attribute is replaced only by what was true at the same moment or later. An event is
//! true when it comes. The answer to a question can be as old as the question, so it never undoes an event that came
//! while it was under way.

mod endings;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value};
use tokio::time::Instant;

use self::endings::Endings;
use crate::attributes::{Attributes, Changed, merge};
use crate::device::{Device, Kind};
use crate::location::Location;
use crate::message::Message;
use crate::{Change, Event, Id};

/// How many questions are remembered whose answers come as events.
const MAX_QUESTIONS: usize = 256;

/// A moment of an account: later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Moment(u64);

/// What became of a list of devices.
#[derive(Debug, PartialEq)]
pub(crate) struct Relisted {
    pub(crate) changes: Vec<Change>,
    /// Whether it can be the whole list.
    pub(crate) is_whole: bool,
    /// Whether a device is new, or is heard elsewhere now.
    pub(crate) has_new: bool,
}

/// What an account consists of.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) devices: BTreeMap<Id, Device>,
    pub(crate) locations: BTreeMap<Id, Location>,
    /// Old doorbells, whose motions are seen by what they say instead.
    woken: BTreeSet<Id>,
    endings: Endings,
    /// The devices that the stream has reported something of.
    reported: BTreeSet<Id>,
    /// Those that the last list left out.
    absent: BTreeSet<Id>,
    /// The last moment.
    last: Moment,
    /// As of when each attribute is known.
    as_of: BTreeMap<Id, BTreeMap<String, Moment>>,
    /// The identifiers of questions, and when they were asked.
    questions: VecDeque<(String, Moment)>,
}

impl State {
    /// What the first lists say.
    pub(crate) fn new(devices: BTreeMap<Id, Device>, locations: BTreeMap<Id, Location>, now: Instant) -> Self {
        let mut state = Self {
            locations,
            ..Self::default()
        };
        for device in devices.values() {
            state.endings.schedule(&device.id, &device.attributes, now);
        }
        state.devices = devices;
        state
    }

    /// A moment after all before. What is asked for from now on is at least as new.
    pub(crate) fn moment(&mut self) -> Moment {
        self.last.0 += 1;
        self.last
    }

    /// Remembers that a question is asked now whose answer comes as an event with this identifier.
    pub(crate) fn asks(&mut self, transaction: &str) {
        if self.questions.len() >= MAX_QUESTIONS {
            self.questions.pop_front();
        }
        let asked = self.moment();
        self.questions.push_back((transaction.to_owned(), asked));
    }

    /// Applies the patches of a message, and takes out of it what is older than what is known. Gives what is different
    /// now, and whether it names a device that is not listed.
    pub(crate) fn apply(&mut self, message: &mut Message, now: Instant) -> (Vec<Change>, bool) {
        let asked = message.as_of.or_else(|| {
            let question = message.transaction.as_ref()?;
            let mut questions = self.questions.iter();
            questions.find(|(asked, _)| asked == question).map(|(_, at)| *at)
        });
        let as_of = asked.unwrap_or_else(|| self.moment());
        self.see_motion(message);
        let (mut changes, mut is_unlisted) = (Vec::new(), false);
        let Message { patches, events, .. } = message;
        for (id, properties) in patches {
            for old in self.take_outdated(id, properties, as_of) {
                events.retain_mut(|event| event.without(id, &old));
            }
            match self.patch(id, properties, as_of) {
                Some(changed) => {
                    self.reported.insert(id.clone());
                    if asked.is_none() {
                        self.endings.unschedule(id, properties);
                    }
                    self.endings.schedule(id, properties, now);
                    changes.extend(changed.into_iter().map(|changed| Change::new(id, changed)));
                }
                None => is_unlisted = true,
            }
        }
        (changes, is_unlisted)
    }

    /// Sees the motion that an old doorbell reports by saying only that it is there, as pyaarlo does. One that has told
    /// a motion by its name is none, and one that was away is back.
    fn see_motion(&mut self, message: &mut Message) {
        const MOTION: &str = "motionDetected";
        for (id, properties) in message.patches.iter().filter(|_| message.as_of.is_none()) {
            if properties.contains_key(MOTION) {
                self.woken.remove(id);
            }
        }
        let Some(device) = message.woken.as_ref().and_then(|id| self.devices.get(id)) else {
            return;
        };
        let is_old = !device.attributes.contains_key(MOTION) || self.woken.contains(&device.id);
        let was_there = device.text("connectionState").is_none_or(|state| state == "available");
        if device.kind == Kind::Doorbell && !device.has_camera() && is_old && was_there {
            let id = device.id.clone();
            self.woken.insert(id.clone());
            message.events.push(Event::Motion {
                device: id.clone(),
                active: true,
            });
            let motion = Map::from_iter([(MOTION.to_owned(), true.into())]);
            message.patches.push((id, motion));
        }
    }

    /// Takes what is older than what is known out of the properties, and gives its names.
    fn take_outdated(&self, id: &Id, properties: &mut Map<String, Value>, as_of: Moment) -> Vec<String> {
        let Some(known) = self.as_of.get(id) else {
            return Vec::new();
        };
        let mut outdated = Vec::new();
        properties.retain(|name, _| {
            let is_outdated = known.get(name).is_some_and(|at| *at > as_of);
            if is_outdated {
                outdated.push(name.clone());
            }
            !is_outdated
        });
        outdated
    }

    fn patch(&mut self, id: &Id, properties: &Map<String, Value>, as_of: Moment) -> Option<Vec<Changed>> {
        let attributes = match self.devices.get_mut(id) {
            Some(device) => &mut device.attributes,
            None => &mut self.locations.get_mut(id)?.attributes,
        };
        let known = self.as_of.entry(id.clone()).or_default();
        Some(merge_as_of(attributes, known, properties, as_of))
    }

    /// Whether every device behind a base that is asked for its devices has been reported.
    pub(crate) fn is_settled(&self) -> bool {
        self.devices.values().all(|device| {
            let base = self.devices.get(&device.gateway).filter(|base| base.id != device.id);
            !base.is_some_and(Device::lists_children) || self.reported.contains(&device.id)
        })
    }

    /// When the next attribute ends by itself.
    pub(crate) fn next_ending(&self) -> Option<Instant> {
        self.endings.next()
    }

    /// Ends the attributes whose time is over, as messages of the stream would. They are as of now: an attribute that
    /// begins again before they are applied goes on.
    pub(crate) fn end(&mut self, now: Instant) -> Vec<Message> {
        let as_of = self.moment();
        self.endings.end(now, as_of)
    }

    /// Takes over a list of devices that was asked for at a moment. What the list leaves out of a known device's
    /// attributes stays as it is: Arlo lists cameras behind a hub without any. A device is gone when two lists in a row
    /// leave it out, and an empty list counts for nothing: Arlo's answer can lack some or all for a while.
    pub(crate) fn relist(&mut self, listed: BTreeMap<Id, Device>, asked: Moment, now: Instant) -> Relisted {
        let (mut changes, mut has_new) = (Vec::new(), false);
        if listed.is_empty() {
            let is_whole = false;
            return Relisted {
                changes,
                is_whole,
                has_new,
            };
        }
        let mut known = std::mem::take(&mut self.devices);
        let absent_before = std::mem::take(&mut self.absent);
        for (id, mut device) in listed {
            if let Some(before) = known.remove(&id) {
                has_new |= before.heard_at() != device.heard_at();
                let mut reported = std::mem::replace(&mut device.attributes, before.attributes);
                self.take_outdated(&id, &mut reported, asked);
                self.endings.schedule(&id, &reported, now);
                let as_of = self.as_of.entry(id.clone()).or_default();
                let changed = merge_as_of(&mut device.attributes, as_of, &reported, asked);
                changes.extend(changed.into_iter().map(|changed| Change::new(&id, changed)));
                if before.name != device.name {
                    changes.push(Change {
                        device: id.clone(),
                        attribute: "deviceName".to_owned(),
                        old: Some(before.name.into()),
                        new: device.name.clone().into(),
                    });
                }
            } else {
                has_new = true;
                self.endings.schedule(&id, &device.attributes, now);
            }
            self.devices.insert(id, device);
        }
        for (id, device) in known {
            if !absent_before.contains(&id) {
                self.absent.insert(id.clone());
                self.devices.insert(id, device);
            }
        }
        self.endings.retain(|id| self.devices.contains_key(id));
        self.woken.retain(|id| self.devices.contains_key(id));
        self.as_of
            .retain(|id, _| self.devices.contains_key(id) || self.locations.contains_key(id));
        Relisted {
            changes,
            is_whole: self.absent.is_empty(),
            has_new,
        }
    }
}

/// Merges the properties, and notes as of when the attributes are known.
fn merge_as_of(
    attributes: &mut Attributes,
    known: &mut BTreeMap<String, Moment>,
    properties: &Map<String, Value>,
    as_of: Moment,
) -> Vec<Changed> {
    let changed = merge(attributes, properties);
    // No more than there are attributes.
    for name in properties.keys().filter(|name| attributes.contains_key(*name)) {
        match known.get_mut(name) {
            Some(at) => *at = as_of,
            None => drop(known.insert(name.clone(), as_of)),
        }
    }
    changed
}
