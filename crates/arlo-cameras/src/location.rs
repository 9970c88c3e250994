//! Locations: on accounts of the third generation a mode belongs to a location, not to a base.
//!
//! Arlo answers with several lists in which the same location can stand, and with the gateways of devices that others
//! share. They are merged, one for each identifier.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::Id;
use crate::attributes::Attributes;
use crate::device::printable;

/// The lists in Arlo's answer.
const LISTS: [&str; 3] = ["userLocations", "ownedLocations", "sharedLocations"];
/// The most locations, and the most gateways of one.
const MAX: usize = 256;

/// One location.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Location {
    /// Arlo's identifier.
    pub id: Id,
    /// The name that the owner gave it, or its identifier.
    pub name: String,
    /// The devices that belong to it, as Arlo lists them: `<device>` or `<owner>_<device>`.
    #[serde(skip)]
    pub(crate) gateways: Vec<String>,
    /// Its `activeMode`, and the `revision` of that.
    pub attributes: Attributes,
}

impl Location {
    /// Whether the device, with this gateway, is at the location.
    #[must_use]
    pub fn has(&self, gateway: &Id) -> bool {
        self.gateways.iter().any(|listed| {
            let rest = listed.strip_suffix(gateway.as_str());
            rest.is_some_and(|owner| owner.is_empty() || owner.ends_with('_'))
        })
    }
}

/// The locations in Arlo's answer.
pub(crate) fn list(data: &Value) -> BTreeMap<Id, Location> {
    let mut locations = BTreeMap::<Id, Location>::new();
    let entries = LISTS.iter().filter_map(|list| data.get(*list)?.as_array()).flatten();
    for raw in entries.take(MAX) {
        let text = |key: &str| raw.get(key).and_then(Value::as_str).unwrap_or_default();
        let Some(id) = Id::parse(text("locationId")) else {
            continue;
        };
        let location = locations.entry(id.clone()).or_insert_with(|| Location {
            name: id.to_string(),
            id,
            gateways: Vec::new(),
            attributes: Attributes::new(),
        });
        let name = printable(text("locationName"));
        if !name.is_empty() {
            location.name = name;
        }
        let gateways = raw.get("gatewayDeviceIds").and_then(Value::as_array);
        for gateway in gateways.into_iter().flatten().filter_map(Value::as_str).take(MAX) {
            if !location.gateways.iter().any(|known| known == gateway) {
                location.gateways.push(gateway.to_owned());
            }
        }
    }
    locations
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_are_merged_and_gateways_found_by_their_end() {
        let data = json!({
            "userLocations": [{"locationId": "L1", "locationName": "Home", "gatewayDeviceIds": ["U1_B1"]}],
            "ownedLocations": [{"locationId": "L1", "gatewayDeviceIds": ["B2", "U1_B1"]}],
            "sharedLocations": [{"locationId": "L2", "locationName": "Cabin", "gatewayDeviceIds": ["U9_B3"]}, {}, 7],
        });
        let locations = list(&data);
        let at = |location: &str, gateway: &str| locations[location].has(&Id::parse(gateway).unwrap());
        assert_eq!(locations.len(), 2);
        assert_eq!(locations["L1"].name, "Home");
        assert!(at("L1", "B1") && at("L1", "B2") && !at("L1", "B3") && at("L2", "B3"));
        assert!(!at("L1", "1"), "a part of an identifier is another device");
        assert!(list(&json!([])).is_empty());
    }
}
