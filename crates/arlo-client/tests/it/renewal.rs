//! A session that is kept open: renewed ten minutes before its expiry, by one login, and never in a busy loop.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::Answer;
use arlo_client::{BoxFuture, Error, ErrorKind, Login, Method, Request, Response, Session, Transport};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::time::Instant;

const TWO_HOURS: i64 = 7200;

/// Arlo without a network and without a second factor. Its tokens have a lifetime, and a test can set the answers of
/// `auth`.
struct Script {
    began: (Instant, Timestamp),
    lifetime: i64,
    /// By how much this machine's clock is ahead of Arlo's, if Arlo names the time at which it issued the token.
    ahead: Option<i64>,
    auth: Mutex<Vec<Answer>>,
    /// When a password was received, in seconds since the start.
    passwords: Mutex<Vec<u64>>,
}

impl Script {
    /// A login whose clock follows tokio's.
    fn login(lifetime: i64, auth: Vec<Answer>) -> (Arc<Self>, Login) {
        Self::login_ahead(lifetime, None, auth)
    }

    /// As [`login`](Self::login), with a clock that differs from Arlo's.
    fn login_ahead(lifetime: i64, ahead: Option<i64>, auth: Vec<Answer>) -> (Arc<Self>, Login) {
        let script = Arc::new(Self {
            began: (Instant::now(), Timestamp::now()),
            lifetime,
            ahead,
            auth: Mutex::new(auth),
            passwords: Mutex::default(),
        });
        let clock = Arc::clone(&script);
        let login = Login::new("casey@example.org", "correct horse".into())
            .transport(Arc::clone(&script) as _)
            .clock(move || clock.now());
        (script, login)
    }

    fn now(&self) -> Timestamp {
        self.began.1 + SignedDuration::try_from(self.began.0.elapsed()).unwrap()
    }

    fn passwords(&self) -> Vec<u64> {
        self.passwords.lock().unwrap().clone()
    }

    fn answer(&self, path: &str) -> Answer {
        if path != "auth" {
            return Answer::json(json!({"success": true}));
        }
        self.passwords.lock().unwrap().push(self.began.0.elapsed().as_secs());
        let mut scripted = self.auth.lock().unwrap();
        if scripted.is_empty() {
            let arlos = self.now().as_second() - self.ahead.unwrap_or_default();
            let end = arlos + self.lifetime;
            let mut data = json!({"token": "2_t", "userId": "U1", "expiresIn": end, "MFA_State": "DISABLED"});
            if self.ahead.is_some() {
                data["issued"] = arlos.into();
            }
            return Answer::data(data);
        }
        scripted.remove(0)
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        let path = request.url.split('?').next().unwrap().rsplit('/').next().unwrap();
        let preflight = request.method == Method::Options;
        let answer = if preflight {
            Answer(204, Vec::new(), String::new())
        } else {
            self.answer(path)
        };
        Box::pin(async move { Ok(Response::new(answer.0, Vec::new(), answer.2.into_bytes())) })
    }
}

/// Keeps the session open for this time. Gives how often it was renewed, and why that ended.
async fn kept_for(login: &Login, session: Session, time: Duration) -> (usize, Option<Error>) {
    let mut renewed = 0;
    let ended = tokio::time::timeout(time, login.keep_open(session, |_| renewed += 1)).await;
    (renewed, ended.ok())
}

