use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use http_body_util::BodyExt as _;
use relay::Relay;
use relay::ports::PortError;
use relay::testing::settings;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::timeout;

use super::*;
use crate::Settings;
use crate::health::{FRESH, Vitals};
use crate::urls::PublicUrl;

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
