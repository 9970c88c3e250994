//! One device: what its record says, and its live properties.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// What kind of device it is, by `deviceType` and model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Base,
    Camera,
    Doorbell,
    Light,
    Sensor,
    /// The second record of a base station with a siren in it.
    Siren,
    Other,
}

impl Kind {
    fn of(device_type: &str) -> Self {
        match device_type {
            "basestation" | "arlobridge" | "hub" => Self::Base,
            "camera" | "arloq" | "arloqs" => Self::Camera,
            "doorbell" => Self::Doorbell,
            "lights" => Self::Light,
            "sensors" => Self::Sensor,
            "siren" => Self::Siren,
            _ => Self::Other,
        }
    }

    /// The first part of the device's resource in notify and in events. A base station has none.
    pub(crate) fn resource(self) -> Option<&'static str> {
        match self {
            Self::Camera => Some("cameras"),
            Self::Doorbell => Some("doorbells"),
            Self::Light => Some("lights"),
            Self::Sensor => Some("sensors"),
            Self::Siren => Some("siren"),
            Self::Base | Self::Other => None,
        }
    }

    /// Whether it has a lens.
    pub(crate) fn sees(self) -> bool {
        matches!(self, Self::Camera | Self::Doorbell)
    }
}

/// A running stream of a camera.
#[derive(Clone)]
pub(crate) struct Stream {
    /// The token in its URL.
    pub(crate) token: String,
    pub(crate) started: Timestamp,
    /// Since when it is recorded.
    pub(crate) recording: Option<Timestamp>,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("started", &self.started)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) model: String,
    /// The device to which messages for this one are addressed: its parent, or itself.
    pub(crate) gateway: String,
    pub(crate) xcloud: String,
    pub(crate) unique_id: String,
    record: Map<String, Value>,
    /// Whether the record left the names of the user to the cloud. Only then the cloud lists properties that the record
    /// does not have: what a test gives in full is listed as it is.
    filled_in: bool,
    properties: Map<String, Value>,
    /// Those that have changed since the start.
    changed: Map<String, Value>,
    pub(crate) offline: bool,
    /// Counts what the camera was told to do, so that a timer of an earlier act does not end a later one.
    pub(crate) acts: u64,
    pub(crate) stream: Option<Stream>,
    /// The URL path of the newest picture.
    pub(crate) last_image: Option<String>,
    pub(crate) media_count: u64,
}

impl Device {
    /// `None` for a record without an id: it is listed and does nothing.
    pub(crate) fn new(record: &Value, user_id: &str) -> Option<Self> {
        let mut record = record.as_object()?.clone();
        let text = |record: &Map<String, Value>, key: &str| record.get(key)?.as_str().map(str::to_owned);
        let id = text(&record, "deviceId")?;
        let kind = Kind::of(&text(&record, "deviceType").unwrap_or_default());
        let filled_in = !record.contains_key("uniqueId");
        if filled_in {
            record.insert("userId".to_owned(), user_id.into());
            record.insert("uniqueId".to_owned(), format!("{user_id}_{id}").into());
            record.insert("owner".to_owned(), json!({ "ownerId": user_id }));
        }
        let mut properties = live(kind);
        if let Some(known) = record.get("properties").and_then(Value::as_object) {
            merge(&mut properties, known);
        }
        Some(Self {
            kind,
            name: text(&record, "deviceName").unwrap_or_default(),
            model: text(&record, "modelId").unwrap_or_default(),
            gateway: text(&record, "parentId").unwrap_or_else(|| id.clone()),
            xcloud: text(&record, "xCloudId").unwrap_or_default(),
            unique_id: text(&record, "uniqueId").unwrap_or_default(),
            id,
            record,
            filled_in,
            properties,
            changed: Map::new(),
            offline: false,
            acts: 0,
            stream: None,
            last_image: None,
            media_count: 0,
        })
    }

    pub(crate) fn is_gateway(&self) -> bool {
        self.gateway == self.id && self.kind != Kind::Siren
    }

    /// Whether a person means it by this text: its id, or its name in any case.
    pub(crate) fn is_called(&self, text: &str) -> bool {
        self.id == text || self.name.to_lowercase() == text.to_lowercase()
    }

    pub(crate) fn properties(&self) -> &Map<String, Value> {
        &self.properties
    }

    pub(crate) fn property(&self, name: &str) -> Option<&Value> {
        self.properties.get(name)
    }

