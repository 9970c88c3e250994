//! Events as lines and as JSON. Neither shows the URL of a recording or a picture.

use std::collections::BTreeMap;

use arlo_cameras::{Account, Change, Event, Id, MediaKind, Modes, Update};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

/// Attributes that have events of their own, or change with each event and tell nothing.
const WITHOUT_LINE: [&str; 9] = [
    "motionDetected",
    "audioDetected",
    "buttonPressed",
    "activeMode",
    "activeSchedule",
    "revision",
    "mediaObjectCount",
    "modes",
    "duration",
];
/// How deep the JSON of an unknown message is shown.
const MAX_DEPTH: usize = 32;

/// The names of devices, locations and modes.
pub(super) struct Names {
    devices: BTreeMap<Id, String>,
    modes: BTreeMap<(Id, String), String>,
}

impl Names {
    pub(super) fn of(account: &Account) -> Self {
        let mut names = Self {
            devices: BTreeMap::new(),
            modes: BTreeMap::new(),
        };
        names.refresh(account);
        names
    }

    /// Takes over the names of the devices and locations. Those of the modes stay until they are read again.
    pub(super) fn refresh(&mut self, account: &Account) {
        let devices = account.devices().into_iter().map(|device| (device.id, device.name));
        let locations = account
            .locations()
            .into_iter()
            .map(|location| (location.id, location.name));
        self.devices = devices.chain(locations).collect();
    }

    /// Whether the update is about a device or location without a name here, or with another one now.
    pub(super) fn lack(&self, update: &Update) -> bool {
        let events = update.events.iter().filter_map(Event::device);
        let mut all = events.chain(update.changes.iter().map(|change| &change.device));
        let is_renamed = |change: &Change| change.attribute == "deviceName";
        all.any(|id| !self.devices.contains_key(id)) || update.changes.iter().any(is_renamed)
    }

    /// Takes over the names of the modes. Without them their identifiers are shown.
    pub(super) fn learn(&mut self, modes: Result<Vec<Modes>, arlo_cameras::Error>) {
        match modes {
            Ok(all) => {
                for place in all {
                    let named = place.modes.into_iter();
                    self.modes
                        .extend(named.map(|mode| ((place.at.clone(), mode.id), mode.name)));
                }
            }
            Err(error) => tracing::info!("the names of the modes cannot be read: {error}"),
        }
    }

    fn device<'a>(&'a self, id: &'a Id) -> &'a str {
        self.devices.get(id).map_or(id.as_str(), String::as_str)
    }

    fn mode<'a>(&'a self, at: &Id, mode: &'a str) -> &'a str {
        let key = (at.clone(), mode.to_owned());
        self.modes.get(&key).map_or(mode, String::as_str)
    }

    /// The text with its time, as the machine's user reads it.
    #[expect(clippy::unused_self, reason = "beside the other lines")]
    pub(super) fn at(&self, at: Timestamp, text: &str) -> String {
        format!(
            "{}  {text}",
            at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S")
        )
    }

    /// The line of a change. What was not known before did not happen now.
    pub(super) fn change_line(&self, change: &Change, every_attribute: bool) -> Option<String> {
        let old = change.old.as_ref()?;
        if every_attribute && WITHOUT_LINE.contains(&change.attribute.as_str()) {
            return None;
        }
        let name = self.device(&change.device);
        let (attribute, old, new) = (&change.attribute, shown(old), shown(&change.new));
        Some(plain(&format!("{name}: {attribute} {old} -> {new}")))
    }

    /// The object of a change.
    pub(super) fn change_object(&self, at: Timestamp, change: &Change) -> Value {
        json!({
            "time": at,
            "type": "change",
            "device": change.device,
            "name": self.device(&change.device),
            "attribute": change.attribute,
            "old": change.old,
            "new": change.new,
        })
    }
}

/// A value on a line.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().take(200).collect()
}

/// The line without control characters: Arlo's words must not move the cursor of a terminal.
pub(super) fn plain(line: &str) -> String {
    line.chars().filter(|c| !c.is_control()).collect()
}

/// The line of an event; `None` for one that tells a person nothing.
pub(super) fn line(event: &Event, names: &Names) -> Option<String> {
    text(event, names).map(|text| plain(&text))
}

fn text(event: &Event, names: &Names) -> Option<String> {
    let device = |id| names.device(id);
    Some(match event {
        Event::Motion {
            device: id,
            active: true,
        } => format!("{}: motion", device(id)),
        Event::Motion {
            device: id,
            active: false,
        } => format!("{}: motion ended", device(id)),
        Event::Sound {
            device: id,
            active: true,
        } => format!("{}: sound", device(id)),
        Event::Sound {
            device: id,
            active: false,
        } => format!("{}: sound ended", device(id)),
        Event::Ring { device: id } => format!("{}: somebody rings", device(id)),
        Event::Mode {
            at, mode: Some(mode), ..
        } => format!("{}: mode {}", device(at), names.mode(at, mode)),
        Event::Mode {
            at,
            mode: None,
            schedule: Some(_),
            ..
        } => format!("{}: a schedule is active", device(at)),
        Event::Picture { device: id, .. } => format!("{}: new picture", device(id)),
        Event::Media(media) if media.complete && media.kind == MediaKind::Recording => {
            format!("{}: new recording", device(&media.device))
        }
        Event::Detected {
            device: id, objects, ..
        } if !objects.is_empty() => format!("{}: the recording shows {}", device(id), objects.join(", ")),
        Event::Fault { device: id, code } => {
            let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
            format!("{}: it could not do that{code}", device(id))
        }
        Event::Silent { device: id } => format!("{}: no answer for several minutes", device(id)),
        Event::Connected { deaf: true, .. } => {
            "connected, but Arlo refuses the events of all devices: use the account that owns them".to_owned()
        }
        Event::Connected { .. } => "connected".to_owned(),
        Event::Disconnected { reason } => format!("disconnected: {reason}"),
        Event::LoggedOut => "another client logged out, or Arlo ended the session".to_owned(),
        Event::Missed { count } => format!("{count} events came faster than they could be printed"),
        _ => return None,
    })
}

