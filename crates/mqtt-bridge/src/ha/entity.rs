//! The entities that a device can have: one row for each.
//!
//! A row says what Home Assistant calls it, which attribute of the device its state is, which devices have it, and what
//! else Home Assistant is told. `docs/mqtt.md` has the same table for people.

use arlo_cameras::Kind;
use serde_json::{Value, json};

use crate::thing::Thing;

/// How long a motion or a sound lasts at most if its end is lost.
pub(crate) const OFF_DELAY: i64 = 60;

/// One row.
pub(crate) struct Entity {
    /// The level of its topics, which never changes.
    pub(crate) key: &'static str,
    /// How it is called beside the device's name.
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    on: On,
    /// Further keys of its component.
    more: &'static [(&'static str, Fact)],
}

/// Which platform it has, and how that meets the device.
pub(crate) enum Shape {
    BinarySensor(Reading),
    Sensor(Reading),
    /// Something that happens, of these types.
    Event(&'static [&'static str]),
    Image,
    /// A truth that can be set.
    Switch(&'static str),
    Light {
        on: &'static str,
        brightness: &'static str,
        /// The highest brightness.
        scale: i64,
    },
    Siren(&'static str),
    Number {
        attribute: &'static str,
        least: i64,
        most: i64,
    },
    Button(Press),
}

/// How a state is read.
pub(crate) enum Reading {
    /// A truth.
    Truth(&'static str),
    /// OFF where the attribute has this word, ON where it has another one.
    Unless(&'static str, &'static str),
    Number(&'static str),
    Text(&'static str),
    LastRecording,
    RecordingsToday,
}

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Press {
    Picture,
    Restart,
}

/// Which devices have it.
enum On {
    /// Those that report its attribute.
    Reported,
    /// Cameras that report its attribute.
    CameraReports,
    /// Cameras, also doorbells with one.
    Camera,
    Doorbell,
    Light,
    /// Those that report a siren, sirens, and bases with one built in.
    Siren,
    Base,
}

/// The value of a key.
enum Fact {
    Text(&'static str),
    Number(i64),
}

/// Bases with a siren of their own.
const SIREN_BASES: [&str; 4] = ["VMB4000", "VMB4500", "VMB4540", "VMB5000"];

const DIAGNOSTIC: (&str, Fact) = ("entity_category", Fact::Text("diagnostic"));
const CONFIG: (&str, Fact) = ("entity_category", Fact::Text("config"));
const ENDS: (&str, Fact) = ("off_delay", Fact::Number(OFF_DELAY));
const MEASURED: (&str, Fact) = ("state_class", Fact::Text("measurement"));

const fn class(name: &'static str) -> (&'static str, Fact) {
    ("device_class", Fact::Text(name))
}

const fn unit(name: &'static str) -> (&'static str, Fact) {
    ("unit_of_measurement", Fact::Text(name))
}

const fn icon(name: &'static str) -> (&'static str, Fact) {
    ("icon", Fact::Text(name))
}

const fn row(
    key: &'static str,
    name: &'static str,
    on: On,
    shape: Shape,
    more: &'static [(&'static str, Fact)],
) -> Entity {
    Entity {
        key,
        name,
        shape,
        on,
        more,
    }
}

use On::{Base, Camera, CameraReports, Doorbell, Light, Reported, Siren};
use Reading::{LastRecording, Number, RecordingsToday, Text, Truth, Unless};
use Shape::{BinarySensor, Button, Event, Image, Sensor, Switch};

/// All rows. Each is one line or two, whatever its length.
#[rustfmt::skip]
static ENTITIES: [Entity; 26] = [
    row("motion", "Motion", Reported, BinarySensor(Truth("motionDetected")), &[class("motion"), ENDS]),
    row("sound", "Sound", Reported, BinarySensor(Truth("audioDetected")), &[class("sound"), ENDS]),
    row("ring", "Doorbell", Doorbell, Event(&["ring"]), &[class("doorbell")]),
    row("moving", "Motion", Reported, BinarySensor(Unless("motionState", "idle")), &[class("motion")]),
    row("contact", "Contact", Reported, BinarySensor(Unless("contactState", "closed")), &[class("opening")]),
    row("water", "Water", Reported, BinarySensor(Unless("waterState", "dry")), &[class("moisture")]),
    row("tamper", "Tamper", Reported, BinarySensor(Unless("tamperState", "notTampered")), &[class("tamper")]),
    row("temperature", "Temperature", Reported, Sensor(Number("temperature")),
        &[class("temperature"), unit("°C"), MEASURED]),
    row("humidity", "Humidity", Reported, Sensor(Number("humidity")), &[class("humidity"), unit("%"), MEASURED]),
    row("air_quality", "Air quality", Reported, Sensor(Number("airQuality")), &[icon("mdi:air-filter"), MEASURED]),
    row("battery", "Battery", Reported, Sensor(Number("batteryLevel")),
        &[class("battery"), unit("%"), MEASURED, DIAGNOSTIC]),
    row("charging", "Charging", Reported, BinarySensor(Unless("chargingState", "Off")),
        &[class("battery_charging"), DIAGNOSTIC]),
    row("signal", "Signal", Reported, Sensor(Number("signalStrength")), &[icon("mdi:wifi"), MEASURED, DIAGNOSTIC]),
    row("activity", "Activity", CameraReports, Sensor(Text("activityState")), &[icon("mdi:cctv"), DIAGNOSTIC]),
    row("last_recording", "Last recording", Camera, Sensor(LastRecording), &[class("timestamp")]),
    row("recordings_today", "Recordings today", Camera, Sensor(RecordingsToday),
        &[icon("mdi:filmstrip"), ("state_class", Fact::Text("total_increasing"))]),
    row("picture", "Last picture", Camera, Image, &[("content_type", Fact::Text("image/jpeg"))]),
    row("snapshot", "Take a picture", Camera, Button(Press::Picture), &[icon("mdi:camera")]),
    row("privacy", "Privacy", CameraReports, Switch("privacyActive"), &[icon("mdi:eye-off")]),
    row("brightness", "Brightness", CameraReports,
        Shape::Number { attribute: "brightness", least: -2, most: 2 }, &[icon("mdi:brightness-6"), CONFIG]),
    row("spotlight", "Spotlight", Reported,
        Shape::Light { on: "spotlight.enabled", brightness: "spotlight.intensity", scale: 100 }, &[]),
    row("floodlight", "Floodlight", Reported,
        Shape::Light { on: "floodlight.on", brightness: "floodlight.brightness1", scale: 100 }, &[]),
    row("night_light", "Night light", Reported,
        Shape::Light { on: "nightLight.enabled", brightness: "nightLight.brightness", scale: 255 }, &[]),
    row("lamp", "Light", Light, Shape::Light { on: "lampState", brightness: "brightness", scale: 255 }, &[]),
    row("siren", "Siren", Siren, Shape::Siren("sirenState"), &[]),
    row("restart", "Restart", Base, Button(Press::Restart), &[class("restart"), CONFIG]),
];

impl Entity {
    fn is_of(&self, thing: &Thing) -> bool {
        let reports = || self.shape.attribute().is_some_and(|path| thing.value(path).is_some());
        match self.on {
            Reported => reports(),
            CameraReports => thing.has_camera && reports(),
            Camera => thing.has_camera,
            Doorbell => thing.kind == Kind::Doorbell,
            Light => thing.kind == Kind::Light,
            Siren => {
                let is_built_in = SIREN_BASES.iter().any(|model| thing.model.starts_with(model));
                thing.kind == Kind::Siren || reports() || thing.kind == Kind::Base && is_built_in
            }
            Base => thing.kind == Kind::Base,
        }
    }

    /// The further keys of its component.
    pub(crate) fn more(&self) -> impl Iterator<Item = (&'static str, Value)> {
        self.more.iter().map(|(key, fact)| {
            let value = match fact {
                Fact::Text(text) => json!(text),
                Fact::Number(number) => json!(number),
            };
            (*key, value)
        })
    }

    /// The key of a light's brightness.
    pub(crate) fn brightness_key(&self) -> String {
        format!("{}_brightness", self.key)
    }
}

impl Shape {
    /// Home Assistant's name of it.
    pub(crate) fn platform(&self) -> &'static str {
        match self {
            Self::BinarySensor(_) => "binary_sensor",
            Self::Sensor(_) => "sensor",
            Self::Event(_) => "event",
            Self::Image => "image",
            Self::Switch(_) => "switch",
            Self::Light { .. } => "light",
            Self::Siren(_) => "siren",
            Self::Number { .. } => "number",
            Self::Button(_) => "button",
        }
    }

    /// The attribute that is its state.
    pub(crate) fn attribute(&self) -> Option<&'static str> {
        match self {
            Self::BinarySensor(reading) | Self::Sensor(reading) => match reading {
                Truth(path) | Unless(path, _) | Number(path) | Text(path) => Some(path),
                LastRecording | RecordingsToday => None,
            },
            Self::Switch(path) | Self::Siren(path) => Some(path),
            Self::Light { on, .. } => Some(on),
            Self::Number { attribute, .. } => Some(attribute),
            Self::Event(_) | Self::Image | Self::Button(_) => None,
        }
    }
}

/// The entities of a device.
pub(crate) fn entities(thing: &Thing) -> impl Iterator<Item = &'static Entity> {
    ENTITIES.iter().filter(|entity| entity.is_of(thing))
}

