//! What Arlo answers and tells about the cameras of an account, a line each: what it is, and its JSON.
//!
//! `devices`, `locations` and `event` change a house, and so does `later`, by as many seconds; `library`, `modes` and
//! `stream` are answers of their own. Any other line is a part of a stream of server-sent events.

#![no_main]

use std::time::Duration;

use arlo_cameras::testing::{self, House};
use arlo_cameras::{Change, redacted};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// The most attributes of a device.
const MAX_ATTRIBUTES: usize = 512;

fn hear(house: &mut House, what: &str, json: &str) {
    let value = || serde_json::from_str::<Value>(json).ok();
    let changes = match what {
        "later" => house.later(Duration::from_secs(json.parse::<u16>().unwrap_or_default().into())),
        "devices" => {
            let Some(answer) = value() else { return };
            assert!(!redacted(&answer).to_string().contains("://"));
            house.list(&answer)
        }
        "locations" => {
            if let Some(answer) = value() {
                house.locate(&answer);
            }
            return;
        }
        "event" => {
            let Some(message) = value() else { return };
            let heard = house.receive(message.clone());
            assert!(house.receive(message).is_none(), "a copy is heard");
            let Some((events, changes)) = heard else { return };
            let _ = format!("{events:?}");
            changes
        }
        _ => return answer(what, json),
    };
    check(house, &changes);
}

/// What the changes say is so, and no attribute is more than it may be.
fn check(house: &House, changes: &[Change]) {
    for device in house.devices() {
        assert!(device.attributes.len() <= MAX_ATTRIBUTES);
        let shown = serde_json::to_string(&device.attributes).expect("JSON");
        assert!(!shown.contains("://"), "{shown}");
        let mut last = std::collections::HashMap::new();
        for change in changes.iter().filter(|change| change.device == device.id) {
            last.insert(&change.attribute, &change.new);
        }
        for (attribute, new) in last {
            let is_name = attribute == "deviceName" && *new == device.name.as_str();
            assert!(is_name || device.attributes.get(attribute) == Some(new), "{attribute}");
        }
        let _ = (device.battery(), device.signal(), device.has_camera());
    }
}

fn answer(what: &str, json: &str) {
    let Ok(answer) = serde_json::from_str::<Value>(json) else {
        return;
    };
    match what {
        "library" => {
            for recording in testing::recordings(&answer) {
                assert_eq!(recording.created().as_millisecond(), recording.created_ms);
                assert!(!recording.url.origin().contains(char::is_whitespace));
                let _ = format!("{recording:?}");
            }
        }
        "modes" => {
            let _ = testing::modes(&answer, "2026-11-23T07:00:00Z".parse().expect("a time"));
        }
        "stream" => {
            if let Some(stream) = testing::live(&answer) {
                let url = stream.url.expose();
                assert!(["rtsps://", "https://", "http://"].iter().any(|scheme| {
                    url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
                }));
                assert!(!url.contains(char::is_control));
                let _ = stream.egress_token();
            }
        }
        _ => {}
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut house = House::empty();
    let text = String::from_utf8_lossy(bytes);
    for line in text.lines() {
        let (what, json) = line.split_once(' ').unwrap_or((line, ""));
        hear(&mut house, what, json);
    }
    let sum: usize = bytes.iter().copied().map(usize::from).sum();
    let (first, second) = bytes.split_at(sum % (bytes.len() + 1));
    assert_eq!(testing::events(&[bytes]), testing::events(&[first, second]));
});
