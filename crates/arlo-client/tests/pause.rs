//! The pause after a login that failed: what a service that starts again and again does to an account.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arlo_client::{Error, ErrorKind, Login, Session};
use jiff::{SignedDuration, Timestamp};
use support::*;

/// An unattended machine: its cloud, its session file, its clock.
struct Home {
    cloud: Cloud,
    directory: tempfile::TempDir,
    now: Arc<Mutex<Timestamp>>,
}

impl Home {
    async fn new() -> Self {
        Self {
            cloud: Cloud::start().await,
            directory: tempfile::tempdir().unwrap(),
            now: Arc::new(Mutex::new(Timestamp::now())),
        }
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("session.json")
    }

    fn with(&self, login: Login) -> Login {
        let now = Arc::clone(&self.now);
        login.session_file(self.file()).clock(move || *now.lock().unwrap())
    }

    async fn login(&self) -> Result<Session, Error> {
        self.with(self.cloud.login()).run().await
    }

    fn pass(&self, time: SignedDuration) {
        *self.now.lock().unwrap() += time;
    }
}

fn refusal(call: &str) -> (Answer, ErrorKind) {
    match call {
        "wrong" => (Answer::error(401, 1, "Password not correct"), ErrorKind::WrongPassword),
        "locked" => (Answer::error(403, 9017, "Account locked"), ErrorKind::AccountLocked),
        "limited" => (
            Answer(429, vec![("retry-after", "90".into())], String::new()),
            ErrorKind::RateLimited,
        ),
        _ => (
            Answer(403, Vec::new(), "<html>1020".into()),
            ErrorKind::BlockedByCloudflare,
        ),
    }
}

