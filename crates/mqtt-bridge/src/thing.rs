//! What the tables of this crate know of a device, apart from the account that it belongs to.

use std::collections::BTreeMap;

use arlo_cameras::{Attributes, Device, Id, Kind, Modes};
use jiff::Timestamp;
use serde_json::Value;

/// A device with what it said last.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) model: String,
    pub(crate) gateway: Id,
    pub(crate) has_camera: bool,
    pub(crate) attributes: Attributes,
    pub(crate) seen: Seen,
}

/// What the bridge itself knows of a camera.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// When the newest recording was made.
    pub(crate) last_recording: Option<Timestamp>,
    /// How many recordings the day has; `None` until the library was read.
    pub(crate) today: Option<u32>,
    /// When an event told of a picture.
    pub(crate) picture: Option<Timestamp>,
}

impl Thing {
    pub(crate) fn new(device: &Device, seen: Seen) -> Self {
        Self {
            id: device.id.clone(),
            name: device.name.clone(),
            kind: device.kind,
            model: device.model.clone(),
            gateway: device.gateway.clone(),
            has_camera: device.has_camera(),
            attributes: device.attributes.clone(),
            seen,
        }
    }

    /// The value of an attribute. A dot leads into an object.
    pub(crate) fn value(&self, path: &str) -> Option<&Value> {
        let value = match path.split_once('.') {
            Some((outer, key)) => self.attributes.get(outer)?.get(key)?,
            None => self.attributes.get(path)?,
        };
        (!value.is_null()).then_some(value)
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.value(path)?.as_str()
    }

    /// Whether it says that it is connected, or says nothing about it. Arlo's words for the other case differ by their
    /// reason, as `unavailable` and `thermalShutdownCold`.
    pub(crate) fn is_connected(&self) -> bool {
        self.text("connectionState").is_none_or(|state| state == "available")
    }
}

/// Whether a device can be reached: it and the base that speaks for it are connected.
pub(crate) fn is_available(thing: &Thing, all: &BTreeMap<Id, Thing>) -> bool {
    let gateway = all.get(&thing.gateway);
    thing.is_connected() && gateway.is_none_or(Thing::is_connected)
}

/// A base or a location with its modes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) id: Id,
    pub(crate) name: String,
    /// The identifier of each mode, and a label that no other one has.
    pub(crate) modes: Vec<(String, String)>,
    /// The identifier of the active one.
    pub(crate) active: Option<String>,
}

impl Place {
    pub(crate) fn new(modes: &Modes) -> Self {
        let named = modes.modes.iter().map(|mode| (mode.id.as_str(), mode.name.as_str()));
        let named: Vec<(&str, &str)> = named.collect();
        Self {
            id: modes.at.clone(),
            name: modes.name.clone(),
            modes: labelled(&named),
            active: modes.active.clone(),
        }
    }

    /// The label of the active mode.
    pub(crate) fn label(&self) -> Option<&str> {
        let active = self.active.as_deref()?;
        let found = self.modes.iter().find(|(id, _)| id == active)?;
        Some(&found.1)
    }

    pub(crate) fn has(&self, mode: &str) -> bool {
        self.modes.iter().any(|(id, _)| id == mode)
    }
}

/// Labels by which each mode can be told: a name that several have gets the identifier too.
fn labelled(modes: &[(&str, &str)]) -> Vec<(String, String)> {
    let is_shared = |name: &str| modes.iter().filter(|(_, other)| *other == name).count() > 1;
    let labels = modes.iter().map(|(id, name)| {
        let label = if is_shared(name) {
            format!("{name} ({id})")
        } else {
            (*name).to_owned()
        };
        ((*id).to_owned(), label)
    });
    labels.collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    pub(crate) fn id(text: &str) -> Id {
        Id::parse(text).unwrap()
    }

    pub(crate) fn thing(kind: Kind, attributes: Value) -> Thing {
        let Value::Object(attributes) = attributes else {
            panic!("no object")
        };
        Thing {
            id: id("D1"),
            name: "Front door".to_owned(),
            kind,
            model: "VMC4030P".to_owned(),
            gateway: id("B1"),
            has_camera: kind == Kind::Camera,
            attributes,
            seen: Seen::default(),
        }
    }

    #[test]
    fn a_device_is_available_if_it_and_its_base_are() {
        for (own, base, available) in [
            (
                json!({"connectionState": "available"}),
                json!({"connectionState": "available"}),
                true,
            ),
            (json!({}), json!({}), true),
            (json!({"connectionState": "unavailable"}), json!({}), false),
            (json!({"connectionState": "thermalShutdownCold"}), json!({}), false),
            (
                json!({"connectionState": "available"}),
                json!({"connectionState": "unavailable"}),
                false,
            ),
        ] {
            let camera = thing(Kind::Camera, own.clone());
            let mut hub = thing(Kind::Base, base.clone());
            hub.id = id("B1");
            let all = BTreeMap::from([(id("B1"), hub), (id("D1"), camera.clone())]);
            assert_eq!(is_available(&camera, &all), available, "{own} {base}");
        }
        let alone = thing(Kind::Camera, json!({}));
        assert!(is_available(&alone, &BTreeMap::new()));
    }

    #[test]
    fn modes_of_one_name_are_told_apart() {
        let all = [("a", "Night"), ("b", "Night"), ("c", "Away")];
        let labels: Vec<String> = labelled(&all).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["Night (a)", "Night (b)", "Away"]);
    }
}
