//! The house of [`User::house`](crate::User::house): one of each kind of device, and modes.
//!
//! The shapes are those of Arlo's device list and automation definitions. What belongs to the user (`userId`,
//! `uniqueId`, `owner`) and the live properties are filled in by [`Account`](crate::account::Account).

use serde_json::{Value, json};

/// The hub. Its siren is listed once more with the same id, as Arlo does.
const HUB: &str = "48B4597VD0001";
/// The camera that is its own gateway.
const DRIVE: &str = "A0P4041PA0001";

pub(crate) fn devices() -> Vec<Value> {
    let hub = |id: &str, kind: &str, model: &str, name: &str| device(id, HUB, "SIM0-0001-0001", kind, model, name);
    vec![
        hub(HUB, "basestation", "VMB4540", "Home"),
        hub(HUB, "siren", "VMB4540-siren", "Home siren"),
        hub("52M1897PA0001", "camera", "VMC4030P", "Front door"),
        hub("52M1897PA0002", "camera", "VMC4030P", "Garden"),
        hub("9K11937PA0001", "doorbell", "AVD1001", "Front bell"),
        hub("6T21977PA0001", "lights", "AL1101", "Path light"),
        hub("7S31987PA0001", "sensors", "MS1001", "Back door"),
        device(DRIVE, DRIVE, "SIM0-0001-0002", "camera", "VMC4041P", "Drive"),
    ]
}

/// Another camera of the hub, as `Camera 7`.
pub(crate) fn camera(number: u16) -> Value {
    let (id, name) = (format!("52M18C{number:05}"), format!("Camera {number}"));
    device(&id, HUB, "SIM0-0001-0001", "camera", "VMC4030P", &name)
}

fn device(id: &str, gateway: &str, xcloud: &str, kind: &str, model: &str, name: &str) -> Value {
    let mut record = json!({
        "deviceId": id,
        "parentId": gateway,
        "deviceType": kind,
        "deviceName": name,
        "modelId": model,
        "userRole": "ADMIN",
        "xCloudId": xcloud,
        "state": "provisioned",
        "lastModified": 1_790_000_000_000_u64,
        "firmwareVersion": "1.26.15.0_34_1189",
        "interfaceVersion": "3",
        "mediaObjectCount": 0,
        "connectivity": { "type": if id == gateway && kind == "camera" { "wifi" } else { "ethernet" }, "connected": true },
        "properties": { "modelId": model, "hwVersion": "r1", "olsonTimeZone": "Etc/UTC" },
    });
    if id == HUB && kind == "basestation" {
        // Arlo names no parent of a base station.
        if let Some(record) = record.as_object_mut() {
            record.remove("parentId");
        }
    }
    record
}

pub(crate) fn modes() -> Vec<Value> {
    vec![
        json!({ "id": "mode0", "name": "", "type": "disarmed" }),
        json!({ "id": "mode1", "name": "", "type": "armed" }),
        json!({ "id": "mode2", "name": "Night", "type": "custom" }),
    ]
}

pub(crate) fn schedules() -> Vec<Value> {
    let days = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
    vec![json!({
        "id": "schedule.1",
        "name": "Working days",
        "enabled": true,
        "schedule": [{
            "days": days,
            "startTime": 0,
            "duration": 1440,
            "startActions": { "enableModes": ["mode1"] },
        }],
    })]
}
