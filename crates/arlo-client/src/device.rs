//! The devices of an account.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// A camera, base station, doorbell or other device.
///
/// Arlo adds new keys at any time. The keys that clients use are fields here, and [`raw`](Self::raw) has all of them.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct Device {
    /// Arlo's identifier, the serial number for most devices.
    pub device_id: String,
    /// The name that the owner gave it.
    pub name: Option<String>,
    /// The kind: `camera`, `basestation`, `doorbell` …
    pub device_type: Option<String>,
    /// The model number.
    pub model: Option<String>,
    /// `provisioned`, `removed` …
    pub state: Option<String>,
    /// The `device_id` of its base station, or its own if it has none.
    pub parent: Option<String>,
    /// Owner and device in one identifier.
    pub unique_id: Option<String>,
    #[serde(skip)]
    raw: Value,
}

impl Device {
    /// The device as Arlo describes it.
    #[must_use]
    pub fn raw(&self) -> &Value {
        &self.raw
    }

    /// A device of Arlo's list. A field of an unexpected type counts as absent.
    fn read(raw: &Value) -> Option<Self> {
        let text = |key: &str| raw.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            device_id: text("deviceId")?,
            name: text("deviceName"),
            device_type: text("deviceType"),
            model: text("modelId"),
            state: text("state"),
            parent: text("parentId"),
            unique_id: text("uniqueId"),
            raw: raw.clone(),
        })
    }
}

/// The devices in Arlo's list, without entries that have no identifier.
pub(crate) fn list(data: &Value) -> Option<Vec<Device>> {
    Some(data.as_array()?.iter().filter_map(Device::read).collect())
}

/// Omits the raw description, which is long and may contain addresses.
impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("device_id", &self.device_id)
            .field("name", &self.name)
            .field("device_type", &self.device_type)
            .field("model", &self.model)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unknown_keys_are_kept_and_odd_entries_left_out() {
        let data = json!([
            {"deviceId":"D1","deviceName":"Door","deviceType":"camera","modelId":"VMC4040P","state":"provisioned",
             "parentId":"B1","uniqueId":"U1_D1","properties":{"modelId":"x"}},
            {"deviceId":"D2","deviceName":7},
            {"deviceName":"nameless"}, null, "text",
        ]);
        let devices = list(&data).unwrap();
        assert_eq!(devices.len(), 2);
        assert_eq!(devices[0].name.as_deref(), Some("Door"));
        assert_eq!(devices[0].raw()["properties"]["modelId"], "x");
        assert_eq!(devices[1].name, None);
        let shown = serde_json::to_value(&devices[0]).unwrap();
        assert_eq!(shown["model"], "VMC4040P");
        assert_eq!(shown.get("raw"), None);
        assert!(list(&json!({})).is_none());
    }
}
