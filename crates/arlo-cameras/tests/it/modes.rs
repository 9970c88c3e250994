//! Modes of three generations.

use std::time::Duration;

use arlo_cameras::{ErrorKind, Event, Generation as ModesOf, Outcome};
use arlo_sim::{Fault, Generation, User};
use serde_json::json;

use crate::setup::*;

#[tokio::test]
async fn modes_of_a_base_are_read_and_chosen_by_name() {
    for wire in [Wire::Sse, Wire::Wss, Wire::Ssl] {
        let setup = Setup::new(wire, Generation::V2).await;
        let modes = setup.account.modes().await.unwrap();
        let home = modes.iter().find(|modes| modes.at == *HUB).unwrap();
        assert_eq!((home.generation, home.name.as_str()), (ModesOf::Second, "Home"));
        let names: Vec<&str> = home.modes.iter().map(|mode| mode.name.as_str()).collect();
        assert_eq!(names, ["disarmed", "armed", "Night"]);
        let mut updates = setup.account.updates();
        assert_eq!(
            setup.account.choose_mode(home, "night").await.unwrap(),
            Outcome::Confirmed
        );
        assert_eq!(change(&mut updates, HUB, "activeMode").await.new, json!("mode2"));
        let after = setup.account.modes().await.unwrap();
        let home = after.iter().find(|modes| modes.at == *HUB).unwrap();
        assert_eq!(home.active_mode().unwrap().name, "Night");
        setup.cloud.shutdown().await;
    }
}

#[tokio::test]
async fn modes_of_a_location_are_read_and_chosen_custom_ones_too() {
    for wire in [Wire::Wss, Wire::Ssl] {
        let setup = Setup::new(wire, Generation::V3).await;
        assert_eq!(setup.account.locations().len(), 1);
        for name in ["armAway", "night", "standby"] {
            let modes = setup.account.modes().await.unwrap();
            assert_eq!((modes.len(), modes[0].generation), (1, ModesOf::Third));
            assert_eq!(
                setup.account.choose_mode(&modes[0], name).await.unwrap(),
                Outcome::Confirmed,
                "{name}"
            );
            let id = modes[0].find(name).unwrap().id.clone();
            let after = setup.account.modes().await.unwrap();
            assert_eq!(after[0].active.as_ref(), Some(&id));
        }
        setup.cloud.shutdown().await;
    }
}

#[tokio::test]
async fn a_change_on_an_old_revision_is_made_again_once() {
    let setup = Setup::new(Wire::Ssl, Generation::V3).await;
    let modes = setup.account.modes().await.unwrap();
    setup.cloud.faults().set_times(Fault::StaleRevision, 1);
    assert_eq!(
        setup.account.choose_mode(&modes[0], "armHome").await.unwrap(),
        Outcome::Confirmed
    );
    assert_eq!(setup.count("PUT /hmsweb/automation/v3/activeMode"), 2);

    setup.cloud.faults().set(Fault::StaleRevision);
    let error = setup.account.choose_mode(&modes[0], "standby").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Refused { .. }), "{error}");
    assert_eq!(
        setup.count("PUT /hmsweb/automation/v3/activeMode"),
        4,
        "once more, and no loop"
    );
}

#[tokio::test]
async fn somebody_elses_change_is_seen_and_the_next_one_of_ours_names_it() {
    let setup = Setup::new(Wire::Ssl, Generation::V3).await;
    let modes = setup.account.modes().await.unwrap();
    let mut updates = setup.account.updates();
    setup.play("mode armAway").await;
    event(
        &mut updates,
        |event| matches!(event, Event::Mode { mode: Some(mode), .. } if mode == "armAway"),
    )
    .await;
    assert_eq!(
        setup.account.choose_mode(&modes[0], "standby").await.unwrap(),
        Outcome::Confirmed
    );
    assert_eq!(
        setup.count("PUT /hmsweb/automation/v3/activeMode"),
        1,
        "its revision came with the event"
    );
}

