//! A login that a person approves in Arlo's app: requests at long intervals, until the answer or the deadline.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{Answer, assert_no_secret};
use arlo_client::{BoxFuture, Error, ErrorKind, Login, Request, Response, Step, Transport};
use arlo_sim::{Config, User};
use serde_json::{Value, json};
use tokio::time::Instant;

const ACCOUNT: &str = "casey@example.org";
const PASSWORD: &str = "correct horse";

#[tokio::test]
async fn an_approved_login_needs_no_code_and_trusts_the_browser() {
    let config = Config::new(([127, 0, 0, 1], 1).into(), vec![User::new(ACCOUNT, PASSWORD)]);
    let cloud = Arc::new(arlo_sim::start(config).await.unwrap());
    let directory = tempfile::tempdir().unwrap();
    let now = Arc::new(Mutex::new(jiff::Timestamp::now()));
    let (person, steps) = (Arc::clone(&cloud), Arc::new(Mutex::new(Vec::new())));
    let (seen, clock) = (Arc::clone(&steps), Arc::clone(&now));
    let login = Login::new(ACCOUNT, PASSWORD.into())
        .auth_host(cloud.url())
        .api_host(cloud.url())
        .session_file(directory.path().join("session.json"))
        .clock(move || *clock.lock().unwrap())
        .approved_in_app()
        .on_step(move |step| {
            if matches!(step, Step::WaitingForApproval) {
                person.approve_pushes(ACCOUNT);
            }
            seen.lock().unwrap().push(step.to_string());
        });
    let session = login.run().await.unwrap();
    assert!(session.mfa());
    assert!(steps.lock().unwrap().contains(&"the login is approved".to_owned()));

    *now.lock().unwrap() += Duration::from_secs(3 * 60 * 60);
    cloud.advance(Duration::from_secs(3 * 60 * 60));
    assert!(!login.run().await.unwrap().mfa(), "the browser is trusted");
}

/// Arlo without a network. Answers `finishAuth` by a function of the test, and records when it was called.
struct Script {
    finish: Box<dyn Fn(usize) -> Result<Answer, ErrorKind> + Send + Sync>,
    asked: Mutex<Vec<(Instant, Value)>>,
}

impl Script {
    fn login(finish: impl Fn(usize) -> Result<Answer, ErrorKind> + Send + Sync + 'static) -> (Arc<Self>, Login) {
        let script = Arc::new(Self {
            finish: Box::new(finish),
            asked: Mutex::default(),
        });
        let login = Login::new(ACCOUNT, PASSWORD.into()).transport(Arc::clone(&script) as _);
        (script, login.approved_in_app())
    }

    fn pauses(&self) -> Vec<u64> {
        let asked = self.asked.lock().unwrap();
        asked.windows(2).map(|pair| (pair[1].0 - pair[0].0).as_secs()).collect()
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        let path = request
            .url
            .split('?')
            .next()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        let token = json!({"token": "2_t", "userId": "U1", "expiresIn": 4_000_000_000_i64, "authCompleted": false});
        let answer = match path.as_str() {
            "auth" => Ok(Answer::data(token)),
            "getFactorId" => Ok(Answer::error(400, 9204, "Browser is not trusted")),
            "getFactors" => Ok(Answer::data(json!({"items": [
                {"factorId": "E", "factorType": "EMAIL", "factorRole": "PRIMARY"},
                {"factorId": "P", "factorType": "PUSH", "displayName": "Pixel"},
            ]}))),
            "startAuth" => {
                let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
                assert!(body.is_null() || (body["factorId"] == "P" && body["factorType"] == ""));
                Ok(Answer::data(json!({"factorAuthCode": "X"})))
            }
            "finishAuth" => {
                let mut asked = self.asked.lock().unwrap();
                asked.push((Instant::now(), serde_json::from_slice(&request.body).unwrap()));
                (self.finish)(asked.len())
            }
            "v3" => Ok(Answer::json(json!({"success": true}))),
            _ => Ok(Answer::data(json!({}))),
        };
        Box::pin(async move {
            let Answer(status, _, body) = answer.map_err(|kind| Error::new(kind, "scripted"))?;
            Ok(Response::new(status, Vec::new(), body.into_bytes()))
        })
    }
}

fn not_yet() -> Answer {
    Answer::error(400, 9233, "Authentication is not finished yet")
}

#[tokio::test(start_paused = true)]
async fn the_answer_is_requested_at_intervals_and_not_for_ever() {
    let (script, login) = Script::login(|_| Ok(not_yet()));
    let error = login.run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodeTimeout);
    assert!(error.to_string().contains("approved"), "{error}");
    assert_no_secret(&error.to_string());
    let pauses = script.pauses();
    assert_eq!(pauses[..12], [5; 12]);
    assert_eq!(pauses[12..], [15; 16]);
    let expected = json!({"factorAuthCode": "X", "isBrowserTrusted": true});
    assert!(
        script.asked.lock().unwrap().iter().all(|(_, body)| *body == expected),
        "no code"
    );

    let (script, login) = Script::login(|_| Ok(not_yet()));
    login.code_timeout(Duration::from_secs(10)).run().await.unwrap_err();
    assert_eq!(script.pauses(), [5, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_temporary_failure_is_followed_by_another_request_and_a_refusal_is_the_end() {
    let finished = || {
        let token = json!({"token": "2_u", "userId": "U1", "expiresIn": 4_000_000_000_i64, "authCompleted": true});
        Ok(Answer::data(json!({ "accessToken": token })))
    };
    let (script, login) = Script::login(move |turn| match turn {
        1 => Ok(not_yet()),
        2 => Err(ErrorKind::Network),
        3 => Ok(Answer(502, Vec::new(), "<html>".into())),
        4 => Ok(Answer::error(400, 9276, "Pending")),
        5 => Ok(Answer::error(400, 9278, "Pending")),
        6 => Ok(Answer::error(400, 9029, "Later")),
        _ => finished(),
    });
    assert!(login.run().await.unwrap().mfa());
    assert_eq!(script.pauses().len(), 6);

    for (answer, kind) in [
        (Answer::error(400, 9236, "Invalid OTP"), ErrorKind::InvalidCode),
        (Answer::error(400, 0, "Too many requests"), ErrorKind::RateLimited),
        (Answer::error(400, 9238, "Timed out"), ErrorKind::CodeTimeout),
        (
            Answer::error(400, 9239, "Denied"),
            ErrorKind::ArloRefused { code: Some(9239) },
        ),
        (
            Answer::error(400, 4711, "Denied"),
            ErrorKind::ArloRefused { code: Some(4711) },
        ),
    ] {
        let (script, login) = Script::login(move |_| Ok(answer.clone()));
        assert_eq!(login.run().await.unwrap_err().kind(), kind);
        assert_eq!(script.asked.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_account_without_the_app_says_so() {
    let cloud = crate::support::Cloud::start().await;
    let error = cloud.login_without_codes().approved_in_app().run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoUsableFactor);
    assert!(error.to_string().contains("phone"), "{error}");
    assert_eq!(cloud.count("startAuth"), 0);
}
