//! Devices: what each is, which gateway speaks for it, and what it said last.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Id;
use crate::attributes::{Attributes, merge};

/// The most devices of an account.
const MAX_DEVICES: usize = 1024;
/// The most topics that a device may name.
const MAX_TOPICS: usize = 256;
/// Keys of the device record itself that are kept as attributes.
const RECORD_ATTRIBUTES: [&str; 4] = [
    "connectivity",
    "firmwareVersion",
    "interfaceVersion",
    "mediaObjectCount",
];
/// Models that are cameras and their own base.
const OWN_BASE: [&str; 20] = [
    "AVD1001", "AVD2001", "AVD3001", "AVD4001", "FB1001", "FLW2001", "VMC4041", "VMC4060", "VMC4070", "VMC4072",
    "VMC2030", "VMC2032", "VMC2040", "VMC2050", "VMC2052", "VMC2060", "VMC3050", "VMC3052", "VMC3060", "VML2030",
];

/// What a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// A base station, hub or bridge.
    Base,
    /// A camera. It can be its own base, see [`Device::is_base`].
    Camera,
    /// A doorbell. Those of the models `AVD…` have a camera.
    Doorbell,
    /// A light.
    Light,
    /// A sensor.
    Sensor,
    /// A siren.
    Siren,
    /// A chime.
    Chime,
    /// Anything else.
    Other,
}

impl Kind {
    fn read(device_type: &str, model: &str) -> Self {
        match device_type {
            "basestation" | "arlobridge" | "hub" => Self::Base,
            "doorbell" => Self::Doorbell,
            _ if model.starts_with("AVD") => Self::Doorbell,
            "camera" | "arloq" | "arloqs" => Self::Camera,
            _ if model.starts_with("VML4030") => Self::Camera,
            "lights" | "light" => Self::Light,
            "sensors" | "sensor" => Self::Sensor,
            "siren" => Self::Siren,
            "chime" => Self::Chime,
            _ => Self::Other,
        }
    }

    /// The name, as in `--json`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Camera => "camera",
            Self::Doorbell => "doorbell",
            Self::Light => "light",
            Self::Sensor => "sensor",
            Self::Siren => "siren",
            Self::Chime => "chime",
            Self::Other => "other",
        }
    }
}

/// One device with its merged state.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Device {
    /// Arlo's identifier.
    pub id: Id,
    /// The name that the owner gave it, or its identifier.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Arlo's own word for it: `camera`, `basestation`, `arloq` …
    pub device_type: String,
    /// The model number.
    pub model: String,
    /// The device that speaks for it: its base station, or the device itself.
    pub gateway: Id,
    /// Whether other devices, or its own modes, hang off it.
    pub is_base: bool,
    /// What it said of itself, by name.
    pub attributes: Attributes,
    /// Owner and device in one.
    #[serde(skip)]
    pub(crate) unique_id: String,
    /// The address of its gateway in Arlo's cloud.
    #[serde(skip)]
    pub(crate) cloud_id: String,
    #[serde(skip)]
    pub(crate) topics: Vec<String>,
}

impl Device {
    /// Whether it takes pictures.
    #[must_use]
    pub fn has_camera(&self) -> bool {
        self.kind == Kind::Camera || (self.kind == Kind::Doorbell && self.model.starts_with("AVD"))
    }

    /// Charge of the battery in percent; `None` without a battery, or where it is not known.
    #[must_use]
    pub fn battery(&self) -> Option<i64> {
        let level = self.attributes.get("batteryLevel")?;
        level.as_i64().or_else(|| level.as_str()?.parse().ok())
    }

    /// Strength of the radio signal, 0 to 4 on most models.
    #[must_use]
    pub fn signal(&self) -> Option<i64> {
        let strength = self.attributes.get("signalStrength")?;
        strength.as_i64().or_else(|| strength.as_str()?.parse().ok())
    }

