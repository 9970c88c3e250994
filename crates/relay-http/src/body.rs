//! Reading a body within its limits of size, time, rate and memory.
//!
//! Memory is taken from the client's share as the bytes come, not as they are announced, and is held as long as the
//! body is.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use client_limits::{Client, ClientShare, ClientShares};
use http_body::Frame;
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::caller::Fields;
use crate::failure::Failure;

/// The largest body of a call that takes no mail, in bytes.
pub(crate) const SMALL: usize = 64 * 1024;
/// The largest form of the page, in bytes: two addresses and two other fields of the longest, all of it escaped.
pub(crate) const PAGE_FORM: usize = 8 * 1024;
/// The largest body of a call that takes a mail, in bytes.
pub(crate) const MAIL: usize = 6 * 1024 * 1024;
/// How much of a mail is kept: a code comes before this. The rest is read and dropped.
pub(crate) const MAIL_KEPT: usize = 1024 * 1024;
/// How long a small body may take to arrive.
pub(crate) const SMALL_WITHIN: Duration = Duration::from_secs(8);
/// How long a mail may take to arrive.
pub(crate) const MAIL_WITHIN: Duration = Duration::from_secs(120);
/// How long a body may come at any pace.
const GRACE: Duration = Duration::from_secs(10);
/// Bytes a second that have to come on average after that.
const RATE: u64 = 4 * 1024;
/// Memory that is taken at first.
const FIRST: usize = 8 * 1024;

/// A body in memory, or its start.
#[derive(Debug)]
pub(crate) struct Held {
    bytes: Vec<u8>,
    most: usize,
    share: ClientShare,
}

impl Held {
    /// An empty one that keeps at most so many bytes, in the client's share of this memory.
    pub(crate) fn new(memory: &ClientShares, client: Client, most: usize) -> Result<Self, Failure> {
        let share = memory.take(client, 0).map_err(|_| Failure::NoMemory)?;
        let bytes = Vec::new();
        Ok(Self { bytes, most, share })
    }

    /// Adds what is still to be kept of a piece.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), Failure> {
        let left = self.most.saturating_sub(self.bytes.len());
        let piece = piece.get(..left).unwrap_or(piece);
        let needed = self.bytes.len().saturating_add(piece.len());
        let paid = self.share.amount();
        if needed > paid {
            let wanted = paid.saturating_mul(2).max(FIRST).clamp(needed, self.most.max(needed));
            let grown = self
                .share
                .grow(wanted - paid)
                .or_else(|_| self.share.grow(needed - paid));
            grown.map_err(|_| Failure::NoMemory)?;
            self.bytes
                .reserve_exact(self.share.amount().saturating_sub(self.bytes.len()));
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// Drops what is kept, and keeps so much of what comes now. The memory stays for it.
    pub(crate) fn begin_again(&mut self, most: usize) {
        self.bytes.clear();
        self.most = most;
    }

    /// The bytes, and what is to be held as long as they are.
    pub(crate) fn into_parts(self) -> (Bytes, ClientShare) {
        (self.bytes.into(), self.share)
    }
}

impl std::ops::Deref for Held {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The whole body into `held`, if it has at most `limit` bytes and all of them come `within` the time.
pub(crate) async fn read(body: Body, limit: usize, within: Duration, mut held: Held) -> Result<Held, Failure> {
    check_size(&body, limit)?;
    let mut body = Paced::new(body, within);
    let mut received = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(&error))?;
        let Some(piece) = frame.data_ref() else { continue };
        received = received.saturating_add(piece.len());
        if received > limit {
            return Err(Failure::TooLarge { limit });
        }
        held.push(piece)?;
    }
    Ok(held)
}

/// The fields of the form that the body is; none where there is no body. It has the size that `held` keeps, at most.
pub(crate) async fn form(held: Held, headers: &HeaderMap, body: Body) -> Result<Fields, Failure> {
    let limit = held.most;
    let body = read(body, limit, SMALL_WITHIN, held).await?;
    if body.is_empty() {
        return Ok(Fields::default());
    }
    let is_form = media_type(headers).is_some_and(|mime| mime.essence_str() == mime::APPLICATION_WWW_FORM_URLENCODED);
    if !is_form {
        return Err(Failure::MediaType(
            "The body has to be application/x-www-form-urlencoded.",
        ));
    }
    Ok(Fields::parse(&String::from_utf8_lossy(&body)))
}

fn media_type(headers: &HeaderMap) -> Option<mime::Mime> {
    headers.get(CONTENT_TYPE)?.to_str().ok()?.parse().ok()
}

/// Whether the body is JSON, or does not say what it is.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let is_json = |mime: mime::Mime| mime.essence_str() == mime::APPLICATION_JSON || mime.suffix() == Some(mime::JSON);
    !headers.contains_key(CONTENT_TYPE) || media_type(headers).is_some_and(is_json)
}

/// The JSON object that the body is. `form` says which form it needs.
pub(crate) fn json_object<T: DeserializeOwned>(body: &[u8], form: Failure) -> Result<T, Failure> {
    if body.starts_with(b"\xef\xbb\xbf") {
        return Err(Failure::BadRequest(
            "The JSON begins with a byte order mark, which RFC 8259 forbids.",
        ));
    }
    let object = serde_json::from_slice(body).map_err(|error| match error.classify() {
        Category::Data => form,
        _ => Failure::BadRequest("The body is not JSON."),
    })?;
    // serde takes a list of the values for the object.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(form);
    }
    Ok(object)
}

/// A body that says how large it is need not be read to be refused.
pub(crate) fn check_size(body: &Body, limit: usize) -> Result<(), Failure> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Failure::TooLarge { limit });
    }
    Ok(())
}

fn broken(error: &(dyn Error + 'static)) -> Failure {
    if is_too_slow(error) {
        Failure::TooSlow
    } else {
        Failure::BadRequest("The body broke off.")
    }
}

/// Whether a [`Paced`] body was too slow, whatever the error is wrapped in.
pub(crate) fn is_too_slow(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<TooSlow>() {
            return true;
        }
        next = error.source();
    }
    false
}

/// A body that has to come within a time, and at a least rate.
pub(crate) struct Paced {
    body: Body,
    start: Instant,
    within: Duration,
    received: u64,
    timer: Pin<Box<Sleep>>,
}

#[derive(Debug)]
struct TooSlow;

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body comes too slowly")
    }
}

impl Error for TooSlow {}

impl Paced {
    pub(crate) fn new(body: Body, within: Duration) -> Self {
        let start = Instant::now();
        Self {
            body,
            start,
            within,
            received: 0,
            timer: Box::pin(sleep_until(start + within.min(GRACE))),
        }
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            if let Some(Ok(frame)) = &frame {
                let length = frame.data_ref().map_or(0, Bytes::len);
                self.received = self.received.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
            }
            return Poll::Ready(frame);
        }
        let earned = Duration::from_secs(self.received / RATE);
        let end = self.start + self.within.min(GRACE + earned);
        if self.timer.deadline() != end {
            self.timer.as_mut().reset(end);
        }
        ready!(self.timer.as_mut().poll(context));
        Poll::Ready(Some(Err(axum::Error::new(TooSlow))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

#[cfg(test)]
mod tests;
