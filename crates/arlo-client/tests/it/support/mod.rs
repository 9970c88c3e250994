//! A scripted Arlo and relay on one loopback port. By default a login with a mailed code succeeds. A test can replace
//! the answers of any call, and every request is recorded.
#![allow(
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    dead_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub
)]

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arlo_client::{Login, RelaySource, Step};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const ACCOUNT: &str = "casey@example.org";
pub const PASSWORD: &str = "pass:wörd";
pub const CODE: &str = "012345";
pub const FIRST_TOKEN: &str = "2_first-token";
pub const TOKEN: &str = "2_final-token";
pub const TRUST: &str = "trust-cookie";
pub const PAIRING: &str = "pairing-code";
pub const RELAY_TOKEN: &str = "relay-token";
/// The secrets that no error, step or `Debug` may show.
pub const SECRETS: [&str; 9] = [
    ACCOUNT,
    PASSWORD,
    CODE,
    FIRST_TOKEN,
    TOKEN,
    TRUST,
    PAIRING,
    RELAY_TOKEN,
    "cGFzczp3w7ZyZA==",
];

/// One answer: status, headers, body.
#[derive(Clone)]
pub struct Answer(pub u16, pub Vec<(&'static str, String)>, pub String);

impl Answer {
    pub fn data(data: Value) -> Self {
        Self::json(json!({ "meta": { "code": 200 }, "data": data }))
    }

    pub fn error(code: i64, error: i64, message: &str) -> Self {
        Self::json(json!({ "meta": { "code": code, "error": error, "message": message } }))
    }

    pub fn json(body: Value) -> Self {
        Self(200, vec![("content-type", "application/json".into())], body.to_string())
    }

    pub fn cookie(mut self, line: impl Into<String>) -> Self {
        self.1.push(("set-cookie", line.into()));
        self
    }
}

/// One received request.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub target: String,
    pub name: String,
    pub headers: HashMap<String, String>,
    pub body: Value,
}

impl Call {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

#[derive(Default)]
struct Script {
    answers: Mutex<HashMap<String, VecDeque<Answer>>>,
    calls: Mutex<Vec<Call>>,
}

#[derive(Clone)]
pub struct Cloud {
    pub url: String,
    script: Arc<Script>,
}

impl Cloud {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let cloud = Self {
            url,
            script: Arc::default(),
        };
        let router = Router::new().fallback(handle).with_state(cloud.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        cloud
    }

    /// Sets the next answers to a call, by the last part of its path. After them come the default answers.
    pub fn answer(&self, name: &str, answers: impl IntoIterator<Item = Answer>) -> &Self {
        let mut all = self.script.answers.lock().unwrap();
        all.entry(name.to_owned()).or_default().extend(answers);
        self
    }

    /// Every request except the preflights.
    pub fn calls(&self) -> Vec<Call> {
        let calls = self.script.calls.lock().unwrap();
        calls.iter().filter(|call| call.method != "OPTIONS").cloned().collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.name).collect()
    }

    pub fn preflights(&self) -> Vec<String> {
        let calls = self.script.calls.lock().unwrap();
        let preflights = calls.iter().filter(|call| call.method == "OPTIONS");
        preflights.map(|call| call.name.clone()).collect()
    }

    pub fn call(&self, name: &str) -> Call {
        self.calls().into_iter().find(|call| call.name == name).unwrap()
    }

    pub fn count(&self, name: &str) -> usize {
        self.names().iter().filter(|called| *called == name).count()
    }

    pub fn clear_calls(&self) {
        self.script.calls.lock().unwrap().clear();
    }

    pub fn prestage_url(&self) -> String {
        format!("{}/prepare-arlo-mfa/{RELAY_TOKEN}", self.url)
    }

    /// A login at this cloud, with its code from this relay.
    pub fn login(&self) -> Login {
        self.login_without_codes()
            .codes(RelaySource::new(&self.prestage_url()).unwrap())
    }

    pub fn login_without_codes(&self) -> Login {
        Login::new(ACCOUNT, PASSWORD.into())
            .auth_host(&self.url)
            .api_host(&self.url)
            .blocked_wait(Duration::from_millis(1))
    }

    fn default_answer(&self, call: &Call) -> Answer {
        let in_two_hours = Timestamp::now().as_second() + 7200;
        match call.name.as_str() {
            "auth" => Answer::data(json!({
                "token": FIRST_TOKEN, "userId": "U1", "expiresIn": in_two_hours, "mfa": true, "authCompleted": false,
            })),
            "getFactorId" if call.header("cookie").contains("browser_trust=") => {
                Answer::data(json!({ "factorId": "B1" }))
            }
            "getFactorId" => Answer::error(400, 9204, "Browser is not trusted"),
            "getFactors" => Answer::data(json!({ "items": [
                { "factorId": "S1", "factorType": "SMS", "displayName": "+1******42", "factorRole": "PRIMARY" },
                { "factorId": "E1", "factorType": "EMAIL", "displayName": "c***y@example.org", "factorRole": "SECONDARY" },
            ]})),
            "startAuth" if call.body["factorId"] == "B1" => Answer::data(json!({
                "accessToken": { "token": TOKEN, "userId": "U1", "expiresIn": in_two_hours, "authCompleted": true },
            }))
            .cookie("browser_trust=rotated; Path=/; Max-Age=1209600"),
            "startAuth" => Answer::data(json!({ "factorAuthCode": "X1" })),
            "finishAuth" if call.body["otp"] == CODE => Answer::data(json!({
                "token": TOKEN, "userId": "U1", "expiresIn": in_two_hours, "authCompleted": true,
                "browserAuthCode": PAIRING,
            })),
            "finishAuth" => Answer::error(400, 9236, "Invalid OTP"),
            "validateAccessToken" => Answer::data(json!({ "tokenValidated": true })),
            "startPairingFactor" => {
                Answer::data(json!({})).cookie(format!("browser_trust={TRUST}; Path=/; Max-Age=1209600"))
            }
            "v3" => Answer::json(json!({ "success": true, "data": { "userId": "U1" } })),
            "devices" => Answer::json(json!({ "success": true, "data": [
                { "deviceId": "D1", "deviceName": "Door", "deviceType": "camera", "state": "provisioned" },
            ]})),
            RELAY_TOKEN => Answer::json(json!({
                "status": "pending", "request_id": "r", "wait": 60, "poll_url": format!("{}/poll", self.url),
                "expires_at": Timestamp::now() + SignedDuration::from_mins(5),
            })),
            "clear" => Answer::data(json!({ "success": true })),
            "get" => Answer::data(json!({ "success": true, "code": CODE })),
            "poll" => Answer::json(json!({ "status": "complete", "code": CODE })),
            _ => Answer(404, Vec::new(), "no such call".into()),
        }
    }
}

async fn handle(State(cloud): State<Cloud>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let call = Call {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        name: parts.uri.path().rsplit('/').next().unwrap().to_owned(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    cloud.script.calls.lock().unwrap().push(call.clone());
    let Answer(status, headers, body) = if call.method == "OPTIONS" {
        Answer(204, Vec::new(), String::new())
    } else {
        let scripted = cloud
            .script
            .answers
            .lock()
            .unwrap()
            .get_mut(&call.name)
            .and_then(VecDeque::pop_front);
        scripted.unwrap_or_else(|| cloud.default_answer(&call))
    };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).unwrap()
}

const WAIT: &str = "WaitingForOtherLogin";

/// The steps that a login reported.
#[derive(Clone, Default)]
pub struct StepLog(Arc<Mutex<Vec<String>>>);

impl StepLog {
    pub fn listen(&self, login: Login) -> Login {
        let log = self.clone();
        login.on_step(move |step: &Step| {
            log.0.lock().unwrap().push(format!("{step:?}"));
            assert_no_secret(&format!("{step} {step:?}"));
        })
    }

    /// The names of the steps, without their content and without a wait: a process that another test starts holds a
    /// copy of each lock until it becomes its program.
    pub fn steps(&self) -> Vec<String> {
        let mut steps = self.names();
        steps.retain(|step| step != WAIT);
        steps
    }

    /// Whether the login waited for another one.
    pub fn waited(&self) -> bool {
        self.names().iter().any(|step| step == WAIT)
    }

    fn names(&self) -> Vec<String> {
        let steps = self.0.lock().unwrap();
        let names = steps.iter().map(|step| step.split('(').next().unwrap().to_owned());
        names.collect()
    }
}

pub fn assert_no_secret(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// All texts of an error and its sources.
pub fn all_texts(error: &arlo_client::Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(below) = source {
        text += &format!(" {below} {below:?}");
        source = below.source();
    }
    text
}
