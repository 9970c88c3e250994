//! `/register_done`: an account enrols itself, where the operator lets it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use relay::NewEnrolment;
use relay::ports::ManageEnrolments;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{Api, Registration};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::pyaarlo::{Answer, Envelope, Failed, with_deadline};

/// A new enrolment: a bare object, as this one call of the API answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Registered {
    /// The account, as the call wrote it.
    #[schema(example = "casey@example.org")]
    email: String,
    /// The relay address that Arlo's mail is to be forwarded to.
    #[serde(rename = "fwd-to")]
    forward_to: String,
    #[schema(example = true)]
    success: bool,
    /// The access token. It is shown only here.
    token: String,
}

/// What a registration came to.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the two shapes of the answer")]
pub(crate) enum Registering {
    Done(Registered),
    Failed(Envelope<Failed>),
}

/// Enrol an account
///
/// Only where the operator has opened registration.
#[utoipa::path(
    get,
    path = "/register_done",
    operation_id = "register",
    tag = "pyaarlo",
    params(("email" = String, Query, description = "The Arlo account; a + is a plus, escaped or not")),
    responses((status = 200, description = "The new enrolment, or why there is none", body = Registering)),
    security(())
)]
pub(crate) async fn register_done<S: ManageEnrolments, P>(
    State(api): State<Arc<Api<S, P>>>,
    caller: Caller,
) -> Response {
    match with_deadline(enrol(&api, &caller)).await {
        Ok(registered) => Json(registered).into_response(),
        Err(failure) => Answer::<()>::from(Err(failure)).into_response(),
    }
}

async fn enrol<S: ManageEnrolments, P>(api: &Api<S, P>, caller: &Caller) -> Result<Registered, Failure> {
    if api.settings.registration == Registration::Closed {
        return Err(Failure::RegistrationClosed);
    }
    api.shares.call(caller.client)?;
    let named = caller.named()?;
    let new = NewEnrolment {
        account: &named.account,
        label: None,
        sender: None,
        own_address_only: true,
    };
    let credentials = api.relay.enroller().enrol(new).await?;
    tracing::info!(enrolment = %credentials.id, "an account was enrolled");
    Ok(Registered {
        email: named.email,
        forward_to: api.relay.enroller().relay_address(&credentials.local_part),
        success: true,
        token: credentials.token.expose().to_owned(),
    })
}
