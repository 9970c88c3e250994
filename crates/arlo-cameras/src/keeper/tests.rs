//! How often a keeper logs in, at an Arlo without a network. Its clock is tokio's.

use arlo_client::{BoxFuture, Request, Response, Transport};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::*;

/// An Arlo without a second factor, which accepts each token in `users/session/v3`.
struct Script {
    began: (Instant, Timestamp),
    /// Whether it says when a token expires.
    expires: bool,
    /// When a password was received. A login's number is in its token.
    passwords: Mutex<Vec<Instant>>,
    /// How many of the first tokens it refuses in any other call.
    refused: usize,
    /// The next answers to a login.
    failures: Mutex<Vec<(u16, Value)>>,
    /// How long a login takes.
    takes: Mutex<Duration>,
}

impl Script {
    async fn open(expires: bool, refused: usize) -> (Arc<Self>, Keeper) {
        let script = Arc::new(Self {
            began: (Instant::now(), "2026-11-23T08:00:00Z".parse().unwrap()),
            expires,
            passwords: Mutex::default(),
            refused,
            failures: Mutex::default(),
            takes: Mutex::default(),
        });
        let clock = Arc::clone(&script);
        let login = Login::new("casey@example.org", "correct horse".into())
            .transport(Arc::clone(&script) as _)
            .clock(move || clock.now());
        let session = login.run().await.unwrap();
        (script, Keeper::new(login, session))
    }

    fn now(&self) -> Timestamp {
        self.began.1 + SignedDuration::try_from(self.began.0.elapsed()).unwrap()
    }

    /// The waits between the logins, in seconds.
    fn waits(&self) -> Vec<u64> {
        let passwords = self.passwords.lock().unwrap();
        let waits = passwords.windows(2).map(|pair| pair[1] - pair[0]);
        waits.map(|wait| wait.as_secs()).collect()
    }

