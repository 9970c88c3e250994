//! Events over each kind of stream, and what a stream may and may not do.

use std::time::Duration;

use arlo_cameras::{Event, Filter, Id, MediaKind, Outcome};
use arlo_sim::{Fault, Generation};
use serde_json::json;

use crate::setup::*;

#[tokio::test]
async fn a_motion_and_a_setting_are_seen_over_every_stream_and_in_both_generations() {
    for (wire, generation) in [
        (Wire::Sse, Generation::V2),
        (Wire::Wss, Generation::V2),
        (Wire::Ssl, Generation::V2),
        (Wire::Wss, Generation::V3),
        (Wire::Ssl, Generation::V3),
        (Wire::Sse, Generation::V3),
    ] {
        let setup = Setup::new(wire, generation).await;
        let garden = setup.account.device("garden").unwrap();
        let mut all = setup.account.changes(Filter::all().device(&garden.id).attribute("*"));
        let mut updates = setup.account.updates();
        setup.play("motion Garden 1").await;
        let begun = change(&mut updates, GARDEN, "motionDetected").await;
        assert_eq!(begun.new, json!(true), "{wire:?} {generation:?}");
        let ended = change(&mut updates, GARDEN, "motionDetected").await;
        assert_eq!((ended.old, ended.new), (Some(json!(true)), json!(false)));
        assert_eq!(all.next().await.unwrap(), begun);

        let outcome = setup.account.set(&garden, "brightness", &json!(2)).await.unwrap();
        assert_eq!(outcome, Outcome::Confirmed, "{wire:?} {generation:?}");
        assert_eq!(setup.cloud.properties(EMAIL, "Garden").unwrap()["brightness"], 2);
        assert_eq!(setup.account.device("Garden").unwrap().attributes["brightness"], 2);
        let is_sse = setup.count("GET /hmsweb/client/subscribe") > 0;
        assert_eq!(is_sse, wire == Wire::Sse, "the stream that Arlo offers");
        setup.cloud.shutdown().await;
    }
}

#[tokio::test]
async fn a_ring_and_a_recording_have_events_of_their_own() {
    let setup = Setup::new(Wire::Ssl, Generation::V2).await;
    let mut updates = setup.account.updates();
    setup.play("ring \"Front bell\"\nrecord Garden 1 Person").await;
    event(&mut updates, |event| matches!(event, Event::Ring { .. })).await;
    let mut complete = Vec::new();
    let found = until(&mut updates, |update| {
        for event in &update.events {
            match event {
                Event::Media(media) => complete.push((media.complete, media.url.is_some(), media.kind)),
                Event::Detected { objects, .. } => return Some(objects.clone()),
                _ => {}
            }
        }
        None
    })
    .await;
    assert_eq!(found, ["Person"]);
    let kind = MediaKind::Recording;
    assert_eq!(complete, [(false, false, kind), (true, true, kind)]);
}

#[tokio::test]
async fn a_doorbell_that_tells_by_both_of_its_names_is_heard_once() {
    for wire in [Wire::Sse, Wire::Ssl] {
        let setup = Setup::new(wire, Generation::V2).await;
        let mut updates = setup.account.updates();
        setup
            .play("ring \"Front bell\"\nmotion \"Front bell\" 1\nmotion Garden 1")
            .await;
        let (mut rings, mut motions) = (0, 0);
        until(&mut updates, |update| {
            for event in &update.events {
                match event {
                    Event::Ring { .. } => rings += 1,
                    Event::Motion { device, .. } if *device != *GARDEN => motions += 1,
                    Event::Motion { active: false, .. } => return Some(()),
                    _ => {}
                }
            }
            None
        })
        .await;
        assert_eq!((rings, motions), (1, 2), "{wire:?}");
        setup.cloud.shutdown().await;
    }
}

#[tokio::test]
async fn with_another_client_subscribed_everything_is_heard_once() {
    for wire in [Wire::Sse, Wire::Ssl] {
        let setup = Setup::new(wire, Generation::V2).await;
        setup.cloud.faults().set(Fault::OtherSubscriber);
        let mut updates = setup.account.updates();
        setup
            .play("ring \"Front bell\"\nmotion Garden 1\nbattery Garden 50")
            .await;
        let mut heard = Vec::new();
        until(&mut updates, |update| {
            heard.extend(update.events.iter().filter_map(|event| match event {
                Event::Ring { .. } => Some("ring"),
                Event::Motion { active: true, .. } => Some("motion"),
                Event::Motion { active: false, .. } => Some("end"),
                _ => None,
            }));
            let mut changes = update.changes.iter();
            changes.find(|change| change.attribute == "batteryLevel").map(drop)
        })
        .await;
        assert_eq!(heard, ["ring", "motion", "end"], "{wire:?}");
        setup.cloud.shutdown().await;
    }
}

