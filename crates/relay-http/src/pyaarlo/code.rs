//! `/clear`, `/get` and `/add`: a login begins, its code is asked for, a code is handed in.

use std::sync::Arc;
use std::time::Duration;

use arlo_mail::{Account, Code, code_in_text};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use relay::ports::{FindEnrolments, IntakeStore, ReadRequests, StageRequests, TakeMail};
use relay::{AccessToken, Fault, Refusal, RequestState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::body::{self, Held};
use crate::caller::{Caller, Fields};
use crate::failure::Failure;
use crate::limits::Act;
use crate::longpoll;
use crate::pyaarlo::{Answer, with_deadline};

/// How long `/get` waits for the code: its client gives up after ten seconds.
const GET_WAIT: Duration = Duration::from_secs(8);

/// A login was begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct Cleared {
    #[schema(example = true)]
    success: bool,
    /// The account, as the call wrote it.
    #[schema(example = "casey@example.org")]
    email: String,
}

/// A code.
#[derive(Serialize, ToSchema)]
pub(crate) struct Found {
    #[schema(example = true)]
    success: bool,
    /// The account, as the call wrote it.
    #[schema(example = "casey@example.org")]
    email: String,
    /// Arlo's six digits.
    #[schema(pattern = "^[0-9]{6}$", example = "482913")]
    code: String,
    /// When this was answered, in seconds since 1970: when the code came is not kept.
    #[schema(example = "1800000000")]
    timestamp: String,
}

/// Why `/get` has no code.
enum NoCode {
    NotYet,
    NotBegun,
    Fault(Fault),
    Failure(Failure),
}

impl From<Failure> for NoCode {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Begin a login
///
/// Forgets the login that this token began before.
#[utoipa::path(
    get,
    path = "/clear",
    operation_id = "clear",
    tag = "pyaarlo",
    params(("email" = String, Query, description = "The Arlo account; a + is a plus, escaped or not")),
    responses((status = 200, description = "Begun, or why not", body = Answer<Cleared>))
)]
pub(crate) async fn clear<S: StageRequests, P>(State(api): State<Arc<Api<S, P>>>, caller: Caller) -> Answer<Cleared> {
    let cleared = with_deadline(async {
        let token = api.token(&caller)?;
        let named = caller.named()?;
        api.shares.may(Act::Prestage, &token.enrolment())?;
        let staged = api.relay.clear(&named.account, caller.shown(&token)).await;
        if !matches!(staged, Err(Refusal::Denied)) {
            api.shares.did(Act::Prestage, token.enrolment());
        }
        let staged = staged.map_err(|refusal| api.refused(&caller, refusal))?;
        tracing::info!(request = %staged.request_id, "login request staged");
        Ok(Cleared {
            success: true,
            email: named.email,
        })
    });
    cleared.await.into()
}

/// Ask for the code
///
/// Waits up to eight seconds for it where the relay can wait. Without one the answer is a failure, and the call is to
/// be made again.
#[utoipa::path(
    get,
    path = "/get",
    operation_id = "get",
    tag = "pyaarlo",
    params(("email" = String, Query, description = "The Arlo account; a + is a plus, escaped or not")),
    responses((status = 200, description = "The code, or why there is none", body = Answer<Found>))
)]
pub(crate) async fn get<S, P>(State(api): State<Arc<Api<S, P>>>, caller: Caller) -> Answer<Found>
where
    S: FindEnrolments + TakeMail + ReadRequests,
{
    let asked = with_deadline(async {
        let token = api.token(&caller)?;
        let named = caller.named()?;
        let code = wait_for_code(&api, &caller, &named.account, &token).await;
        Ok(code.map(|code| api.found(named.email, &code)))
    });
    match asked.await.map_err(NoCode::from).flatten() {
        Ok(found) => Ok(found).into(),
        Err(NoCode::NotYet) => Answer::no_code("no code yet"),
        Err(NoCode::NotBegun) => Answer::no_code("no login waits for a code: call /clear first"),
        Err(NoCode::Fault(fault)) => Answer::no_code(fault.message()),
        Err(NoCode::Failure(failure)) => Err(failure).into(),
    }
}

async fn wait_for_code<S, P>(
    api: &Api<S, P>,
    caller: &Caller,
    account: &Account,
    token: &AccessToken,
) -> Result<Code, NoCode>
where
    S: FindEnrolments + TakeMail + ReadRequests,
{
    let key = api.relay.rest_api_key(account, token);
    let read = async || {
        api.relay
            .rest_api_state(account, caller.shown(token))
            .await?
            .ok_or(Refusal::Gone)
    };
    match longpoll::wait_for_end(api, caller.client, &key.request_id(), GET_WAIT, read).await {
        Ok(found) => match found.request.state {
            RequestState::Pending => Err(NoCode::NotYet),
            RequestState::Complete(code) => Ok(code),
            RequestState::Error(fault) => Err(NoCode::Fault(fault)),
        },
        Err(Refusal::Gone) => Err(NoCode::NotBegun),
        Err(refusal) => Err(NoCode::Failure(api.refused(caller, refusal))),
    }
}

