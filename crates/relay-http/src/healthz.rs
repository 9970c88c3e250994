//! `GET /healthz`: whether the relay can serve.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use relay::ports::CheckHealth;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::failure::{Failure, Problem};
use crate::health::{Checks, OK};

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
    report(api, Vec::new()).await
}

/// Checks each part of the relay, and says whether all of them, and these others, are as they should be.
pub(crate) async fn report<S, P>(api: Arc<Api<S, P>>, others: Vec<(&'static str, bool)>) -> Response
where
    S: CheckHealth + 'static,
    P: Send + Sync + 'static,
{
    let checked = Arc::clone(&api);
    let check = async move { checked.relay.check().await };
    let failure = api.health.store_failure(check).await;
    let checks = api.health.checks(failure, others);
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

#[cfg(test)]
mod tests;