#[tokio::test]
async fn a_stream_that_breaks_is_opened_again_and_the_devices_are_read_again() {
    for wire in [Wire::Sse, Wire::Wss, Wire::Ssl] {
        let setup = Setup::new(wire, Generation::V2).await;
        let mut updates = setup.account.updates();
        let lists = setup.count("GET /hmsweb/v2/users/devices");
        setup.play("drop-streams").await;
        event(&mut updates, |event| matches!(event, Event::Disconnected { .. })).await;
        setup.connections(2).await;
        eventually(|| setup.count("GET /hmsweb/v2/users/devices") > lists).await;
        setup.play("motion Garden 1").await;
        assert_eq!(change(&mut updates, GARDEN, "motionDetected").await.new, json!(true));
        assert_eq!(setup.logins(), 1, "a stream that breaks is no reason for a login");
        setup.cloud.shutdown().await;
    }
}

#[tokio::test]
async fn what_changed_during_a_gap_is_noticed_after_it() {
    let setup = Setup::new(Wire::Ssl, Generation::V2).await;
    let mut updates = setup.account.updates();
    setup.cloud.faults().set_times(Fault::DropStreams, 1);
    setup.play("battery Garden 7").await;
    let change = change(&mut updates, GARDEN, "batteryLevel").await;
    assert_eq!(change.new, json!(7), "the event itself was lost");
}

#[tokio::test]
async fn packets_in_pieces_and_events_twice_are_one_event_each() {
    for (wire, fault) in [
        (Wire::Wss, Fault::SplitFrames),
        (Wire::Ssl, Fault::SplitFrames),
        (Wire::Wss, Fault::DuplicateEvents),
        (Wire::Sse, Fault::DuplicateEvents),
    ] {
        let cloud_config = config(wire, Generation::V2);
        let setup = Setup::with(cloud_config, |options| options).await;
        setup.cloud.faults().set(fault);
        let mut updates = setup.account.updates();
        setup.play("motion Garden 1\nbattery Garden 50").await;
        let mut motions = Vec::new();
        until(&mut updates, |update| {
            motions.extend(update.events.iter().filter_map(|event| match event {
                Event::Motion { device, active } if *device == *GARDEN => Some(*active),
                _ => None,
            }));
            update
                .changes
                .iter()
                .find(|change| change.attribute == "batteryLevel")
                .map(drop)
        })
        .await;
        assert_eq!(motions, [true, false], "{fault}");
        let dropped = setup.account.status().borrow().duplicates;
        assert_eq!(dropped > 0, fault == Fault::DuplicateEvents);
        setup.cloud.shutdown().await;
    }
}

#[tokio::test]
async fn text_that_means_true_is_true() {
    let setup = Setup::new(Wire::Ssl, Generation::V2).await;
    setup.cloud.faults().set(Fault::StringBooleans);
    let mut updates = setup.account.updates();
    setup.play("motion Garden 1").await;
    assert_eq!(change(&mut updates, GARDEN, "motionDetected").await.new, json!(true));
    let garden = setup.account.device("Garden").unwrap();
    let outcome = setup.account.set(&garden, "flip", &json!(true)).await.unwrap();
    assert_eq!(outcome, Outcome::Confirmed);
}

#[tokio::test]
async fn a_hub_that_must_be_asked_is_asked_and_a_battery_is_left_asleep() {
    let mut cloud = config(Wire::Ssl, Generation::V2);
    cloud.hubs_need_registration = true;
    let setup = Setup::with(cloud, |options| options).await;
    let mut updates = setup.account.updates();
    let asked = format!("POST /hmsweb/users/devices/notify/{HUB}");
    eventually(|| setup.count(&asked) > 0).await;
    setup.play("wait 0.1\nmotion Garden 1").await;
    assert_eq!(change(&mut updates, GARDEN, "motionDetected").await.new, json!(true));
    assert_eq!(setup.count(&format!("POST /hmsweb/users/devices/notify/{DRIVE}")), 0);
    for wakes in ["fullFrameSnapshot", "takeSnapshot", "startStream", "startRecord"] {
        assert_eq!(setup.count(&format!("POST /hmsweb/users/devices/{wakes}")), 0);
    }
}

