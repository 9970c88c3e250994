//! One message of the event stream: from JSON to events and to properties for the state.
//!
//! The same JSON comes over SSE and over MQTT. Messages are partial, and Arlo adds kinds at any time: what is not known
//! is handed on as it came.

mod media;
mod mode;

use serde_json::{Map, Value, json};

pub(crate) use self::mode::{active, location_mode, mode_read};
use crate::attributes::normal;
use crate::state::Moment;
use crate::{Event, Id};

/// The most devices in one message.
const MAX_DEVICES: usize = 1024;
/// First parts of the resources that carry a device's properties.
const DEVICE_RESOURCES: [&str; 6] = ["cameras", "doorbells", "lights", "sensors", "siren", "chimes"];

/// The properties in which a device says that it refused. They are no attributes.
const REFUSALS: [&str; 2] = ["error", "stateChangeReason"];

/// What a message says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Message {
    /// The identifier of the request that it answers.
    pub(crate) transaction: Option<String>,
    /// As of when it is true, for what was not told just now.
    pub(crate) as_of: Option<Moment>,
    pub(crate) events: Vec<Event>,
    /// The doorbell that says only that it is there: an old one reports a motion so.
    pub(crate) woken: Option<Id>,
    /// Properties for the state, by device or location.
    pub(crate) patches: Vec<(Id, Map<String, Value>)>,
}

