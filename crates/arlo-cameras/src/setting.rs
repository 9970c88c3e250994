//! The attributes that can be set, what each takes, and how a change is written.

use serde_json::{Map, Value, json};

use crate::attributes::normal;
use crate::device::{Device, Kind};
use crate::hub::Hub;
use crate::notify::{Message, Outcome, confirmed, fault, send, transaction};
use crate::{Error, ErrorKind, Event};

/// How long a siren sounds, and how loud, unless the device is told otherwise.
const SIREN_SECONDS: u32 = 180;
const SIREN_VOLUME: u32 = 8;

/// What an attribute takes.
#[derive(Debug, Clone, Copy)]
enum Takes {
    /// `true` or `false`.
    Truth,
    /// A whole number, both ends included.
    Number(i64, i64),
    /// One of some words.
    Word(&'static [&'static str]),
    /// Text of at most 32 characters.
    Text,
    /// A JSON object.
    Object,
}

/// Which devices have it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum On {
    Camera,
    Doorbell,
    Light,
    Siren,
}

/// An attribute that can be set. A dot leads into an object: the rest of that stays as it is.
#[derive(Debug, Clone, Copy)]
struct Setting(&'static str, On, Takes);

const SETTINGS: [Setting; 33] = [
    Setting("privacyActive", On::Camera, Takes::Truth),
    Setting("brightness", On::Camera, Takes::Number(-2, 2)),
    Setting("flip", On::Camera, Takes::Truth),
    Setting("mirror", On::Camera, Takes::Truth),
    Setting("nightVisionMode", On::Camera, Takes::Number(0, 1)),
    Setting("powerSaveMode", On::Camera, Takes::Number(1, 3)),
    Setting("zoom", On::Camera, Takes::Object),
    Setting("motionSetupModeEnabled", On::Camera, Takes::Truth),
    Setting("motionSetupModeSensitivity", On::Camera, Takes::Number(0, 100)),
    Setting("spotlight.enabled", On::Camera, Takes::Truth),
    Setting("spotlight.intensity", On::Camera, Takes::Number(0, 100)),
    Setting("floodlight.on", On::Camera, Takes::Truth),
    Setting("floodlight.brightness1", On::Camera, Takes::Number(0, 100)),
    Setting("floodlight.brightness2", On::Camera, Takes::Number(0, 100)),
    Setting("nightLight.enabled", On::Camera, Takes::Truth),
    Setting("nightLight.brightness", On::Camera, Takes::Number(0, 255)),
    Setting(
        "nightLight.mode",
        On::Camera,
        Takes::Word(&["rgb", "temperature", "rainbow"]),
    ),
    Setting("nightLight.temperature", On::Camera, Takes::Text),
    Setting("nightLight.rgb", On::Camera, Takes::Object),
    Setting("speaker.mute", On::Camera, Takes::Truth),
    Setting("speaker.volume", On::Camera, Takes::Number(0, 100)),
    Setting("silentMode.active", On::Doorbell, Takes::Truth),
    Setting("silentMode.call", On::Doorbell, Takes::Truth),
    Setting("silentMode.chimes", On::Doorbell, Takes::Object),
    Setting("lampState", On::Light, Takes::Word(&["on", "off"])),
    Setting("brightness", On::Light, Takes::Number(0, 255)),
    Setting("colorMode", On::Light, Takes::Text),
    Setting("single", On::Light, Takes::Text),
    Setting("multi", On::Light, Takes::Object),
    Setting("pattern", On::Light, Takes::Text),
    Setting("flash", On::Light, Takes::Text),
    Setting("duration", On::Light, Takes::Number(0, 3600)),
    Setting("sirenState", On::Siren, Takes::Word(&["on", "off"])),
];

impl On {
    fn has(self, device: &Device) -> bool {
        match self {
            Self::Camera => device.has_camera(),
            Self::Doorbell => device.kind == Kind::Doorbell,
            Self::Light => device.kind == Kind::Light,
            Self::Siren => device.kind == Kind::Siren || device.kind == Kind::Base || device.has_camera(),
        }
    }
}

/// The names of the attributes that can be set on the device.
#[must_use]
pub fn settable(device: &Device) -> Vec<&'static str> {
    let settings = SETTINGS.iter().filter(|setting| setting.1.has(device));
    settings.map(|setting| setting.0).collect()
}

