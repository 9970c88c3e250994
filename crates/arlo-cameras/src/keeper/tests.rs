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
}

impl Script {
    async fn open(expires: bool, refused: usize) -> (Arc<Self>, Keeper) {
        let script = Arc::new(Self {
            began: (Instant::now(), "2026-11-23T08:00:00Z".parse().unwrap()),
            expires,
            passwords: Mutex::default(),
            refused,
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
        Box::pin(async move { Ok(Response::new(status, Vec::new(), body.to_string().into_bytes())) })
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
            keeper.note(&Ok(session));
            keeper.pace().count
        }
    };
    assert_eq!(note(240 + 599).await, 4);
    assert_eq!(note(480 + 600).await, 1);
    keeper.note(&Err(arlo_client::Error::new(ClientError::Network, "no way")));
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
