//! The session: renewed, replaced once, and never by a fault of the stream.

use std::time::Duration;

use arlo_cameras::{ErrorKind, Event};
use arlo_sim::{Fault, Generation};
use serde_json::json;

use crate::setup::*;

#[tokio::test]
async fn a_void_token_is_mended_by_exactly_one_login_whatever_its_refusal_looks_like() {
    for fault in [None, Some(Fault::RefuseAsSuccess), Some(Fault::RefuseByNumber)] {
        for wire in [Wire::Sse, Wire::Wss, Wire::Ssl] {
            let setup = Setup::new(wire, Generation::V2).await;
            if let Some(fault) = fault {
                setup.cloud.faults().set(fault);
            }
            setup.play("expire-tokens").await;
            let calls = (0..20).map(|_| setup.account.raw_devices());
            for answer in futures_util::future::join_all(calls).await {
                assert!(answer.is_ok(), "{answer:?}");
            }
            setup.connections(2).await;
            let mut updates = setup.account.updates();
            setup.play("motion Garden 1").await;
            assert_eq!(change(&mut updates, GARDEN, "motionDetected").await.new, json!(true));
            assert_eq!(setup.logins(), 2, "{fault:?} {wire:?}: the first, and one more");
            setup.cloud.shutdown().await;
        }
    }
}

#[tokio::test]
async fn a_stream_alone_finds_out_that_the_token_is_void() {
    for wire in [Wire::Sse, Wire::Wss, Wire::Ssl] {
        let setup = Setup::new(wire, Generation::V2).await;
        setup.play("expire-tokens").await;
        setup.connections(2).await;
        assert_eq!(setup.logins(), 2, "{wire:?}");
        setup.cloud.shutdown().await;
    }
}

#[tokio::test]
async fn a_token_that_the_broker_alone_refuses_leads_to_no_login() {
    for wire in [Wire::Wss, Wire::Ssl] {
        let setup = Setup::opened(config(wire, Generation::V2), |options| options).await;
        let mut updates = setup.account.updates();
        setup.connected().await;
        setup.cloud.faults().set(Fault::MqttConnack5);
        setup.play("drop-streams").await;
        for _ in 0..5 {
            event(&mut updates, |event| matches!(event, Event::Disconnected { .. })).await;
        }
        assert_eq!(setup.logins(), 1);
        let checks = setup.count("GET /hmsweb/users/session/v3");
        assert!(checks <= 8, "each refusal is checked once: {checks}");
        setup.cloud.faults().clear_all();
        setup.connections(2).await;
        assert_eq!(setup.logins(), 1);
        setup.cloud.shutdown().await;
    }
}

#[tokio::test]
async fn a_cloud_that_refuses_every_token_gets_one_more_login_and_no_storm() {
    let setup = Setup::new(Wire::Sse, Generation::V2).await;
    setup.cloud.faults().set(Fault::VoidTokens);
    for _ in 0..10 {
        let error = setup.account.raw_devices().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Session, "{error}");
        assert!(error.is_retryable());
    }
    assert!(setup.logins() <= 2, "{} logins", setup.logins());
}

#[tokio::test]
async fn a_session_is_renewed_before_it_expires_and_the_stream_follows() {
    let mut cloud = config(Wire::Ssl, Generation::V2);
    // A session is renewed ten minutes before its end.
    cloud.token_lifetime = Duration::from_secs(601);
    let setup = Setup::with(cloud, |options| options).await;
    let expires = setup.account.session_expires_at();
    setup.connections(2).await;
    assert!(setup.account.session_expires_at() >= expires);
    let mut updates = setup.account.updates();
    setup.play("motion Garden 1").await;
    assert_eq!(change(&mut updates, GARDEN, "motionDetected").await.new, json!(true));
    assert_eq!(setup.logins(), 2);
}

#[tokio::test]
async fn two_accounts_on_one_session_file_share_its_login() {
    let setup = Setup::new(Wire::Ssl, Generation::V2).await;
    let other = setup.second().await;
    assert_eq!(setup.logins(), 1);
    setup.play("expire-tokens").await;
    let (one, two) = tokio::join!(setup.account.raw_devices(), other.raw_devices());
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(
        setup.logins(),
        2,
        "the second waited for the first, and used its session"
    );
}

#[tokio::test]
async fn another_client_that_logs_out_is_survived() {
    for wire in [Wire::Sse, Wire::Ssl] {
        let setup = Setup::new(wire, Generation::V2).await;
        let mut updates = setup.account.updates();
        setup.play("logout-elsewhere").await;
        event(&mut updates, |event| matches!(event, Event::LoggedOut)).await;
        setup.connections(2).await;
        setup.play("motion Garden 1").await;
        assert_eq!(change(&mut updates, GARDEN, "motionDetected").await.new, json!(true));
        assert_eq!(setup.logins(), 1);
        setup.cloud.shutdown().await;
    }
}

#[tokio::test]
async fn a_password_that_no_longer_works_ends_the_session_and_is_sent_once() {
    let setup = Setup::new(Wire::Ssl, Generation::V2).await;
    let mut updates = setup.account.updates();
    setup.cloud.faults().set(Fault::Locked);
    setup.play("expire-tokens").await;
    for _ in 0..5 {
        let error = setup.account.raw_devices().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Session, "{error}");
    }
    event(&mut updates, |event| matches!(event, Event::Disconnected { .. })).await;
    assert_eq!(setup.logins(), 2, "the pause of the session file holds");
}
