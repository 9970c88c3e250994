//! The shapes are those of the recorded messages that the clients of Arlo publish.

use serde_json::json;

use super::*;
use crate::MediaKind;

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

/// The properties for one device or location.
fn patch<'a>(message: &'a Message, of: &str) -> &'a Map<String, Value> {
    &message.patches.iter().find(|(id, _)| *id == of).unwrap().1
}

#[test]
fn motion_sound_ring_and_activity_have_events_of_their_own() {
    let message = read(json!({
        "action": "is", "from": "B1", "to": "U1_web", "resource": "cameras/C1", "transId": "B1!1a2b!1790000000000",
        "properties": {"motionDetected": true, "audioDetected": "False", "activityState": "alertStreamActive",
            "batteryLevel": 71},
    }));
    assert_eq!(message.transaction.as_deref(), Some("B1!1a2b!1790000000000"));
    assert_eq!(
        message.events[0],
        Event::Motion {
            device: id("C1"),
            active: true
        }
    );
    assert_eq!(
        message.events[1],
        Event::Sound {
            device: id("C1"),
            active: false
        }
    );
    assert_eq!(
        message.events[2],
        Event::Activity {
            device: id("C1"),
            state: "alertStreamActive".into()
        }
    );
    assert_eq!(patch(&message, "C1")["batteryLevel"], 71);

    let ring = read(json!({"resource": "doorbells/D1", "action": "is", "properties": {"buttonPressed": true}}));
    assert_eq!(ring.events[0], Event::Ring { device: id("D1") });
}

#[test]
fn a_base_is_reachable_when_it_answers() {
    for raw in [
        json!({"resource": "subscriptions/U1_web", "action": "is", "from": "B1", "properties": {"devices": ["B1"]}}),
        json!({"resource": "basestation", "action": "is", "from": "B1", "properties": {}}),
        json!({"resource": "basestation", "from": "B1", "properties": {"connectionState": "available"}}),
        json!({"resource": "basestation", "from": "X", "properties": [{"serialNumber": "B1"}]}),
    ] {
        let message = read(raw.clone());
        assert!(message.events.contains(&Event::Reachable { device: id("B1") }), "{raw}");
    }
    let away = read(json!({"resource": "basestation", "from": "B1", "properties": {"connectionState": "unavailable"}}));
    assert!(!away.events.contains(&Event::Reachable { device: id("B1") }));
    assert_eq!(patch(&away, "B1")["connectionState"], "unavailable");
}

#[test]
fn modes_of_three_generations_are_read() {
    let first = json!({"action": "is", "from": "B1", "resource": "modes", "properties": {"active": "mode1"}});
    let second = json!({"resource": "activeAutomations",
        "B1": {"activeModes": ["mode1"], "activeSchedules": [], "timestamp": 1_790_000_000_000_i64}});
    let third = json!({"resource": "automation/activeMode", "locationId": "L1", "action": "is",
        "properties": {"properties": {"mode": "armAway"}, "revision": 7}});
    let custom = json!({"resource": "automation/activeMode", "locationId": "L1", "action": "is",
        "properties": {"properties": {"mode": "custom", "custom": {"B1": "uuid-1"}}, "revision": 8}});
    for (raw, at, mode, revision) in [
        (first, "B1", "mode1", None),
        (second, "B1", "mode1", None),
        (third, "L1", "armAway", Some(7)),
        (custom, "L1", "uuid-1", Some(8)),
    ] {
        let message = read(raw);
        let expected = Event::Mode {
            at: id(at),
            mode: Some(mode.into()),
            schedule: None,
            revision,
        };
        assert_eq!(message.events, [expected]);
        assert_eq!(patch(&message, at)["activeMode"], mode);
    }
    let scheduled = read(json!({"resource": "activeAutomations",
        "B1": {"activeModes": [], "activeSchedules": ["schedule.1"]}}));
    assert_eq!(
        patch(&scheduled, "B1")["activeMode"],
        Value::Null,
        "the mode is not known from this"
    );
    assert_eq!(patch(&scheduled, "B1")["activeSchedule"], "schedule.1");
}

#[test]
fn the_children_of_a_hub_are_read_at_once() {
    let message = read(
        json!({"action": "is", "from": "B1", "resource": "devices", "transId": "web!1", "devices": {
            "C1": {"properties": {"batteryLevel": 90}, "states": {}},
            "C2": {"properties": {"batteryLevel": 40}}, "../C3": {"properties": {"batteryLevel": 1}}, "C4": 7,
        }}),
    );
    assert_eq!(patch(&message, "C1")["batteryLevel"], 90);
    assert_eq!(patch(&message, "C2")["batteryLevel"], 40);
    assert_eq!(message.patches.len(), 2);
}

