//! What a message to `…/set` asks for: an action, or why there is none.
//!
//! Whoever may publish to the broker writes these messages. Only what the device's entity offers is accepted.

use serde_json::{Value, json};

use super::entity::{Press, Shape, entities};
use super::mode;
use crate::thing::{Place, Thing};

/// Longest payload, in bytes: the name of a mode.
pub(crate) const MAX_PAYLOAD: usize = 512;
/// The payload of a button.
const PRESS: &str = "PRESS";

/// What to do with a device.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Set an attribute.
    Set { attribute: &'static str, value: Value },
    /// Take a picture.
    Picture,
    /// Restart a base.
    Restart,
    /// Choose the mode of this identifier.
    Mode(String),
}

/// The action of a message about the entity `key`.
///
/// # Errors
/// What is wrong with it, without the payload.
pub(crate) fn command(
    thing: Option<&Thing>,
    place: Option<&Place>,
    key: &str,
    payload: &[u8],
) -> Result<Action, &'static str> {
    if payload.len() > MAX_PAYLOAD {
        return Err("its payload is too long");
    }
    let payload = std::str::from_utf8(payload).map_err(|_| "its payload is no text")?;
    if let Some(place) = place.filter(|_| matches!(key, mode::SELECT | mode::ALARM)) {
        let mode = mode::chosen(place, key, payload).ok_or("there is no such mode")?;
        return Ok(Action::Mode(mode.to_owned()));
    }
    let thing = thing.ok_or("there is no such entity")?;
    for entity in entities(thing) {
        match &entity.shape {
            Shape::Light { brightness, scale, .. } if entity.brightness_key() == key => {
                return number(brightness, payload, 0, *scale);
            }
            _ if entity.key != key => {}
            Shape::Switch(attribute) | Shape::Siren(attribute) | Shape::Light { on: attribute, .. } => {
                let value = json!(truth(payload)?);
                return Ok(Action::Set { attribute, value });
            }
            Shape::Number { attribute, least, most } => return number(attribute, payload, *least, *most),
            Shape::Button(press) if payload == PRESS => {
                return Ok(match press {
                    Press::Picture => Action::Picture,
                    Press::Restart => Action::Restart,
                });
            }
            Shape::Button(_) => return Err("a button takes PRESS"),
            Shape::BinarySensor(_) | Shape::Sensor(_) | Shape::Event(_) | Shape::Image => {
                return Err("it cannot be changed");
            }
        }
    }
    Err("there is no such entity")
}

fn truth(payload: &str) -> Result<bool, &'static str> {
    match payload {
        "ON" => Ok(true),
        "OFF" => Ok(false),
        _ => Err("it takes ON or OFF"),
    }
}

/// A whole number, also with a fraction of zeros, as some automations write it.
fn number(attribute: &'static str, payload: &str, least: i64, most: i64) -> Result<Action, &'static str> {
    let whole = match payload.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => payload,
    };
    let number = whole
        .parse::<i64>()
        .ok()
        .filter(|number| (least..=most).contains(number));
    let value = json!(number.ok_or("it takes a whole number, within the range of the entity")?);
    Ok(Action::Set { attribute, value })
}

#[cfg(test)]
mod tests {
    use arlo_cameras::Kind;

    use super::*;
    use crate::ha::mode::tests::place;
    use crate::thing::tests::thing;

    fn camera() -> Thing {
        thing(
            Kind::Camera,
            json!({
                "privacyActive": false, "brightness": 0, "motionDetected": false, "sirenState": "off",
                "spotlight": {"enabled": false, "intensity": 50},
            }),
        )
    }

    fn set(attribute: &'static str, value: impl Into<Value>) -> Action {
        Action::Set {
            attribute,
            value: value.into(),
        }
    }

    #[test]
    fn a_message_asks_for_one_action() {
        let camera = camera();
        let light = thing(Kind::Light, json!({"lampState": "off", "brightness": 9}));
        let base = thing(Kind::Base, json!({}));
        for (thing, key, payload, action) in [
            (&camera, "privacy", "ON", set("privacyActive", true)),
            (&camera, "privacy", "OFF", set("privacyActive", false)),
            (&camera, "brightness", "-2", set("brightness", -2)),
            (&camera, "brightness", "1.0", set("brightness", 1)),
            (&camera, "spotlight", "ON", set("spotlight.enabled", true)),
            (&camera, "spotlight_brightness", "100", set("spotlight.intensity", 100)),
            (&camera, "siren", "ON", set("sirenState", true)),
            (&camera, "snapshot", "PRESS", Action::Picture),
            (&light, "lamp", "ON", set("lampState", true)),
            (&light, "lamp_brightness", "255", set("brightness", 255)),
            (&base, "restart", "PRESS", Action::Restart),
        ] {
            assert_eq!(command(Some(thing), None, key, payload.as_bytes()), Ok(action), "{key}");
        }
        let home = place(&[("mode1", "armed")], None);
        assert_eq!(
            command(None, Some(&home), "alarm", b"ARM_AWAY"),
            Ok(Action::Mode("mode1".to_owned()))
        );
        assert_eq!(
            command(Some(&base), Some(&home), "mode", b"armed"),
            Ok(Action::Mode("mode1".to_owned()))
        );
    }

    #[test]
    fn anything_else_asks_for_nothing() {
        let (camera, home) = (camera(), place(&[("mode1", "armed")], None));
        let long = "O".repeat(MAX_PAYLOAD + 1);
        for (key, payload) in [
            ("privacy", "on"),
            ("privacy", "true"),
            ("privacy", ""),
            ("privacy", "ON "),
            ("privacy", &long),
            ("privacy", "\u{0}"),
            ("brightness", "3"),
            ("brightness", "-3"),
            ("brightness", "0.5"),
            ("brightness", "1e0"),
            ("brightness", ""),
            ("brightness", "99999999999999999999"),
            ("spotlight_brightness", "101"),
            ("spotlight_brightness", "-1"),
            ("snapshot", "press"),
            ("snapshot", ""),
            ("restart", "PRESS"),
            ("motion", "ON"),
            ("picture", "x"),
            ("lamp", "ON"),
            ("nothing", "ON"),
            ("", ""),
            ("alarm", "ARM_HOME"),
            ("alarm", "ARM_NIGHT"),
            ("mode", "Armed"),
            ("mode", "mode1"),
        ] {
            let refused = command(Some(&camera), Some(&home), key, payload.as_bytes());
            assert!(refused.is_err(), "{key} {payload}");
        }
        assert!(command(Some(&camera), None, "privacy", b"\xff").is_err());
        assert!(command(None, None, "privacy", b"ON").is_err());
        assert!(command(Some(&camera), None, "mode", b"armed").is_err());
    }
}
