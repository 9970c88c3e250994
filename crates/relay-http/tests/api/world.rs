//! A relay in memory with one enrolment, and a client for its router. Time is the runtime's, which the tests pause.

use std::fmt;
use std::sync::Arc;

use arlo_mail::{Account, Code};
use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use relay::ports::Clock;
use relay::ports::WebStore;
use relay::testing::{MemoryStore, settings};
use relay::{AccessToken, Credentials, EnrolmentId, NewEnrolment, Registration, Relay, Settings as Rules, Shown};
use relay_http::{Api, Limits, Observe, PublicUrl, Settings, router};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;
use tower::ServiceExt;

pub(crate) const EMAIL: &str = "casey@example.org";
/// A token that this deployment may have made, and that is nobody's.
pub(crate) const STRANGE_TOKEN: &str = "arelay_aaaqeayeaudaocajaaaqeayeaudaocajbifqydiob7k3dljosafby36ibu";

/// Starts at 2027-01-15T08:00:00Z and goes on with the runtime's time.
struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        start + SignedDuration::try_from(self.0.elapsed()).unwrap()
    }
}

pub(crate) struct World {
    pub(crate) router: Router,
    pub(crate) relay: Relay<MemoryStore>,
    pub(crate) store: MemoryStore,
    pub(crate) id: EnrolmentId,
    pub(crate) token: String,
    pub(crate) relay_address: String,
    pub(crate) draining: watch::Sender<bool>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Rules)) -> Self {
        Self::build(change, |api| api.with_long_poll()).await
    }

    /// A relay where these may enrol themselves.
    pub(crate) async fn registering(registration: Registration) -> Self {
        Self::with(|rules| rules.registration = registration).await
    }

    /// A relay that tells this of what happens.
    pub(crate) async fn observed(observer: Arc<dyn Observe>) -> Self {
        Self::build(|_| {}, |api| api.with_long_poll().observed(observer)).await
    }

    /// A relay whose calls do not wait.
    pub(crate) async fn without_long_poll() -> Self {
        Self::build(|_| {}, |api| api).await
    }

    pub(crate) async fn limited(limits: &Limits) -> Self {
        Self::build(|_| {}, |api| api.with_long_poll().with_limits(limits)).await
    }

    async fn build(change: impl FnOnce(&mut Rules), finish: impl FnOnce(Api<MemoryStore>) -> Api<MemoryStore>) -> Self {
        let store = MemoryStore::default();
        let (relay, http, draining) = parts(store.clone(), change);
        let credentials = enrol(&relay, EMAIL).await;
        Self {
            router: router(Arc::new(finish(Api::new(relay.clone(), http)))),
            token: credentials.token.expose().to_owned(),
            relay_address: relay.enroller().relay_address(&credentials.local_part),
            id: credentials.id,
            relay,
            store,
            draining,
        }
    }

    /// Prestages and gives the poll URL's path.
    pub(crate) async fn prestaged(&self) -> String {
        let uri = format!("/prepare-arlo-mfa/{}", self.token);
        let answer = self.post(&uri, JSON, r#"{"email":"casey@example.org"}"#).await;
        assert_eq!(answer.status, 200, "{answer}");
        answer.body.strip_prefix("https://relay.example/v1").unwrap().to_owned()
    }

    /// What a mail does, without the mail.
    pub(crate) async fn add_code(&self, code: &str) {
        let token = &AccessToken::parse(&self.token).unwrap();
        let (code, network) = (Code::parse(code).unwrap(), None);
        let shown = Shown { token, network };
        self.relay.add_code(&account(EMAIL), shown, code).await.unwrap();
    }

    pub(crate) async fn get(&self, uri: &str) -> Answer {
        send(&self.router, request(Method::GET, uri, &[], "")).await
    }

    pub(crate) async fn post(&self, uri: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        send(&self.router, request(Method::POST, uri, headers, body)).await
    }

    pub(crate) async fn delete(&self, uri: &str, headers: &[(&str, &str)]) -> Answer {
        send(&self.router, request(Method::DELETE, uri, headers, "")).await
    }

    /// `call?email=…&token=…` of the pyaarlo API.
    pub(crate) fn uri(&self, call: &str) -> String {
        format!("/{call}?email={EMAIL}&token={}", self.token)
    }
}

pub(crate) const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

pub(crate) fn account(email: &str) -> Account {
    Account::parse(email).unwrap()
}

/// An enrolment that the operator makes.
pub(crate) async fn enrol<S: WebStore>(relay: &Relay<S>, email: &str) -> Credentials {
    let account = account(email);
    let new = NewEnrolment::for_account(&account);
    relay.enroller().enrol(new).await.unwrap()
}

/// A relay over the store and the settings of its API.
pub(crate) fn parts<S: WebStore>(
    store: S,
    change: impl FnOnce(&mut Rules),
) -> (Relay<S>, Settings, watch::Sender<bool>) {
    let (mut rules, _) = settings();
    rules.deployment.clock = Arc::new(RuntimeClock(Instant::now()));
    let (draining, shutdown) = watch::channel(false);
    let http = Settings {
        public_url: PublicUrl::parse("https://relay.example/v1").unwrap(),
        version: "1.2.3",
        shutdown,
    };
    change(&mut rules);
    (Relay::new(rules, store), http, draining)
}

pub(crate) fn request(method: Method, uri: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Status and body, and the headers that are not the same everywhere.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.header(CONTENT_TYPE.as_str()))?;
        for name in ["allow", "retry-after", "www-authenticate"] {
            if let Some(value) = self.headers.get(name) {
                write!(f, "\n{name}: {}", value.to_str().unwrap())?;
            }
        }
        write!(f, "\n{}", self.body)
    }
}
