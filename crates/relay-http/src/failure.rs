//! Why a call was not done, and the problem document (RFC 9457) that says so.
//!
//! The text is for the caller: it says what to change and repeats nothing that the caller sent. What went wrong inside
//! is for the log alone.

use std::error::Error;

use arlo_mail::AccountError;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use relay::Refusal;
use relay::ports::PortError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::observe::Limit;

/// Seconds after which a call may be tried again when the store was away.
const AWAY_FOR: u64 = 5;

/// Why a call was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    NotFound,
    MethodNotAllowed,
    /// The call shows no access token.
    NoToken,
    /// The token is not one of this account, or is nobody's any more.
    Denied,
    /// The poll URL reads nothing, or nothing any more.
    Gone,
    /// No login waits for the code that was handed in.
    NothingWaiting,
    RegistrationClosed,
    /// Joining takes an invitation.
    NotInvited,
    /// The invitation is not good, or not any more.
    InvitationOver,
    /// The form to join is too old.
    FormOver,
    /// The form to join was sent before, and the token that it gave was replaced, or its enrolment has gone.
    FormUsed,
    /// As many have joined as may.
    NoRoom,
    /// Too many have joined today; seconds until tomorrow.
    TooManyJoin(u64),
    /// A GET changes nothing.
    JoinByPost,
    /// Joining by an address that is not the relay's own, or from another site's page.
    Elsewhere,
    Address(AccountError),
    /// What else is wrong with the request, in words.
    BadRequest(&'static str),
    TooLarge {
        limit: usize,
    },
    TooSlow,
    MediaType(&'static str),
    /// Too many logins of the account wait; seconds until the first is gone.
    Crowded(u64),
    /// The caller does this more often than it may; seconds until it may again.
    TooOften(u64),
    /// The caller, or all callers, hold all the memory that there is for bodies.
    NoMemory,
    /// There are as many connections, or calls of the client, as there may be.
    NoPlace,
    /// Something behind the relay failed; whether it may work again.
    Away {
        retryable: bool,
    },
}

/// What a refusal is to a caller. What a port said goes to the log.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Denied => Self::Denied,
            Refusal::Crowded { retry_after } => Self::Crowded(whole_seconds(retry_after)),
            Refusal::Gone => Self::Gone,
            Refusal::Closed => Self::RegistrationClosed,
            Refusal::NotInvited => Self::NotInvited,
            Refusal::InvitationOver => Self::InvitationOver,
            Refusal::NoRoom => Self::NoRoom,
            Refusal::TicketOver => Self::FormOver,
            Refusal::TicketUsed => Self::FormUsed,
            Refusal::TooManyJoin { retry_after } => Self::TooManyJoin(whole_seconds(retry_after)),
            Refusal::Changed => Self::Away { retryable: true },
            Refusal::Port(error) => error.into(),
            other => {
                tracing::error!(error = %other, "a call was refused in a way that it cannot be");
                Self::Away { retryable: false }
            }
        }
    }
}

/// Rounded up, and one at least.
fn whole_seconds(wait: SignedDuration) -> u64 {
    let seconds = wait.as_secs() + i64::from(wait.subsec_nanos() > 0);
    u64::try_from(seconds).unwrap_or_default().max(1)
}

