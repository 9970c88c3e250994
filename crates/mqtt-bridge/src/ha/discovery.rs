//! The messages by which Home Assistant learns of devices: one for each, with a component for each of its entities.
//!
//! Sources: Home Assistant's documentation of MQTT discovery, and the schemas of its MQTT integration. A message needs
//! `device` (with an identifier), `origin` (with a name) and `components`; each of these needs `platform`, and
//! `unique_id` so that it belongs to the device.

use std::collections::BTreeMap;

use arlo_cameras::Id;
use serde_json::{Map, Value, json};

use super::entity::{Entity, Shape, entities};
use super::mode;
use crate::thing::{Place, Thing};
use crate::topics::{BRIDGE, Topics, object};

/// The message about a device. `place`: its modes, if it has its own.
pub(crate) fn device(topics: &Topics, thing: &Thing, place: Option<&Place>, all: &BTreeMap<Id, Thing>) -> Value {
    let mut about = json!({
        "identifiers": [object(thing.id.as_str())],
        "name": thing.name,
        "manufacturer": "Arlo",
        "serial_number": thing.id,
    });
    put(
        &mut about,
        "model",
        (!thing.model.is_empty()).then(|| json!(thing.model)),
    );
    put(
        &mut about,
        "sw_version",
        thing.text("firmwareVersion").map(|version| json!(version)),
    );
    let base = all.get(&thing.gateway).filter(|base| base.id != thing.id);
    put(
        &mut about,
        "via_device",
        base.map(|base| json!(object(base.id.as_str()))),
    );
    let mut components = Map::new();
    for entity in entities(thing) {
        components.insert(entity.key.to_owned(), component(topics, thing, entity));
    }
    components.extend(place.into_iter().flat_map(|place| modes(topics, place)));
    message(topics, thing.id.as_str(), &about, &components)
}

/// The message about a location, which is a device with modes only.
pub(crate) fn location(topics: &Topics, place: &Place) -> Value {
    let about = json!({
        "identifiers": [object(place.id.as_str())],
        "name": place.name,
        "manufacturer": "Arlo",
        "model": "Location",
    });
    message(topics, place.id.as_str(), &about, &modes(topics, place).collect())
}

/// The message about the bridge itself, whose name is that of its connection.
pub(crate) fn bridge(topics: &Topics, client: &str) -> Value {
    let component = |key: &str, more: Value| {
        let mut component = more;
        put(
            &mut component,
            "unique_id",
            Some(json!(format!("{}_{key}", object(client)))),
        );
        put(&mut component, "state_topic", Some(json!(topics.state(BRIDGE, key))));
        put(&mut component, "entity_category", Some(json!("diagnostic")));
        (key.to_owned(), component)
    };
    json!({
        "device": { "identifiers": [object(client)], "name": "arlo-relay", "model": "MQTT bridge",
            "sw_version": env!("CARGO_PKG_VERSION") },
        "origin": origin(),
        "availability": [{ "topic": topics.status() }],
        "components": Map::from_iter([
            component("stream", json!({ "platform": "binary_sensor", "name": "Event stream", "device_class": "connectivity" })),
            component("last_event", json!({ "platform": "sensor", "name": "Last event", "device_class": "timestamp" })),
        ]),
    })
}

/// Who writes the messages, for Home Assistant's log.
fn origin() -> Value {
    json!({ "name": "arlo-relay", "sw_version": env!("CARGO_PKG_VERSION") })
}

fn message(topics: &Topics, id: &str, about: &Value, components: &Map<String, Value>) -> Value {
    json!({
        "device": about,
        "origin": origin(),
        "availability_mode": "all",
        "availability": [{ "topic": topics.status() }, { "topic": topics.availability(id) }],
        "components": components,
    })
}

fn put(object: &mut Value, key: &str, value: Option<Value>) {
    if let (Value::Object(object), Some(value)) = (object, value) {
        object.insert(key.to_owned(), value);
    }
}

/// The component of one entity.
fn component(topics: &Topics, thing: &Thing, entity: &Entity) -> Value {
    let id = thing.id.as_str();
    let mut component = json!({
        "platform": entity.shape.platform(),
        "unique_id": format!("{}_{}", object(id), entity.key),
        "name": entity.name,
    });
    let state = ("state_topic", json!(topics.state(id, entity.key)));
    let command = ("command_topic", json!(topics.command(id, entity.key)));
    let brightness = entity.brightness_key();
    let keys = match &entity.shape {
        Shape::BinarySensor(_) | Shape::Sensor(_) => vec![state],
        Shape::Event(types) => vec![state, ("event_types", json!(types))],
        Shape::Image => vec![("image_topic", json!(topics.state(id, entity.key)))],
        Shape::Switch(_) => vec![state, command],
        Shape::Light { scale, .. } => vec![
            state,
            command,
            ("brightness_state_topic", json!(topics.state(id, &brightness))),
            ("brightness_command_topic", json!(topics.command(id, &brightness))),
            ("brightness_scale", json!(scale)),
        ],
        // Without a template, Home Assistant sends JSON.
        Shape::Siren(_) => vec![
            state,
            command,
            ("command_template", json!("{{ value }}")),
            ("support_duration", json!(false)),
            ("support_volume_set", json!(false)),
        ],
        Shape::Number { least, most, .. } => {
            vec![
                state,
                command,
                ("min", json!(least)),
                ("max", json!(most)),
                ("step", json!(1)),
            ]
        }
        Shape::Button(_) => vec![command],
    };
    for (key, value) in keys.into_iter().chain(entity.more()) {
        put(&mut component, key, Some(value));
    }
    component
}