/// What is sent.
#[derive(Debug, PartialEq)]
struct Change {
    resource: String,
    properties: Map<String, Value>,
    /// The attribute, the key within it, and the value that confirms the change.
    attribute: &'static str,
    key: Option<&'static str>,
    value: Value,
}

/// Sets the attribute, and waits until the device says so.
pub(crate) async fn set(hub: &Hub, device: &Device, attribute: &str, value: &Value) -> Result<Outcome, Error> {
    let change = change(device, attribute, value)?;
    let message = Message::set(change.resource.clone(), change.properties.clone());
    let transaction = transaction()?;
    let call = send(hub, device, &message, &transaction);
    confirmed(hub, Some(device), call, |update| {
        if let Some(error) = fault(update, device, &transaction) {
            return Some(Err(error));
        }
        let is_answer = update.transaction.as_deref() == Some(&*transaction);
        let mut reported = update.events.iter().filter_map(|event| match event {
            Event::Properties { device: of, properties } if *of == device.id => properties.get(change.attribute),
            _ => None,
        });
        match reported.next() {
            Some(value) => change.is_made_in(value).then_some(Ok(())),
            // An answer without properties only says that the message came.
            None => is_answer.then_some(Ok(())),
        }
    })
    .await
}

impl Change {
    fn is_made_in(&self, reported: &Value) -> bool {
        let reported = normal(reported);
        match self.key {
            Some(key) => reported.get(key) == Some(&self.value),
            None => reported == self.value,
        }
    }
}

/// Checks the attribute and the value, and writes the change.
fn change(device: &Device, attribute: &str, value: &Value) -> Result<Change, Error> {
    let mut settings = SETTINGS.iter().filter(|setting| setting.1.has(device));
    let Some(Setting(name, on, takes)) = settings.find(|setting| setting.0 == attribute) else {
        let known = settable(device).join(", ");
        let kind = device.kind.as_str();
        let message = if known.is_empty() {
            format!("{}, a {kind}, has no attribute that can be set", device.name)
        } else {
            format!(
                "{}, a {kind}, has no attribute {attribute:?} that can be set: it has {known}",
                device.name
            )
        };
        return Err(Error::new(ErrorKind::UnknownAttribute, message));
    };
    let value = takes.read(name, value)?;
    let (outer, key) = match name.split_once('.') {
        Some((outer, key)) => (outer, Some(key)),
        None => (*name, None),
    };
    let written = match key {
        Some(key) => json!({ key: value }),
        None => value.clone(),
    };
    let mut properties = Map::from_iter([(outer.to_owned(), written)]);
    let resource = match on {
        On::Siren => {
            if value == "on" {
                properties.insert("duration".to_owned(), SIREN_SECONDS.into());
                properties.insert("volume".to_owned(), SIREN_VOLUME.into());
                properties.insert("pattern".to_owned(), "alarm".into());
            }
            if device.kind == Kind::Base {
                "siren".to_owned()
            } else {
                format!("siren/{}", device.id)
            }
        }
        On::Camera => format!("cameras/{}", device.id),
        On::Doorbell => format!("doorbells/{}", device.id),
        On::Light => format!("lights/{}", device.id),
    };
    Ok(Change {
        resource,
        properties,
        attribute: outer,
        key,
        value,
    })
}

