//! `/register_done`: an account enrols itself, where the operator lets it.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use relay::Registration;
use relay::ports::AdmitMembers;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::body::{self, Held};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::joining::{Shown, Wish, join};
use crate::pyaarlo::{Answer, Envelope, Failed, with_deadline};

/// A new enrolment: a bare object, as this one call of the API answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Registered {
    /// The account, as the call wrote it.
    #[schema(example = "casey@example.org")]
    email: String,
    /// The relay address that Arlo's mail is to be forwarded to.
    #[serde(rename = "fwd-to")]
    forward_to: Shown,
    #[schema(example = true)]
    success: bool,
    /// The access token. It is shown only here.
    token: Shown,
}

/// Who enrols.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form")]
pub(crate) struct RegisterForm {
    /// The Arlo account; a + is a plus, escaped or not.
    #[schema(example = "casey@example.org")]
    email: String,
    /// The invitation, where one is needed.
    invitation: Option<String>,
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
/// As `POST /enrolments`, in the form of this API: a form with `email` and, where one is needed, `invitation`.
#[utoipa::path(
    post,
    path = "/register_done",
    operation_id = "register",
    tag = "pyaarlo",
    request_body(content = RegisterForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The new enrolment, or why there is none", body = Registering)),
    security(())
)]
pub(crate) async fn register_done<S: AdmitMembers, P>(
    State(api): State<Arc<Api<S, P>>>,
    mut caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let enrolled = async {
        api.shares.call(caller.client)?;
        let held = Held::new(&api.shares.bodies_of_strangers, caller.client, body::SMALL)?;
        let form = body::form(held, &headers, body).await?;
        caller.add_form(form);
        enrol(&api, &caller).await
    };
    match with_deadline(enrolled).await {
        Ok(registered) => Json(registered).into_response(),
        Err(failure) => Answer::<()>::from(Err(failure)).into_response(),
    }
}

/// Be told how to enrol
///
/// A GET changes nothing, so this one only says that a POST is needed.
#[utoipa::path(
    get,
    path = "/register_done",
    operation_id = "registerByGet",
    tag = "pyaarlo",
    params(("email" = Option<String>, Query, description = "Not looked at")),
    responses((status = 200, description = "What is needed", body = Envelope<Failed>)),
    security(())
)]
pub(crate) async fn told_to_post<S: Send + Sync + 'static, P: Send + Sync + 'static>(
    State(api): State<Arc<Api<S, P>>>,
) -> Answer<()> {
    Err(match api.relay.registration() {
        Registration::Closed => Failure::RegistrationClosed,
        Registration::Invite | Registration::Open => Failure::JoinByPost,
    })
    .into()
}

async fn enrol<S: AdmitMembers, P>(api: &Api<S, P>, caller: &Caller) -> Result<Registered, Failure> {
    let named = caller.named()?;
    let wish = Wish {
        email: named.account.as_str().to_owned(),
        invitation: caller.fields().text("invitation"),
        label: None,
    };
    let enrolled = join(api, caller, wish).await?;
    Ok(Registered {
        email: named.email,
        forward_to: enrolled.relay_address,
        success: true,
        token: enrolled.token,
    })
}
