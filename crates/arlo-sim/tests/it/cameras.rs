//! Devices with live properties, notify, recordings and scenes.

use arlo_sim::Generation;
use reqwest::Method;
use serde_json::json;

use crate::common::{Client, EMAIL};
use crate::house::{BELL, DRIVE, Events, FRONT, HUB, USER, config, data, devices, error, named, notify, play, start};

#[tokio::test]
async fn the_house_has_each_kind_of_device_and_two_gateways() {
    let (_cloud, client) = start(Generation::V2).await;
    let listed = devices(&client).await;
    let kinds: Vec<_> = listed
        .iter()
        .map(|device| device["deviceType"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "basestation",
            "siren",
            "camera",
            "camera",
            "doorbell",
            "lights",
            "sensors",
            "camera"
        ]
    );
    let (hub, siren, drive) = (
        named(&listed, "Home"),
        named(&listed, "Home siren"),
        named(&listed, "Drive"),
    );
    assert_eq!(
        (&hub["deviceId"], &hub["modelId"]),
        (&siren["deviceId"], &json!("VMB4540"))
    );
    assert_eq!(siren["modelId"], "VMB4540-siren");
    assert_eq!(drive["parentId"], drive["deviceId"]);
    assert_ne!(drive["xCloudId"], hub["xCloudId"]);
    assert_eq!(drive["uniqueId"], format!("{USER}_{DRIVE}"));
    assert_eq!(drive["properties"]["batteryLevel"], 87);
    assert!(listed.iter().all(|device| device.get("allowedMqttTopics").is_none()));
}

#[tokio::test]
async fn a_camera_of_a_hub_has_properties_once_a_client_has_registered() {
    let (cloud, client) = start(Generation::V2).await;
    let mut events = Events::open(&client).await;
    assert_eq!(named(&devices(&client).await, "Front door")["properties"], json!({}));

    let resource = format!("subscriptions/{USER}_web");
    data(notify(&client, HUB, "set", &resource, json!({ "devices": [HUB] })).await).await;
    let answer = events.of("subscriptions/").await;
    assert_eq!(
        (&answer["transId"], &answer["properties"]),
        (&json!("web!1"), &json!({ "devices": [HUB] }))
    );
    assert_eq!(
        named(&devices(&client).await, "Front door")["properties"]["batteryLevel"],
        87
    );

    data(notify(&client, HUB, "get", "devices", json!({})).await).await;
    let state = events.of("devices").await;
    assert_eq!(state["devices"][FRONT]["properties"]["signalStrength"], 4);
    assert!(state["devices"].get(DRIVE).is_none());
    drop(cloud);
}

#[tokio::test]
async fn a_set_is_merged_and_answered_and_a_get_answers_the_state() {
    let (cloud, client) = start(Generation::V2).await;
    let mut events = Events::open(&client).await;
    let resource = format!("cameras/{FRONT}");
    // An existing client addresses the camera for this, and not its hub.
    for (to, brightness) in [(HUB, -1), (FRONT, 2)] {
        data(notify(&client, to, "set", &resource, json!({ "brightness": brightness })).await).await;
        let answer = events.of("cameras/").await;
        assert_eq!(answer["from"], HUB);
        assert_eq!(
            (&answer["transId"], &answer["properties"]),
            (&json!("web!1"), &json!({ "brightness": brightness }))
        );
    }
    let spotlight = json!({ "spotlight": { "enabled": true } });
    data(notify(&client, HUB, "set", &resource, spotlight.clone()).await).await;
    data(
        notify(
            &client,
            HUB,
            "set",
            &resource,
            json!({ "spotlight": { "intensity": 40 } }),
        )
        .await,
    )
    .await;
    data(notify(&client, HUB, "get", &resource, json!({})).await).await;
    events.of("cameras/").await;
    events.of("cameras/").await;
    let state = events.of("cameras/").await;
    assert_eq!(
        state["properties"]["spotlight"],
        json!({ "enabled": true, "intensity": 40 })
    );
    assert_eq!(cloud.properties(EMAIL, "front DOOR").unwrap()["brightness"], 2);

    for (resource, property) in [("siren", "sirenState"), ("lights/6T21977PA0001", "lampState")] {
        data(notify(&client, HUB, "set", resource, json!({ property: "on" })).await).await;
        assert_eq!(events.of(resource).await["properties"][property], "on");
    }
    data(notify(&client, HUB, "get", "basestation", json!({})).await).await;
    assert_eq!(
        events.of("basestation").await["properties"]["connectionState"],
        "available"
    );
    let body = json!({ "deviceId": HUB });
    data(
        client
            .api(Method::POST, "/hmsweb/users/devices/restart", Some(&body))
            .await,
    )
    .await;
    assert_eq!(events.of("diagnostics").await["from"], HUB);
}

