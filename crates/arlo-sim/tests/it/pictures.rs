//! What a camera is told to do: snapshots and streams.

use arlo_sim::Generation;
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Client, EMAIL, until};
use crate::house::{DRIVE, Events, FRONT, HUB, USER, config, data, devices, error, named, notify, start};

fn order(camera: &str, to: &str, action: &str, activity: &str) -> Value {
    json!({
        "action": action,
        "resource": format!("cameras/{camera}"),
        "publishResponse": true,
        "properties": { "activityState": activity, "cameraId": camera },
        "responseUrl": "",
        "from": format!("{USER}_web"),
        "to": to,
        "transId": "web!7",
    })
}

#[tokio::test]
async fn a_snapshot_comes_in_the_form_of_its_model_and_the_camera_is_idle_again() {
    let (cloud, client) = start(Generation::V2).await;
    let mut events = Events::open(&client).await;
    for (camera, to, action, key) in [
        (
            FRONT,
            HUB,
            "fullFrameSnapshotAvailable",
            "presignedFullFrameSnapshotUrl",
        ),
        (DRIVE, DRIVE, "lastImageSnapshotAvailable", "presignedLastImageUrl"),
    ] {
        let body = order(camera, to, "set", "fullFrameSnapshot");
        let path = "/hmsweb/users/devices/fullFrameSnapshot";
        data(client.api(Method::POST, path, Some(&body)).await).await;
        let begun = events.of("cameras/").await;
        let activity = &begun["properties"]["activityState"];
        assert_eq!(
            (&begun["transId"], activity),
            (&json!("web!7"), &json!("fullFrameSnapshot"))
        );
        let there = events.of("cameras/").await;
        assert_eq!(there["action"], action);
        let picture = reqwest::get(there["properties"][key].as_str().unwrap()).await.unwrap();
        assert_eq!(
            (picture.status().as_u16(), &picture.headers()["content-type"]),
            (200, &"image/jpeg".parse().unwrap())
        );
        assert_eq!(
            events.of("cameras/").await["properties"],
            json!({ "activityState": "idle" })
        );
    }
    // In the list, the newest picture of the camera.
    assert!(
        named(&devices(&client).await, "Drive")["presignedLastImageUrl"]
            .as_str()
            .unwrap()
            .contains("/snapshots/")
    );
    // Also by a message, which is what an existing client sends for another one.
    let idle = json!({ "activityState": "idle" });
    data(notify(&client, HUB, "set", &format!("cameras/{FRONT}"), idle).await).await;
    drop(cloud);
}

#[tokio::test]
async fn what_a_camera_may_not_do_is_refused() {
    let (_cloud, client) = start(Generation::V2).await;
    let path = "/hmsweb/users/devices/fullFrameSnapshot";
    for (body, number) in [
        // Addressed to the camera although it is behind a hub.
        (order(FRONT, FRONT, "set", "fullFrameSnapshot"), "4006"),
        // A base station takes no pictures.
        (order(HUB, HUB, "set", "fullFrameSnapshot"), "4000"),
    ] {
        assert_eq!(error(client.api(Method::POST, path, Some(&body)).await).await, number);
    }
    let idle = json!({ "activityState": "idle" });
    assert_eq!(
        error(notify(&client, FRONT, "set", &format!("cameras/{FRONT}"), idle).await).await,
        "4006"
    );
    let private = json!({ "privacyActive": true });
    data(notify(&client, HUB, "set", &format!("cameras/{FRONT}"), private).await).await;
    for path in [path, "/hmsweb/users/devices/startStream"] {
        let body = order(FRONT, HUB, "set", "fullFrameSnapshot");
        assert_eq!(error(client.api(Method::POST, path, Some(&body)).await).await, "4006");
    }
    // Nothing streams.
    for call in ["takeSnapshot", "startRecord", "stopRecord"] {
        let body = json!({ "parentId": DRIVE, "deviceId": DRIVE, "olsonTimeZone": "Etc/UTC" });
        let path = format!("/hmsweb/users/devices/{call}");
        assert_eq!(error(client.api(Method::POST, &path, Some(&body)).await).await, "4006");
    }
}