    fn answer(&self, request: &Request) -> (u16, Value) {
        let path = request.url.split('?').next().unwrap().rsplit('/').next().unwrap();
        if request.method == Method::Options {
            return (204, json!({}));
        }
        match path {
            "auth" => {
                let mut passwords = self.passwords.lock().unwrap();
                passwords.push(Instant::now());
                let mut failures = self.failures.lock().unwrap();
                if !failures.is_empty() {
                    return failures.remove(0);
                }
                let mut data = json!({ "token": format!("2_{}", passwords.len()), "userId": "U1", "mfa": false });
                if self.expires {
                    data["expiresIn"] = (self.now().as_second() + 7200).into();
                }
                (200, json!({ "meta": { "code": 200 }, "data": data }))
            }
            "devices" => {
                let token = request.headers.iter().find(|(name, _)| *name == "authorization");
                let number: usize = token.unwrap().1.trim_start_matches("2_").parse().unwrap();
                let status = if number <= self.refused { 401 } else { 200 };
                (status, json!({ "success": status == 200, "data": [] }))
            }
            _ => (200, json!({ "success": true, "data": {} })),
        }
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, arlo_client::Error>> {
        let (status, body) = self.answer(&request);
        let is_login = request.method == Method::Post && request.url.ends_with("/auth");
        let takes = if is_login {
            *self.takes.lock().unwrap()
        } else {
            Duration::ZERO
        };
        Box::pin(async move {
            tokio::time::sleep(takes).await;
            Ok(Response::new(status, Vec::new(), body.to_string().into_bytes()))
        })
    }
}

/// Makes a call each minute, as long as it is refused.
async fn call_until_accepted(keeper: &Keeper) {
    let call = || ApiCall::new("devices", Method::Get, "/hmsweb/v2/users/devices");
    while keeper.call(call()).await.is_err() {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn logins_that_do_not_help_come_once_an_hour_in_the_end() {
    let (script, keeper) = Script::open(true, 20).await;
    call_until_accepted(&keeper).await;
    let waits = script.waits();
    // The first session was refused at once.
    assert_eq!(waits[..7], [0, 60, 120, 240, 480, 960, 1920], "{waits:?}");
    assert_eq!((waits.len(), &waits[7..]), (20, &[3600; 13][..]), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_outlasts_its_own_wait_begins_the_count_again() {
    let (script, keeper) = Script::open(true, 3).await;
    call_until_accepted(&keeper).await;
    assert_eq!(script.waits(), [0, 60, 120]);
    // The wait after the last login is four minutes. A session that lasts no longer than it is no good one.
    let note = |after| {
        let keeper = &keeper;
        async move {
            tokio::time::sleep(Duration::from_secs(after)).await;
            let session = keeper.session();
            keeper.shared.note(&Ok(session));
            keeper.shared.pace().count
        }
    };
    assert_eq!(note(240 + 599).await, 4);
    assert_eq!(note(480 + 600).await, 1);
    keeper
        .shared
        .note(&Err(arlo_client::Error::new(ClientError::Network, "no way")));
    assert_eq!(
        note(24 * 3600).await,
        3,
        "a login that failed gave no session that lasts"
    );
}

#[tokio::test(start_paused = true)]
async fn sessions_without_an_end_are_renewed_once_an_hour_in_the_end() {
    let (script, keeper) = Script::open(false, 0).await;
    let day = Duration::from_secs(24 * 3600);
    let ended = tokio::time::timeout(day, Box::pin(keeper.run())).await;
    assert!(ended.is_err(), "{ended:?}");
    let waits = script.waits();
    assert_eq!(waits[..8], [0, 60, 120, 240, 480, 960, 1920, 3600], "{waits:?}");
    assert!(waits[8..].iter().all(|wait| *wait == 3600), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn only_what_a_person_has_to_mend_ends_the_renewals() {
    let refused = |code: i64, error: i64| {
        (
            200,
            json!({ "meta": { "code": code, "error": error, "message": "No" } }),
        )
    };
    let (script, keeper) = Script::open(true, 0).await;
    // Answers that this program does not know, a refusal without a known meaning, and an answer of a proxy.
    *script.failures.lock().unwrap() = vec![
        (200, json!("a page")),
        (200, json!({ "meta": { "code": 200 }, "data": {} })),
        refused(400, 4711),
        (502, json!("a page")),
    ];
    let day = Duration::from_secs(6 * 3600);
    let ended = tokio::time::timeout(day, Box::pin(keeper.run())).await;
    assert!(ended.is_err(), "{ended:?}");
    let waits = script.waits();
    assert_eq!(waits[..5], [110 * 60, 60, 120, 240, 480], "{waits:?}");
    assert_eq!(keeper.lost(), None);

    for failure in [refused(401, 1), refused(400, 9015), refused(400, 9340)] {
        let (script, keeper) = Script::open(true, 1).await;
        script.failures.lock().unwrap().push(failure);
        let reason = tokio::time::timeout(day, Box::pin(keeper.run())).await.unwrap();
        assert_eq!(keeper.lost(), Some(reason));
        assert_eq!(script.waits(), [110 * 60]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_in_place_of_a_refused_session_is_repeated_after_an_answer_that_is_not_known() {
    let (script, keeper) = Script::open(true, 1).await;
    script.failures.lock().unwrap().push((200, json!("a page")));
    let call = || ApiCall::new("devices", Method::Get, "/hmsweb/v2/users/devices");
    let error = keeper.call(call()).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    call_until_accepted(&keeper).await;
    assert_eq!(script.waits(), [0, 60]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_no_longer_waits_ends_no_login() {
    let (script, keeper) = Script::open(true, 1).await;
    *script.takes.lock().unwrap() = Duration::from_secs(20);
    let call = || keeper.call(ApiCall::new("devices", Method::Get, "/hmsweb/v2/users/devices"));
    let impatient = tokio::time::timeout(Duration::from_secs(10), call());
    let (impatient, patient) = tokio::join!(impatient, call());
    assert!(impatient.is_err() && patient.is_ok(), "{impatient:?} {patient:?}");
    assert_eq!(script.passwords.lock().unwrap().len(), 2, "the first, and one more");
}

#[tokio::test(start_paused = true)]
async fn a_login_ends_with_its_keeper() {
    let (script, keeper) = Script::open(true, 1).await;
    *script.takes.lock().unwrap() = Duration::from_secs(20);
    let call = keeper.call(ApiCall::new("devices", Method::Get, "/hmsweb/v2/users/devices"));
    tokio::time::timeout(Duration::from_secs(10), call).await.unwrap_err();
    drop(keeper);
    let ended = async {
        while Arc::strong_count(&script) > 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), ended).await.unwrap();
}
