//! `GET /status`: what became of an enrolled person's mail.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use relay::ports::{FindEnrolments, ReadStatus, TakeMail};
use relay::{AuditEvent, Enrolment, Status, Tally};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::openapi::answers::{BadQuery, BadToken, TooOften, Unavailable};

/// An enrolment and what became of its mail.
#[derive(Serialize, ToSchema)]
pub(crate) struct EnrolmentStatus {
    /// The enrolment's public name, safe in a log.
    #[schema(example = "mfzgy33nmv2ha2lu")]
    id: String,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Home Assistant", max_length = 64)]
    label: Option<String>,
    /// Where Arlo's mail is to be forwarded. Keep it to yourself: mail sent there counts as the account's.
    relay_address: String,
    /// When the account was enrolled.
    #[schema(value_type = String, format = DateTime)]
    enrolled_at: Timestamp,
    /// When its token was last replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    token_rotated_at: Option<Timestamp>,
    /// When the enrolment is removed, unless a mail reaches it before; missing once one has, and where the operator
    /// made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    removed_at: Option<Timestamp>,
    /// Whether it takes a mail's code only if Arlo signed the mail to its account or its relay address; missing where
    /// it does not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    require_dkim: bool,
    /// What happened to its mail and how often; what never happened is left out.
    mail: Vec<MailCount>,
    /// The newest question of a mail provider whether mail may be forwarded here.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation: Option<Confirmation>,
    /// What came to the relay address and was no code, in short: the newest three, the newest first, for a week. A
    /// provider that asks whether it may forward is among them. Anybody who knows the address may have written it: it
    /// is text, and no more than that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 3)]
    other_mail: Vec<OtherMail>,
    /// What happened to the enrolment last, the newest first.
    #[schema(max_items = 50)]
    events: Vec<Event>,
}

/// One thing that happened.
#[derive(Serialize, ToSchema)]
pub(crate) struct Event {
    /// What.
    #[schema(value_type = String, example = "prestaged")]
    event: &'static str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The network of the client, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "192.0.2.0/24")]
    network: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MailCount {
    /// What happened.
    #[schema(value_type = String, example = "code-delivered")]
    event: &'static str,
    /// How often since the enrolment.
    #[schema(example = 3)]
    count: u64,
    /// When last.
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Confirmation {
    /// Who asks.
    #[schema(value_type = String, example = "gmail")]
    provider: &'static str,
    /// The number to type in at the provider, where its mail has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation_code: Option<String>,
    /// The provider's page that accepts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    /// When the question came.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct OtherMail {
    /// The address that its writer gives.
    #[schema(example = "care@post.example")]
    sender: String,
    /// Its subject, at most 200 characters of it.
    #[schema(example = "Allow forwarding?")]
    subject: String,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// Its first https links.
    #[schema(max_items = 5)]
    links: Vec<Link>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Link {
    /// The whole link.
    #[schema(example = "https://post.example/allow/7f3c")]
    url: String,
    /// Where it leads.
    #[schema(example = "post.example")]
    host: String,
}

/// Ask what became of an enrolment's mail
#[utoipa::path(
    get,
    path = "/status",
    operation_id = "status",
    tag = "enrolment",
    params(("email" = Option<String>, Query, description = "The Arlo account, to be held against the enrolment's")),
    responses(
        (status = 200, description = "The enrolment", body = EnrolmentStatus),
        BadQuery, BadToken, TooOften, Unavailable
    )
)]
pub(crate) async fn status<S: FindEnrolments + TakeMail + ReadStatus, P>(
    State(api): State<Arc<Api<S, P>>>,
    caller: Caller,
) -> Result<Json<EnrolmentStatus>, Failure> {
    let token = api.token(&caller)?;
    let named = caller.fields().get("email").map(|_| caller.named()).transpose()?;
    let account = named.as_ref().map(|named| &named.account);
    let (enrolment, status) = api
        .relay
        .status(account, caller.shown(&token))
        .await
        .map_err(|refusal| api.refused(&caller, refusal))?;
    let enroller = api.relay.enroller();
    let relay_address = enroller.relay_address(&enroller.local_part(&enrolment));
    Ok(Json(EnrolmentStatus::new(relay_address, &enrolment, status)))
}

impl EnrolmentStatus {
    fn new(relay_address: String, enrolment: &Enrolment, status: Status) -> Self {
        Self {
            id: enrolment.id.to_string(),
            label: enrolment.label.as_ref().map(|label| label.as_str().to_owned()),
            relay_address,
            enrolled_at: enrolment.created_at,
            token_rotated_at: enrolment.rotated_at,
            removed_at: enrolment.made_by.unused_until(),
            require_dkim: enrolment.require_dkim,
            mail: status.mail.into_iter().map(MailCount::from).collect(),
            confirmation: status.confirmation.map(Confirmation::from),
            other_mail: status.other_mail.into_iter().map(OtherMail::from).collect(),
            events: status.events.into_iter().map(Event::from).collect(),
        }
    }
}

impl From<AuditEvent> for Event {
    fn from(event: AuditEvent) -> Self {
        Self {
            event: event.kind.name(),
            at: event.at,
            network: event.network.map(|network| network.to_string()),
        }
    }
}

impl From<Tally> for MailCount {
    fn from(tally: Tally) -> Self {
        Self {
            event: tally.event.name(),
            count: tally.count,
            last_at: tally.last_at,
        }
    }
}

impl From<relay::Confirmation> for Confirmation {
    fn from(kept: relay::Confirmation) -> Self {
        Self {
            provider: kept.provider.name(),
            confirmation_code: kept.code,
            link: kept.link,
            received_at: kept.at,
        }
    }
}

impl From<relay::OtherMail> for OtherMail {
    fn from(kept: relay::OtherMail) -> Self {
        let link = |link: &arlo_mail::Link| Link {
            url: link.url().to_owned(),
            host: link.host().to_owned(),
        };
        Self {
            links: kept.links.iter().map(link).collect(),
            sender: kept.sender,
            subject: kept.subject,
            received_at: kept.at,
        }
    }
}
