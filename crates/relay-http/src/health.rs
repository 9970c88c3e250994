//! `GET /healthz`: whether the relay can serve.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use relay::ports::CheckHealth;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::failure::Failure;
use crate::openapi::Unavailable;

/// A store that has not answered by then is away.
const CHECK_WITHIN: Duration = Duration::from_secs(5);

/// The relay can serve.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(value_type = String, example = "ok")]
    status: &'static str,
    /// The relay's version.
    #[schema(value_type = String, example = "0.1.0")]
    version: &'static str,
}

/// Ask whether the relay can serve
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "health",
    tag = "operation",
    responses((status = 200, description = "It can", body = Health), Unavailable),
    security(())
)]
pub(crate) async fn healthz<S: CheckHealth, P>(State(api): State<Arc<Api<S, P>>>) -> Result<Json<Health>, Failure> {
    tokio::time::timeout(CHECK_WITHIN, api.relay.store().check())
        .await
        .map_err(|_| Failure::Away { retryable: true })??;
    Ok(Json(Health {
        status: "ok",
        version: api.settings.version,
    }))
}
