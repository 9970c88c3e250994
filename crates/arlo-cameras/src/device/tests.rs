use serde_json::json;

use super::*;

fn read(raw: &Value) -> Device {
    Device::read(raw).unwrap()
}

#[test]
fn a_device_is_told_by_its_type_and_its_model() {
    for (device_type, model, parent, kind, is_base) in [
        ("basestation", "VMB4540", "D1", Kind::Base, true),
        ("arlobridge", "ABB1000", "D1", Kind::Base, true),
        ("hub", "VMB5000", "D1", Kind::Base, true),
        ("camera", "VMC4030P", "B1", Kind::Camera, false),
        ("camera", "VMC2040", "D1", Kind::Camera, true),
        ("camera", "VMC2040", "B1", Kind::Camera, false),
        ("arloq", "VMC3040", "D1", Kind::Camera, true),
        ("camera", "ABC1000", "D1", Kind::Camera, true),
        ("camera", "VML4030", "D1", Kind::Camera, true),
        ("doorbell", "AAD1001", "B1", Kind::Doorbell, false),
        ("camera", "AVD2001", "D1", Kind::Doorbell, true),
        ("lights", "AL1101", "B1", Kind::Light, false),
        ("sensors", "MS1001", "B1", Kind::Sensor, false),
        ("siren", "VMB5000-siren", "D1", Kind::Siren, false),
        ("chime", "AC2001", "B1", Kind::Chime, false),
        ("toaster", "T1", "D1", Kind::Other, false),
    ] {
        let device = read(&json!({"deviceId": "D1", "deviceType": device_type, "modelId": model, "parentId": parent}));
        assert_eq!((device.kind, device.is_base), (kind, is_base), "{device_type} {model}");
        assert_eq!(device.gateway, parent);
    }
}

#[test]
fn a_base_with_a_siren_is_kept_once_and_a_removed_device_not_at_all() {
    let base = json!({"deviceId": "B1", "deviceType": "basestation", "modelId": "VMB5000", "state": "provisioned"});
    let siren = json!({"deviceId": "B1", "deviceType": "siren", "modelId": "VMB5000-siren", "state": "provisioned"});
    let gone = json!({"deviceId": "C1", "deviceType": "camera", "state": "removed"});
    let odd = json!({"deviceId": "../x", "deviceType": "camera"});
    for order in [[&base, &siren], [&siren, &base]] {
        let list = list(&json!([order[0], order[1], gone, odd, null, 7])).unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!(list.values().next().unwrap().kind, Kind::Base);
    }
    assert!(list(&json!({})).is_none());
}

#[test]
fn a_battery_is_left_asleep() {
    for (device_type, model, parent, charger, expected) in [
        ("basestation", "VMB4540", "D1", json!(null), true),
        ("camera", "VMC2040", "D1", json!(null), false),
        ("camera", "VMC2040", "D1", json!("None"), false),
        ("camera", "VMC2040", "D1", json!("Regular"), true),
        ("camera", "VMC4030P", "B1", json!("Regular"), false),
        ("arloq", "VMC3040", "D1", json!(null), true),
        ("camera", "ABC1000", "D1", json!(null), true),
        ("doorbell", "AVD1001", "D1", json!(null), true),
        ("doorbell", "AVD2001", "D1", json!(null), false),
        ("toaster", "T1", "D1", json!("Regular"), false),
    ] {
        let device = read(&json!({
            "deviceId": "D1", "deviceType": device_type, "modelId": model, "parentId": parent,
            "properties": {"chargerTech": charger},
        }));
        assert_eq!(device.may_be_registered(), expected, "{device_type} {model} {charger}");
    }
}

#[test]
fn a_name_cannot_move_the_cursor_and_numbers_may_be_text() {
    let device = read(&json!({
        "deviceId": "D1", "deviceType": "camera", "modelId": "VMC4030P", "deviceName": "\u{1b}[2JDoor\n",
        "properties": {"batteryLevel": "77", "signalStrength": 3}, "presignedLastImageUrl": "https://x/SECRET",
    }));
    assert_eq!(device.name, "[2JDoor");
    assert_eq!((device.battery(), device.signal()), (Some(77), Some(3)));
    assert!(!serde_json::to_string(&device).unwrap().contains("SECRET"));
    assert_eq!(read(&json!({"deviceId": "D1"})).name, "D1");
}
