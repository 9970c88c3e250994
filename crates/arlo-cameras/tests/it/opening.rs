//! An account that cannot be opened at once. The clock is paused, so that the waits take no time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use arlo_cameras::arlo_client::{
    BoxFuture, Chunks, Error, ErrorKind, Login, Method, OpenResponse, Request, Response, Transport,
};
use arlo_cameras::{Account, Options, StreamChoice};
use serde_json::{Value, json};
use tokio::time::Instant;

/// An Arlo in memory: a paused clock does not wait for sockets. Each failure is of the next call of its name.
#[derive(Default)]
struct Cloud {
    failures: Mutex<VecDeque<(&'static str, Result<Response, ErrorKind>)>>,
    passwords: Mutex<usize>,
    /// When the event stream was asked for.
    subscribed: Mutex<Vec<Instant>>,
}

impl Cloud {
    fn login(self: &Arc<Self>) -> Login {
        let login = Login::new("casey@example.org", "correct horse".to_owned().into());
        login.transport(Arc::<Self>::clone(self))
    }
}

impl Transport for Cloud {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        let path = request.url.split('?').next().unwrap();
        let call = path.rsplit('/').next().unwrap();
        let is_preflight = request.method == Method::Options;
        if call == "auth" && !is_preflight {
            *self.passwords.lock().unwrap() += 1;
        }
        let mut failures = self.failures.lock().unwrap();
        let answer = match failures.front() {
            Some((failing, _)) if *failing == call && !is_preflight => failures.pop_front().unwrap().1,
            _ => Ok(answer(200, &said(call))),
        };
        let answer = answer.map_err(|kind| Error::new(kind, "it does not work"));
        Box::pin(std::future::ready(answer))
    }

    fn open(&self, _: Request) -> BoxFuture<'_, Result<OpenResponse, Error>> {
        let mut subscribed = self.subscribed.lock().unwrap();
        subscribed.push(Instant::now());
        // The first asks to wait, the second is out of order, and the third never ends.
        let answer = match subscribed.len() {
            1 => OpenResponse::new(429, vec![("retry-after".into(), "600".into())], Box::new(Ended)),
            2 => OpenResponse::new(503, vec![("retry-after".into(), "3600".into())], Box::new(Ended)),
            _ => OpenResponse::new(200, Vec::new(), Box::new(Silent)),
        };
        Box::pin(std::future::ready(Ok(answer)))
    }
}

/// A body without a byte.
struct Ended;

impl Chunks for Ended {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Error>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

/// A body that never comes.
struct Silent;

impl Chunks for Silent {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Error>> {
        Box::pin(std::future::pending())
    }
}

fn said(call: &str) -> Value {
    match call {
        "auth" => json!({ "meta": { "code": 200 }, "data": {
            "token": "2_token", "userId": "U1", "expiresIn": 4_000_000_000_i64, "mfa": false, "authCompleted": true,
        }}),
        "devices" => json!({ "success": true, "data": [{ "deviceId": "C1", "deviceType": "camera" }] }),
        _ => json!({ "success": true, "data": {} }),
    }
}

fn answer(status: u16, body: &Value) -> Response {
    Response::new(status, Vec::new(), body.to_string().into_bytes())
}

fn failing(failures: impl IntoIterator<Item = (&'static str, Result<Response, ErrorKind>)>) -> Arc<Cloud> {
    Arc::new(Cloud {
        failures: Mutex::new(failures.into_iter().collect()),
        ..Cloud::default()
    })
}

/// How the account was opened, and the seconds of the waits before.
async fn opened(cloud: &Arc<Cloud>) -> (Result<Account, arlo_cameras::Error>, Vec<u64>) {
    let mut waits = Vec::new();
    let options = Options::default().stream(StreamChoice::Off);
    let account = Account::open_in_time(cloud.login(), options, |_, wait| waits.push(wait.as_secs())).await;
    (account, waits)
}

#[tokio::test(start_paused = true)]
async fn what_passes_by_itself_is_waited_for() {
    let away = || ("auth", Err(ErrorKind::Network));
    let limited = Response::new(429, vec![("retry-after".to_owned(), "7200".to_owned())], Vec::new());
    let cloud = failing(
        std::iter::repeat_with(away)
            .take(7)
            .chain([("auth", Ok(limited)), ("auth", Ok(answer(503, &json!({}))))])
            .chain([("devices", Err(ErrorKind::Network))]),
    );
    let (account, waits) = opened(&cloud).await;
    assert_eq!(account.unwrap().devices().len(), 1);
    assert_eq!(waits, [60, 120, 240, 480, 960, 1920, 3600, 7200, 3600, 60]);
    assert_eq!(
        *cloud.passwords.lock().unwrap(),
        10,
        "no login was made again because the devices could not be read"
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_in_place_of_an_answer_is_waited_for() {
    for call in ["auth", "v3", "devices"] {
        for status in [200, 302, 404] {
            let page = Response::new(status, Vec::new(), b"<html>maintenance</html>".to_vec());
            let cloud = failing([(call, Ok(page))]);
            let (account, waits) = opened(&cloud).await;
            assert_eq!(account.unwrap().devices().len(), 1, "{call} {status}");
            assert_eq!(waits, [60], "{call} {status}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_needs_a_person_is_not_waited_for() {
    let refused = json!({ "meta": { "code": 401, "error": 9015, "message": "no" } });
    let cloud = failing([
        ("auth", Err(ErrorKind::Network)),
        ("auth", Ok(answer(200, &refused))),
        ("auth", Err(ErrorKind::Network)),
    ]);
    let (account, waits) = opened(&cloud).await;
    assert!(!account.unwrap_err().is_retryable());
    assert_eq!((waits, *cloud.passwords.lock().unwrap()), (vec![60], 2));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_asks_to_wait_is_left_alone_for_so_long() {
    let cloud = failing([]);
    let account = Account::open(cloud.login(), Options::default()).await.unwrap();
    let mut status = account.status();
    status.wait_for(|status| status.connected).await.unwrap();
    let subscribed = cloud.subscribed.lock().unwrap();
    let waits = subscribed.windows(2).map(|two| (two[1] - two[0]).as_secs());
    assert_eq!(waits.collect::<Vec<_>>(), [600, 3600]);
}
