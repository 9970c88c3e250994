//! `/enrolments` and `/enrolment`: a stranger joins, and an owner replaces his token or leaves.
//!
//! Joining needs no token and gives one. So it is a POST that no other site's page can send (`host.rs`), and the limits
//! of `relay::JoinLimits` hold.

use std::sync::Arc;

use arlo_mail::Account;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use relay::ports::{AdmitMembers, FindEnrolments, ManageEnrolments, TakeMail};
use relay::{AccessToken, EnrolmentId, InvitationCode, Label, Registration, Stranger};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::Api;
use crate::body::{self, Held};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::openapi::answers::{BadBody, BadToken, MayNotJoin, TooManyJoin, TooOften, Unavailable};

/// Who wants to join.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Wish {
    /// The address of the Arlo account; a `+label` makes no difference.
    #[schema(example = "casey@example.org", max_length = 254)]
    pub(crate) email: String,
    /// The invitation, where one is needed. Where anybody may join, it is not looked at.
    #[schema(example = "arelay_invite_mfzgy33nmv2ha2lumfzgy33nmv2ha2lu")]
    pub(crate) invitation: Option<String>,
    /// What to call the enrolment: one line, without characters that nobody sees or that change the direction.
    #[schema(example = "Home Assistant", max_length = 64)]
    pub(crate) label: Option<String>,
}

/// An enrolment, with what is shown only once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Enrolled {
    /// The enrolment's public name, safe in a log.
    #[schema(example = "mfzgy33nmv2ha2lu")]
    pub id: String,
    /// What it is called.
    #[schema(example = "Home Assistant")]
    pub label: Option<String>,
    /// The account, where the call named it.
    #[schema(example = "casey@example.org")]
    pub account: Option<String>,
    /// The access token. It is shown only here.
    pub token: Shown,
    /// Where Arlo's mail is to be forwarded. Keep it to yourself: mail sent there counts as the account's.
    pub relay_address: Shown,
    /// Where a login begins, with the token in it: for a client that takes nothing but a URL.
    pub prestage_url: Shown,
    /// The same as pyaarlo's settings.
    pub pyaarlo: Pyaarlo,
}

/// The settings of pyaarlo.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Pyaarlo {
    #[schema(value_type = String, example = "rest-api")]
    tfa_source: &'static str,
    #[schema(value_type = String, example = "EMAIL")]
    tfa_type: &'static str,
    #[schema(example = "https://relay.example")]
    tfa_host: String,
    #[schema(example = "casey@example.org")]
    tfa_username: Option<String>,
    tfa_password: Shown,
}

/// A secret on its way to its owner.
#[derive(Clone, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct Shown(String);

relay::redacted_debug!(Shown);

impl Shown {
    /// The text, for its owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Enrolled {
    /// What the owner of an enrolment is shown. The account is known where it was named.
    #[must_use]
    pub fn new(
        id: EnrolmentId,
        label: Option<&Label>,
        account: Option<&Account>,
        token: &AccessToken,
        relay_address: String,
        public_url: &str,
    ) -> Self {
        let account = account.map(|account| account.as_str().to_owned());
        let token = token.expose();
        Self {
            id: id.to_string(),
            label: label.map(|label| label.as_str().to_owned()),
            account: account.clone(),
            token: Shown(token.to_owned()),
            relay_address: Shown(relay_address),
            prestage_url: Shown(format!("{public_url}/prepare-arlo-mfa/{token}")),
            pyaarlo: Pyaarlo {
                tfa_source: "rest-api",
                tfa_type: "EMAIL",
                tfa_host: public_url.to_owned(),
                tfa_username: account,
                tfa_password: Shown(token.to_owned()),
            },
        }
    }
}

/// Join
///
/// Makes an enrolment of one's own, where registration is open or the invitation is good. Nobody proves that the
/// account is his: only mail to the enrolment's own relay address is for it. Whether the account has other enrolments
/// makes no difference. An enrolment that no mail reaches within 30 days is removed.
#[utoipa::path(
    post,
    path = "/enrolments",
    operation_id = "join",
    tag = "enrolment",
    request_body = Wish,
    responses(
        (status = 201, description = "The enrolment; its token is shown only here", body = Enrolled, links(
            ("prestage" = (operation_id = "prestageByPath", parameters(("token" = "$response.body#/token")))),
            ("clear" = (operation_id = "clearByPath", parameters(
                ("token" = "$response.body#/token"), ("email" = "$response.body#/account")
            ))),
            ("get" = (operation_id = "getByPath", parameters(
                ("token" = "$response.body#/token"), ("email" = "$response.body#/account")
            ))),
        )),
        BadBody, MayNotJoin, TooManyJoin, Unavailable
    ),
    security(())
)]
pub(crate) async fn join_by_json<S: AdmitMembers, P>(
    State(api): State<Arc<Api<S, P>>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Enrolled>), Failure> {
    const FORM: Failure = Failure::BadRequest(
        r#"The body needs the form {"email":"name@domain"}, and may have "invitation" and "label"."#,
    );
    api.shares.call(caller.client)?;
    if !body::is_json(&headers) {
        return Err(Failure::MediaType("The body has to be application/json."));
    }
    let held = Held::new(&api.shares.bodies_of_strangers, caller.client, body::SMALL)?;
    let held = body::read(body, body::SMALL, body::SMALL_WITHIN, held).await?;
    let wish = body::json_object(&held, FORM)?;
    let enrolled = join(&api, &caller, wish).await?;
    Ok((StatusCode::CREATED, Json(enrolled)))
}

