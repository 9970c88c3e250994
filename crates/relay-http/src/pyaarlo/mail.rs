//! `POST /mail`: a mail server's pipe or a script hands in one mail.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use http_body::Frame;
use multer::{Constraints, Field, Multipart, SizeLimit};
use relay::ports::IntakeStore;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::body::{self, Held, Paced};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::limits::Act;
use crate::pyaarlo::Answer;

/// Parts that a form may have.
const MAX_PARTS: usize = 16;

/// Bytes of a form that may come while nothing is taken of them.
const MAX_AHEAD: usize = 64 * 1024;

const NO_FILE: Failure = Failure::BadRequest("The form needs the mail as its field file, or as its only file.");
const BROKEN_FORM: Failure = Failure::BadRequest("The form broke off or is not well formed.");

/// A mail was taken in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Taken {
    #[schema(example = true)]
    success: bool,
    /// What became of it, in the words of the status, or `handed-on`.
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
/// may also be in the query (`?token=`) or the last part of the path.
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
    S: IntakeStore,
{
    take_in(&api, &caller, &headers, body).await.into()
}

async fn take_in<S, P>(api: &Api<S, P>, caller: &Caller, headers: &HeaderMap, body: Body) -> Result<Taken, Failure>
where
    S: IntakeStore,
{
    // Only an enrolled client may fill memory with a mail, and with so many at once.
    let token = api.token(caller)?;
    api.shares.may(Act::HandInMail, &token.enrolment())?;
    api.authorize(caller, &token).await?;
    api.shares.did(Act::HandInMail, token.enrolment());
    let _one = api.shares.mail(&token.enrolment())?;
    let held = Held::new(&api.shares.mail_bodies, caller.client, body::MAIL_KEPT)?;
    let (raw, _memory) = message(headers, body, held).await?.into_parts();
    if raw.is_empty() {
        return Err(Failure::BadRequest("The mail is empty."));
    }
    // The token may have been replaced while the mail came.
    let record = api.authorize(caller, &token).await?;
    let work = api.work(caller.client);
    let signatures = api.signatures(caller.client);
    let network = caller.network();
    let receipt = api.relay.receive_for(record, &raw, network, &signatures, &work).await?;
    if let Some(observer) = &api.observer {
        observer.mail(&receipt);
    }
    let result = receipt.outcome();
    tracing::info!(
        result,
        request = receipt.request.map(tracing::field::display),
        "a mail was handed in"
    );
    Ok(Taken { success: true, result })
}

/// The message in the body.
async fn message(headers: &HeaderMap, body: Body, held: Held) -> Result<Held, Failure> {
    let Some(content_type) = headers.get(CONTENT_TYPE) else {
        return body::read(body, body::MAIL, body::MAIL_WITHIN, held).await;
    };
    let content_type = content_type.to_str().unwrap_or_default();
    let media_type: Option<mime::Mime> = content_type.parse().ok();
    match media_type.as_ref().map(mime::Mime::essence_str) {
        Some("multipart/form-data") => {
            let boundary = multer::parse_boundary(content_type).map_err(|_| BROKEN_FORM)?;
            file_in(body, boundary, held).await
        }
        Some("message/rfc822" | "text/plain" | "application/octet-stream") => {
            body::read(body, body::MAIL, body::MAIL_WITHIN, held).await
        }
        _ => Err(Failure::MediaType(
            "The mail has to come as message/rfc822, or as the field file of multipart/form-data.",
        )),
    }
}

/// The field `file` of the form, or else its only file.
async fn file_in(body: Body, boundary: String, mut held: Held) -> Result<Held, Failure> {
    body::check_size(&body, body::MAIL)?;
    let limit = SizeLimit::new().whole_stream(body::MAIL as u64);
    let constraints = Constraints::new().size_limit(limit);
    let untaken = Arc::new(AtomicUsize::new(0));
    let body = Body::new(Untaken::new(Paced::new(body, body::MAIL_WITHIN), Arc::clone(&untaken)));
    let mut form = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let mut files = 0;
    for _ in 0..MAX_PARTS {
        let Some(mut part) = form.next_field().await.map_err(|error| unreadable(&error))? else {
            return if files == 1 { Ok(held) } else { Err(NO_FILE) };
        };
        untaken.store(0, Ordering::Relaxed);
        if part.name() == Some("file") {
            held.begin_again(body::MAIL_KEPT);
            return content(part, held, &untaken).await;
        }
        if part.file_name().is_none() {
            while next_piece(&mut part, &untaken).await?.is_some() {}
            continue;
        }
        files += 1;
        held.begin_again(if files == 1 { body::MAIL_KEPT } else { 0 });
        held = content(part, held, &untaken).await?;
    }
    Err(Failure::BadRequest("The form has too many parts."))
}

/// The part's start, which is kept; the rest is read and dropped.
async fn content(mut part: Field<'_>, mut held: Held, untaken: &AtomicUsize) -> Result<Held, Failure> {
    while let Some(piece) = next_piece(&mut part, untaken).await? {
        held.push(&piece)?;
    }
    Ok(held)
}

async fn next_piece(part: &mut Field<'_>, untaken: &AtomicUsize) -> Result<Option<Bytes>, Failure> {
    let piece = part.chunk().await.map_err(|error| unreadable(&error))?;
    untaken.store(0, Ordering::Relaxed);
    Ok(piece)
}

fn unreadable(error: &multer::Error) -> Failure {
    match error {
        multer::Error::StreamSizeExceeded { .. } => Failure::TooLarge { limit: body::MAIL },
        error if body::is_too_slow(error) => Failure::TooSlow,
        _ => BROKEN_FORM,
    }
}

/// The body of a form. multer keeps in memory what it cannot use yet, and searches all of that anew with each piece: so
/// the body pauses when [`MAX_AHEAD`] bytes have come of which nothing was taken, and ends if nothing is taken then.
struct Untaken {
    body: Paced,
    bytes: Arc<AtomicUsize>,
    has_paused: bool,
}

impl Untaken {
    /// Counts in `bytes`, which is 0 again when something was taken.
    fn new(body: Paced, bytes: Arc<AtomicUsize>) -> Self {
        Self {
            body,
            bytes,
            has_paused: false,
        }
    }
}

impl HttpBody for Untaken {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.bytes.load(Ordering::Relaxed) >= MAX_AHEAD {
            if self.has_paused {
                return Poll::Ready(Some(Err(axum::Error::new("too much of the form is no part"))));
            }
            self.has_paused = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.has_paused = false;
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            let length = frame.data_ref().map_or(0, Bytes::len);
            self.bytes.fetch_add(length, Ordering::Relaxed);
        }
        frame
    }
}
