//! `GET /poll/{key}`: how far a login request has come.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use relay::ports::{CancelRequests, ReadRequests};
use relay::{PollKey, RequestState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::caller::{Caller, Fields};
use crate::failure::Failure;
use crate::longpoll::{self, Answered, MAX_WAIT};
use crate::openapi::answers::{BadQuery, NotThisOne, TooOften, Unavailable};

/// Seconds after which there may be a place to wait.
const WAIT_AGAIN: u64 = 2;

/// How far a login request has come.
// As JSON it is the answer of every poll URL. `Debug` shows no code.
#[derive(Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Progress {
    /// No mail has come yet.
    Pending,
    /// The mail has come.
    Complete {
        /// Arlo's six digits.
        #[schema(pattern = "^[0-9]{6}$", example = "482913")]
        code: String,
    },
    /// The login has to be begun again.
    Error {
        /// Why.
        message: &'static str,
    },
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "Pending",
            Self::Complete { .. } => "Complete(…)",
            Self::Error { .. } => "Error",
        })
    }
}

impl From<RequestState> for Progress {
    fn from(state: RequestState) -> Self {
        match state {
            RequestState::Pending => Self::Pending,
            RequestState::Complete(code) => Self::Complete {
                code: code.expose().to_owned(),
            },
            RequestState::Error(fault) => Self::Error {
                message: fault.message(),
            },
        }
    }
}

/// Read a login request
///
/// The URL comes from `POST /prepare-arlo-mfa`. An unknown, malformed or expired key is refused in the same words.
#[utoipa::path(
    get,
    path = "/poll/{key}",
    operation_id = "poll",
    tag = "login",
    params(
        ("key" = String, Path, description = "The unguessable part of the poll URL", min_length = 1),
        ("wait" = Option<u32>, Query, description = "Seconds to wait for a change, 60 at most; more counts as 60. Only where prestage offers it", minimum = 0),
    ),
    responses(
        (status = 200, description = "How far it has come", body = Progress),
        BadQuery, NotThisOne, TooOften, Unavailable
    ),
    security(())
)]
pub(crate) async fn poll<S: ReadRequests, P>(
    State(api): State<Arc<Api<S, P>>>,
    key: Result<Path<String>, axum::extract::rejection::PathRejection>,
    caller: Caller,
) -> Result<Json<Progress>, Failure> {
    api.shares.call(caller.client)?;
    let key = key.ok().and_then(|Path(text)| PollKey::parse(&text));
    let key = key.ok_or(Failure::Gone)?;
    let wait = wait(caller.fields())?;
    let id = key.request_id();
    let asked = longpoll::wait_for_end(&api, caller.client, &id, wait, || api.relay.poll(&key));
    let Answered { request, may_wait } = asked.await?;
    if !may_wait {
        // The bare status would be asked for again at once.
        return Err(Failure::TooOften(WAIT_AGAIN));
    }
    Ok(Json(request.state.into()))
}

/// Give a login request up
///
/// A request that is left pending can take the mail of a later login that was not announced. Any key is answered alike.
#[utoipa::path(
    delete,
    path = "/poll/{key}",
    operation_id = "cancel",
    tag = "login",
    params(("key" = String, Path, description = "The unguessable part of the poll URL", min_length = 1)),
    responses((status = 204, description = "The request is gone"), TooOften, Unavailable),
    security(())
)]
pub(crate) async fn cancel<S: CancelRequests, P>(
    State(api): State<Arc<Api<S, P>>>,
    key: Result<Path<String>, axum::extract::rejection::PathRejection>,
    caller: Caller,
) -> Result<StatusCode, Failure> {
    api.shares.call(caller.client)?;
    if let Some(key) = key.ok().and_then(|Path(text)| PollKey::parse(&text)) {
        api.relay.cancel(&key).await?;
        tracing::info!(request = %key.request_id(), "login request given up");
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The wait a query asks for, [`MAX_WAIT`] at most.
fn wait(query: &Fields) -> Result<Duration, Failure> {
    let Some(text) = query.get("wait") else {
        return Ok(Duration::ZERO);
    };
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Failure::BadRequest("wait= takes whole seconds."));
    }
    // What is too long for the type is too long for us.
    let seconds = text.parse().map_or(MAX_WAIT, Duration::from_secs);
    Ok(seconds.min(MAX_WAIT))
}

#[cfg(test)]
mod tests;