/// Hand in a code
///
/// As `code`, or in the text of an SMS as `msg`. It ends the newest login of the token's enrolment that waits.
#[utoipa::path(
    get,
    path = "/add",
    operation_id = "add",
    tag = "pyaarlo",
    params(
        ("email" = String, Query, description = "The Arlo account; a + is a plus, escaped or not"),
        ("code" = Option<String>, Query, description = "Six digits"),
        ("msg" = Option<String>, Query, description = "The text of an SMS with one number of six digits in it"),
    ),
    responses((status = 200, description = "Taken, or why not", body = Answer<Found>))
)]
pub(crate) async fn add<S, P>(State(api): State<Arc<Api<S, P>>>, caller: Caller) -> Answer<Found>
where
    S: IntakeStore,
{
    let added = with_deadline(async {
        let token = api.token(&caller)?;
        hand_in(&api, &caller, &token).await
    });
    added.await.into()
}

/// What `/add` takes as a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form that is read field by field")]
pub(crate) struct AddForm {
    /// The Arlo account; a + is a plus, escaped or not.
    email: Option<String>,
    /// The access token.
    token: Option<String>,
    /// Six digits.
    code: Option<String>,
    /// The text of an SMS with one number of six digits in it.
    msg: Option<String>,
}

/// Hand in a code by form
///
/// As `GET /add`; each value may be in the query or in the form.
#[utoipa::path(
    post,
    path = "/add",
    operation_id = "addPosted",
    tag = "pyaarlo",
    params(
        ("email" = Option<String>, Query, description = "The Arlo account; a + is a plus, escaped or not"),
        ("code" = Option<String>, Query, description = "Six digits"),
        ("msg" = Option<String>, Query, description = "The text of an SMS with one number of six digits in it"),
    ),
    request_body(content = Option<AddForm>, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Taken, or why not", body = Answer<Found>))
)]
pub(crate) async fn add_posted<S, P>(
    State(api): State<Arc<Api<S, P>>>,
    mut caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Answer<Found>
where
    S: IntakeStore,
{
    let added = with_deadline(async {
        // A token beside the body is looked at before the body is read; one inside cannot be.
        let early = match api.token(&caller) {
            Err(Failure::NoToken) => None,
            token => Some(token?),
        };
        let (memory, one) = if let Some(token) = &early {
            api.authorize(&caller, token).await?;
            (&api.shares.bodies, Some(api.shares.body(&token.enrolment())?))
        } else {
            (&api.shares.bodies_of_strangers, None)
        };
        let held = Held::new(memory, caller.client, body::SMALL)?;
        let form = body::form(held, &headers, body).await?;
        drop(one);
        caller.add_form(form);
        let token = match early {
            Some(token) => token,
            None => api.token(&caller)?,
        };
        hand_in(&api, &caller, &token).await
    });
    added.await.into()
}

async fn hand_in<S, P>(api: &Api<S, P>, caller: &Caller, token: &AccessToken) -> Result<Found, Failure>
where
    S: IntakeStore,
{
    let named = caller.named()?;
    let code = handed_in(caller.fields())?;
    api.shares.may(Act::HandInCode, &token.enrolment())?;
    let added = api
        .relay
        .add_code(&named.account, caller.shown(token), code.clone())
        .await;
    if !matches!(added, Err(Refusal::Denied)) {
        api.shares.did(Act::HandInCode, token.enrolment());
    }
    match added {
        Ok(request) => {
            tracing::info!(%request, "a code was handed in");
            Ok(api.found(named.email, &code))
        }
        Err(Refusal::Gone) => Err(Failure::NothingWaiting),
        Err(refusal) => Err(api.refused(caller, refusal)),
    }
}

/// The code in `code=`, or else in `msg=`.
fn handed_in(fields: &Fields) -> Result<Code, Failure> {
    if let Some(code) = fields.get("code").filter(|code| !code.is_empty()) {
        return Code::parse(code.trim()).ok_or(Failure::BadRequest("A code has six digits."));
    }
    let message = fields.text("msg").filter(|message| !message.is_empty());
    let message = message.ok_or(Failure::BadRequest("The call needs code= or msg=."))?;
    code_in_text(&message).ok_or(Failure::BadRequest("no code in the message"))
}

impl<S, P> Api<S, P> {
    fn found(&self, email: String, code: &Code) -> Found {
        Found {
            success: true,
            email,
            code: code.expose().to_owned(),
            timestamp: self.relay.now().as_second().to_string(),
        }
    }
}