#[test]
fn both_forms_of_a_picture_are_read_and_neither_is_an_attribute() {
    for (action, key) in [
        ("fullFrameSnapshotAvailable", "presignedFullFrameSnapshotUrl"),
        ("lastImageSnapshotAvailable", "presignedLastImageUrl"),
    ] {
        let message = read(json!({"action": action, "resource": "cameras/C1",
            "properties": {key: "https://media.example/x.jpg?sig=SECRET"}}));
        assert!(matches!(&message.events[0], Event::Picture { url, .. } if url.expose().ends_with("SECRET")));
        assert_eq!((message.events.len(), message.patches.len()), (1, 0));
        assert!(!format!("{message:?}").contains("SECRET"));
    }
}

#[test]
fn a_recording_comes_twice_and_a_picture_is_told_by_its_url() {
    let begun = read(
        json!({"resource": "mediaUploadNotification", "deviceId": "C1", "createdDate": "20261125",
        "presignedThumbnailUrl": "https://media.example/U1/recordings/1_thumb.jpg?s"}),
    );
    let ended = read(
        json!({"resource": "mediaUploadNotification", "deviceId": "C1", "recordingStopped": true,
        "presignedContentUrl": "https://media.example/U1/recordings/1.mp4?s", "mediaObjectCount": 5}),
    );
    let as_text = read(
        json!({"resource": "mediaUploadNotification", "deviceId": "C1", "recordingStopped": "True",
        "presignedContentUrl": "https://media.example/U1/recordings/1.mp4?s"}),
    );
    let picture = read(json!({"resource": "mediaUploadNotification", "deviceId": "C1",
        "presignedContentUrl": "https://media.example/U1/snapshots/1.jpg?s"}));
    let media = |message: &Message| match message.events.last() {
        Some(Event::Media(media)) => (media.kind, media.complete, media.url.is_some()),
        other => panic!("{other:?}"),
    };
    assert_eq!(media(&begun), (MediaKind::Recording, false, false));
    assert_eq!(media(&ended), (MediaKind::Recording, true, true));
    assert_eq!(media(&as_text), (MediaKind::Recording, true, true));
    assert_eq!(media(&picture), (MediaKind::Picture, true, true));
    assert_eq!(patch(&ended, "C1")["mediaObjectCount"], 5);
}

#[test]
fn what_arlo_found_in_a_recording_is_named() {
    let message = read(
        json!({"resource": "feedNotification", "type": "motion", "deviceId": "C1",
        "objCategory": "Person", "objCategories": ["Person", "Animal"], "utcCreatedDate": 1_790_000_000_000_i64}),
    );
    assert!(matches!(&message.events[..], [Event::Detected { objects, .. }] if objects == &["Person", "Animal"]));
}

#[test]
fn errors_logouts_and_hints_are_read() {
    let fault = read(json!({"resource": "cameras/C1", "transId": "web!1",
        "properties": {"error": {"code": "4006", "message": "no"}}}));
    assert_eq!(
        fault.events,
        [Event::Fault {
            device: id("C1"),
            code: Some(4006)
        }]
    );
    let refusal = json!({"code": 4006, "message": "no"});
    for raw in [
        json!({"resource": "cameras/C1", "error": refusal}),
        json!({"resource": "cameras/C1", "error": refusal, "properties": {}}),
        json!({"resource": "cameras/C1", "properties": {"stateChangeReason": refusal}}),
    ] {
        assert_eq!(read(raw).events, fault.events);
    }
    let refused = read(json!({"resource": "cameras/C1",
        "properties": {"activityState": "idle", "stateChangeReason": refusal}}));
    assert!(refused.events.contains(&fault.events[0]));
    assert_eq!(patch(&refused, "C1").keys().collect::<Vec<_>>(), ["activityState"]);
    assert_eq!(read(json!({"action": "logout"})).events, [Event::LoggedOut]);
    assert_eq!(read(json!({"status": "connected"})).events, []);
    assert_eq!(
        read(json!({"resource": "automationRevisionUpdate"})).events,
        [Event::ModesOutdated]
    );
    assert_eq!(
        read(json!({"resource": "cameras/C1/states", "states": {}})).events,
        [Event::ModesOutdated]
    );
}

#[test]
fn what_is_not_known_is_handed_on_as_it_came() {
    for raw in [
        json!({"resource": "toasters/T1", "properties": {"brown": true}}),
        json!({"resource": "cameras/C1/ambientSensors/history", "properties": {"payload": []}}),
        json!({"resource": "cameras/../x", "properties": {}}),
        json!({"resource": "activeAutomations"}),
        json!({"resource": 7}),
        json!({}),
        json!([1, 2]),
        json!("text"),
        json!(null),
    ] {
        assert_eq!(read(raw.clone()).events, [Event::Other(raw)]);
    }
}

proptest::proptest! {
    #[test]
    fn no_json_makes_it_panic(text in r#"[\{\}\[\]":,a-z0-9/]{0,64}"#, resource in "(cameras|modes|devices|basestation)(/[a-z0-9/]{0,9})?") {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            let _ = read(value.clone());
            let _ = read(json!({"resource": resource, "from": "B1", "properties": value}));
        }
    }
}