    /// Merges properties into the state, by key, objects in them too.
    pub(crate) fn set(&mut self, changed: &Map<String, Value>) {
        merge(&mut self.properties, changed);
        merge(&mut self.changed, changed);
    }

    pub(crate) fn resource(&self) -> Option<String> {
        Some(format!("{}/{}", self.kind.resource()?, self.id))
    }

    /// Its record in the device list. `awake`: whether it has its properties. It has none while nobody has registered
    /// with the hub of the device.
    pub(crate) fn listed(&self, awake: bool, topics: bool) -> Map<String, Value> {
        let mut record = self.record.clone();
        if self.filled_in {
            let listed = if awake { self.properties.clone() } else { Map::new() };
            record.insert("properties".to_owned(), listed.into());
        } else if !self.changed.is_empty() {
            let listed = record.entry("properties").or_insert_with(|| Map::new().into());
            if let Some(listed) = listed.as_object_mut() {
                merge(listed, &self.changed);
            }
        }
        if self.media_count > 0 {
            record.insert("mediaObjectCount".to_owned(), self.media_count.into());
        }
        if self.offline
            && let Some(connectivity) = record.get_mut("connectivity").and_then(Value::as_object_mut)
        {
            connectivity.insert("connected".to_owned(), false.into());
        }
        if topics {
            record.insert("allowedMqttTopics".to_owned(), self.topics().into());
        }
        record
    }

    /// The topic filters that Arlo lists for it.
    pub(crate) fn topics(&self) -> Vec<String> {
        let below = |what: &str| format!("d/{}/out/{what}/#", self.xcloud);
        let own = |kind: &str| below(&format!("{kind}/{}", self.id));
        let mut topics = Vec::new();
        match self.kind {
            Kind::Camera => topics.push(own("cameras")),
            // It sends its events by both names.
            Kind::Doorbell => topics.extend([own("doorbells"), own("cameras")]),
            Kind::Light => topics.push(own("lights")),
            Kind::Sensor => topics.push(own("sensors")),
            Kind::Siren => topics.push(own("siren")),
            Kind::Base | Kind::Other => {}
        }
        if self.is_gateway() {
            let all = [
                "basestation",
                "devices",
                "diagnostics",
                "modes",
                "siren",
                "subscriptions",
            ];
            topics.extend(all.map(below));
        }
        topics
    }
}

/// Merges `changed` into `known`: objects by key, anything else by replacement. An object in an object is merged once
/// more and no deeper: Arlo's properties go no deeper.
pub(crate) fn merge(known: &mut Map<String, Value>, changed: &Map<String, Value>) {
    for (key, value) in changed {
        match (known.get_mut(key).and_then(Value::as_object_mut), value.as_object()) {
            (Some(known), Some(changed)) => known.extend(changed.clone()),
            _ => {
                known.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The properties that a device of this kind has when the cloud starts.
fn live(kind: Kind) -> Map<String, Value> {
    let battery = json!({
        "batteryLevel": 87,
        "batteryTech": "Rechargeable",
        "chargerTech": "None",
        "chargingState": "Off",
        "connectionState": "available",
        "signalStrength": 4,
    });
    let more = match kind {
        Kind::Camera | Kind::Doorbell => json!({
            "activityState": "idle",
            "audioDetected": false,
            "brightness": 0,
            "flip": false,
            "mirror": false,
            "motionDetected": false,
            "motionSetupModeEnabled": false,
            "motionSetupModeSensitivity": 80,
            "nightVisionMode": 1,
            "powerSaveMode": 2,
            "privacyActive": false,
            "speaker": { "mute": false, "volume": 50 },
            "zoom": { "topleftx": 0, "toplefty": 0, "bottomrightx": 1280, "bottomrighty": 720 },
        }),
        Kind::Light => json!({ "brightness": 255, "colorMode": "white", "lampState": "off", "motionDetected": false }),
        Kind::Sensor => json!({
            "alsState": "bright",
            "contactState": "closed",
            "humidity": 45,
            "motionState": "idle",
            "tamperState": "notTampered",
            "temperature": 21.5,
            "waterState": "dry",
        }),
        Kind::Base => return Map::from_iter([("connectionState".to_owned(), "available".into())]),
        Kind::Siren => return Map::from_iter([("sirenState".to_owned(), "off".into())]),
        Kind::Other => return Map::new(),
    };
    [battery, more]
        .into_iter()
        .filter_map(|part| part.as_object().cloned())
        .flatten()
        .collect()
}