#[tokio::test]
async fn a_refusal_is_not_asked_for_twice() {
    for (name, seconds) in [("wrong", 86_400), ("locked", 300), ("limited", 90), ("blocked", 60)] {
        let home = Home::new().await;
        let (answer, kind) = refusal(name);
        // What Cloudflare turns away is tried three times.
        let times = if name == "blocked" { 3 } else { 1 };
        home.cloud.answer("auth", vec![answer; times]);
        let refused = home.login().await.unwrap_err();
        assert_eq!((refused.kind(), refused.paused_until()), (kind, None));

        home.cloud.forget();
        let until = *home.now.lock().unwrap() + SignedDuration::from_secs(seconds);
        for _ in 0..3 {
            let paused = home.login().await.unwrap_err();
            assert_eq!((paused.kind(), paused.paused_until()), (kind, Some(until)), "{name}");
            assert_no_secret(&all_texts(&paused));
        }
        assert_eq!(home.cloud.names(), [""; 0], "{name}: nothing is sent");

        home.pass(SignedDuration::from_secs(seconds));
        home.login().await.unwrap();
        assert!(
            !std::fs::read_to_string(home.file()).unwrap().contains("pause"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn another_password_and_a_person_need_not_wait() {
    let home = Home::new().await;
    home.cloud.answer("auth", [refusal("wrong").0, refusal("wrong").0]);
    let wrong = || {
        let login = Login::new(ACCOUNT, "typo".into());
        home.with(login.auth_host(&home.cloud.url).api_host(&home.cloud.url))
    };
    assert_eq!(wrong().run().await.unwrap_err().paused_until(), None);
    assert!(wrong().run().await.unwrap_err().paused_until().is_some());
    assert_eq!(wrong().force().run().await.unwrap_err().paused_until(), None);
    assert_eq!(home.cloud.count("auth"), 2);
    home.login().await.unwrap();

    let home = Home::new().await;
    home.cloud.answer("auth", [refusal("limited").0]);
    home.login().await.unwrap_err();
    assert!(
        home.login().await.unwrap_err().paused_until().is_some(),
        "a rate limit is not the password's"
    );
    home.with(home.cloud.login()).force().run().await.unwrap();
}

#[tokio::test]
async fn a_login_without_an_end_fills_no_mailbox() {
    // The relay has no code: again and again.
    let home = Home::new().await;
    let no_code = Answer::json(serde_json::json!({"status": "error", "message": "two codes"}));
    home.cloud.answer("poll", vec![no_code; 100]);
    let mut tries = 0;
    let end = *home.now.lock().unwrap() + SignedDuration::from_hours(24);
    while *home.now.lock().unwrap() < end {
        tries += 1;
        assert!(home.login().await.is_err());
        home.pass(SignedDuration::from_mins(1));
    }
    assert_eq!((tries, home.cloud.count("startAuth")), (1440, 29), "mails in a day");

    // Killed while it waits, and started again.
    let home = Home::new().await;
    let waiting = Answer::json(serde_json::json!({"status": "pending"}));
    home.cloud.answer("poll", vec![waiting; 100]);
    let (waits, mut waiting) = tokio::sync::mpsc::unbounded_channel();
    let login = home.with(home.cloud.login()).on_step(move |step| {
        if matches!(step, arlo_client::Step::WaitingForCode) {
            waits.send(()).unwrap();
        }
    });
    tokio::select! {
        _ = login.run() => unreachable!("no code came"),
        _ = waiting.recv() => {}
    }
    let error = home.login().await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::TooSoon, true));
    assert!(error.retry_after().is_some_and(|left| left <= Duration::from_secs(60)));
    assert_eq!(home.cloud.count("startAuth"), 1);
}

#[tokio::test]
async fn a_good_session_is_used_all_the_same() {
    let home = Home::new().await;
    home.cloud.answer("v3", [Answer(502, Vec::new(), String::new())]);
    assert_eq!(home.login().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(home.login().await.unwrap().reused());
    assert!(!std::fs::read_to_string(home.file()).unwrap().contains("pause"));

    // Whatever the pause is for.
    for name in ["wrong", "locked", "limited", "blocked"] {
        let home = Home::new().await;
        let session = home.login().await.unwrap();
        let now = *home.now.lock().unwrap();
        home.pass(session.expires_at().duration_since(now));
        home.cloud
            .answer("auth", vec![refusal(name).0; if name == "blocked" { 3 } else { 1 }]);
        home.login().await.unwrap_err();
        assert!(home.login().await.unwrap_err().paused_until().is_some(), "{name}");
        // The clock was wrong, say, and the session of the file is good after all.
        home.pass(SignedDuration::from_hours(-2));
        home.cloud.forget();
        assert!(home.login().await.unwrap().reused(), "{name}");
        assert_eq!(home.cloud.names(), ["v3"]);
    }

    // A page before the API host begins no pause at all.
    let home = Home::new().await;
    home.login().await.unwrap();
    home.cloud.answer("v3", vec![refusal("blocked").0; 3]);
    assert_eq!(home.login().await.unwrap_err().kind(), ErrorKind::BlockedByCloudflare);
    assert!(!std::fs::read_to_string(home.file()).unwrap().contains("pause"));
    assert!(home.login().await.unwrap().reused());
}

#[tokio::test]
async fn a_state_of_arlos_begins_no_pause() {
    for (call, number) in [
        ("auth", 9000),
        ("getFactorId", 9029),
        ("getFactors", 9306),
        ("getFactors", 9334),
    ] {
        let home = Home::new().await;
        let void = Answer(401, Vec::new(), String::new());
        home.cloud
            .answer(call, [Answer::error(400, number, "Not now")])
            .answer("v3", [void]);
        let error = home.login().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ArloRefused { code: Some(number) });
        assert!(error.is_retryable() && error.retry_after().is_some());
        assert!(
            !std::fs::read_to_string(home.file())
                .unwrap_or_default()
                .contains("pause"),
            "{call} {number}"
        );
        home.cloud
            .answer("v3", [Answer::json(serde_json::json!({"success": true}))]);
    }
    // Once a code was asked for, a pause keeps the mailbox from filling.
    let home = Home::new().await;
    home.cloud.answer("startAuth", [Answer::error(400, 9000, "Not now")]);
    home.login().await.unwrap_err();
    assert!(home.login().await.unwrap_err().paused_until().is_some());
}

#[tokio::test]
async fn a_login_without_codes_waits_until_it_has_some() {
    let home = Home::new().await;
    let without = || home.with(home.cloud.login_without_codes());
    assert_eq!(without().run().await.unwrap_err().kind(), ErrorKind::NoCodeSource);
    home.cloud.forget();
    let paused = without().run().await.unwrap_err();
    assert_eq!(
        (paused.kind(), paused.paused_until().is_some()),
        (ErrorKind::NoCodeSource, true)
    );
    assert_eq!(
        home.cloud.names(),
        [""; 0],
        "a service that is started again and again sends nothing"
    );
    assert!(home.login().await.unwrap().mfa(), "a source of codes ends the wait");
}

#[tokio::test]
async fn what_never_reached_arlo_is_tried_again_at_once() {
    let home = Home::new().await;
    let away = home.with(Login::new(ACCOUNT, PASSWORD.into()).auth_host("http://127.0.0.1:1"));
    for _ in 0..2 {
        let error = away.run().await.unwrap_err();
        assert_eq!((error.kind(), error.paused_until()), (ErrorKind::Network, None));
    }
}
