//! The states of a device, as payloads.

use serde_json::Value;

use super::entity::{Entity, Reading, Shape, entities};
use crate::thing::Thing;

/// Longest text of a state, in characters. Home Assistant takes 255.
const MAX_TEXT: usize = 255;

/// The retained states of a device by their keys. What is not known is left out.
pub(crate) fn states(thing: &Thing) -> Vec<(String, String)> {
    let mut states = Vec::new();
    for entity in entities(thing) {
        let state = match &entity.shape {
            Shape::BinarySensor(reading) | Shape::Sensor(reading) => read(thing, reading),
            Shape::Switch(path) | Shape::Siren(path) => on_off(thing.value(path)),
            Shape::Light { on, .. } => on_off(thing.value(on)),
            Shape::Number { attribute, .. } => number(thing.value(attribute)),
            // A picture has no text, and what happens has no state.
            Shape::Event(_) | Shape::Image | Shape::Button(_) => None,
        };
        states.extend(state.map(|state| (entity.key.to_owned(), state)));
        states.extend(brightness(thing, entity));
    }
    states
}

fn brightness(thing: &Thing, entity: &Entity) -> Option<(String, String)> {
    let Shape::Light { brightness, .. } = &entity.shape else {
        return None;
    };
    Some((entity.brightness_key(), number(thing.value(brightness))?))
}

fn read(thing: &Thing, reading: &Reading) -> Option<String> {
    match reading {
        Reading::Truth(path) => on_off(thing.value(path)),
        Reading::Unless(path, rest) => {
            let word = thing.text(path).filter(|word| !word.is_empty())?;
            Some(truth(!word.eq_ignore_ascii_case(rest)))
        }
        Reading::Number(path) => number(thing.value(path)),
        Reading::Text(path) => {
            let text = thing.text(path)?;
            Some(text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect())
        }
        Reading::LastRecording => thing.seen.last_recording.map(|at| at.to_string()),
        Reading::RecordingsToday => thing.seen.today.map(|count| count.to_string()),
    }
}

fn truth(on: bool) -> String {
    if on { "ON" } else { "OFF" }.to_owned()
}

/// A truth, or a word that means one.
fn on_off(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Bool(on) => Some(truth(*on)),
        Value::String(word) if word.eq_ignore_ascii_case("on") => Some(truth(true)),
        Value::String(word) if word.eq_ignore_ascii_case("off") => Some(truth(false)),
        _ => None,
    }
}

/// A number. Some messages write it as text.
fn number(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => text
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(|number| number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use arlo_cameras::Kind;
    use serde_json::json;

    use super::*;
    use crate::thing::tests::thing;

    fn state(kind: Kind, attributes: Value, key: &str) -> Option<String> {
        let states = states(&thing(kind, attributes));
        states
            .into_iter()
            .find(|(found, _)| found == key)
            .map(|(_, state)| state)
    }

    #[test]
    fn each_attribute_becomes_a_payload() {
        for (kind, attributes, key, expected) in [
            (Kind::Camera, json!({"motionDetected": true}), "motion", Some("ON")),
            (Kind::Camera, json!({"motionDetected": "maybe"}), "motion", None),
            (Kind::Camera, json!({"batteryLevel": 80}), "battery", Some("80")),
            (Kind::Camera, json!({"batteryLevel": "80"}), "battery", Some("80")),
            (Kind::Camera, json!({"batteryLevel": "full"}), "battery", None),
            (Kind::Camera, json!({"batteryLevel": "inf"}), "battery", None),
            (Kind::Camera, json!({"chargingState": "Off"}), "charging", Some("OFF")),
            (
                Kind::Camera,
                json!({"chargingState": "Charging"}),
                "charging",
                Some("ON"),
            ),
            (
                Kind::Camera,
                json!({"activityState": "idle\u{1b}"}),
                "activity",
                Some("idle"),
            ),
            (Kind::Camera, json!({"privacyActive": true}), "privacy", Some("ON")),
            (Kind::Camera, json!({"brightness": -2}), "brightness", Some("-2")),
            (
                Kind::Camera,
                json!({"spotlight": {"enabled": true}}),
                "spotlight",
                Some("ON"),
            ),
            (
                Kind::Camera,
                json!({"spotlight": {"enabled": true}}),
                "spotlight_brightness",
                None,
            ),
            (
                Kind::Camera,
                json!({"spotlight": {"enabled": true, "intensity": 7}}),
                "spotlight_brightness",
                Some("7"),
            ),
            (Kind::Camera, json!({"sirenState": "on"}), "siren", Some("ON")),
            (
                Kind::Light,
                json!({"lampState": "off", "brightness": 9}),
                "lamp",
                Some("OFF"),
            ),
            (
                Kind::Light,
                json!({"lampState": "off", "brightness": 9}),
                "lamp_brightness",
                Some("9"),
            ),
            (Kind::Sensor, json!({"contactState": "open"}), "contact", Some("ON")),
            (Kind::Sensor, json!({"contactState": "closed"}), "contact", Some("OFF")),
            (Kind::Sensor, json!({"contactState": ""}), "contact", None),
            (Kind::Sensor, json!({"waterState": "dry"}), "water", Some("OFF")),
            (Kind::Sensor, json!({"tamperState": "tampered"}), "tamper", Some("ON")),
            (Kind::Sensor, json!({"temperature": 21.5}), "temperature", Some("21.5")),
        ] {
            assert_eq!(
                state(kind, attributes.clone(), key).as_deref(),
                expected,
                "{attributes}"
            );
        }
    }

    #[test]
    fn what_the_library_has_is_a_state() {
        let mut camera = thing(Kind::Camera, json!({}));
        assert_eq!(states(&camera), []);
        camera.seen.last_recording = Some("2026-11-26T12:00:00.5Z".parse().unwrap());
        camera.seen.today = Some(3);
        let expected = [("last_recording", "2026-11-26T12:00:00.5Z"), ("recordings_today", "3")];
        assert_eq!(
            states(&camera),
            expected.map(|(key, state)| (key.to_owned(), state.to_owned()))
        );
    }
}