impl Failure {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed | Self::JoinByPost => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::Denied
            | Self::Gone
            | Self::RegistrationClosed
            | Self::NotInvited
            | Self::InvitationOver
            | Self::NoRoom
            | Self::Elsewhere => StatusCode::FORBIDDEN,
            Self::NothingWaiting | Self::Address(_) | Self::BadRequest(_) | Self::FormOver => StatusCode::BAD_REQUEST,
            Self::FormUsed => StatusCode::CONFLICT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Crowded(_) | Self::TooOften(_) | Self::TooManyJoin(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NoMemory | Self::NoPlace | Self::Away { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The text for the caller.
    pub(crate) fn detail(self) -> String {
        match self {
            Self::NotFound => "There is nothing at this path; /openapi.json lists what there is.".to_owned(),
            Self::MethodNotAllowed => "This path does not take this method; the Allow header names those it takes.".to_owned(),
            Self::NoToken => "An access token is needed: as Authorization: Bearer, as token= in the query, or as the last part of the path.".to_owned(),
            Self::Denied => "This token does not give access to this account.".to_owned(),
            Self::Gone => "There is no such login request, or it has expired.".to_owned(),
            Self::NothingWaiting => "No login of this account waits for a code.".to_owned(),
            Self::RegistrationClosed => "Registration is closed here: ask the operator to run arlo-relay enroll for your account.".to_owned(),
            Self::NotInvited => "Joining this relay takes an invitation: ask its operator for one.".to_owned(),
            Self::InvitationOver => "This invitation is not good, or not any more: it may be used up or expired. Ask the operator for another.".to_owned(),
            Self::FormOver => "This form is too old.".to_owned(),
            Self::FormUsed => "This form was sent before.".to_owned(),
            Self::NoRoom => "This relay has as many members as it may have.".to_owned(),
            Self::TooManyJoin(_) => "Too many have joined today, from this network or in all. Try again tomorrow.".to_owned(),
            Self::JoinByPost => "A GET changes nothing here: join on the relay's page, or send a POST with email=, and with invitation= where one is needed.".to_owned(),
            Self::Elsewhere => "Joining is possible at the relay's own address and from its own page only; the operator sets the address with --public-url.".to_owned(),
            Self::Address(error) => sentence(&error.to_string()),
            Self::BadRequest(what) | Self::MediaType(what) => what.to_owned(),
            Self::TooLarge { limit } => format!("The body is larger than the {limit} bytes that this call takes."),
            Self::TooSlow => "The body took too long to arrive.".to_owned(),
            Self::Crowded(_) => "Too many logins of this enrolment wait for a code already; the oldest makes room when it expires.".to_owned(),
            Self::TooOften(_) => "Too many calls of this kind. Try again later.".to_owned(),
            Self::NoMemory => "Too much is being sent at the moment. Try again later.".to_owned(),
            Self::NoPlace => "Too many connections or calls at once. Try again later.".to_owned(),
            Self::Away { retryable: true } => "The relay cannot do this at the moment. Try again later.".to_owned(),
            Self::Away { retryable: false } => "The relay cannot do this; its operator finds the reason in the log.".to_owned(),
        }
    }

    /// After how many seconds the same call may go through.
    pub(crate) fn retry_after(self) -> Option<u64> {
        match self {
            Self::Crowded(seconds) | Self::TooOften(seconds) | Self::TooManyJoin(seconds) => Some(seconds),
            Self::NoMemory | Self::NoPlace | Self::Away { retryable: true } => Some(AWAY_FOR),
            _ => None,
        }
    }
}

impl Failure {
    /// The limit that is in the way, if it is one.
    pub(crate) fn limit(self) -> Option<Limit> {
        match self {
            Self::TooOften(_) => Some(Limit::Rate),
            Self::Crowded(_) => Some(Limit::Pending),
            Self::NoMemory => Some(Limit::Memory),
            Self::TooManyJoin(_) | Self::NoRoom => Some(Limit::Joining),
            _ => None,
        }
    }
}

fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest).chain(['.']).collect()
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        let source = error.source().map(tracing::field::display);
        tracing::error!(error = %error, source, retryable = error.is_retryable(), "a port failed");
        Self::Away {
            retryable: error.is_retryable(),
        }
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        Self::Address(error)
    }
}

/// Why a call was not done (RFC 9457). Its type is `about:blank`: the status says which kind it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// The name of the status.
    #[schema(example = "Forbidden")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 403, minimum = 400, maximum = 599)]
    status: u16,
    /// What to change, or when to come back.
    #[schema(example = "This token does not give access to this account.")]
    detail: String,
}

impl Failure {
    /// The answer, with more in its document than the problem itself.
    pub(crate) fn with_problem<T: Serialize>(self, document: impl FnOnce(Problem) -> T) -> Response {
        let status = self.status();
        let problem = Problem {
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: self.detail(),
        };
        let mut response = (status, axum::Json(document(problem))).into_response();
        if let Some(limit) = self.limit() {
            response.extensions_mut().insert(limit);
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self == Self::NoToken {
            headers.insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static(r#"Bearer realm="arlo-relay""#),
            );
        }
        response
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.with_problem(|problem| problem)
    }
}
