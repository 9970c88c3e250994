//! What Arlo refuses about the stream: named, and never asked for in a loop.

use arlo_cameras::{Event, Options, Outcome, StreamChoice};
use arlo_sim::{Fault, Generation};
use serde_json::json;
use std::time::Duration;

use crate::setup::*;

#[tokio::test]
async fn topics_that_are_all_refused_are_reported() {
    let cloud = config(Wire::Ssl, Generation::V2);
    let setup = Setup::with(cloud, |options| options).await;
    assert!(!setup.account.status().borrow().deaf);
    let mut updates = setup.account.updates();
    setup.cloud.faults().set(Fault::MqttRefuseTopics);
    setup.play("drop-streams").await;
    let connected = event(&mut updates, |event| matches!(event, Event::Connected { .. })).await;
    assert!(
        matches!(connected, Event::Connected { deaf: true, refused } if refused > 0),
        "{connected:?}"
    );
    assert!(setup.account.status().borrow().deaf);
}

#[tokio::test]
async fn topics_that_a_device_names_are_enough() {
    let cloud = config(Wire::Wss, Generation::V2);
    let setup = Setup::opened(cloud, |options| options).await;
    setup.cloud.faults().set(Fault::MqttRefuseWideTopics);
    setup.connected().await;
    let mut updates = setup.account.updates();
    setup.play("motion Garden 1").await;
    assert_eq!(change(&mut updates, GARDEN, "motionDetected").await.new, json!(true));
}

#[tokio::test]
async fn an_account_without_the_old_stream_is_not_asked_for_it_again() {
    let setup = Setup::opened(config(Wire::Sse, Generation::V2), |options| options).await;
    let mut updates = setup.account.updates();
    setup.connected().await;
    setup.cloud.faults().set(Fault::Subscribe403);
    setup.play("drop-streams").await;
    for _ in 0..5 {
        event(&mut updates, |event| matches!(event, Event::Disconnected { .. })).await;
    }
    assert_eq!(
        setup.count("GET /hmsweb/client/subscribe"),
        2,
        "the first, and the one that was refused"
    );
    assert_eq!(setup.logins(), 1);
}

#[tokio::test]
async fn a_page_of_cloudflare_takes_the_old_stream_from_no_account() {
    let setup = Setup::opened(config(Wire::Sse, Generation::V2), |options| options).await;
    let mut updates = setup.account.updates();
    setup.connected().await;
    setup.cloud.faults().set(Fault::Cloudflare403Api);
    setup.play("drop-streams").await;
    for _ in 0..5 {
        event(&mut updates, |event| matches!(event, Event::Disconnected { .. })).await;
    }
    setup.cloud.faults().clear_all();
    setup.connections(2).await;
    setup.play("motion Garden 1").await;
    assert_eq!(change(&mut updates, GARDEN, "motionDetected").await.new, json!(true));
    assert_eq!(setup.logins(), 1);
}

#[tokio::test]
async fn an_old_stream_that_is_refused_is_replaced_by_the_broker() {
    let cloud = config(Wire::Wss, Generation::V3);
    let setup = Setup::opened(cloud, |options: Options| options.stream(StreamChoice::Auto)).await;
    setup.connected().await;
    let mut updates = setup.account.updates();
    setup.play("motion Garden 1").await;
    assert_eq!(change(&mut updates, GARDEN, "motionDetected").await.new, json!(true));
}

#[tokio::test]
async fn a_broker_without_a_certificate_that_is_trusted_gets_no_token() {
    let cloud = arlo_sim::start(config(Wire::Ssl, Generation::V2)).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let options = Options::default().reconnect(Duration::from_millis(5), Duration::from_millis(20));
    let account = arlo_cameras::Account::open(login(&cloud, directory.path()), options)
        .await
        .unwrap();
    let mut updates = account.updates();
    let reason = until(&mut updates, |update| match update.events.first() {
        Some(Event::Disconnected { reason }) => Some(reason.clone()),
        _ => None,
    })
    .await;
    assert!(reason.contains("certificate"), "{reason}");
    assert!(!account.status().borrow().connected);
}

#[tokio::test]
async fn a_setting_without_an_answer_is_unknown() {
    let setup = Setup::with(config(Wire::Ssl, Generation::V2), |options| {
        options.answer_within(Duration::from_millis(200))
    })
    .await;
    setup.cloud.faults().set(Fault::HubSilent);
    let garden = setup.account.device("Garden").unwrap();
    let outcome = setup.account.set(&garden, "brightness", &json!(1)).await.unwrap();
    assert_eq!(outcome, Outcome::Unknown);
}
