//! Pictures, recordings, streams, and what a call that cannot work says.

use arlo_cameras::{ErrorKind, LiveKind, MediaKind, Outcome, UserAgent, redacted};
use arlo_sim::{Fault, Generation};
use jiff::SignedDuration;
use serde_json::json;

use crate::setup::*;

#[tokio::test]
async fn a_picture_is_taken_in_each_form_that_arlo_announces_it() {
    for wire in [Wire::Sse, Wire::Wss] {
        let setup = Setup::new(wire, Generation::V2).await;
        for camera in ["Garden", "Drive", "Front bell"] {
            let camera = setup.account.device(camera).unwrap();
            let url = setup.account.take_picture(&camera).await.unwrap();
            let picture = setup.account.fetch(&url).await.unwrap();
            assert!(picture.starts_with(&[0xff, 0xd8]), "a JPEG of {}", camera.name);
        }
        setup.cloud.shutdown().await;
    }
}

#[tokio::test]
async fn a_camera_in_privacy_and_what_is_no_camera_take_no_picture() {
    let setup = Setup::new(Wire::Ssl, Generation::V2).await;
    let garden = setup.account.device("Garden").unwrap();
    let _ = setup.account.set(&garden, "privacyActive", &json!(true)).await.unwrap();
    let error = setup.account.take_picture(&garden).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotNow, "{error}");
    let light = setup.account.device("Path light").unwrap();
    let error = setup.account.take_picture(&light).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported);
    assert!(error.to_string().contains("Path light"), "{error}");
}

#[tokio::test]
async fn a_base_restarts_and_a_camera_does_not() {
    let setup = Setup::new(Wire::Ssl, Generation::V2).await;
    let hub = setup.account.device("Home").unwrap();
    setup.account.restart(&hub).await.unwrap();
    assert_eq!(setup.count("POST /hmsweb/users/devices/restart"), 1);
    let garden = setup.account.device("Garden").unwrap();
    let error = setup.account.restart(&garden).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
    assert_eq!(setup.count("POST /hmsweb/users/devices/restart"), 1);
}

#[tokio::test]
async fn the_library_lists_recordings_and_pictures_with_urls_that_do_not_print() {
    let setup = Setup::new(Wire::Ssl, Generation::V2).await;
    let from = setup.account.now() - SignedDuration::from_hours(1);
    assert!(
        setup
            .account
            .library(from, setup.account.now())
            .await
            .unwrap()
            .is_empty()
    );
    setup.play("record Garden 1 Person\nrecord Drive 1").await;
    // A picture of a camera that streams goes to the library, and is announced like a recording.
    let garden = setup.account.device("Garden").unwrap();
    setup.account.start_stream(&garden, LiveKind::Rtsp, None).await.unwrap();
    let streams = || setup.account.device("Garden").unwrap().text("activityState") == Some("userStreamActive");
    eventually(streams).await;
    let garden = setup.account.device("Garden").unwrap();
    setup.account.take_picture(&garden).await.unwrap();
    assert_eq!(setup.count("POST /hmsweb/users/devices/takeSnapshot"), 1);
    let to = setup.account.now() + SignedDuration::from_hours(1);
    let listed = setup.account.library(from, to).await.unwrap();
    let kinds: Vec<MediaKind> = listed.iter().map(|recording| recording.kind).collect();
    assert_eq!(kinds, [MediaKind::Recording, MediaKind::Recording, MediaKind::Picture]);
    assert_eq!(listed[0].device, *GARDEN);
    assert!(
        listed.windows(2).all(|pair| pair[0].created_ms <= pair[1].created_ms),
        "oldest first"
    );
    for recording in &listed {
        assert!(!format!("{recording:?}").contains("http"), "{recording:?}");
        assert!(!setup.account.fetch(&recording.url).await.unwrap().is_empty());
    }
    let later = setup
        .account
        .library(to, to + SignedDuration::from_hours(1))
        .await
        .unwrap();
    assert!(later.is_empty(), "a day more was asked for, and left out");
}

#[tokio::test]
async fn a_stream_has_the_kind_that_was_asked_for() {
    let setup = Setup::new(Wire::Ssl, Generation::V2).await;
    let garden = setup.account.device("Garden").unwrap();
    for kind in [LiveKind::Rtsp, LiveKind::Hls, LiveKind::Dash] {
        let stream = setup.account.start_stream(&garden, kind, None).await.unwrap();
        assert_eq!(stream.kind, Some(kind), "{}", stream.url.origin());
    }
    setup.cloud.faults().set_times(Fault::DashPort80, 1);
    let stream = setup.account.start_stream(&garden, LiveKind::Dash, None).await.unwrap();
    assert_eq!(stream.url.origin(), "https://127.0.0.1");
    // What a player opens is the text.
    assert!(!stream.url.expose().contains(":80") && stream.egress_token().is_some());
    for (name, kind) in UserAgent::names() {
        let agent: UserAgent = name.parse().unwrap();
        let started = setup.account.start_stream(&garden, LiveKind::Rtsp, Some(&agent)).await;
        assert_eq!(started.unwrap().kind, Some(kind), "{name}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_named_before_anything_is_sent() {
    let setup = Setup::new(Wire::Ssl, Generation::V2).await;
    let error = setup.account.device("Attic").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownDevice);
    assert!(
        error.to_string().contains("\"Attic\"") && error.to_string().contains("Garden"),
        "{error}"
    );

    let garden = setup.account.device("Garden").unwrap();
    let error = setup.account.set(&garden, "colour", &json!("red")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownAttribute);
    let error = setup
        .account
        .set(&garden, "brightness", &json!("red"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);

    let modes = setup.account.modes().await.unwrap();
    let error = setup.account.choose_mode(&modes[0], "party").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownMode);
    assert!(error.to_string().contains("\"party\""), "{error}");
    let posts = setup.count("POST /hmsweb/users/devices/automation/active");
    assert_eq!(posts, 0);
}

#[tokio::test]
async fn a_hub_that_is_not_connected_says_so() {
    let setup = Setup::new(Wire::Ssl, Generation::V2).await;
    setup.play("offline Home").await;
    let garden = setup.account.device("Garden").unwrap();
    let error = setup.account.set(&garden, "brightness", &json!(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Offline, "{error}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_report_shows_no_identifier_and_no_name() {
    let setup = Setup::new(Wire::Ssl, Generation::V2).await;
    let raw = setup.account.raw_devices().await.unwrap();
    let shown = redacted(&raw).to_string();
    for secret in [
        HUB,
        GARDEN,
        DRIVE,
        "SIM0-",
        "Garden",
        "Front door",
        "Path light",
        "http",
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("VMC4030P") && shown.contains("basestation"), "{shown}");
}

#[tokio::test]
async fn each_kind_of_device_confirms_a_setting_of_its_own() {
    let setup = Setup::new(Wire::Ssl, Generation::V2).await;
    for (device, attribute, value) in [
        ("Home", "sirenState", "on"),
        ("Path light", "lampState", "on"),
        ("Path light", "brightness", "200"),
        ("Front bell", "silentMode.active", "true"),
        ("Garden", "spotlight.enabled", "on"),
        ("Drive", "brightness", "-2"),
    ] {
        let device = setup.account.device(device).unwrap();
        let outcome = setup.account.set(&device, attribute, &json!(value)).await.unwrap();
        assert_eq!(outcome, Outcome::Confirmed, "{attribute} of {}", device.name);
    }
    let light = setup.account.device("Path light").unwrap();
    assert_eq!(
        (&light.attributes["lampState"], &light.attributes["brightness"]),
        (&json!("on"), &json!(200))
    );
}
