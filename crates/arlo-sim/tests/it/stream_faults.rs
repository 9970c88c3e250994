//! The faults of events and of the library, over server-sent events. Those of the broker are in `mqtt`.

use arlo_sim::{Fault, Generation};
use reqwest::Method;
use serde_json::json;

use crate::common::Client;
use crate::house::{Events, data, play, start};

#[tokio::test]
async fn the_subscription_is_refused() {
    let (cloud, client) = start(Generation::V2).await;
    cloud.faults().set_times(Fault::Subscribe403, 1);
    assert_eq!(
        client.api(Method::GET, "/hmsweb/client/subscribe", None).await.status(),
        403
    );
    Events::open(&client).await;
    assert_eq!(
        client
            .api(Method::GET, "/hmsweb/client/unsubscribe", None)
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn streams_break_at_once_or_at_their_next_event() {
    let (cloud, client) = start(Generation::V2).await;
    let mut events = Events::open(&client).await;
    play(&cloud, "drop-streams").await;
    assert_eq!(events.next().await, None);
    let mut events = Events::open(&client).await;
    play(&cloud, "fault on drop-streams 1\nbattery Drive 50").await;
    assert_eq!(events.next().await, None);
    let mut events = Events::open(&client).await;
    play(&cloud, "battery Drive 49").await;
    assert_eq!(events.next().await.unwrap()["properties"]["batteryLevel"], 49);
}

#[tokio::test]
async fn tokens_expire_in_both_forms_and_somebody_else_logs_in() {
    for form in [None, Some(Fault::RefuseAsSuccess)] {
        let (cloud, client) = start(Generation::V2).await;
        let mut events = Events::open(&client).await;
        if let Some(form) = form {
            cloud.faults().set(form);
        }
        play(&cloud, "expire-tokens").await;
        assert_eq!(events.next().await, None);
        let refused = client.api(Method::GET, "/hmsweb/v2/users/devices", None).await;
        assert_eq!(refused.status(), if form.is_some() { 200 } else { 401 });
        assert_eq!(
            refused.json::<serde_json::Value>().await.unwrap()["data"]["error"],
            "2015"
        );
        // A new login is not concerned.
        let client = Client::with_password(&cloud).await;
        let mut events = Events::open(&client).await;
        play(&cloud, "logout-elsewhere").await;
        assert_eq!(events.next().await, Some(json!({ "action": "logout" })));
        assert_eq!(events.next().await, None);
        Events::open(&client).await;
    }
}

#[tokio::test]
async fn events_come_twice_or_with_texts_for_booleans_or_not_at_all() {
    let (cloud, client) = start(Generation::V2).await;
    let mut events = Events::open(&client).await;
    play(
        &cloud,
        "fault on duplicate-events 1\nbattery Drive 50\nbattery Drive 49",
    )
    .await;
    for level in [50, 50, 49] {
        assert_eq!(events.next().await.unwrap()["properties"]["batteryLevel"], level);
    }
    play(&cloud, "fault on other-subscriber\nbattery Drive 48\nfault off all").await;
    let [one, other] = [events.next().await.unwrap(), events.next().await.unwrap()];
    assert_eq!(one["properties"], other["properties"]);
    assert_ne!(one["transId"], other["transId"]);
    play(
        &cloud,
        "fault on string-booleans\nmotion Drive 1\nfault off string-booleans",
    )
    .await;
    for text in ["True", "False"] {
        assert_eq!(events.next().await.unwrap()["properties"]["motionDetected"], text);
    }
    play(
        &cloud,
        "fault on hub-silent\nbattery Garden 50\nfault off all\nbattery Garden 48",
    )
    .await;
    assert_eq!(events.next().await.unwrap()["properties"]["batteryLevel"], 48);
}

#[tokio::test]
async fn recordings_are_told_out_of_order_and_listed_late() {
    let (cloud, client) = start(Generation::V2).await;
    let mut events = Events::open(&client).await;
    play(
        &cloud,
        "fault on out-of-order-media\nfault on library-late=60 1\nrecord Drive 1",
    )
    .await;
    for stopped in [true, false] {
        assert_eq!(events.of("mediaUploadNotification").await["recordingStopped"], stopped);
    }
    let all = json!({ "dateFrom": "20000101", "dateTo": "29991231" });
    let listed = async || {
        let library = client.api(Method::POST, "/hmsweb/users/library", Some(&all)).await;
        data(library).await.as_array().unwrap().len()
    };
    assert_eq!(listed().await, 0);
    play(&cloud, "record Drive 1").await;
    assert_eq!(listed().await, 1);
    play(&cloud, "advance 61").await;
    assert_eq!(listed().await, 2);
}
