//! `GET /healthz`: whether the relay can serve.
//!
//! Anybody may ask, and the answer needs a write: so there is one check at a time, whoever waits for it, and its result
//! holds for [`FRESH`]. A check ends in time whatever the store does.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use relay::ports::CheckHealth;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use utoipa::ToSchema;

use crate::api::Api;
use crate::failure::{Failure, Problem};

/// A store that has not answered by then is away.
const CHECK_WITHIN: Duration = Duration::from_secs(5);
/// For so long the result of one check is told to all who ask.
const FRESH: Duration = Duration::from_secs(1);

const STORE: &str = "store";
const OK: &str = "ok";
const FAILING: &str = "failing";

/// The parts of a relay that must live for it to serve, beside its store.
pub trait Vitals: fmt::Debug + Send + Sync {
    /// The name of each part, and whether it lives.
    fn vitals(&self) -> Vec<(&'static str, bool)>;
}

/// The relay can serve.
#[derive(Serialize, ToSchema)]
pub(crate) struct Healthy {
    #[schema(value_type = String, example = "ok")]
    status: &'static str,
    /// The relay's version.
    #[schema(value_type = String, example = "0.1.0")]
    version: &'static str,
    /// Each part of the relay. The store was written to a moment ago.
    #[schema(value_type = BTreeMap<String, String>, example = json!({ "http": "ok", "smtp": "ok", "store": "ok", "sweeper": "ok" }))]
    checks: Checks,
}

/// The relay cannot serve: a problem document (RFC 9457) that says which part fails.
#[derive(Serialize, ToSchema)]
pub(crate) struct Failing {
    #[serde(flatten)]
    problem: Problem,
    /// Each part of the relay: `ok` or `failing`.
    #[schema(value_type = BTreeMap<String, String>, example = json!({ "http": "ok", "smtp": "failing", "store": "ok", "sweeper": "ok" }))]
    checks: Checks,
}

type Checks = BTreeMap<&'static str, &'static str>;

/// What is known of the relay's health.
#[derive(Debug, Default)]
pub(crate) struct Health {
    vitals: Option<Arc<dyn Vitals>>,
    /// The last check of the store; `None` in it until the check has ended.
    store: Mutex<Option<watch::Receiver<Option<Checked>>>>,
}

/// The result of a check of the store.
#[derive(Debug, Clone, Copy)]
struct Checked {
    at: Instant,
    failure: Option<Failure>,
}

impl Checked {
    fn now(failure: Option<Failure>) -> Self {
        let at = Instant::now();
        Self { at, failure }
    }
}

impl Health {
    pub(crate) fn watch(&mut self, vitals: Arc<dyn Vitals>) {
        self.vitals = Some(vitals);
    }

    fn checks(&self, store: Option<Failure>) -> Checks {
        let vitals = self.vitals.iter().flat_map(|vitals| vitals.vitals());
        let all = vitals.chain([(STORE, store.is_none())]);
        all.map(|(name, lives)| (name, if lives { OK } else { FAILING }))
            .collect()
    }
}

/// Ask whether the relay can serve
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "health",
    tag = "operation",
    responses(
        (status = 200, description = "It can", body = Healthy),
        (
            status = 503,
            description = "It cannot: a listener, the sweeper or the store fails",
            body = Failing,
            content_type = "application/problem+json",
            headers(("Retry-After" = i64, description = "Seconds after which the call may be made again"))
        )
    ),
    security(())
)]
pub(crate) async fn healthz<S, P>(State(api): State<Arc<Api<S, P>>>) -> Response
where
    S: CheckHealth + 'static,
    P: Send + Sync + 'static,
{
    let mut check = current(&api);
    // The sender sends before it is dropped, unless the check itself had a fault.
    let checked = match check.wait_for(Option::is_some).await {
        Ok(checked) => *checked,
        Err(_) => None,
    };
    let failure = checked.map_or(Some(Failure::Away { retryable: false }), |checked| checked.failure);
    let checks = api.health.checks(failure);
    if checks.values().all(|check| *check == OK) {
        let version = api.settings.version;
        return Json(Healthy {
            status: OK,
            version,
            checks,
        })
        .into_response();
    }
    let failure = failure.unwrap_or(Failure::Away { retryable: true });
    failure.with_problem(|problem| Failing { problem, checks })
}

/// The check that holds now: the last one if it is fresh or not over, else one that begins now. It goes on if the
/// caller goes.
fn current<S, P>(api: &Arc<Api<S, P>>) -> watch::Receiver<Option<Checked>>
where
    S: CheckHealth + 'static,
    P: Send + Sync + 'static,
{
    let mut last = api.health.store.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(check) = last.as_ref().filter(|check| holds(check)) {
        return check.clone();
    }
    let (done, check) = watch::channel(None);
    *last = Some(check.clone());
    let api = Arc::clone(api);
    tokio::spawn(async move {
        let failure = match timeout(CHECK_WITHIN, api.relay.store().check()).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Failure::from(error)),
            Err(_) => Some(Failure::Away { retryable: true }),
        };
        done.send_replace(Some(Checked::now(failure)));
    });
    check
}