impl Takes {
    /// The value in Arlo's form. Text is read as a number or a truth where one is wanted, as a command line gives it.
    fn read(self, name: &str, value: &Value) -> Result<Value, Error> {
        let text = value.as_str().map(str::trim);
        let read = match self {
            Self::Truth => match text {
                Some("on" | "true" | "yes") => Some(json!(true)),
                Some("off" | "false" | "no") => Some(json!(false)),
                _ => value.as_bool().map(Value::Bool),
            },
            Self::Number(least, most) => {
                let number = value.as_i64().or_else(|| text?.parse().ok());
                number.filter(|number| (least..=most).contains(number)).map(Value::from)
            }
            Self::Word(words) => {
                let word = match value {
                    Value::Bool(true) => Some("on"),
                    Value::Bool(false) => Some("off"),
                    _ => text,
                };
                words.iter().find(|known| Some(**known) == word).map(|word| json!(word))
            }
            Self::Text => text
                .filter(|text| !text.is_empty() && text.chars().count() <= 32 && !text.chars().any(char::is_control))
                .map(|text| json!(text)),
            Self::Object => match (value, text) {
                (Value::Object(_), _) => Some(value.clone()),
                (_, Some(text)) => serde_json::from_str(text).ok().filter(Value::is_object),
                _ => None,
            },
        };
        read.ok_or_else(|| {
            let wanted = match self {
                Self::Truth => "true or false".to_owned(),
                Self::Number(least, most) => format!("a whole number from {least} to {most}"),
                Self::Word(words) => words.join(" or "),
                Self::Text => "a text of 1 to 32 characters".to_owned(),
                Self::Object => "a JSON object".to_owned(),
            };
            Error::new(ErrorKind::InvalidValue, format!("{name} takes {wanted}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device;

    fn device(device_type: &str, model: &str) -> Device {
        let list = json!([{"deviceId": "D1", "deviceType": device_type, "modelId": model, "parentId": "B1",
            "deviceName": "Front door"}]);
        device::list(&list).unwrap().into_values().next().unwrap()
    }

    #[test]
    fn a_change_is_written_as_the_device_takes_it() {
        let camera = device("camera", "VMC4030P");
        let light = device("lights", "AL1101");
        for (of, attribute, value, resource, properties) in [
            (
                &camera,
                "brightness",
                json!("-1"),
                "cameras/D1",
                json!({"brightness": -1}),
            ),
            (
                &camera,
                "privacyActive",
                json!("on"),
                "cameras/D1",
                json!({"privacyActive": true}),
            ),
            (
                &camera,
                "spotlight.intensity",
                json!(50),
                "cameras/D1",
                json!({"spotlight": {"intensity": 50}}),
            ),
            (
                &light,
                "brightness",
                json!(255),
                "lights/D1",
                json!({"brightness": 255}),
            ),
            (
                &light,
                "lampState",
                json!(true),
                "lights/D1",
                json!({"lampState": "on"}),
            ),
            (
                &camera,
                "sirenState",
                json!("on"),
                "siren/D1",
                json!({"sirenState": "on", "duration": 180, "volume": 8, "pattern": "alarm"}),
            ),
            (
                &device("basestation", "VMB4540"),
                "sirenState",
                json!("off"),
                "siren",
                json!({"sirenState": "off"}),
            ),
            (
                &device("doorbell", "AAD1001"),
                "silentMode.active",
                json!("true"),
                "doorbells/D1",
                json!({"silentMode": {"active": true}}),
            ),
            (
                &camera,
                "zoom",
                json!("{\"topleftx\": 1}"),
                "cameras/D1",
                json!({"zoom": {"topleftx": 1}}),
            ),
        ] {
            let change = change(of, attribute, &value).unwrap();
            assert_eq!(
                (change.resource.as_str(), Value::from(change.properties)),
                (resource, properties)
            );
        }
    }

    #[test]
    fn an_unknown_attribute_and_a_wrong_value_are_named() {
        let camera = device("camera", "VMC4030P");
        let error = change(&camera, "colour", &json!(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownAttribute);
        let text = error.to_string();
        assert!(
            text.contains("Front door") && text.contains("\"colour\"") && text.contains("brightness"),
            "{text}"
        );
        for (attribute, value, wanted) in [
            ("brightness", json!(3), "from -2 to 2"),
            ("brightness", json!("bright"), "from -2 to 2"),
            ("flip", json!(1), "true or false"),
            ("sirenState", json!("loud"), "on or off"),
            ("zoom", json!("big"), "JSON object"),
        ] {
            let error = change(&camera, attribute, &value).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidValue);
            assert!(error.to_string().contains(wanted), "{error}");
        }
        let error = change(&device("sensors", "MS1001"), "x", &json!(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownAttribute);
    }

    #[test]
    fn a_change_is_confirmed_also_by_text_and_by_a_part() {
        let camera = device("camera", "VMC4030P");
        let flip = change(&camera, "flip", &json!(true)).unwrap();
        assert!(flip.is_made_in(&json!("True")) && !flip.is_made_in(&json!(false)));
        let spotlight = change(&camera, "spotlight.enabled", &json!(true)).unwrap();
        assert!(spotlight.is_made_in(&json!({"enabled": "True", "intensity": 5})));
        assert!(!spotlight.is_made_in(&json!({"intensity": 5})));
    }
}