impl Message {
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn patch(&mut self, id: &Id, entries: impl IntoIterator<Item = (&'static str, Value)>) {
        let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), value));
        self.patches.push((id.clone(), entries.collect()));
    }

    /// Reads what one device reports.
    fn device(&mut self, id: &Id, properties: &Map<String, Value>) {
        let flag = |key: &str| properties.get(key).map(normal).and_then(|value| value.as_bool());
        let device = || id.clone();
        if let Some(active) = flag("motionDetected") {
            self.event(Event::Motion {
                device: device(),
                active,
            });
        }
        if let Some(active) = flag("audioDetected") {
            self.event(Event::Sound {
                device: device(),
                active,
            });
        }
        if flag("buttonPressed") == Some(true) {
            self.event(Event::Ring { device: device() });
        }
        if let Some(state) = properties.get("activityState").and_then(Value::as_str) {
            self.event(Event::Activity {
                device: device(),
                state: state.to_owned(),
            });
        }
        let mut refusals = REFUSALS.iter().filter_map(|key| properties.get(*key));
        if let Some(refusal) = refusals.find(|refusal| !refusal.is_null()) {
            let code = refusal.get("code").and_then(number);
            self.event(Event::Fault { device: device(), code });
        }
        if let Some(event) = media::picture(id, properties) {
            self.event(event);
        }
        self.state(id, properties);
    }

    /// Reads what the state of one device is.
    fn state(&mut self, id: &Id, properties: &Map<String, Value>) {
        let kept: Map<String, Value> = properties
            .iter()
            .filter(|(key, _)| !REFUSALS.contains(&key.as_str()) && !key.starts_with("presigned"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if !kept.is_empty() {
            self.event(Event::Properties {
                device: id.clone(),
                properties: kept.clone(),
            });
            self.patches.push((id.clone(), kept));
        }
    }
}

/// A number. Some messages write it as text.
pub(crate) fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// Reads a message.
pub(crate) fn read(raw: Value) -> Message {
    let mut message = Message {
        transaction: text(&raw, "transId").map(str::to_owned),
        ..Message::default()
    };
    if !fill(&mut message, &raw) {
        message.event(Event::Other(raw));
    }
    message
}

/// Reads what the message says. Gives whether its kind is known.
fn fill(message: &mut Message, raw: &Value) -> bool {
    match text(raw, "action") {
        Some("logout") => {
            message.event(Event::LoggedOut);
            return true;
        }
        // A sign of life without content.
        Some("wakeup") => return true,
        _ => {}
    }
    let Some(resource) = text(raw, "resource") else {
        // The first message of an SSE stream.
        return text(raw, "status") == Some("connected");
    };
    if raw
        .get("states")
        .is_some_and(|states| states.get("activeMode").is_some())
    {
        message.event(Event::ModesOutdated);
    }
    let from = text(raw, "from").and_then(Id::parse);
    let mut parts = resource.split('/');
    let first = parts.next().unwrap_or_default();
    match (first, from) {
        ("subscriptions", _) => reachable(message, raw),
        ("modes", Some(from)) => mode::first_generation(message, &from, raw),
        ("activeAutomations", _) => mode::second_generation(message, raw),
        ("automation", _) if resource == "automation/activeMode" => mode::third_generation(message, raw),
        ("automationRevisionUpdate" | "states", _) => {
            message.event(Event::ModesOutdated);
            true
        }
        ("devices", _) => children(message, raw),
        ("basestation", from) => base(message, from.as_ref(), raw),
        ("mediaUploadNotification", _) => media::upload(message, raw),
        ("feedNotification", _) => media::feed(message, raw),
        (first, from) if DEVICE_RESOURCES.contains(&first) => {
            // The siren of a base has no identifier of its own in the resource.
            let id = parts.next().and_then(Id::parse).or(from.filter(|_| first == "siren"));
            let Some(id) = id else { return false };
            let what = parts.next();
            if first == "doorbells" && what.is_none() && is_only_available(raw) {
                message.woken = Some(id.clone());
            }
            device(message, &id, what, raw)
        }
        _ => false,
    }
}

/// Whether a device says that it is connected, and nothing else.
fn is_only_available(raw: &Value) -> bool {
    raw.get("properties") == Some(&json!({ "connectionState": "available" }))
}

/// E3, E5: `cameras/<id>` and what belongs to it.
fn device(message: &mut Message, id: &Id, what: Option<&str>, raw: &Value) -> bool {
    match what {
        None | Some("privacyZones" | "is") => {}
        Some("states") => {
            message.event(Event::ModesOutdated);
            return true;
        }
        // Also the history of the ambient sensors, which is compressed.
        Some(_) => return false,
    }
    // A bare acknowledgement has none.
    let mut properties = raw
        .get("properties")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    if let Some(error) = raw.get("error") {
        properties.insert("error".to_owned(), error.clone());
    }
    message.device(id, &properties);
    true
}

/// E1: the devices that answered a registration.
fn reachable(message: &mut Message, raw: &Value) -> bool {
    let Some(devices) = raw.pointer("/properties/devices").and_then(Value::as_array) else {
        return false;
    };
    for id in devices
        .iter()
        .take(MAX_DEVICES)
        .filter_map(Value::as_str)
        .filter_map(Id::parse)
    {
        message.patch(&id, [("connectionState", "available".into())]);
        message.event(Event::Reachable { device: id });
    }
    true
}

/// E4: the children of a hub.
fn children(message: &mut Message, raw: &Value) -> bool {
    let Some(devices) = raw.get("devices").and_then(Value::as_object) else {
        return false;
    };
    for (id, said) in devices.iter().take(MAX_DEVICES) {
        let Some(id) = Id::parse(id) else { continue };
        if let Some(properties) = said.get("properties").and_then(Value::as_object) {
            // This is how it is, and not what happens: a motion that goes on is no new one.
            message.state(&id, properties);
        }
        if said.pointer("/states/activeMode").is_some() {
            message.event(Event::ModesOutdated);
        }
    }
    true
}

/// E6: a base of itself. It can be a list, of bases with their serial numbers.
fn base(message: &mut Message, from: Option<&Id>, raw: &Value) -> bool {
    let properties = raw.get("properties").unwrap_or(&Value::Null);
    let one = [properties.clone()];
    let bases = properties.as_array().map_or(one.as_slice(), Vec::as_slice);
    let mut known = false;
    for base in bases.iter().take(MAX_DEVICES) {
        let serial = text(base, "serialNumber").and_then(Id::parse);
        let Some(id) = serial.as_ref().or(from) else { continue };
        known = true;
        if let Some(properties) = base.as_object().filter(|properties| !properties.is_empty()) {
            message.device(id, properties);
        }
        if text(base, "connectionState").is_none_or(|state| state == "available") {
            message.event(Event::Reachable { device: id.clone() });
        }
    }
    known
}

/// A text of the object.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests;
