//! What a supervisor of processes asks: `GET /livez`, whether the process answers, and `GET /readyz`, whether it should
//! be sent calls.
//!
//! A process that is not alive is started again; one that is not ready is left alone and gets no calls. So what may
//! pass by itself, such as a full disk, makes it not ready and leaves it alive.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use relay::ports::CheckHealth;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::health::OK;
use crate::healthz::{Failing, Healthy, report};

/// The process answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Alive {
    #[schema(value_type = String, example = "ok")]
    status: &'static str,
}

/// Ask whether the process answers
///
/// Nothing is checked for it. A relay that does not answer this has to be started again.
#[utoipa::path(
    get,
    path = "/livez",
    operation_id = "alive",
    tag = "operation",
    responses((status = 200, description = "It answers", body = Alive)),
    security(())
)]
pub(crate) async fn livez() -> Json<Alive> {
    Json(Alive { status: OK })
}

/// Ask whether the relay should be sent calls
///
/// As `/healthz`, and not while the relay drains.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "ready",
    tag = "operation",
    responses(
        (status = 200, description = "It should", body = Healthy),
        (
            status = 503,
            description = "It should not: it drains, or a listener, the sweeper or the store fails",
            body = Failing,
            content_type = "application/problem+json",
            headers(("Retry-After" = i64, description = "Seconds after which the call may be made again"))
        )
    ),
    security(())
)]
pub(crate) async fn readyz<S, P>(State(api): State<Arc<Api<S, P>>>) -> Response
where
    S: CheckHealth + 'static,
    P: Send + Sync + 'static,
{
    let drains = *api.settings.shutdown.borrow();
    report(api, vec![("accepting", !drains)]).await
}