fn holds(check: &watch::Receiver<Option<Checked>>) -> bool {
    match *check.borrow() {
        Some(checked) => checked.at.elapsed() < FRESH,
        None => check.has_changed().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use axum::http::StatusCode;
    use http_body_util::BodyExt as _;
    use relay::ports::PortError;
    use relay::relay::Relay;
    use relay::testing::settings;
    use serde_json::{Value, json};

    use super::*;
    use crate::urls::PublicUrl;
    use crate::{Registration, Settings};

    /// A store that counts how often it is checked, and answers when it is let.
    #[derive(Debug, Clone, Default)]
    struct Store {
        checks: Arc<AtomicUsize>,
        is_full: Arc<AtomicBool>,
    }

    impl CheckHealth for Store {
        async fn check(&self) -> Result<(), PortError> {
            self.checks.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(500)).await;
            if self.is_full.load(Ordering::Relaxed) {
                return Err(PortError::away(
                    "the database does not answer",
                    std::io::Error::other("disk full"),
                ));
            }
            Ok(())
        }
    }

    #[derive(Debug, Default)]
    struct Smtp(AtomicBool);

    impl Vitals for Smtp {
        fn vitals(&self) -> Vec<(&'static str, bool)> {
            vec![("http", true), ("smtp", !self.0.load(Ordering::Relaxed))]
        }
    }

    fn api(store: &Store, vitals: Arc<dyn Vitals>) -> Arc<Api<Store>> {
        let settings_of_http = Settings {
            public_url: PublicUrl::parse("https://relay.example").unwrap(),
            long_poll: true,
            registration: Registration::Closed,
            version: "1.2.3",
            shutdown: watch::channel(false).1,
        };
        let relay = Relay::new(settings().0, store.clone());
        Arc::new(Api::new(relay, settings_of_http).watching(vitals))
    }

    async fn ask(api: &Arc<Api<Store>>) -> (StatusCode, Value) {
        let answer = healthz(State(Arc::clone(api))).await;
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn all_who_ask_at_once_and_within_a_second_share_one_check() {
        let store = Store::default();
        let api = api(&store, Arc::<Smtp>::default());
        let checks = || store.checks.load(Ordering::Relaxed);
        let asking: Vec<_> = (0..1000)
            .map(|_| {
                let api = Arc::clone(&api);
                tokio::spawn(async move { ask(&api).await.0 })
            })
            .collect();
        for answer in asking {
            assert_eq!(answer.await.unwrap(), 200);
        }
        assert_eq!(ask(&api).await.0, 200);
        assert_eq!(checks(), 1);
        tokio::time::advance(FRESH).await;
        assert_eq!(ask(&api).await.0, 200);
        assert_eq!(checks(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn callers_who_go_begin_no_further_check() {
        let store = Store::default();
        let api = api(&store, Arc::<Smtp>::default());
        for _ in 0..100 {
            let gone = timeout(Duration::from_millis(1), ask(&api)).await;
            assert!(gone.is_err());
        }
        assert_eq!(store.checks.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_fails_is_named() {
        let store = Store::default();
        let smtp = Arc::<Smtp>::default();
        let api = api(&store, Arc::clone(&smtp) as Arc<dyn Vitals>);
        let all = json!({ "http": "ok", "smtp": "ok", "store": "ok" });
        assert_eq!(
            ask(&api).await,
            (
                StatusCode::OK,
                json!({ "status": "ok", "version": "1.2.3", "checks": all })
            )
        );
        smtp.0.store(true, Ordering::Relaxed);
        let (status, answer) = ask(&api).await;
        assert_eq!(
            (status, &answer["status"]),
            (StatusCode::SERVICE_UNAVAILABLE, &json!(503))
        );
        assert_eq!(
            answer["checks"],
            json!({ "http": "ok", "smtp": "failing", "store": "ok" })
        );

        smtp.0.store(false, Ordering::Relaxed);
        store.is_full.store(true, Ordering::Relaxed);
        tokio::time::advance(FRESH).await;
        let (status, answer) = ask(&api).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            answer["checks"],
            json!({ "http": "ok", "smtp": "ok", "store": "failing" })
        );

        store.is_full.store(false, Ordering::Relaxed);
        tokio::time::advance(FRESH).await;
        assert_eq!(ask(&api).await.0, 200);
    }
}
