//! Modes: per gateway in the second generation, per location in the third.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

/// What a gateway does at present.
#[derive(Debug, Clone, Default)]
pub(crate) struct Active {
    pub(crate) modes: Vec<Value>,
    pub(crate) schedules: Vec<Value>,
    pub(crate) timestamp: i64,
}

impl Active {
    pub(crate) fn event(&self) -> Value {
        json!({ "activeModes": self.modes, "activeSchedules": self.schedules, "timestamp": self.timestamp })
    }
}

/// The mode of a location, and the number of its last change.
#[derive(Debug, Clone)]
pub(crate) struct LocationMode {
    pub(crate) properties: Map<String, Value>,
    pub(crate) revision: u64,
}

#[derive(Debug)]
pub(crate) struct Modes {
    /// By the gateway's id.
    pub(crate) active: HashMap<String, Active>,
    pub(crate) location: LocationMode,
}

impl Modes {
    /// Every gateway in the first mode, the location in standby.
    pub(crate) fn new(gateways: impl Iterator<Item = String>, modes: &[Value], now: i64) -> Self {
        let first = modes.first().and_then(|mode| mode.get("id")).cloned();
        let active = Active {
            modes: first.into_iter().collect(),
            schedules: Vec::new(),
            timestamp: now,
        };
        Self {
            active: gateways.map(|gateway| (gateway, active.clone())).collect(),
            location: LocationMode {
                properties: Map::from_iter([("mode".to_owned(), "standby".into())]),
                revision: 1,
            },
        }
    }
}

impl LocationMode {
    /// The answer to a read.
    pub(crate) fn read(&self) -> Value {
        json!({ "properties": self.properties, "revision": self.revision, "source": "web" })
    }
}

/// The names of the modes of a location: the three of every account, and the account's own modes per gateway.
pub(crate) fn location_modes(custom: &[Value], gateways: &[String]) -> Value {
    let own = |mode: &Value| {
        let id = mode.get("id")?.as_str()?.to_owned();
        let name = mode.get("name")?.as_str().filter(|name| !name.is_empty())?;
        Some((id, json!({ "name": name })))
    };
    let own: Map<String, Value> = custom.iter().filter_map(own).collect();
    let per_gateway: Map<String, Value> = gateways
        .iter()
        .map(|gateway| (gateway.clone(), own.clone().into()))
        .collect();
    json!({
        "modes": { "properties": {
            "standby": { "name": "Stand By" },
            "armHome": { "name": "Arm Home" },
            "armAway": { "name": "Arm Away" },
        }},
        "customModes": { "properties": per_gateway },
    })
}