/// The components of the modes.
fn modes<'a>(topics: &'a Topics, place: &'a Place) -> impl Iterator<Item = (String, Value)> + 'a {
    let all = [(mode::SELECT, mode::select(place)), (mode::ALARM, mode::panel(place))];
    all.into_iter().filter_map(move |(key, component)| {
        let (id, mut component) = (place.id.as_str(), component?);
        put(
            &mut component,
            "unique_id",
            Some(json!(format!("{}_{key}", object(id)))),
        );
        put(&mut component, "state_topic", Some(json!(topics.state(id, key))));
        put(&mut component, "command_topic", Some(json!(topics.command(id, key))));
        Some((key.to_owned(), component))
    })
}

#[cfg(test)]
mod tests {
    use arlo_cameras::Kind;

    use super::*;
    use crate::ha::mode::tests::place;
    use crate::thing::tests::{id, thing};

    fn topics() -> Topics {
        Topics::new("homeassistant".parse().unwrap(), "arlo-relay".parse().unwrap())
    }

    #[test]
    fn a_camera_is_announced_with_its_base_and_its_entities() {
        let camera = thing(
            Kind::Camera,
            json!({"motionDetected": false, "brightness": 0, "firmwareVersion": "1.2"}),
        );
        let mut base = thing(Kind::Base, json!({}));
        base.id = id("B1");
        let all = BTreeMap::from([(id("B1"), base.clone()), (id("D1"), camera.clone())]);
        let message = device(&topics(), &camera, None, &all);
        assert_eq!(
            message["device"],
            json!({
                "identifiers": ["arlo_D1"], "name": "Front door", "manufacturer": "Arlo", "serial_number": "D1",
                "model": "VMC4030P", "sw_version": "1.2", "via_device": "arlo_B1",
            })
        );
        assert_eq!(
            message["availability"],
            json!([{"topic": "arlo-relay/status"}, {"topic": "arlo-relay/D1/availability"}])
        );
        assert_eq!(
            message["components"]["motion"],
            json!({
                "platform": "binary_sensor", "unique_id": "arlo_D1_motion", "name": "Motion", "device_class": "motion",
                "state_topic": "arlo-relay/D1/motion", "off_delay": 60,
            })
        );
        assert_eq!(
            message["components"]["brightness"]["command_topic"],
            "arlo-relay/D1/brightness/set"
        );
        assert_eq!(message["components"]["picture"]["image_topic"], "arlo-relay/D1/picture");
        let alone = device(&topics(), &base, None, &all);
        assert!(alone["device"].get("via_device").is_none(), "it is its own base");
    }

    #[test]
    fn modes_belong_to_their_base_or_are_a_device_of_their_own() {
        let home = place(&[("standby", "Stand by"), ("armAway", "Away")], None);
        let message = location(&topics(), &home);
        assert_eq!(message["device"]["model"], "Location");
        assert_eq!(message["components"]["mode"]["options"], json!(["Stand by", "Away"]));
        assert_eq!(
            message["components"]["alarm"]["command_topic"],
            "arlo-relay/L1/alarm/set"
        );
        let base = thing(Kind::Base, json!({}));
        let message = device(&topics(), &base, Some(&home), &BTreeMap::new());
        assert!(message["components"].get("alarm").is_some());
    }

    /// What Home Assistant's schemas demand of every message, and of a component of each platform.
    #[test]
    fn every_component_has_what_home_assistant_demands() {
        let everything = json!({
            "motionDetected": false, "audioDetected": false, "motionState": "idle", "contactState": "open",
            "waterState": "dry", "tamperState": "x", "temperature": 1, "humidity": 1, "airQuality": 1,
            "batteryLevel": 1, "chargingState": "Off", "signalStrength": 1, "activityState": "idle",
            "privacyActive": false, "brightness": 0, "spotlight": {"enabled": true}, "floodlight": {"on": true},
            "nightLight": {"enabled": true}, "sirenState": "off", "lampState": "off",
        });
        let mut seen = Vec::new();
        for kind in [Kind::Base, Kind::Camera, Kind::Doorbell, Kind::Light] {
            let message = device(&topics(), &thing(kind, everything.clone()), None, &BTreeMap::new());
            assert!(message["origin"]["name"].is_string() && message["device"]["identifiers"][0].is_string());
            for (key, component) in message["components"].as_object().unwrap() {
                let platform = component["platform"].as_str().unwrap();
                let needed: &[&str] = match platform {
                    "binary_sensor" | "sensor" => &["state_topic"],
                    "event" => &["state_topic", "event_types"],
                    "image" => &["image_topic"],
                    "button" => &["command_topic"],
                    _ => &["state_topic", "command_topic"],
                };
                for needed in needed.iter().chain(&["unique_id", "name"]) {
                    assert!(component.get(*needed).is_some(), "{key} has no {needed}");
                }
                let is_setting = component.get("entity_category") == Some(&json!("config"));
                assert!(
                    !(is_setting && platform.contains("sensor")),
                    "Home Assistant refuses {key}"
                );
                seen.push(key.clone());
            }
        }
        for key in crate::ha::keys() {
            let is_no_component = key.ends_with("_brightness") || ["availability", "mode", "alarm"].contains(&&*key);
            assert!(is_no_component || seen.contains(&key), "{key} is never announced");
        }
    }
}