#[tokio::test]
async fn a_stream_has_a_url_by_user_agent_and_can_be_recorded() {
    // At the pace of life, so that the stream runs while it is looked at.
    let mut config = config(Generation::V2);
    config.speed = 1;
    let cloud = arlo_sim::start(config).await.unwrap();
    let client = Client::with_password(&cloud).await;
    let mut events = Events::open(&client).await;
    let url = format!("{}/hmsweb/users/devices/startStream", cloud.url());
    let mut urls = vec![];
    for agent in [
        "(iPhone15,2 18_1_1) iOS Arlo 5.4.3",
        "Mozilla/5.0 (iPad; CPU OS 17)",
        "Mozilla/5.0 (X11; Linux x86_64)",
    ] {
        let call = client
            .http
            .post(&url)
            .header("Authorization", &client.token)
            .header("User-Agent", agent);
        let body = order(DRIVE, DRIVE, "set", "startUserStream");
        let started = data(call.json(&body).send().await.unwrap()).await;
        urls.push(started["url"].as_str().unwrap().to_owned());
    }
    assert!(
        urls[0].starts_with("rtsp://127.0.0.1:443/vzmodulelive/A0P4041PA0001_") && urls[0].contains("?egressToken=")
    );
    let activities =
        [events.of("cameras/").await, events.of("cameras/").await].map(|event| event["properties"].clone());
    assert_eq!(activities[0]["activityState"], "startUserStream");
    assert_eq!(activities[1]["activityState"], "userStreamActive");
    assert!(activities[1]["dateStarted"].is_i64());

    let token = urls[2].split_once("egressToken=").unwrap().1;
    assert!(urls[2].contains("/manifest.mpd?"));
    assert_eq!(client.http.get(&urls[2]).send().await.unwrap().status(), 403);
    let manifest = client
        .http
        .get(&urls[2])
        .header("Egress-Token", token)
        .send()
        .await
        .unwrap();
    assert_eq!(manifest.headers()["content-type"], "application/dash+xml");
    assert!(urls[1].contains("/playlist.m3u8?"));
    assert_eq!(client.http.get(&urls[1]).send().await.unwrap().status(), 200);

    let named = json!({ "parentId": DRIVE, "deviceId": DRIVE, "olsonTimeZone": "Etc/UTC" });
    for call in ["startRecord", "takeSnapshot", "stopRecord"] {
        data(
            client
                .api(Method::POST, &format!("/hmsweb/users/devices/{call}"), Some(&named))
                .await,
        )
        .await;
    }
    assert_eq!(
        events.of("cameras/").await["properties"]["activityState"],
        "alertStreamActive"
    );
    let snapshot = events.of("mediaUploadNotification").await;
    assert!(
        snapshot["presignedContentUrl"]
            .as_str()
            .unwrap()
            .contains("/snapshots/")
    );
    let first = events.of("mediaUploadNotification").await;
    assert_eq!(
        (&first["recordingStopped"], first.get("presignedContentUrl")),
        (&json!(false), None)
    );
    let last = events.of("mediaUploadNotification").await;
    assert_eq!(last["recordingStopped"], true);
    assert!(last["presignedContentUrl"].as_str().unwrap().contains("/recordings/"));
    // A recording that is not stopped ends with the stream.
    data(
        client
            .api(Method::POST, "/hmsweb/users/devices/startRecord", Some(&named))
            .await,
    )
    .await;
    let idle = json!({ "activityState": "idle" });
    data(notify(&client, DRIVE, "set", &format!("cameras/{DRIVE}"), idle).await).await;
    for stopped in [false, true] {
        assert_eq!(events.of("mediaUploadNotification").await["recordingStopped"], stopped);
    }
    assert_eq!(client.http.get(&urls[1]).send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_stream_without_a_reader_ends() {
    let (cloud, client) = start(Generation::V2).await;
    let body = order(DRIVE, DRIVE, "get", "startUserStream");
    let path = "/hmsweb/users/devices/startStream";
    // To ask for the URL starts nothing.
    data(client.api(Method::POST, path, Some(&body)).await).await;
    let activity = || cloud.properties(EMAIL, DRIVE).unwrap()["activityState"].clone();
    assert_eq!(activity(), "idle");
    let body = order(DRIVE, DRIVE, "set", "startUserStream");
    data(client.api(Method::POST, path, Some(&body)).await).await;
    until(|| activity() == "idle").await;
}
