//! Messages about modes: three generations of them.

use serde_json::{Map, Value};

use super::{Message, number, text};
use crate::state::Moment;
use crate::{Event, Id};

/// Keys of a second generation's message that are no device.
const NOT_A_DEVICE: [&str; 6] = ["action", "from", "to", "resource", "transId", "timestamp"];

/// `modes`, from the device itself.
pub(super) fn first_generation(message: &mut Message, from: &Id, raw: &Value) -> bool {
    let properties = raw.get("properties").unwrap_or(&Value::Null);
    if let Some(modes) = properties.get("modes").filter(|modes| modes.is_array()) {
        // The device alone keeps them, so their names are kept here.
        message.patch(from, [("modes", modes.clone())]);
    }
    let Some(mode) = text(properties, "active").or_else(|| text(properties, "activeMode")) else {
        // A list of the modes, or the acknowledgement of an edit.
        return true;
    };
    set(message, from, Some(mode), None, None);
    true
}

/// `activeAutomations`: the identifiers of the bases are keys.
pub(super) fn second_generation(message: &mut Message, raw: &Value) -> bool {
    let Some(object) = raw.as_object() else { return false };
    let mut known = false;
    for (key, said) in object.iter().filter(|(key, _)| !NOT_A_DEVICE.contains(&key.as_str())) {
        let Some(id) = Id::parse(key).filter(|_| said.is_object()) else {
            continue;
        };
        let (mode, schedule) = active(said);
        set(message, &id, mode.as_deref(), schedule.as_deref(), None);
        known = true;
    }
    known
}

/// The active mode and schedule of one base, as the event and the answer of `automation/active` write them.
pub(crate) fn active(said: &Value) -> (Option<String>, Option<String>) {
    let first = |key: &str| Some(said.get(key)?.as_array()?.first()?.as_str()?.to_owned());
    (first("activeModes"), first("activeSchedules"))
}

/// `automation/activeMode` of a location.
pub(super) fn third_generation(message: &mut Message, raw: &Value) -> bool {
    let Some(location) = text(raw, "locationId").and_then(Id::parse) else {
        return false;
    };
    let outer = raw.get("properties").unwrap_or(&Value::Null);
    let revision = outer.get("revision").and_then(number);
    let inner = outer
        .get("properties")
        .filter(|inner| inner.is_object())
        .unwrap_or(outer);
    match location_mode(inner) {
        Some(mode) => set(message, &location, Some(&mode), None, revision),
        None => message.event(Event::ModesOutdated),
    }
    true
}

/// The mode in `{"mode":…}`. A custom mode is named by the identifier that one of its devices has for it.
pub(crate) fn location_mode(said: &Value) -> Option<String> {
    match text(said, "mode")? {
        "custom" => {
            let modes = said.get("custom")?.as_object()?;
            Some(modes.values().next()?.as_str()?.to_owned())
        }
        mode => Some(mode.to_owned()),
    }
}

/// A message for what was asked of a mode at a moment, without an event: nothing happened.
pub(crate) fn mode_read(
    at: &Id,
    mode: Option<&str>,
    schedule: Option<&str>,
    revision: Option<i64>,
    asked: Moment,
) -> Message {
    Message {
        as_of: Some(asked),
        patches: vec![(at.clone(), properties(mode, schedule, revision))],
        ..Message::default()
    }
}

fn properties(mode: Option<&str>, schedule: Option<&str>, revision: Option<i64>) -> Map<String, Value> {
    let mut properties = Map::new();
    if mode.is_some() || schedule.is_some() {
        // A schedule without a mode replaces the mode that was active before it.
        properties.insert("activeMode".to_owned(), mode.into());
        properties.insert("activeSchedule".to_owned(), schedule.into());
    }
    if let Some(revision) = revision {
        properties.insert("revision".to_owned(), revision.into());
    }
    properties
}

fn set(message: &mut Message, at: &Id, mode: Option<&str>, schedule: Option<&str>, revision: Option<i64>) {
    message.patches.push((at.clone(), properties(mode, schedule, revision)));
    message.event(Event::Mode {
        at: at.clone(),
        mode: mode.map(str::to_owned),
        schedule: schedule.map(str::to_owned),
        revision,
    });
}
