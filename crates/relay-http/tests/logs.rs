//! What is written to the log: every call, and no secret of any.
//!
//! A process of its own: what another test of the same process has logged before, without a subscriber, tracing takes
//! for what nobody wants.

// clippy.toml frees test functions of these; what they share is test code too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[allow(dead_code, reason = "the other tests use the rest")]
#[path = "api/world.rs"]
mod world;

use std::io;
use std::sync::{Arc, Mutex};

use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use world::{EMAIL, JSON, World};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_names_routes_and_no_secret() {
    let captured = Captured::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_ansi(false)
        .with_writer(captured.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());

    let world = World::new().await;
    let poll = world.prestaged().await;
    let bearer = format!("Bearer {}", world.token);
    let headers = [("authorization", bearer.as_str()), JSON[0]];
    world
        .post(
            &world.uri("prepare-arlo-mfa"),
            &headers,
            format!(r#"{{"email":"{EMAIL}"}}"#),
        )
        .await;
    world.get(&world.uri("clear")).await;
    world.get(&(world.uri("add") + "&code=482913")).await;
    world.get(&(world.uri("add") + "&msg=code+is+482914")).await;
    world.get(&poll).await;
    world.get(&world.uri("get")).await;
    world.get(&format!("/get/{}?email={EMAIL}", world.token)).await;
    let status = world.get(&world.uri("status")).await;
    world.get(&format!("/status/{}", world.token)).await;
    world.post(&format!("/enrolment/token/{}x", world.token), &[], "").await;
    world.delete(&format!("/enrolment/{}x", world.token), &[]).await;
    world.get(&format!("/nothing/{}/{EMAIL}", world.token)).await;
    world
        .post(
            &format!("/mail/{}", world.token),
            &[],
            format!("From: {EMAIL}\r\n\r\n482913"),
        )
        .await;

    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    let mailbox = world.relay_address.split('@').next().unwrap();
    let key = poll.rsplit('/').next().unwrap();
    for secret in [
        world.token.as_str(),
        "arelay_",
        key,
        mailbox,
        "482913",
        "482914",
        EMAIL,
        "casey",
        "Bearer",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
    // Each line has the id of its call, which differs.
    for (span, line) in [
        (
            r#"http{method="POST" route="/prepare-arlo-mfa/{token}" call="#,
            "relay_http::trace: answered status=200",
        ),
        (
            r#"http{method="POST" route="/prepare-arlo-mfa" call="#,
            "relay_http::prestage: login request staged request=req_",
        ),
        (
            r#"http{method="GET" route="/status/{token}" call="#,
            "relay_http::trace: answered status=200",
        ),
        (
            r#"http{method="POST" route="/enrolment/token/{token}" call="#,
            "relay_http::trace: answered status=403",
        ),
        (
            r#"http{method="DELETE" route="/enrolment/{token}" call="#,
            "relay_http::trace: answered status=403",
        ),
        (
            r#"http{method="GET" route="/poll/{key}" call="#,
            "relay_http::trace: answered status=200",
        ),
        (
            r#"http{method="GET" route="unknown" call="#,
            "relay_http::trace: answered status=404",
        ),
    ] {
        let is_there = log
            .lines()
            .any(|written| written.contains(span) && written.contains(line));
        assert!(is_there, "{span} {line} is not in the log:\n{log}");
    }
    let of_status = format!(r#"route="/status" call={}}}: "#, status.header("x-request-id"));
    assert!(log.contains(&of_status), "{of_status} is not in the log:\n{log}");
}