/// Every key below which a device can have a retained message.
pub(crate) fn keys() -> Vec<String> {
    let mut keys: Vec<String> = ["availability", "mode", "alarm"].map(str::to_owned).to_vec();
    for entity in &ENTITIES {
        keys.push(entity.key.to_owned());
        if matches!(entity.shape, Shape::Light { .. }) {
            keys.push(entity.brightness_key());
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::thing::tests::thing;

    fn of(thing: &Thing) -> Vec<&'static str> {
        entities(thing).map(|entity| entity.key).collect()
    }

    #[test]
    fn a_device_has_what_it_reports_and_what_its_kind_can_do() {
        let camera = thing(
            Kind::Camera,
            json!({
                "motionDetected": false, "batteryLevel": 80, "privacyActive": false, "brightness": 0,
                "spotlight": {"enabled": false, "intensity": 50}, "activityState": "idle", "signalStrength": null,
            }),
        );
        assert_eq!(
            of(&camera),
            [
                "motion",
                "battery",
                "activity",
                "last_recording",
                "recordings_today",
                "picture",
                "snapshot",
                "privacy",
                "brightness",
                "spotlight",
            ]
        );
        let light = thing(
            Kind::Light,
            json!({"brightness": 255, "lampState": "off", "motionDetected": false}),
        );
        assert_eq!(
            of(&light),
            ["motion", "lamp"],
            "the brightness of a light is no camera's"
        );
        let sensor = thing(
            Kind::Sensor,
            json!({"contactState": "open", "waterState": "dry", "temperature": 21.5}),
        );
        assert_eq!(of(&sensor), ["contact", "water", "temperature"]);
        let mut base = thing(Kind::Base, json!({}));
        assert_eq!(of(&base), ["restart"]);
        base.model = "VMB4540".to_owned();
        assert_eq!(of(&base), ["siren", "restart"]);
        let mut doorbell = thing(Kind::Doorbell, json!({"sirenState": "off"}));
        assert_eq!(of(&doorbell), ["ring", "siren"]);
        doorbell.has_camera = true;
        assert!(of(&doorbell).contains(&"picture"));
    }

    #[test]
    fn keys_are_levels_that_differ() {
        let mut all = keys();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(
            all.iter()
                .all(|key| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        );
    }
}