/// A [`Wish`] that is understood.
pub(crate) struct Understood {
    account: Account,
    label: Option<Label>,
    invitation: Option<InvitationCode>,
}

impl Wish {
    pub(crate) fn understood(self, registration: Registration) -> Result<Understood, Failure> {
        let account = Account::parse(self.email.trim())?;
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let label = given(self.label).map(|label| {
            Label::parse(&label).ok_or(Failure::BadRequest(
                "The label needs 1 to 64 characters on one line, all of them visible.",
            ))
        });
        // What can be no invitation is to its holder one that is not good.
        let invitation = given(self.invitation).filter(|_| registration != Registration::Open);
        let invitation = invitation.map(|code| InvitationCode::parse(&code).ok_or(Failure::InvitationOver));
        Ok(Understood {
            account,
            label: label.transpose()?,
            invitation: invitation.transpose()?,
        })
    }
}

impl Understood {
    /// Who wishes it.
    pub(crate) fn stranger(&self, caller: &Caller) -> Stranger<'_> {
        Stranger {
            account: &self.account,
            label: self.label.clone(),
            invitation: self.invitation.as_ref(),
            network: caller.network(),
        }
    }
}

/// Makes the enrolment that a stranger wishes. The call is counted before.
pub(crate) async fn join<S: AdmitMembers, P>(
    api: &Api<S, P>,
    caller: &Caller,
    wish: Wish,
) -> Result<Enrolled, Failure> {
    let wish = wish.understood(api.relay.registration())?;
    let credentials = api.relay.join(wish.stranger(caller)).await?;
    tracing::info!(enrolment = %credentials.id, "a stranger has joined");
    let relay_address = api.relay.enroller().relay_address(&credentials.local_part);
    Ok(Enrolled::new(
        credentials.id,
        credentials.label.as_ref(),
        Some(&credentials.account),
        &credentials.token,
        relay_address,
        api.settings.public_url.as_str(),
    ))
}

/// Replace the token
///
/// The old one is void at once, and the logins that it began are ended. The relay address stays.
#[utoipa::path(
    post,
    path = "/enrolment/token",
    operation_id = "replaceToken",
    tag = "enrolment",
    responses(
        (status = 200, description = "The enrolment with its new token, which is shown only here", body = Enrolled),
        BadToken, TooOften, Unavailable
    )
)]
pub(crate) async fn replace_token<S: FindEnrolments + TakeMail + ManageEnrolments, P>(
    State(api): State<Arc<Api<S, P>>>,
    caller: Caller,
) -> Result<Json<Enrolled>, Failure> {
    let token = api.token(&caller)?;
    Ok(Json(with_new_token(&api, &caller, None, &token).await?))
}

/// Gives the token's enrolment another. The call is counted before.
pub(crate) async fn with_new_token<S: FindEnrolments + TakeMail + ManageEnrolments, P>(
    api: &Api<S, P>,
    caller: &Caller,
    account: Option<&Account>,
    token: &AccessToken,
) -> Result<Enrolled, Failure> {
    let replaced = api.relay.replace_own_token(account, caller.shown(token)).await;
    let (token, enrolment) = replaced.map_err(|refusal| api.refused(caller, refusal))?;
    tracing::info!(enrolment = %enrolment.id, "an owner has replaced the token");
    let enroller = api.relay.enroller();
    Ok(Enrolled::new(
        enrolment.id,
        enrolment.label.as_ref(),
        account,
        &token,
        enroller.relay_address(&enroller.local_part(&enrolment)),
        api.settings.public_url.as_str(),
    ))
}

/// Leave
///
/// Ends the enrolment: everything about it is gone, and its token and relay address are worth nothing any more.
#[utoipa::path(
    delete,
    path = "/enrolment",
    operation_id = "leave",
    tag = "enrolment",
    responses((status = 204, description = "It is gone"), BadToken, TooOften, Unavailable)
)]
pub(crate) async fn leave_by_call<S: FindEnrolments + TakeMail + ManageEnrolments, P>(
    State(api): State<Arc<Api<S, P>>>,
    caller: Caller,
) -> Result<StatusCode, Failure> {
    let token = api.token(&caller)?;
    leave(&api, &caller, &token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the token's enrolment. The call is counted before.
pub(crate) async fn leave<S: FindEnrolments + TakeMail + ManageEnrolments, P>(
    api: &Api<S, P>,
    caller: &Caller,
    token: &AccessToken,
) -> Result<(), Failure> {
    let left = api.relay.leave(caller.shown(token)).await;
    let id = left.map_err(|refusal| api.refused(caller, refusal))?;
    tracing::info!(enrolment = %id, "an owner has left");
    Ok(())
}