#[tokio::test]
async fn a_hub_that_does_not_tell_of_its_cameras_has_the_list_read_again_once() {
    let setup = Setup::opened(config(Wire::Ssl, Generation::V2), |options| {
        options.register_every(Duration::from_millis(50))
    })
    .await;
    setup.cloud.faults().set(Fault::ChildrenUntold);
    let is_known = || setup.account.device(GARDEN).unwrap().battery().is_some();
    assert!(!is_known());
    eventually(is_known).await;
    let asked = format!("POST /hmsweb/users/devices/notify/{HUB}");
    let before = setup.count(&asked);
    eventually(|| setup.count(&asked) > before + 5).await;
    assert_eq!(
        setup.count("GET /hmsweb/v2/users/devices"),
        2,
        "at the start, and once more"
    );
}

#[tokio::test]
async fn a_hub_that_says_nothing_is_reported_and_the_stream_opened_again() {
    let setup = Setup::opened(config(Wire::Ssl, Generation::V2), |options| {
        options.register_every(Duration::from_millis(20))
    })
    .await;
    let mut updates = setup.account.updates();
    setup.connected().await;
    setup.cloud.faults().set(Fault::HubSilent);
    let silent = event(&mut updates, |event| matches!(event, Event::Silent { .. })).await;
    assert_eq!(silent.device(), Id::parse(HUB).as_ref());
    setup.connections(2).await;
    setup.cloud.faults().clear_all();
    event(&mut updates, |event| matches!(event, Event::Reachable { .. })).await;
    assert_eq!(setup.logins(), 1);
}

#[tokio::test]
async fn a_hub_that_is_away_hides_no_stream_that_is_deaf_for_another() {
    let mut cloud = config(Wire::Ssl, Generation::V2);
    let cabin = json!({
        "deviceId": "48B4597VD0009", "deviceName": "Cabin", "deviceType": "basestation", "modelId": "VMB4540",
        "xCloudId": "SIM0-0001-0009", "state": "provisioned", "properties": {},
    });
    cloud.users[0].devices.push(cabin);
    let setup = Setup::with(cloud, |options| options.register_every(Duration::from_millis(20))).await;
    setup.play("offline Cabin").await;
    setup.cloud.faults().set(Fault::HubSilent);
    setup.connections(2).await;
    assert_eq!(setup.logins(), 1);
}

#[tokio::test]
async fn a_hub_that_is_away_is_no_reason_to_open_the_stream_again() {
    let setup = Setup::with(config(Wire::Ssl, Generation::V2), |options| {
        options.register_every(Duration::from_millis(20))
    })
    .await;
    let mut updates = setup.account.updates();
    setup.play("offline Home").await;
    assert_eq!(
        change(&mut updates, HUB, "connectionState").await.new,
        json!("unavailable")
    );
    let asked = format!("POST /hmsweb/users/devices/notify/{HUB}");
    let before = setup.count(&asked);
    eventually(|| setup.count(&asked) > before + 8).await;
    assert_eq!(setup.account.status().borrow().connections, 1);
    setup.play("online Home").await;
    assert_eq!(
        change(&mut updates, HUB, "connectionState").await.new,
        json!("available")
    );
}

#[tokio::test]
async fn dropping_the_account_closes_its_stream_and_ends_its_readers() {
    for wire in [Wire::Sse, Wire::Wss, Wire::Ssl] {
        let Setup { cloud, account, .. } = Setup::new(wire, Generation::V2).await;
        eventually(|| cloud.open_streams() == 1).await;
        let mut updates = account.updates();
        drop(account);
        let ended = async { while updates.next().await.is_some() {} };
        tokio::time::timeout(Duration::from_secs(30), ended).await.unwrap();
        // A simulated server notices a closed stream of events when it sends the next one.
        let play = "battery Garden 1\nbattery Garden 2".parse().unwrap();
        cloud.play(EMAIL, &play).await.unwrap();
        eventually(|| cloud.open_streams() == 0).await;
        cloud.shutdown().await;
    }
}
