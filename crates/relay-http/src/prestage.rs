//! `POST /prepare-arlo-mfa`: a client says that a login is about to begin and is handed the poll URL.

use std::sync::Arc;

use arlo_mail::Account;
use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use relay::Refusal;
use relay::ports::{FindEnrolments, StageRequests, TakeMail};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::Api;
use crate::body::{self, Held};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::limits::Act;
use crate::longpoll::MAX_WAIT;
use crate::openapi::answers::{BadBody, BadToken, Crowded, Unavailable};
use crate::urls::PollUrls;

/// Who is about to log in.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Prestage {
    /// The address of the Arlo account; a `+label` makes no difference.
    #[schema(example = "casey@example.org", max_length = 254)]
    email: String,
}

/// A login request that waits for its mail.
#[derive(Serialize, ToSchema)]
pub(crate) struct Prestaged {
    #[schema(value_type = String, example = "pending")]
    status: &'static str,
    /// Where its progress is read. Whoever has this URL can read the code.
    poll_url: String,
    /// What a client that gives up sends a DELETE to, so that the request does not wait any longer.
    cancel_url: String,
    /// Its public name, safe in a log.
    request_id: String,
    /// When it is gone.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// The largest number of seconds that `?wait=` may ask for; missing where the poll URL cannot wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<u64>,
}

/// Begin a login
///
/// To be called before Arlo is asked to send the code. Answers the bare poll URL, or an object where `Accept` names
/// JSON. The token may also be in the query (`?token=`) or the last part of the path.
#[utoipa::path(
    post,
    path = "/prepare-arlo-mfa",
    operation_id = "prestage",
    tag = "login",
    request_body = Prestage,
    responses(
        (status = 200, description = "The request is pending", content(
            (String = "text/plain", example = "https://relay.example/poll/…"),
            (Prestaged = "application/json"),
        )),
        BadBody, BadToken, Crowded, Unavailable
    )
)]
pub(crate) async fn prestage<S: StageRequests, P: PollUrls>(
    State(api): State<Arc<Api<S, P>>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let token = caller.token()?;
    api.shares.may(Act::Prestage, &token.enrolment())?;
    if !body::is_json(&headers) {
        return Err(Failure::MediaType("The body has to be application/json."));
    }
    let one = api.shares.body(&token.enrolment())?;
    let held = Held::new(&api.shares.bodies, caller.client, body::SMALL)?;
    let body = body::read(body, body::SMALL, body::SMALL_WITHIN, held).await?;
    let account = account_in(&body)?;
    drop((body, one));
    let staged = api.relay.prestage(&account, caller.shown(&token)).await;
    if !matches!(staged, Err(Refusal::Denied)) {
        api.shares.did(Act::Prestage, token.enrolment());
    }
    let staged = staged.map_err(|refusal| api.refused(&caller, refusal))?;
    let poll_url = api.poll_urls.poll_url(&staged).await?;
    tracing::info!(request = %staged.request_id, "login request staged");
    let mut response = if wants_json(&headers) {
        let prestaged = Prestaged {
            status: "pending",
            poll_url: poll_url.expose().to_owned(),
            cancel_url: api.settings.public_url.request(&staged.poll_key).expose().to_owned(),
            request_id: staged.request_id.to_string(),
            expires_at: staged.expires_at,
            wait: api.changes.as_ref().map(|_| MAX_WAIT.as_secs()),
        };
        Json(prestaged).into_response()
    } else {
        poll_url.expose().to_owned().into_response()
    };
    // For a host that writes a line of its own of the call.
    response.extensions_mut().insert(staged.request_id);
    Ok(response)
}

/// Turns a call away whose token is not known, before its body is read.
pub(crate) async fn known_token<S: FindEnrolments + TakeMail, P>(
    State(api): State<Arc<Api<S, P>>>,
    caller: Caller,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let token = api.token(&caller)?;
    api.authorize(&caller, &token).await?;
    Ok(next.run(request).await)
}

fn account_in(body: &[u8]) -> Result<Account, Failure> {
    const FORM: Failure = Failure::BadRequest(r#"The body needs the form {"email":"name@domain"}."#);
    let prestage: Prestage = body::json_object(body, FORM)?;
    Ok(Account::parse(&prestage.email)?)
}

/// Whether the client names JSON among what it takes. `*/*` does not name it: the plain URL is what such a client
/// expects.
fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|list| list.split(','))
        .filter_map(|range| range.trim().parse::<mime::Mime>().ok())
        .any(|range| range.essence_str() == mime::APPLICATION_JSON && !is_refused(&range))
}

/// Whether a media range has the quality 0: "not this" (RFC 9110 section 12.4.2).
fn is_refused(range: &mime::Mime) -> bool {
    let quality = range.get_param("q").map(|q| q.as_str().parse::<f32>());
    quality.is_some_and(|q| q.is_ok_and(|q| q <= 0.0))
}

#[cfg(test)]
mod tests;
