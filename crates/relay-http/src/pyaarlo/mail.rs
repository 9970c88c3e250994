//! `POST /mail`: a mail server's pipe or a script hands in one mail.

use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use multer::{Constraints, Field, Multipart, SizeLimit};
use relay::ports::{FindEnrolments, ForwardMail, Inline, RecordMail, SettleRequests};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::body;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::pyaarlo::Answer;

/// Parts that a form may have.
const MAX_PARTS: usize = 16;

const NO_FILE: Failure = Failure::BadRequest("The form needs the mail as its field file, or as its only file.");
const BROKEN_FORM: Failure = Failure::BadRequest("The form broke off or is not well formed.");

/// A mail was taken in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Taken {
    #[schema(example = true)]
    success: bool,
    /// What it came to, as the status names it.
    #[schema(example = "code-delivered")]
    result: &'static str,
}

/// What `/mail` takes as a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form that is read part by part")]
pub(crate) struct MailForm {
    /// The message as it was received, headers and body; any file name.
    #[schema(format = Binary, content_media_type = "message/rfc822")]
    file: String,
}

/// Hand in a mail
///
/// The message as it was received: as the field `file` of a form (or its only file), or as the body itself. The token
/// may also stand in the query (`?token=`) or as the last part of the path.
#[utoipa::path(
    post,
    path = "/mail",
    operation_id = "mail",
    tag = "pyaarlo",
    request_body(content(
        (MailForm = "multipart/form-data"),
        (String = "message/rfc822"),
        (String = "text/plain"),
        (String = "application/octet-stream"),
    )),
    responses((status = 200, description = "What it came to, or why it was not taken", body = Answer<Taken>))
)]
pub(crate) async fn mail<S, P>(
    State(api): State<Arc<Api<S, P>>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Answer<Taken>
where
    S: FindEnrolments + SettleRequests + RecordMail + ForwardMail,
{
    take_in(&api, &caller, &headers, body).await.into()
}

async fn take_in<S, P>(api: &Api<S, P>, caller: &Caller, headers: &HeaderMap, body: Body) -> Result<Taken, Failure>
where
    S: FindEnrolments + SettleRequests + RecordMail + ForwardMail,
{
    // Only an enrolled client may fill memory with a mail.
    let token = caller.token()?;
    let enrolment = api
        .relay
        .authorize_token(&token)
        .await
        .map_err(|refusal| api.failure(refusal))?;
    let raw = message(headers, body).await?;
    if raw.is_empty() {
        return Err(Failure::BadRequest("The mail is empty."));
    }
    let receipt = api.relay.receive_for(&enrolment, &raw, &Inline).await?;
    let result = receipt.event.map_or("no-mail", relay::enrolment::MailEvent::name);
    tracing::info!(
        result,
        request = receipt.request.map(tracing::field::display),
        "a mail was handed in"
    );
    Ok(Taken { success: true, result })
}

/// The message in the body.
async fn message(headers: &HeaderMap, body: Body) -> Result<Bytes, Failure> {
    let Some(content_type) = headers.get(CONTENT_TYPE) else {
        return body::read(body, body::MAIL, body::MAIL_WITHIN).await;
    };
    let content_type = content_type.to_str().unwrap_or_default();
    let media_type: Option<mime::Mime> = content_type.parse().ok();
    match media_type.as_ref().map(mime::Mime::essence_str) {
        Some("multipart/form-data") => {
            let boundary = multer::parse_boundary(content_type).map_err(|_| BROKEN_FORM)?;
            let form = tokio::time::timeout(body::MAIL_WITHIN, file_in(body, boundary));
            form.await.unwrap_or(Err(Failure::TooSlow))
        }
        Some("message/rfc822" | "text/plain" | "application/octet-stream") => {
            body::read(body, body::MAIL, body::MAIL_WITHIN).await
        }
        _ => Err(Failure::MediaType(
            "The mail has to come as message/rfc822, or as the field file of multipart/form-data.",
        )),
    }
}

/// The field `file` of the form, or else its only file.
async fn file_in(body: Body, boundary: String) -> Result<Bytes, Failure> {
    if body.size_hint().lower() > body::MAIL as u64 {
        return Err(Failure::TooLarge { limit: body::MAIL });
    }
    let limit = SizeLimit::new().whole_stream(body::MAIL as u64);
    let constraints = Constraints::new().size_limit(limit);
    let mut form = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let mut only_file = None;
    let mut files = 0;
    for _ in 0..MAX_PARTS {
        let Some(part) = form.next_field().await.map_err(|error| unreadable(&error))? else {
            return only_file.filter(|_| files == 1).ok_or(NO_FILE);
        };
        if part.name() == Some("file") {
            return content(part).await;
        }
        if part.file_name().is_some() {
            files += 1;
            only_file = Some(content(part).await?);
        }
    }
    Err(Failure::BadRequest("The form has too many parts."))
}

async fn content(part: Field<'_>) -> Result<Bytes, Failure> {
    part.bytes().await.map_err(|error| unreadable(&error))
}

fn unreadable(error: &multer::Error) -> Failure {
    match error {
        multer::Error::StreamSizeExceeded { .. } => Failure::TooLarge { limit: body::MAIL },
        _ => BROKEN_FORM,
    }
}
