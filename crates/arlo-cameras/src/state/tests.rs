use std::time::Duration;

use serde_json::json;

use super::*;
use crate::{device, message};

fn state() -> State {
    let list = json!([
        {"deviceId": "B1", "deviceType": "basestation", "modelId": "VMB4540"},
        {"deviceId": "C1", "deviceType": "camera", "modelId": "VMC4030P", "parentId": "B1",
         "properties": {"batteryLevel": 80}},
    ]);
    State {
        devices: device::list(&list).unwrap(),
        ..State::default()
    }
}

fn apply(state: &mut State, raw: Value, now: Instant) -> Vec<Change> {
    state.apply(&mut message::read(raw), now).0
}

/// Takes over a list that was asked for now.
fn relist(state: &mut State, list: &Value) -> Relisted {
    let asked = state.moment();
    state.relist(device::list(list).unwrap(), asked, Instant::now())
}

fn motion(active: bool) -> Value {
    json!({"resource": "cameras/C1", "action": "is", "properties": {"motionDetected": active}})
}

#[tokio::test(start_paused = true)]
async fn a_message_changes_what_it_names_and_no_more() {
    let (mut state, now) = (state(), Instant::now());
    let changes = apply(&mut state, motion(true), now);
    assert_eq!(changes.len(), 1);
    assert_eq!(
        (changes[0].attribute.as_str(), &changes[0].new),
        ("motionDetected", &json!(true))
    );
    assert_eq!(apply(&mut state, motion(true), now), [], "nothing is different");
    assert_eq!(state.devices["C1"].battery(), Some(80));
}

#[tokio::test(start_paused = true)]
async fn a_motion_whose_end_is_lost_ends_after_a_minute() {
    let (mut state, start) = (state(), Instant::now());
    apply(&mut state, motion(true), start);
    let at = |seconds| start + Duration::from_secs(seconds);
    // Seen again: the minute begins again, although nothing changed.
    apply(&mut state, motion(true), at(30));
    assert_eq!(state.end(at(61)), []);
    assert_eq!(state.next_ending(), Some(at(90)));
    let mut ended = state.end(at(90));
    assert_eq!(
        ended[0].events,
        [Event::Motion {
            device: Id::parse("C1").unwrap(),
            active: false
        }]
    );
    assert_eq!(state.apply(&mut ended[0], at(90)).0[0].new, json!(false));
    assert_eq!(state.next_ending(), None);

    apply(&mut state, motion(true), at(100));
    apply(&mut state, motion(false), at(101));
    assert_eq!(state.next_ending(), None, "its end came");
}

