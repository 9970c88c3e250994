//! `GET /metrics`, in the text format of Prometheus (version 0.0.4).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::prometheus_text;
use relay_http::Vitals;

use super::{Metrics, WORK};
use crate::connections::{Counts, Seen};
use crate::sqlite::SqliteStore;
use crate::workers::Workers;

/// What is read when somebody asks.
#[derive(Debug, Clone)]
pub(crate) struct Sources {
    pub(crate) store: SqliteStore,
    pub(crate) workers: Workers,
    pub(crate) vitals: Arc<dyn Vitals>,
    /// The listeners by their names.
    pub(crate) listeners: Vec<(&'static str, Counts)>,
}

/// The router of the listener for metrics.
pub(crate) fn router(metrics: Metrics, sources: Sources) -> Router {
    Router::new()
        .route("/metrics", get(show))
        .with_state(Arc::new((metrics, sources)))
}

async fn show(State(state): State<Arc<(Metrics, Sources)>>) -> Response {
    let (metrics, sources) = &*state;
    metrics.read(sources).await;
    let mut text = String::new();
    if let Err(error) = prometheus_text::encode(&mut text, &metrics.0.registry) {
        tracing::error!(%error, "the metrics cannot be written");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let form = HeaderValue::from_static(prometheus_text::CONTENT_TYPE);
    ([(header::CONTENT_TYPE, form)], text).into_response()
}

impl Metrics {
    async fn read(&self, sources: &Sources) {
        // Without an answer the last values stay, and the failure is counted.
        if let Ok(outbox) = sources.store.outbox().await {
            self.0.queues.get_or_create(&[("queue", "operator")]).set(outbox.mails);
            self.0.dropped.inner().store(outbox.dropped, Ordering::Relaxed);
        }
        self.read_queues(sources);
        for (name, counts) in &sources.listeners {
            self.read_listener(name, counts.seen());
        }
        for (part, lives) in sources.vitals.vitals() {
            self.0.parts.get_or_create(&[("part", part)]).set(u64::from(lives));
        }
    }

    fn read_queues(&self, sources: &Sources) {
        let (writes, reads) = sources.store.waiting();
        for (queue, depth) in [("write", writes), ("read", reads), (WORK, sources.workers.waiting())] {
            let depth = u64::try_from(depth).unwrap_or(u64::MAX);
            self.0.queues.get_or_create(&[("queue", queue)]).set(depth);
        }
        let refused = self.0.limits.get_or_create(&[("limit", WORK)]);
        refused.inner().store(sources.workers.refused(), Ordering::Relaxed);
    }

    fn read_listener(&self, name: &'static str, seen: Seen) {
        let labels = [("listener", name)];
        self.0.connections.get_or_create(&labels).set(seen.open);
        for (counter, value) in [
            (&self.0.accepted, seen.accepted),
            (&self.0.refused, seen.refused),
            (&self.0.displaced, seen.displaced),
        ] {
            counter.get_or_create(&labels).inner().store(value, Ordering::Relaxed);
        }
    }
}
