//! The merged state of an account: its devices and locations, and what each message changes in it.
//!
//! It does no I/O and has no clock of its own. An attribute whose end Arlo does not always report, such as motion, gets
//! a time at which it ends by itself.
//!
//! Invariant: what is known of an attribute is replaced only by what was true at the same moment or later. An event is
//! true when it comes. The answer to a question can be as old as the question, so it never undoes an event that came
//! while it was under way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::attributes::{Attributes, Changed, merge};
use crate::device::{Device, Kind};
use crate::location::Location;
use crate::message::Message;
use crate::{Change, Event, Id};

/// Attributes that end by themselves, and when. Arlo sends no release of a button, and can lose the end of a motion.
const ENDING: [(&str, Duration); 3] = [
    ("motionDetected", Duration::from_secs(60)),
    ("audioDetected", Duration::from_secs(60)),
    ("buttonPressed", Duration::from_secs(10)),
];

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
    /// When attributes end by themselves. At most three for each device.
    endings: BTreeMap<(Id, &'static str), Instant>,
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
            state.schedule(&device.id, &device.attributes, now);
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
                        self.unschedule(id, properties);
                    }
                    self.schedule(id, properties, now);
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
        let is_outdated = |name: &&String| known.get(*name).is_some_and(|at| *at > as_of);
        let outdated: Vec<String> = properties.keys().filter(is_outdated).cloned().collect();
        properties.retain(|name, _| !outdated.contains(name));
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

    /// Notes when the attributes that are on end by themselves.
    fn schedule(&mut self, id: &Id, properties: &Map<String, Value>, now: Instant) {
        for (name, lasts) in ENDING {
            if is_on(properties.get(name))
                && let Some(end) = now.checked_add(lasts)
            {
                self.endings.insert((id.clone(), name), end);
            }
        }
    }

    /// Forgets the ends by time of attributes whose own end was told.
    fn unschedule(&mut self, id: &Id, properties: &Map<String, Value>) {
        self.endings.retain(|(of, name), _| {
            let told = properties.get(*name);
            of != id || told.is_none() || is_on(told)
        });
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

    /// Ends the attributes whose time is over, as messages of the stream would. They are as of now: an attribute that
    /// begins again before they are applied goes on.
    pub(crate) fn end(&mut self, now: Instant) -> Vec<Message> {
        let as_of = Some(self.moment());
        let over: Vec<(Id, &'static str)> = self
            .endings
            .iter()
            .filter(|(_, end)| **end <= now)
            .map(|(key, _)| key.clone())
            .collect();
        let mut messages = Vec::new();
        for (id, name) in over {
            self.endings.remove(&(id.clone(), name));
            let mut message = Message {
                as_of,
                ..Message::default()
            };
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
                self.schedule(&id, &reported, now);
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
                self.schedule(&id, &device.attributes, now);
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

fn is_on(value: Option<&Value>) -> bool {
    value.map(crate::attributes::normal) == Some(Value::Bool(true))
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
        state.apply(&mut message::read(raw), now).0
    }

    /// Takes over a list that was asked for now.
    fn relist(state: &mut State, list: &Value) -> Relisted {
        let asked = state.moment();
        state.relist(device::list(list).unwrap(), asked, Instant::now())
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
        let mut ended = state.end(at(90));
        assert_eq!(
            ended[0].events,
            [Event::Motion {
                device: Id::parse("C1").unwrap(),
                active: false
            }]
        );
        assert_eq!(state.apply(&mut ended[0], at(90)).0[0].new, json!(false));
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
        let Relisted { changes, has_new, .. } = relist(&mut state, &list);
        assert_eq!(state.devices["C1"].battery(), Some(80));
        assert_eq!(state.devices.len(), 3, "a camera was added");
        assert!(has_new && !relist(&mut state, &list).has_new);
        assert_eq!((changes.len(), changes[0].attribute.as_str()), (1, "deviceName"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_was_asked_for_before_an_event_does_not_undo_it() {
        let (mut state, start) = (state(), Instant::now());
        let listed = json!([{"deviceId": "C1", "deviceType": "camera", "modelId": "VMC4030P", "parentId": "B1",
            "properties": {"motionDetected": false, "batteryLevel": 79}}]);
        let answer = json!({"resource": "devices", "transId": "web!1", "devices": {"C1": {"properties":
            {"motionDetected": false, "batteryLevel": 78, "signalStrength": 3}}}});
        let active = |state: &State| state.devices["C1"].attributes["motionDetected"].clone();

        let asked = state.moment();
        state.asks("web!1");
        apply(&mut state, motion(true), start);
        let changes = state.relist(device::list(&listed).unwrap(), asked, start).changes;
        assert_eq!((changes.len(), changes[0].attribute.as_str()), (1, "batteryLevel"));
        let changes = apply(&mut state, answer, start);
        let changed: Vec<&str> = changes.iter().map(|change| change.attribute.as_str()).collect();
        assert_eq!(changed, ["batteryLevel", "signalStrength"]);
        assert_eq!(active(&state), json!(true));
        assert!(state.next_ending().is_some());
        // An older answer does not undo a newer one either.
        let changes = state.relist(device::list(&listed).unwrap(), asked, start).changes;
        assert_eq!(changes, []);

        // What is asked for after the event is newer.
        assert_eq!(relist(&mut state, &listed).changes.len(), 2);
        assert_eq!(active(&state), json!(false));
    }

    #[tokio::test(start_paused = true)]
    async fn what_an_old_answer_says_of_a_newer_event_is_told_to_nobody() {
        let (mut state, now) = (state(), Instant::now());
        let mode = |mode: &str, transaction: &str| {
            message::read(
                json!({"resource": "modes", "from": "B1", "action": "is", "transId": transaction,
                "properties": {"active": mode}}),
            )
        };
        state.asks("web!1");
        state.apply(&mut mode("mode1", "B1!7"), now);
        let mut old = mode("mode0", "web!1");
        assert_eq!((state.apply(&mut old, now).0, old.events), (Vec::new(), Vec::new()));
        assert_eq!(state.devices["B1"].text("activeMode"), Some("mode1"));
        // An end by time that a new beginning overtakes.
        apply(&mut state, motion(true), now);
        let later = now + Duration::from_secs(60);
        let mut ended = state.end(later);
        apply(&mut state, motion(true), later);
        assert_eq!(state.apply(&mut ended[0], later).0, []);
        assert_eq!(ended[0].events, []);
        assert!(state.next_ending().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_motion_that_a_list_tells_ends_too() {
        let list = json!([{"deviceId": "C1", "deviceType": "camera", "modelId": "VMC4030P",
            "properties": {"motionDetected": true}}]);
        let end = Some(Instant::now() + Duration::from_secs(60));
        let first = State::new(device::list(&list).unwrap(), BTreeMap::new(), Instant::now());
        assert_eq!(first.next_ending(), end);
        for mut state in [state(), State::default()] {
            relist(&mut state, &list);
            assert_eq!(state.next_ending(), end);
        }
    }

    #[test]
    fn a_device_is_gone_when_two_lists_leave_it_out() {
        let mut state = state();
        let mut relist = |ids: &[&str]| {
            let list = ids
                .iter()
                .map(|id| json!({"deviceId": id, "deviceType": "camera", "modelId": "VMC4030P"}));
            let is_whole = relist(&mut state, &list.collect()).is_whole;
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

    #[test]
    fn a_device_that_is_heard_elsewhere_is_like_a_new_one() {
        let mut state = state();
        let list = |base: &str, topics: &[&str]| {
            json!([{"deviceId": "C1", "deviceType": "camera", "modelId": "VMC4030P", "parentId": base,
                "xCloudId": "X1", "allowedMqttTopics": topics}])
        };
        for (base, topics, expected) in [
            ("B1", &["d/X1/out/a"][..], true),
            ("B1", &["d/X1/out/a"], false),
            ("B1", &["d/X1/out/a", "d/X1/out/b"], true),
            ("B2", &["d/X1/out/a", "d/X1/out/b"], true),
        ] {
            assert_eq!(
                relist(&mut state, &list(base, topics)).has_new,
                expected,
                "{base} {topics:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_doorbell_reports_a_motion_by_being_there() {
        let doorbell = |model: &str| json!({"deviceId": "D1", "deviceType": "doorbell", "modelId": model});
        let house = |model: &str| {
            State::new(
                device::list(&json!([doorbell(model)])).unwrap(),
                BTreeMap::new(),
                Instant::now(),
            )
        };
        let now = Instant::now();
        let hear = |state: &mut State, resource: &str, properties: Value| {
            let raw = json!({"resource": resource, "from": "D1", "action": "is", "properties": properties});
            let mut message = message::read(raw);
            state.apply(&mut message, now);
            let motion = |event: &Event| matches!(event, Event::Motion { active: true, .. });
            message.events.iter().any(motion)
        };
        let there = || json!({"connectionState": "available"});

        let mut old = house("AAD1001");
        assert!(hear(&mut old, "doorbells/D1", there()));
        assert_eq!(old.devices["D1"].attributes["motionDetected"], true);
        let end = now + Duration::from_secs(60);
        assert_eq!(old.next_ending(), Some(end));
        for mut message in old.end(end) {
            old.apply(&mut message, end);
        }
        assert_eq!(old.devices["D1"].attributes["motionDetected"], false);
        assert!(hear(&mut old, "doorbells/D1", there()), "again");
        let dump = json!({"connectionState": "available", "batteryLevel": 80});
        assert!(!hear(&mut old, "doorbells/D1", dump));
        // It was away.
        hear(&mut old, "doorbells/D1", json!({"connectionState": "unavailable"}));
        assert!(!hear(&mut old, "doorbells/D1", there()));
        // It tells motions by their name.
        hear(&mut old, "doorbells/D1", json!({"motionDetected": false}));
        assert!(!hear(&mut old, "doorbells/D1", there()));

        assert!(!hear(&mut house("AVD1001"), "doorbells/D1", there()));
        assert!(!hear(&mut house("AAD1001"), "basestation", there()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_device_that_is_not_listed_is_noticed() {
        let raw = json!({"resource": "cameras/C9", "properties": {"motionDetected": true}});
        let (changes, is_unlisted) = state().apply(&mut message::read(raw), Instant::now());
        assert!(changes.is_empty() && is_unlisted);
    }
}