#[tokio::test]
async fn a_hub_publishes_nothing_without_a_registration_if_it_needs_one() {
    let mut config = config(Generation::V2);
    config.hubs_need_registration = true;
    let cloud = arlo_sim::start(config).await.unwrap();
    let client = Client::with_password(&cloud).await;
    let mut events = Events::open(&client).await;
    let register = format!("subscriptions/{USER}_web");
    // The camera that is its own gateway needs none.
    play(&cloud, "battery Garden 80\nbattery Drive 79").await;
    assert_eq!(events.next().await.unwrap()["properties"]["batteryLevel"], 79);
    data(notify(&client, HUB, "set", &register, json!({ "devices": [HUB] })).await).await;
    events.of("subscriptions/").await;
    play(
        &cloud,
        "battery Garden 78\nadvance 121\nbattery Garden 77\nbattery Drive 76",
    )
    .await;
    assert_eq!(events.next().await.unwrap()["properties"]["batteryLevel"], 78);
    assert_eq!(events.next().await.unwrap()["properties"]["batteryLevel"], 76);
}

#[tokio::test]
async fn a_message_through_the_wrong_gateway_or_to_one_that_is_offline_is_refused() {
    let (cloud, client) = start(Generation::V2).await;
    let mut events = Events::open(&client).await;
    let path = format!("/hmsweb/users/devices/notify/{HUB}");
    let message = json!({ "action": "get", "resource": "devices", "to": HUB });
    let wrong = client
        .http
        .post(format!("{}{path}", cloud.url()))
        .header("Authorization", &client.token);
    let wrong = wrong
        .header("xcloudId", "SIM0-0001-0002")
        .json(&message)
        .send()
        .await
        .unwrap();
    assert_eq!(error(wrong).await, "2217");

    play(&cloud, "offline Home").await;
    assert_eq!(
        events.of("basestation").await["properties"],
        json!({ "connectionState": "unavailable" })
    );
    assert_eq!(
        error(notify(&client, HUB, "get", "devices", json!({})).await).await,
        "2059"
    );
    assert_eq!(
        named(&devices(&client).await, "Home")["connectivity"]["connected"],
        false
    );
    // What is behind it cannot be heard.
    play(&cloud, "battery Garden 9\nonline Home").await;
    assert_eq!(
        events.next().await.unwrap()["properties"],
        json!({ "connectionState": "available" })
    );
    data(notify(&client, HUB, "get", "devices", json!({})).await).await;
}

