//! The merged state of an account: its devices and locations, and what each message changes in it.
//!
//! It does no I/O and has no clock of its own. An attribute whose end Arlo does not always report, such as motion, gets
//! a time at which it ends by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::attributes::{Changed, merge};
use crate::device::Device;
use crate::location::Location;
use crate::message::Message;
use crate::{Change, Event, Id};

/// Attributes that end by themselves, and when. Arlo sends no release of a button, and can lose the end of a motion.
const ENDING: [(&str, Duration); 3] = [
    ("motionDetected", Duration::from_secs(60)),
    ("audioDetected", Duration::from_secs(60)),
    ("buttonPressed", Duration::from_secs(10)),
];

/// What an account consists of.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) devices: BTreeMap<Id, Device>,
    pub(crate) locations: BTreeMap<Id, Location>,
    /// When attributes end by themselves. At most three for each device.
    endings: BTreeMap<(Id, &'static str), Instant>,
    /// The devices that the stream has reported something of.
    reported: BTreeSet<Id>,
    /// Those that the last list left out.
    absent: BTreeSet<Id>,
}

impl State {
    /// What the first lists say.
    pub(crate) fn new(devices: BTreeMap<Id, Device>, locations: BTreeMap<Id, Location>) -> Self {
        Self {
            devices,
            locations,
            ..Self::default()
        }
    }

    /// Applies the patches of a message. Gives what is different now, and whether it names a device that is not listed.
    pub(crate) fn apply(&mut self, message: &Message, now: Instant) -> (Vec<Change>, bool) {
        let (mut changes, mut is_unlisted) = (Vec::new(), false);
        for (id, properties) in &message.patches {
            match self.patch(id, properties) {
                Some(changed) => {
                    self.reported.insert(id.clone());
                    self.schedule(id, properties, now);
                    changes.extend(changed.into_iter().map(|changed| Change::new(id, changed)));
                }
                None => is_unlisted = true,
            }
        }
        (changes, is_unlisted)
    }

    fn patch(&mut self, id: &Id, properties: &Map<String, Value>) -> Option<Vec<Changed>> {
        if let Some(device) = self.devices.get_mut(id) {
            return Some(merge(&mut device.attributes, properties));
        }
        let location = self.locations.get_mut(id)?;
        Some(merge(&mut location.attributes, properties))
    }

    /// Notes when the reported attributes end by themselves.
    fn schedule(&mut self, id: &Id, properties: &Map<String, Value>, now: Instant) {
        for (name, lasts) in ENDING {
            match properties.get(name).map(crate::attributes::normal) {
                Some(Value::Bool(true)) => {
                    if let Some(end) = now.checked_add(lasts) {
                        self.endings.insert((id.clone(), name), end);
                    }
                }
                Some(_) => drop(self.endings.remove(&(id.clone(), name))),
                None => {}
            }
        }
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
        self.endings.values().min().copied()
    }

