//! The pause after a failed login, for a service that is restarted again and again.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::*;
use arlo_client::{Error, ErrorKind, Login, Session};
use jiff::{SignedDuration, Timestamp};

/// A machine that runs unattended, with its cloud, its session file and its clock.
struct Setup {
    cloud: Cloud,
    directory: tempfile::TempDir,
    now: Arc<Mutex<Timestamp>>,
}

impl Setup {
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
async fn a_refused_login_is_not_sent_twice() {
    for (name, seconds) in [("wrong", 86_400), ("locked", 300), ("limited", 90), ("blocked", 60)] {
        let setup = Setup::new().await;
        let (answer, kind) = refusal(name);
        // A call that Cloudflare blocks is tried three times.
        let times = if name == "blocked" { 3 } else { 1 };
        setup.cloud.answer("auth", vec![answer; times]);
        let refused = setup.login().await.unwrap_err();
        assert_eq!((refused.kind(), refused.paused_until()), (kind, None));

        setup.cloud.clear_calls();
        let until = *setup.now.lock().unwrap() + SignedDuration::from_secs(seconds);
        for _ in 0..3 {
            let paused = setup.login().await.unwrap_err();
            assert_eq!((paused.kind(), paused.paused_until()), (kind, Some(until)), "{name}");
            assert_no_secret(&all_texts(&paused));
        }
        assert_eq!(setup.cloud.names(), [""; 0], "{name}: nothing is sent");

        setup.pass(SignedDuration::from_secs(seconds));
        setup.login().await.unwrap();
        assert!(
            !std::fs::read_to_string(setup.file()).unwrap().contains("pause"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn another_password_and_a_forced_login_need_not_wait() {
    let setup = Setup::new().await;
    setup.cloud.answer("auth", [refusal("wrong").0, refusal("wrong").0]);
    let wrong = || {
        let login = Login::new(ACCOUNT, "typo".into());
        setup.with(login.auth_host(&setup.cloud.url).api_host(&setup.cloud.url))
    };
    assert_eq!(wrong().run().await.unwrap_err().paused_until(), None);
    assert!(wrong().run().await.unwrap_err().paused_until().is_some());
    assert_eq!(wrong().force().run().await.unwrap_err().paused_until(), None);
    assert_eq!(setup.cloud.count("auth"), 2);
    setup.login().await.unwrap();

    let setup = Setup::new().await;
    setup.cloud.answer("auth", [refusal("limited").0]);
    setup.login().await.unwrap_err();
    assert!(
        setup.login().await.unwrap_err().paused_until().is_some(),
        "a rate limit does not depend on the password"
    );
    setup.with(setup.cloud.login()).force().run().await.unwrap();
}

#[tokio::test]
async fn a_mistyped_account_is_mended_without_another_file() {
    for name in ["wrong", "locked", "limited", "blocked"] {
        let setup = Setup::new().await;
        let calls = if name == "blocked" { 3 } else { 1 };
        setup.cloud.answer("auth", vec![refusal(name).0; calls]);
        let mistyped = Login::new("cassey@example.org", PASSWORD.into());
        let mistyped = setup.with(mistyped.auth_host(&setup.cloud.url).api_host(&setup.cloud.url));
        assert_eq!(mistyped.run().await.unwrap_err().kind(), refusal(name).1);
        setup.cloud.clear_calls();

        let mended = setup.login().await;
        if ["wrong", "locked"].contains(&name) {
            assert!(mended.unwrap().mfa(), "{name}");
        } else {
            let paused = mended.unwrap_err();
            assert_eq!(
                (paused.kind(), setup.cloud.names().len()),
                (refusal(name).1, 0),
                "{name}"
            );
            assert!(
                paused.paused_until().is_some(),
                "the pause is about the machine: {name}"
            );
            setup.pass(SignedDuration::from_mins(2));
            setup.login().await.unwrap();
        }
        assert_eq!(
            mistyped.run().await.unwrap_err().kind(),
            ErrorKind::SessionFile,
            "{name}"
        );
        assert!(setup.login().await.unwrap().reused(), "the session is kept: {name}");
    }
}

#[tokio::test]
async fn a_login_that_always_fails_fills_no_mailbox() {
    // The relay has no code, again and again.
    let setup = Setup::new().await;
    let no_code = Answer::json(serde_json::json!({"status": "error", "message": "two codes"}));
    setup.cloud.answer("poll", vec![no_code; 100]);
    let mut tries = 0;
    let end = *setup.now.lock().unwrap() + SignedDuration::from_hours(24);
    while *setup.now.lock().unwrap() < end {
        tries += 1;
        assert!(setup.login().await.is_err());
        setup.pass(SignedDuration::from_mins(1));
    }
    assert_eq!((tries, setup.cloud.count("startAuth")), (1440, 29), "mails in a day");

    // The login is killed while it waits, and started again.
    let setup = Setup::new().await;
    let waiting = Answer::json(serde_json::json!({"status": "pending"}));
    setup.cloud.answer("poll", vec![waiting; 100]);
    let (waits, mut waiting) = tokio::sync::mpsc::unbounded_channel();
    let login = setup.with(setup.cloud.login()).on_step(move |step| {
        if matches!(step, arlo_client::Step::WaitingForCode) {
            waits.send(()).unwrap();
        }
    });
    tokio::select! {
        _ = login.run() => unreachable!("no code came"),
        _ = waiting.recv() => {}
    }
    let error = setup.login().await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::TooSoon, true));
    assert!(error.retry_after().is_some_and(|left| left <= Duration::from_secs(60)));
    assert_eq!(setup.cloud.count("startAuth"), 1);
}

#[tokio::test]
async fn a_valid_session_is_used_all_the_same() {
    let setup = Setup::new().await;
    setup.cloud.answer("v3", [Answer(502, Vec::new(), String::new())]);
    assert_eq!(setup.login().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(setup.login().await.unwrap().reused());
    assert!(!std::fs::read_to_string(setup.file()).unwrap().contains("pause"));

    // For every cause of a pause.
    for name in ["wrong", "locked", "limited", "blocked"] {
        let setup = Setup::new().await;
        let session = setup.login().await.unwrap();
        let now = *setup.now.lock().unwrap();
        setup.pass(session.expires_at().duration_since(now));
        setup
            .cloud
            .answer("auth", vec![refusal(name).0; if name == "blocked" { 3 } else { 1 }]);
        setup.login().await.unwrap_err();
        assert!(setup.login().await.unwrap_err().paused_until().is_some(), "{name}");
        // The clock was wrong, and the saved session is valid after all.
        setup.pass(SignedDuration::from_hours(-2));
        setup.cloud.clear_calls();
        assert!(setup.login().await.unwrap().reused(), "{name}");
        assert_eq!(setup.cloud.names(), ["v3"]);
    }

    // A page of Cloudflare at the API host begins no pause.
    let setup = Setup::new().await;
    setup.login().await.unwrap();
    setup.cloud.answer("v3", vec![refusal("blocked").0; 3]);
    assert_eq!(setup.login().await.unwrap_err().kind(), ErrorKind::BlockedByCloudflare);
    assert!(!std::fs::read_to_string(setup.file()).unwrap().contains("pause"));
    assert!(setup.login().await.unwrap().reused());
}

#[tokio::test]
async fn a_resumed_session_does_not_end_the_pause_of_its_renewal() {
    for name in ["wrong", "locked"] {
        let setup = Setup::new().await;
        let renew = |session| {
            let login = setup.with(setup.cloud.login());
            async move { login.renew_if_due(&session).await.unwrap_err() }
        };
        let session = setup.login().await.unwrap();
        let now = *setup.now.lock().unwrap();
        setup.pass(session.renew_at().duration_since(now));
        let (answer, kind) = refusal(name);
        setup.cloud.answer("auth", [answer]);
        assert_eq!(renew(session).await.paused_until(), None);

        // The service is started again and again, and its session is due for renewal each time.
        setup.cloud.clear_calls();
        for _ in 0..3 {
            let resumed = setup.login().await.unwrap();
            assert!(resumed.reused());
            let paused = renew(resumed).await;
            assert_eq!((paused.kind(), paused.paused_until().is_some()), (kind, true), "{name}");
        }
        // Arlo asks for fewer requests when the session is resumed.
        setup.cloud.answer("v3", [refusal("limited").0]);
        assert_eq!(setup.login().await.unwrap_err().kind(), ErrorKind::RateLimited);
        setup.pass(SignedDuration::from_secs(120));
        let paused = renew(setup.login().await.unwrap()).await;
        assert_eq!((paused.kind(), paused.paused_until().is_some()), (kind, true), "{name}");
        assert_eq!(setup.cloud.count("auth"), 0, "{name}: the password is not sent again");

        // The pause is as long as before, and a login that succeeds ends it.
        setup.pass(SignedDuration::from_hours(if name == "wrong" { 24 } else { 1 }));
        assert!(!setup.login().await.unwrap().reused());
        assert!(!std::fs::read_to_string(setup.file()).unwrap().contains("pause"));
    }
}

#[tokio::test]
async fn a_service_that_is_restarted_asks_for_no_code_a_start() {
    let setup = Setup::new().await;
    let session = setup.login().await.unwrap();
    let now = *setup.now.lock().unwrap();
    setup.pass(session.renew_at().duration_since(now));
    let (not_trusted, no_code) = (
        "Browser is not trusted",
        serde_json::json!({"status": "error", "message": "gone"}),
    );
    for _ in 0..4 {
        setup
            .cloud
            .answer("getFactorId", [Answer::error(400, 9204, not_trusted)]);
        setup.cloud.answer("poll", [Answer::json(no_code.clone())]);
    }
    setup.cloud.clear_calls();
    for _ in 0..4 {
        let resumed = setup.login().await.unwrap();
        setup
            .with(setup.cloud.login())
            .renew_if_due(&resumed)
            .await
            .unwrap_err();
    }
    assert_eq!(setup.cloud.count("startAuth"), 1);
}

#[tokio::test]
async fn a_temporary_state_of_arlo_begins_no_pause() {
    for (call, number) in [
        ("auth", 9000),
        ("getFactorId", 9029),
        ("getFactors", 9306),
        ("getFactors", 9334),
    ] {
        let setup = Setup::new().await;
        let void = Answer(401, Vec::new(), String::new());
        setup
            .cloud
            .answer(call, [Answer::error(400, number, "Not now")])
            .answer("v3", [void]);
        let error = setup.login().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ArloRefused { code: Some(number) });
        assert!(error.is_retryable() && error.retry_after().is_some());
        assert!(
            !std::fs::read_to_string(setup.file())
                .unwrap_or_default()
                .contains("pause"),
            "{call} {number}"
        );
        setup
            .cloud
            .answer("v3", [Answer::json(serde_json::json!({"success": true}))]);
    }
    // After the request for a code there is a pause, so that the mailbox does not fill.
    let setup = Setup::new().await;
    setup.cloud.answer("startAuth", [Answer::error(400, 9000, "Not now")]);
    setup.login().await.unwrap_err();
    assert!(setup.login().await.unwrap_err().paused_until().is_some());
}

#[tokio::test]
async fn a_login_without_codes_waits_until_it_has_some() {
    let setup = Setup::new().await;
    let without = || setup.with(setup.cloud.login_without_codes());
    assert_eq!(without().run().await.unwrap_err().kind(), ErrorKind::NoCodeSource);
    setup.cloud.clear_calls();
    let paused = without().run().await.unwrap_err();
    assert_eq!(
        (paused.kind(), paused.paused_until().is_some()),
        (ErrorKind::NoCodeSource, true)
    );
    assert_eq!(
        setup.cloud.names(),
        [""; 0],
        "a service that is restarted again and again sends nothing"
    );
    assert!(setup.login().await.unwrap().mfa(), "a source of codes ends the wait");
}

#[tokio::test]
async fn a_login_that_did_not_reach_arlo_begins_no_pause() {
    let setup = Setup::new().await;
    let away = setup.with(Login::new(ACCOUNT, PASSWORD.into()).auth_host("http://127.0.0.1:1"));
    for _ in 0..2 {
        let error = away.run().await.unwrap_err();
        assert_eq!((error.kind(), error.paused_until()), (ErrorKind::Network, None));
    }
}