#[tokio::test]
async fn a_recording_is_told_step_by_step_and_stands_in_the_library() {
    let (cloud, client) = start(Generation::V2).await;
    let mut events = Events::open(&client).await;
    play(&cloud, "record \"Front door\" 12 Person").await;
    let mut seen = vec![];
    for _ in 0..7 {
        seen.push(events.next().await.unwrap());
    }
    assert_eq!(seen[0]["properties"], json!({ "motionDetected": true }));
    assert_eq!(seen[1]["properties"]["activityState"], "alertStreamActive");
    assert_eq!(
        (&seen[2]["resource"], &seen[2]["recordingStopped"]),
        (&json!("mediaUploadNotification"), &json!(false))
    );
    assert_eq!(
        (&seen[3]["recordingStopped"], &seen[3]["mediaObjectCount"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(seen[4]["properties"], json!({ "motionDetected": false }));
    assert_eq!(seen[5]["properties"], json!({ "activityState": "idle" }));
    assert_eq!(
        (&seen[6]["resource"], &seen[6]["objCategory"]),
        (&json!("feedNotification"), &json!("Person"))
    );

    let today = &seen[3]["createdDate"];
    let library = data(
        client
            .api(
                Method::POST,
                "/hmsweb/users/library",
                Some(&json!({ "dateFrom": today, "dateTo": today })),
            )
            .await,
    )
    .await;
    let entry = &library.as_array().unwrap()[0];
    assert_eq!(
        (&entry["deviceId"], &entry["reason"]),
        (&json!(FRONT), &json!("motionRecord"))
    );
    assert_eq!(
        (&entry["mediaDurationSecond"], &entry["mediaDuration"]),
        (&json!(12), &json!("00:00:12"))
    );
    assert_eq!(
        (&entry["contentType"], &entry["objCategory"]),
        (&json!("video/mp4"), &json!("Person"))
    );
    assert_eq!(entry["name"], entry["utcCreatedDate"].to_string());
    let past = json!({ "dateFrom": "20200101", "dateTo": "20200102" });
    assert_eq!(
        data(client.api(Method::POST, "/hmsweb/users/library", Some(&past)).await).await,
        json!([])
    );
}

#[tokio::test]
async fn two_recordings_of_one_moment_are_two_entries() {
    let (cloud, client) = start(Generation::V2).await;
    let (one, two) = ("record Garden 1", "record Garden 1");
    tokio::join!(play(&cloud, one), play(&cloud, two), play(&cloud, "record Drive 1"));
    let all = json!({ "dateFrom": "20000101", "dateTo": "29991231" });
    let library = data(client.api(Method::POST, "/hmsweb/users/library", Some(&all)).await).await;
    let entries = library.as_array().unwrap();
    assert_eq!(entries.len(), 3);
    let keys: std::collections::HashSet<_> = entries
        .iter()
        .map(|entry| (entry["deviceId"].to_string(), entry["name"].to_string()))
        .collect();
    assert_eq!(keys.len(), 3);
    let times: Vec<_> = entries
        .iter()
        .map(|entry| entry["utcCreatedDate"].as_i64().unwrap())
        .collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
}

#[tokio::test]
async fn the_library_can_have_a_past_of_which_no_event_told() {
    let (cloud, client) = start(Generation::V2).await;
    let mut events = Events::open(&client).await;
    play(&cloud, "history Garden 300 86400\nbattery Drive 9").await;
    assert_eq!(events.next().await.unwrap()["properties"]["batteryLevel"], 9);
    let all = json!({ "dateFrom": "20000101", "dateTo": "29991231" });
    let library = data(client.api(Method::POST, "/hmsweb/users/library", Some(&all)).await).await;
    let days = |entry: &serde_json::Value| entry["createdDate"].as_str().unwrap().to_owned();
    let days: std::collections::HashSet<_> = library.as_array().unwrap().iter().map(days).collect();
    assert_eq!((library.as_array().unwrap().len(), days.len()), (300, 300));
}

#[tokio::test]
async fn a_house_can_have_more_cameras() {
    let user = arlo_sim::User::new(EMAIL, "pw")
        .factors(vec![])
        .house(Generation::V2)
        .more_cameras(20);
    let mut config = config(Generation::V2);
    config.users = vec![user];
    let cloud = arlo_sim::start(config).await.unwrap();
    play(&cloud, "motion \"Camera 20\" 0").await;
    assert_eq!(cloud.properties(EMAIL, "camera 20").unwrap()["motionDetected"], false);
}

#[tokio::test]
async fn the_other_scenes_tell_what_they_name() {
    let (cloud, client) = start(Generation::V2).await;
    let mut events = Events::open(&client).await;
    play(&cloud, "ring \"Front bell\"").await;
    // A doorbell tells by both of its names.
    for kind in ["doorbells", "cameras"] {
        let ring = events.next().await.unwrap();
        assert_eq!(
            (&ring["resource"], &ring["properties"]),
            (&json!(format!("{kind}/{BELL}")), &json!({ "buttonPressed": true }))
        );
    }
    play(&cloud, "motion \"front bell\" 1").await;
    let seen = [events.next().await.unwrap(), events.next().await.unwrap()].map(|event| event["resource"].clone());
    assert_eq!(
        seen,
        [json!(format!("cameras/{BELL}")), json!(format!("doorbells/{BELL}"))]
    );
    for (line, property, value) in [
        ("temperature \"Back door\" -3.5", "temperature", json!(-3.5)),
        ("contact \"Back door\" open", "contactState", json!("open")),
        ("battery Garden 12", "batteryLevel", json!(12)),
        ("sound Garden 1", "audioDetected", json!(true)),
        ("set Garden '{\"chargingState\": \"On\"}'", "chargingState", json!("On")),
    ] {
        play(&cloud, line).await;
        loop {
            let event = events.next().await.unwrap();
            if event["properties"].get(property) == Some(&value) {
                break;
            }
        }
    }
    play(&cloud, "send odd/topic '{\"resource\": \"odd\"}'").await;
    assert_eq!(events.next().await, Some(json!({ "resource": "odd" })));
    play(&cloud, "snapshot Garden").await;
    while events.next().await.unwrap()["action"] != "fullFrameSnapshotAvailable" {}
    for (line, reason) in [
        ("ring Garden", "line 1: it is no doorbell"),
        ("record Home 1", "line 1: it is no camera"),
        ("offline Garden", "line 1: it is no gateway"),
        ("motion Cellar", "line 1: there is no device \"Cellar\""),
        ("mode party", "line 1: there is no mode \"party\""),
    ] {
        let failed = cloud.play(EMAIL, &line.parse().unwrap()).await.unwrap_err();
        assert_eq!(
            (failed.kind(), failed.to_string().as_str()),
            (arlo_sim::ErrorKind::Script, reason)
        );
    }
}