#[tokio::test]
async fn a_mode_of_a_shared_location_is_confirmed_though_no_event_names_it() {
    let setup = Setup::with(config(Wire::Ssl, Generation::V3), |options| {
        options
            .answer_within(Duration::from_secs(60 * 60))
            .register_every(Duration::from_millis(50))
    })
    .await;
    setup.cloud.faults().set(Fault::ModeForGuests);
    let modes = setup.account.modes().await.unwrap();
    let chosen = setup.account.choose_mode(&modes[0], "armAway");
    let outcome = tokio::time::timeout(DEADLINE, chosen)
        .await
        .expect("it is not waited for");
    assert_eq!(outcome.unwrap(), Outcome::Confirmed);
}

#[tokio::test]
async fn a_mode_whose_event_is_lost_is_read_back() {
    for generation in [Generation::V2, Generation::V3] {
        let setup = Setup::with(config(Wire::Ssl, generation), |options| {
            options
                .answer_within(Duration::from_millis(300))
                .reconnect(Duration::from_millis(600), Duration::from_secs(1))
        })
        .await;
        let modes = setup.account.modes().await.unwrap();
        setup.cloud.faults().set_times(Fault::DropStreams, 1);
        let at = modes.iter().find(|modes| modes.at == *HUB).unwrap_or(&modes[0]);
        let name = if generation == Generation::V2 {
            "armed"
        } else {
            "armAway"
        };
        assert_eq!(setup.account.choose_mode(at, name).await.unwrap(), Outcome::Confirmed);
        setup.cloud.shutdown().await;
    }
}

#[tokio::test]
async fn a_device_that_is_away_takes_the_modes_of_nothing_else_away() {
    for generation in [Generation::V2, Generation::V3] {
        let mut cloud = config(Wire::Ssl, generation);
        let record = json!({
            "deviceId": "59U1897QA0001", "deviceName": "Nursery", "deviceType": "arloq", "modelId": "VMC3040",
            "parentId": "59U1897QA0001", "xCloudId": "SIM0-0001-0003", "state": "provisioned", "properties": {},
        });
        let mut user = User::new(EMAIL, PASSWORD).factors(Vec::new()).house(generation);
        user.devices.push(record);
        cloud.users = vec![user];
        let setup = Setup::with(cloud, |options| options).await;
        let all = setup.account.modes().await.unwrap();
        let nursery = all.last().unwrap();
        assert_eq!(nursery.generation, ModesOf::First);

        setup.play("offline Nursery").await;
        let away = setup.account.modes().await.unwrap();
        let places = |modes: &[arlo_cameras::Modes]| modes.iter().map(|modes| modes.at.clone()).collect::<Vec<_>>();
        assert_eq!(places(&away), places(&all));
        // What it said before is still known.
        let (before, now) = (&nursery.modes, &away.last().unwrap().modes);
        assert_eq!((before.len() > 1, before), (true, now));
        setup.cloud.shutdown().await;
    }
}

#[tokio::test]
async fn modes_of_a_device_itself_are_read_and_chosen_by_messages_to_it() {
    let mut cloud = config(Wire::Ssl, Generation::V2);
    let house = User::new(EMAIL, PASSWORD).house(Generation::V2);
    let (modes, schedules) = (house.modes.clone(), house.schedules.clone());
    let record = json!({
        "deviceId": "59U1897QA0001", "deviceName": "Nursery", "deviceType": "arloq", "modelId": "VMC3040",
        "parentId": "59U1897QA0001", "xCloudId": "SIM0-0001-0003", "state": "provisioned", "properties": {},
    });
    let mut user = User::new(EMAIL, PASSWORD).factors(Vec::new()).devices(vec![record]);
    (user.modes, user.schedules) = (modes, schedules);
    cloud.users = vec![user];
    let setup = Setup::with(cloud, |options| options).await;
    let modes = setup.account.modes().await.unwrap();
    assert_eq!((modes.len(), modes[0].generation), (1, ModesOf::First));
    assert!(modes[0].find("Night").is_ok(), "{modes:?}");
    assert_eq!(
        setup.account.choose_mode(&modes[0], "Night").await.unwrap(),
        Outcome::Confirmed
    );
}