#[tokio::test(start_paused = true)]
async fn a_session_is_renewed_ten_minutes_before_its_end() {
    let (script, login) = Script::login(TWO_HOURS, Vec::new());
    let session = login.run().await.unwrap();
    let ahead = session.expires_at().duration_since(session.renew_at());
    assert_eq!(ahead, SignedDuration::from_mins(10));
    assert!(login.renew_if_due(&session).await.unwrap().is_none());

    let (renewed, ended) = kept_for(&login, session, Duration::from_secs(6 * 3600)).await;
    assert!(ended.is_none() && renewed == 3, "{renewed} {ended:?}");
    // `expiresIn` has whole seconds.
    let passwords = script.passwords();
    assert_eq!(passwords.len(), 4);
    for (password, expected) in passwords.iter().zip([0, 6600, 13_200, 19_800]) {
        assert!(password.abs_diff(expected) < 10, "{passwords:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_differs_from_arlos_changes_no_renewal() {
    for ahead in [-7200, 0, 6600, 7200, 1_000_000] {
        let (script, login) = Script::login_ahead(TWO_HOURS, Some(ahead), Vec::new());
        let session = login.run().await.unwrap();
        kept_for(&login, session, Duration::from_secs(6 * 3600)).await;
        let passwords = script.passwords();
        assert_eq!(passwords.len(), 4, "{ahead}: {passwords:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_expiry_that_is_always_near_makes_no_busy_loop() {
    for lifetime in [0, 60, 599, -1_000_000] {
        let (script, login) = Script::login(lifetime, Vec::new());
        let mut session = login.run().await.unwrap();
        for _ in 0..1000 {
            if let Some(new) = login.renew_if_due(&session).await.unwrap() {
                session = new;
            }
        }
        assert_eq!(script.passwords().len(), 2, "one at the start, and one later");
        kept_for(&login, session, Duration::from_secs(24 * 3600)).await;
        let passwords = script.passwords();
        let waits: Vec<u64> = passwords.windows(2).map(|pair| pair[1] - pair[0]).collect();
        // The clock is looked at once a minute.
        let expected = [0, 60, 120, 240, 480, 960, 1920, 3600, 3600];
        for (wait, expected) in waits.iter().zip(expected) {
            assert!((expected..=expected + 60).contains(wait), "{lifetime}: {waits:?}");
        }
        assert!(waits.len() <= 32, "{lifetime}: {waits:?}");
        assert!(waits.iter().skip(7).all(|wait| *wait >= 3600), "{lifetime}: {waits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_temporary_failure_is_followed_by_another_try_and_any_other_is_the_end() {
    let page = || Answer(403, Vec::new(), "<html>1020</html>".into());
    let away = || Answer(502, Vec::new(), "<html>".into());
    let mut trouble: Vec<Answer> = vec![page(); 3];
    trouble.extend([away(), away(), Answer::error(400, 9000, "Later")]);
    let (script, login) = Script::login(TWO_HOURS, Vec::new());
    let session = login.run().await.unwrap();
    *script.auth.lock().unwrap() = trouble;
    let (renewed, ended) = kept_for(&login, session.clone(), Duration::from_secs(3 * 3600)).await;
    assert!(ended.is_none() && renewed == 1, "{renewed} {ended:?}");
    let passwords = script.passwords();
    assert!(
        passwords
            .windows(2)
            .skip(4)
            .all(|pair| pair.last().unwrap() - pair.first().unwrap() >= 60)
    );

    *script.auth.lock().unwrap() = vec![Answer::error(401, 9015, "Password not correct")];
    let (renewed, ended) = kept_for(&login, session, Duration::from_secs(24 * 3600)).await;
    assert_eq!((renewed, ended.unwrap().kind()), (0, ErrorKind::WrongPassword));
}

#[tokio::test]
async fn a_session_that_another_process_renewed_is_used_without_a_password() {
    let cloud = crate::support::Cloud::start().await;
    let directory = tempfile::tempdir().unwrap();
    let now = Arc::new(Mutex::new(Timestamp::now()));
    let login = |clock: Arc<Mutex<Timestamp>>| {
        let login = cloud.login().session_file(directory.path().join("session.json"));
        login.clock(move || *clock.lock().unwrap())
    };
    let (one, two) = (login(Arc::clone(&now)), login(Arc::clone(&now)));
    let session = one.run().await.unwrap();
    // The first login renews the session by its clock. The second one finds the new session in the file.
    *now.lock().unwrap() = session.expires_at() - SignedDuration::from_mins(9);
    cloud.clear_calls();
    let end = session.expires_at().as_second() + TWO_HOURS;
    let token = json!({"accessToken": {"token": crate::support::TOKEN, "userId": "U1", "expiresIn": end, "authCompleted": true}});
    cloud.answer("startAuth", [Answer::data(token)]);
    assert!(!one.renew_if_due(&session).await.unwrap().unwrap().reused());
    assert!(two.renew_if_due(&session).await.unwrap().unwrap().reused());
    assert_eq!(cloud.count("auth"), 1);
}