/// The JSON object of an event; `None` for one that its changes tell.
pub(super) fn object(at: Timestamp, event: &Event, names: &Names) -> Option<Value> {
    let (kind, more) = match event {
        Event::Motion { active, .. } => ("motion", json!({ "active": active })),
        Event::Sound { active, .. } => ("sound", json!({ "active": active })),
        Event::Ring { .. } => ("ring", json!({})),
        Event::Activity { state, .. } => ("activity", json!({ "state": state })),
        Event::Mode { at, mode, schedule, .. } => {
            let mode_name = mode.as_deref().map(|mode| names.mode(at, mode));
            (
                "mode",
                json!({ "mode": mode, "mode_name": mode_name, "schedule": schedule }),
            )
        }
        Event::Picture { .. } => ("picture", json!({})),
        Event::Media(media) => ("media", json!({ "kind": media.kind, "complete": media.complete })),
        Event::Detected { objects, created, .. } => ("detected", json!({ "objects": objects, "created": created })),
        Event::Fault { code, .. } => ("fault", json!({ "code": code })),
        Event::Silent { .. } => ("silent", json!({})),
        Event::Connected { refused, deaf } => ("connected", json!({ "refused_topics": refused, "deaf": deaf })),
        Event::Disconnected { reason } => ("disconnected", json!({ "reason": reason })),
        Event::LoggedOut => ("logged-out", json!({})),
        Event::Missed { count } => ("missed", json!({ "count": count })),
        Event::Other(message) => ("other", json!({ "message": without_urls(message, 0) })),
        _ => return None,
    };
    let mut object = Map::new();
    object.insert("time".to_owned(), json!(at));
    object.insert("type".to_owned(), json!(kind));
    if let Some(device) = event.device() {
        object.insert("device".to_owned(), json!(device));
        object.insert("name".to_owned(), json!(names.device(device)));
    }
    object.extend(more.as_object().cloned().unwrap_or_default());
    Some(Value::Object(object))
}

/// The JSON with a word in place of each URL, which could open a recording.
fn without_urls(value: &Value, depth: usize) -> Value {
    match value {
        _ if depth > MAX_DEPTH => Value::Null,
        Value::String(text) if text.contains("://") => json!("(url)"),
        Value::Array(all) => all.iter().map(|value| without_urls(value, depth + 1)).collect(),
        Value::Object(object) => {
            let entries = object
                .iter()
                .map(|(key, value)| (key.clone(), without_urls(value, depth + 1)));
            Value::Object(entries.collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let id = |text| Id::parse(text).unwrap();
        Names {
            devices: BTreeMap::from([(id("C1"), "Garden".to_owned()), (id("B1"), "Home".to_owned())]),
            modes: BTreeMap::from([((id("B1"), "mode2".to_owned()), "Night".to_owned())]),
        }
    }

    #[test]
    fn an_event_is_a_line_with_names() {
        let id = |text| Id::parse(text).unwrap();
        for (event, expected) in [
            (
                Event::Motion {
                    device: id("C1"),
                    active: true,
                },
                Some("Garden: motion"),
            ),
            (Event::Ring { device: id("D9") }, Some("D9: somebody rings")),
            (
                Event::Mode {
                    at: id("B1"),
                    mode: Some("mode2".into()),
                    schedule: None,
                    revision: None,
                },
                Some("Home: mode Night"),
            ),
            (Event::Other(json!({})), None),
        ] {
            assert_eq!(line(&event, &names()).as_deref(), expected);
        }
    }

    #[test]
    fn no_word_of_arlo_moves_the_cursor() {
        let (id, names) = (Id::parse("B1").unwrap(), names());
        let mode = Event::Mode {
            at: id.clone(),
            mode: Some("\u{1b}[2J\u{9b}2Jparty".into()),
            schedule: None,
            revision: None,
        };
        assert_eq!(line(&mode, &names).unwrap(), "Home: mode [2J2Jparty");
        let found = Event::Detected {
            device: id,
            objects: vec!["Per\u{7}son".into()],
            created: None,
        };
        assert_eq!(line(&found, &names).unwrap(), "Home: the recording shows Person");
    }

    #[test]
    fn the_json_of_an_unknown_message_has_no_url() {
        let message = json!({"a": ["https://media.example/SECRET"], "b": {"c": "text"}});
        let shown = object(Timestamp::UNIX_EPOCH, &Event::Other(message), &names()).unwrap();
        assert!(!shown.to_string().contains("SECRET"), "{shown}");
        assert_eq!(shown["message"]["b"]["c"], "text");
        assert_eq!(shown["type"], "other");
    }
}
