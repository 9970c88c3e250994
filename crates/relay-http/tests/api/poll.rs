use std::time::Duration;

use axum::http::Method;
use insta::assert_snapshot;
use tokio::time::{Instant, sleep};

use crate::world::{World, request, send};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_request_is_pending_then_complete_then_gone() {
    let world = World::new().await;
    let path = world.prestaged().await;
    assert_snapshot!(world.get(&path).await, @r#"
    200 application/json
    {"status":"pending"}
    "#);
    world.add_code("012345").await;
    let complete = world.get(&path).await;
    assert_snapshot!(complete, @r#"
    200 application/json
    {"status":"complete","code":"012345"}
    "#);
    assert_eq!(complete.header("cache-control"), "no-store");
    tokio::time::advance(300 * SECOND).await;
    assert_snapshot!(world.get(&path).await, @r#"
    403 application/problem+json
    {"title":"Forbidden","status":403,"detail":"There is no such login request, or it has expired."}
    "#);
}

#[tokio::test(start_paused = true)]
async fn keys_that_read_nothing_are_refused_alike() {
    let world = World::new().await;
    let unknown = world.get(&format!("/poll/{}", "a".repeat(52))).await.to_string();
    for key in ["x", "%ff", "%2e%2e%2f", &"A".repeat(52), &"a".repeat(5_000)] {
        assert_eq!(
            world.get(&format!("/poll/{key}?wait=5")).await.to_string(),
            unknown,
            "{key}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_gives_up_leaves_nothing_pending() {
    let world = World::new().await;
    let path = world.prestaged().await;
    for path in [path.as_str(), path.as_str(), "/poll/x"] {
        let answer = send(&world.router, request(Method::DELETE, path, &[], "")).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""));
    }
    assert_eq!(world.get(&path).await.status.as_u16(), 403);
}

#[tokio::test(start_paused = true)]
async fn head_has_no_body() {
    let world = World::new().await;
    let path = world.prestaged().await;
    let answer = send(&world.router, request(Method::HEAD, &path, &[], "")).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
}

#[tokio::test(start_paused = true)]
async fn a_fault_tells_its_reason() {
    let world = World::new().await;
    let path = world.prestaged().await;
    conflict(&world).await;
    assert_snapshot!(world.get(&path).await, @r#"
    200 application/json
    {"status":"error","message":"Arlo's mail holds two different numbers that could be the code, so none was taken. Start the login again."}
    "#);
}

/// Ends the pending request as a mail with two codes does.
async fn conflict(world: &World) {
    use arlo_mail::MailId;
    use relay::ports::{Ending, FindEnrolments as _, MailTaken, TakeMail as _};
    use relay::{AuditEvent, AuditKind, Fault, MailEvent};
    let store = &world.store;
    let mut pending = store.find(&world.id).await.unwrap().unwrap().pending;
    let event = AuditEvent {
        at: world.relay.now(),
        kind: AuditKind::Mail(MailEvent::ConflictingCodes),
        network: None,
    };
    let mail = MailTaken {
        ends: Some(Ending {
            mail: MailId::from_bytes([1; 32]),
            seen_until: world.relay.now(),
            request: pending.pop().unwrap(),
            outcome: Err(Fault::ConflictingCodes),
        }),
        ..MailTaken::only(world.id, event)
    };
    store.take(&mail).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_the_code_comes() {
    let world = World::new().await;
    let path = world.prestaged().await + "?wait=60";
    let start = Instant::now();
    let (answer, ()) = tokio::join!(world.get(&path), async {
        sleep(5 * SECOND).await;
        world.add_code("482913").await;
    });
    assert_eq!(answer.body, r#"{"status":"complete","code":"482913"}"#);
    assert_eq!(start.elapsed(), 5 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn two_waiters_of_two_requests_each_get_their_own_code() {
    let world = World::new().await;
    let first = world.prestaged().await + "?wait=60";
    sleep(SECOND).await;
    let second = world.prestaged().await + "?wait=60";
    let (one, again, two, ()) = tokio::join!(world.get(&first), world.get(&first), world.get(&second), async {
        sleep(SECOND).await;
        world.add_code("111111").await;
        sleep(SECOND).await;
        world.add_code("222222").await;
    });
    // A code is for the login that was begun last.
    assert_eq!(two.json()["code"], "111111");
    assert_eq!(one.json()["code"], "222222");
    assert_eq!(again.json()["code"], "222222");
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_no_longer_than_asked_and_never_above_a_minute() {
    let world = World::new().await;
    let path = world.prestaged().await;
    for (query, seconds) in [("", 0), ("?wait=0", 0), ("?wait=7", 7), ("?wait=600", 60)] {
        let start = Instant::now();
        assert_eq!(
            world.get(&format!("{path}{query}")).await.body,
            r#"{"status":"pending"}"#
        );
        assert_eq!(start.elapsed(), seconds * SECOND, "{query}");
    }
    assert_snapshot!(world.get(&(path + "?wait=soon")).await, @r#"
    400 application/problem+json
    {"title":"Bad Request","status":400,"detail":"wait= takes whole seconds."}
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_the_request_expires() {
    let world = World::new().await;
    let path = world.prestaged().await;
    sleep(270 * SECOND).await;
    let start = Instant::now();
    let answer = world.get(&(path + "?wait=60")).await;
    assert_eq!(answer.status, 403);
    assert!(start.elapsed() >= 30 * SECOND && start.elapsed() < 31 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_the_server_drains() {
    let world = World::new().await;
    let path = world.prestaged().await + "?wait=60";
    let start = Instant::now();
    let (answer, ()) = tokio::join!(world.get(&path), async {
        sleep(2 * SECOND).await;
        world.draining.send(true).unwrap();
    });
    assert_eq!(answer.body, r#"{"status":"pending"}"#);
    assert_eq!(start.elapsed(), 2 * SECOND);
    // And who comes after that does not wait at all.
    world.get(&path).await;
    assert_eq!(start.elapsed(), 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_the_enrolment_does() {
    let world = World::new().await;
    let path = world.prestaged().await + "?wait=60";
    let start = Instant::now();
    let (answer, ()) = tokio::join!(world.get(&path), async {
        sleep(SECOND).await;
        world.relay.enroller().revoke(&world.id).await.unwrap();
    });
    assert_eq!(answer.status, 403);
    assert_eq!(start.elapsed(), SECOND);
}

#[tokio::test(start_paused = true)]
async fn where_no_wait_is_offered_the_answer_comes_at_once() {
    let world = World::without_long_poll().await;
    let path = world.prestaged().await;
    let start = Instant::now();
    assert_eq!(world.get(&(path + "?wait=60")).await.body, r#"{"status":"pending"}"#);
    assert_eq!(start.elapsed(), Duration::ZERO);
}