#[tokio::test(start_paused = true)]
async fn a_list_without_properties_loses_nothing() {
    let mut state = state();
    let list = json!([
        {"deviceId": "C1", "deviceType": "camera", "modelId": "VMC4030P", "deviceName": "Gate", "properties": {}},
        {"deviceId": "C2", "deviceType": "camera", "modelId": "VMC4030P"},
    ]);
    let Relisted { changes, has_new, .. } = relist(&mut state, &list);
    assert_eq!(state.devices["C1"].battery(), Some(80));
    assert_eq!(state.devices.len(), 3, "a camera was added");
    assert!(has_new && !relist(&mut state, &list).has_new);
    assert_eq!((changes.len(), changes[0].attribute.as_str()), (1, "deviceName"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_asked_for_before_an_event_does_not_undo_it() {
    let (mut state, start) = (state(), Instant::now());
    let listed = json!([{"deviceId": "C1", "deviceType": "camera", "modelId": "VMC4030P", "parentId": "B1",
        "properties": {"motionDetected": false, "batteryLevel": 79}}]);
    let answer = json!({"resource": "devices", "transId": "web!1", "devices": {"C1": {"properties":
        {"motionDetected": false, "batteryLevel": 78, "signalStrength": 3}}}});
    let active = |state: &State| state.devices["C1"].attributes["motionDetected"].clone();

    let asked = state.moment();
    state.asks("web!1");
    apply(&mut state, motion(true), start);
    let changes = state.relist(device::list(&listed).unwrap(), asked, start).changes;
    assert_eq!((changes.len(), changes[0].attribute.as_str()), (1, "batteryLevel"));
    let changes = apply(&mut state, answer, start);
    let changed: Vec<&str> = changes.iter().map(|change| change.attribute.as_str()).collect();
    assert_eq!(changed, ["batteryLevel", "signalStrength"]);
    assert_eq!(active(&state), json!(true));
    assert!(state.next_ending().is_some());
    // An older answer does not undo a newer one either.
    let changes = state.relist(device::list(&listed).unwrap(), asked, start).changes;
    assert_eq!(changes, []);

    // What is asked for after the event is newer.
    assert_eq!(relist(&mut state, &listed).changes.len(), 2);
    assert_eq!(active(&state), json!(false));
}

#[tokio::test(start_paused = true)]
async fn what_an_old_answer_says_of_a_newer_event_is_told_to_nobody() {
    let (mut state, now) = (state(), Instant::now());
    let mode = |mode: &str, transaction: &str| {
        message::read(
            json!({"resource": "modes", "from": "B1", "action": "is", "transId": transaction,
            "properties": {"active": mode}}),
        )
    };
    state.asks("web!1");
    state.apply(&mut mode("mode1", "B1!7"), now);
    let mut old = mode("mode0", "web!1");
    assert_eq!((state.apply(&mut old, now).0, old.events), (Vec::new(), Vec::new()));
    assert_eq!(state.devices["B1"].text("activeMode"), Some("mode1"));
    // An end by time that a new beginning overtakes.
    apply(&mut state, motion(true), now);
    let later = now + Duration::from_secs(60);
    let mut ended = state.end(later);
    apply(&mut state, motion(true), later);
    assert_eq!(state.apply(&mut ended[0], later).0, []);
    assert_eq!(ended[0].events, []);
    assert!(state.next_ending().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_motion_that_a_list_tells_ends_too() {
    let list = json!([{"deviceId": "C1", "deviceType": "camera", "modelId": "VMC4030P",
        "properties": {"motionDetected": true}}]);
    let end = Some(Instant::now() + Duration::from_secs(60));
    let first = State::new(device::list(&list).unwrap(), BTreeMap::new(), Instant::now());
    assert_eq!(first.next_ending(), end);
    for mut state in [state(), State::default()] {
        relist(&mut state, &list);
        assert_eq!(state.next_ending(), end);
    }
}

#[test]
fn a_device_is_gone_when_two_lists_leave_it_out() {
    let mut state = state();
    let mut relist = |ids: &[&str]| {
        let list = ids
            .iter()
            .map(|id| json!({"deviceId": id, "deviceType": "camera", "modelId": "VMC4030P"}));
        let is_whole = relist(&mut state, &list.collect()).is_whole;
        let known: Vec<String> = state.devices.keys().map(ToString::to_string).collect();
        (known.join(" "), is_whole)
    };
    assert_eq!(relist(&[]), ("B1 C1".into(), false), "Arlo's fault");
    assert_eq!(relist(&["C1"]), ("B1 C1".into(), false));
    assert_eq!(relist(&[]), ("B1 C1".into(), false));
    assert_eq!(relist(&["B1"]), ("B1 C1".into(), false), "the base is back");
    assert_eq!(relist(&["B1", "C1"]), ("B1 C1".into(), true));
    assert_eq!(relist(&["C1"]), ("B1 C1".into(), false));
    assert_eq!(relist(&["C1", "C2"]), ("C1 C2".into(), true));
}

#[test]
fn a_device_that_is_heard_elsewhere_is_like_a_new_one() {
    let mut state = state();
    let list = |base: &str, topics: &[&str]| {
        json!([{"deviceId": "C1", "deviceType": "camera", "modelId": "VMC4030P", "parentId": base,
            "xCloudId": "X1", "allowedMqttTopics": topics}])
    };
    for (base, topics, expected) in [
        ("B1", &["d/X1/out/a"][..], true),
        ("B1", &["d/X1/out/a"], false),
        ("B1", &["d/X1/out/a", "d/X1/out/b"], true),
        ("B2", &["d/X1/out/a", "d/X1/out/b"], true),
    ] {
        assert_eq!(
            relist(&mut state, &list(base, topics)).has_new,
            expected,
            "{base} {topics:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_doorbell_reports_a_motion_by_being_there() {
    let doorbell = |model: &str| json!({"deviceId": "D1", "deviceType": "doorbell", "modelId": model});
    let house = |model: &str| {
        State::new(
            device::list(&json!([doorbell(model)])).unwrap(),
            BTreeMap::new(),
            Instant::now(),
        )
    };
    let now = Instant::now();
    let hear = |state: &mut State, resource: &str, properties: Value| {
        let raw = json!({"resource": resource, "from": "D1", "action": "is", "properties": properties});
        let mut message = message::read(raw);
        state.apply(&mut message, now);
        let motion = |event: &Event| matches!(event, Event::Motion { active: true, .. });
        message.events.iter().any(motion)
    };
    let there = || json!({"connectionState": "available"});

    let mut old = house("AAD1001");
    assert!(hear(&mut old, "doorbells/D1", there()));
    assert_eq!(old.devices["D1"].attributes["motionDetected"], true);
    let end = now + Duration::from_secs(60);
    assert_eq!(old.next_ending(), Some(end));
    for mut message in old.end(end) {
        old.apply(&mut message, end);
    }
    assert_eq!(old.devices["D1"].attributes["motionDetected"], false);
    assert!(hear(&mut old, "doorbells/D1", there()), "again");
    let dump = json!({"connectionState": "available", "batteryLevel": 80});
    assert!(!hear(&mut old, "doorbells/D1", dump));
    // It was away.
    hear(&mut old, "doorbells/D1", json!({"connectionState": "unavailable"}));
    assert!(!hear(&mut old, "doorbells/D1", there()));
    // It tells motions by their name.
    hear(&mut old, "doorbells/D1", json!({"motionDetected": false}));
    assert!(!hear(&mut old, "doorbells/D1", there()));

    assert!(!hear(&mut house("AVD1001"), "doorbells/D1", there()));
    assert!(!hear(&mut house("AAD1001"), "basestation", there()));
}

#[tokio::test(start_paused = true)]
async fn a_device_that_is_not_listed_is_noticed() {
    let raw = json!({"resource": "cameras/C9", "properties": {"motionDetected": true}});
    let (changes, is_unlisted) = state().apply(&mut message::read(raw), Instant::now());
    assert!(changes.is_empty() && is_unlisted);
}