    /// An attribute that is text.
    #[must_use]
    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute)?.as_str()
    }

    /// Whether it may be asked every two minutes whether it is there. That would drain a battery.
    pub(crate) fn may_be_registered(&self) -> bool {
        if self.gateway != self.id {
            return false;
        }
        let is_mains = ["ABC1000", "AVD1001"].iter().any(|model| self.model.starts_with(model));
        if self.kind == Kind::Base || matches!(self.device_type.as_str(), "arloq" | "arloqs") || is_mains {
            return true;
        }
        let powered = |text: &str| !text.eq_ignore_ascii_case("none") && !text.is_empty();
        self.is_base && self.text("chargerTech").is_some_and(powered)
    }

    /// What decides where it is heard.
    pub(crate) fn heard_at(&self) -> (&Id, &str, &[String]) {
        (&self.gateway, &self.cloud_id, &self.topics)
    }

    /// Whether it tells the state of the devices behind it when it is asked.
    pub(crate) fn lists_children(&self) -> bool {
        matches!(self.device_type.as_str(), "basestation" | "arlobridge")
    }

    /// Whether its modes are its own: those of the first generation.
    pub(crate) fn has_first_modes(&self) -> bool {
        matches!(self.device_type.as_str(), "arloq" | "arloqs")
            || ["ABC1000", "VML4030"].iter().any(|model| self.model.starts_with(model))
    }

    /// A record of Arlo's list. A field of an unexpected type counts as absent.
    fn read(raw: &Value) -> Option<Self> {
        let text = |key: &str| raw.get(key).and_then(Value::as_str).unwrap_or_default();
        let id = Id::parse(text("deviceId"))?;
        let empty = Map::new();
        let properties = raw.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let model = match text("modelId") {
            "" => properties.get("modelId").and_then(Value::as_str).unwrap_or_default(),
            model => model,
        };
        let device_type = text("deviceType").to_ascii_lowercase();
        let kind = Kind::read(&device_type, model);
        let parent = Id::parse(text("parentId")).unwrap_or_else(|| id.clone());
        let is_own = parent == id;
        let is_base = kind == Kind::Base
            || matches!(device_type.as_str(), "arloq" | "arloqs")
            || ["ABC1000", "VML4030"].iter().any(|own| model.starts_with(own))
            || (is_own && OWN_BASE.iter().any(|own| model.starts_with(own)));
        let mut record: Map<String, Value> = RECORD_ATTRIBUTES
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), raw.get(*key)?.clone())))
            .collect();
        record.extend(properties.iter().map(|(key, value)| (key.clone(), value.clone())));
        let mut attributes = Attributes::new();
        merge(&mut attributes, &record);
        let topics = raw.get("allowedMqttTopics").and_then(Value::as_array);
        let topics = topics.into_iter().flatten().filter_map(Value::as_str).take(MAX_TOPICS);
        let name = printable(text("deviceName"));
        Some(Self {
            name: if name.is_empty() { id.to_string() } else { name },
            kind,
            model: printable(model),
            gateway: parent,
            is_base,
            attributes,
            unique_id: text("uniqueId").to_owned(),
            cloud_id: text("xCloudId").to_owned(),
            topics: topics.map(str::to_owned).collect(),
            device_type: printable(&device_type),
            id,
        })
    }
}

/// The text without control characters, which could move the cursor of a terminal.
pub(crate) fn printable(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(128).collect();
    text.trim().to_owned()
}

/// The devices in Arlo's list that are in use. A base with a siren is listed twice, and kept once.
pub(crate) fn list(data: &Value) -> Option<BTreeMap<Id, Device>> {
    let mut devices = BTreeMap::<Id, Device>::new();
    for raw in data.as_array()?.iter().take(MAX_DEVICES) {
        let state = raw.get("state").and_then(Value::as_str);
        if !matches!(state, None | Some("provisioned" | "synced")) {
            continue;
        }
        let Some(device) = Device::read(raw) else {
            tracing::debug!("a device without a usable identifier is left out");
            continue;
        };
        match devices.get(&device.id) {
            Some(known) if known.kind != Kind::Siren || device.kind == Kind::Siren => {}
            _ => drop(devices.insert(device.id.clone(), device)),
        }
    }
    Some(devices)
}

#[cfg(test)]
mod tests;