    /// Ends the attributes whose time is over, as messages of the stream would.
    pub(crate) fn end(&mut self, now: Instant) -> Vec<Message> {
        let over: Vec<(Id, &'static str)> = self
            .endings
            .iter()
            .filter(|(_, end)| **end <= now)
            .map(|(key, _)| key.clone())
            .collect();
        let mut messages = Vec::new();
        for (id, name) in over {
            self.endings.remove(&(id.clone(), name));
            let mut message = Message::default();
            match name {
                "motionDetected" => message.events.push(Event::Motion {
                    device: id.clone(),
                    active: false,
                }),
                "audioDetected" => message.events.push(Event::Sound {
                    device: id.clone(),
                    active: false,
                }),
                _ => {}
            }
            message
                .patches
                .push((id, Map::from_iter([(name.to_owned(), false.into())])));
            messages.push(message);
        }
        messages
    }

    /// Takes over a new list of devices, and says whether it can be the whole list. What the list leaves out of a known
    /// device's attributes stays as it is: Arlo lists cameras behind a hub without any. A device is gone when two lists
    /// in a row leave it out, and an empty list counts for nothing: Arlo's answer can lack some or all for a while.
    pub(crate) fn relist(&mut self, listed: BTreeMap<Id, Device>) -> (Vec<Change>, bool) {
        if listed.is_empty() {
            return (Vec::new(), false);
        }
        let mut changes = Vec::new();
        let mut known = std::mem::take(&mut self.devices);
        let absent_before = std::mem::take(&mut self.absent);
        for (id, mut device) in listed {
            if let Some(before) = known.remove(&id) {
                let reported = std::mem::replace(&mut device.attributes, before.attributes);
                let changed = merge(&mut device.attributes, &reported);
                changes.extend(changed.into_iter().map(|changed| Change::new(&id, changed)));
                if before.name != device.name {
                    changes.push(Change {
                        device: id.clone(),
                        attribute: "deviceName".to_owned(),
                        old: Some(before.name.into()),
                        new: device.name.clone().into(),
                    });
                }
            }
            self.devices.insert(id, device);
        }
        for (id, device) in known {
            if !absent_before.contains(&id) {
                self.absent.insert(id.clone());
                self.devices.insert(id, device);
            }
        }
        self.endings.retain(|(id, _), _| self.devices.contains_key(id));
        (changes, self.absent.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{device, message};
    use serde_json::json;

    fn state() -> State {
        let list = json!([
            {"deviceId": "B1", "deviceType": "basestation", "modelId": "VMB4540"},
            {"deviceId": "C1", "deviceType": "camera", "modelId": "VMC4030P", "parentId": "B1",
             "properties": {"batteryLevel": 80}},
        ]);
        State {
            devices: device::list(&list).unwrap(),
            ..State::default()
        }
    }

    fn apply(state: &mut State, raw: Value, now: Instant) -> Vec<Change> {
        state.apply(&message::read(raw), now).0
    }

    fn motion(active: bool) -> Value {
        json!({"resource": "cameras/C1", "action": "is", "properties": {"motionDetected": active}})
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_changes_what_it_names_and_no_more() {
        let (mut state, now) = (state(), Instant::now());
        let changes = apply(&mut state, motion(true), now);
        assert_eq!(changes.len(), 1);
        assert_eq!(
            (changes[0].attribute.as_str(), &changes[0].new),
            ("motionDetected", &json!(true))
        );
        assert_eq!(apply(&mut state, motion(true), now), [], "nothing is different");
        assert_eq!(state.devices["C1"].battery(), Some(80));
    }

    #[tokio::test(start_paused = true)]
    async fn a_motion_whose_end_is_lost_ends_after_a_minute() {
        let (mut state, start) = (state(), Instant::now());
        apply(&mut state, motion(true), start);
        let at = |seconds| start + Duration::from_secs(seconds);
        // Seen again: the minute begins again, although nothing changed.
        apply(&mut state, motion(true), at(30));
        assert_eq!(state.end(at(61)), []);
        assert_eq!(state.next_ending(), Some(at(90)));
        let ended = state.end(at(90));
        assert_eq!(
            ended[0].events,
            [Event::Motion {
                device: Id::parse("C1").unwrap(),
                active: false
            }]
        );
        assert_eq!(state.apply(&ended[0], at(90)).0[0].new, json!(false));
        assert_eq!(state.next_ending(), None);

        apply(&mut state, motion(true), at(100));
        apply(&mut state, motion(false), at(101));
        assert_eq!(state.next_ending(), None, "its end came");
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_without_properties_loses_nothing() {
        let mut state = state();
        let list = json!([
            {"deviceId": "C1", "deviceType": "camera", "modelId": "VMC4030P", "deviceName": "Gate", "properties": {}},
            {"deviceId": "C2", "deviceType": "camera", "modelId": "VMC4030P"},
        ]);
        let (changes, _) = state.relist(device::list(&list).unwrap());
        assert_eq!(state.devices["C1"].battery(), Some(80));
        assert_eq!(state.devices.len(), 3, "a camera was added");
        assert_eq!((changes.len(), changes[0].attribute.as_str()), (1, "deviceName"));
    }

    #[test]
    fn a_device_is_gone_when_two_lists_leave_it_out() {
        let mut state = state();
        let mut relist = |ids: &[&str]| {
            let list = ids
                .iter()
                .map(|id| json!({"deviceId": id, "deviceType": "camera", "modelId": "VMC4030P"}));
            let (_, is_whole) = state.relist(device::list(&list.collect()).unwrap());
            let known: Vec<String> = state.devices.keys().map(ToString::to_string).collect();
            (known.join(" "), is_whole)
        };
        assert_eq!(relist(&[]), ("B1 C1".into(), false), "Arlo's fault");
        assert_eq!(relist(&["C1"]), ("B1 C1".into(), false));
        assert_eq!(relist(&[]), ("B1 C1".into(), false));
        assert_eq!(relist(&["B1"]), ("B1 C1".into(), false), "the base is back");
        assert_eq!(relist(&["B1", "C1"]), ("B1 C1".into(), true));
        assert_eq!(relist(&["C1"]), ("B1 C1".into(), false));
        assert_eq!(relist(&["C1", "C2"]), ("C1 C2".into(), true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_device_that_is_not_listed_is_noticed() {
        let raw = json!({"resource": "cameras/C9", "properties": {"motionDetected": true}});
        let (changes, is_unlisted) = state().apply(&message::read(raw), Instant::now());
        assert!(changes.is_empty() && is_unlisted);
    }
}
