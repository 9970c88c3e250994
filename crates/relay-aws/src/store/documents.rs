//! The poll documents: what a poll URL reads, one object for each login request.
//!
//! A request that is begun anew has the id of the one before. So each document says in its metadata when the request
//! began that it is about.

use arlo_mail::Code;
use bytes::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, IF_NONE_MATCH};
use jiff::Timestamp;
use relay::ports::PortError;
use relay::{RequestId, RequestState};
use relay_http::Progress;
use serde::Deserialize;

use super::Places;
use crate::aws::{Bucket, Fault, Most, away};

const BUCKET_AWAY: &str = "the bucket does not answer";
/// The name in the metadata: when the request began, in microseconds since 1970.
const BEGAN: &str = "began";
const BEGAN_HEADER: HeaderName = HeaderName::from_static("x-amz-meta-began");
/// The largest document, in bytes.
const MAX_DOCUMENT: usize = 64 << 10;

#[derive(Debug, Clone)]
pub(super) struct Documents {
    bucket: Bucket,
    places: Places,
}

/// What is read of a document. It holds the code, so it has no `Debug`.
#[derive(Deserialize)]
struct Document {
    code: Option<String>,
}

impl Documents {
    pub(super) fn new(bucket: Bucket, places: Places) -> Self {
        Self { bucket, places }
    }

    /// Writes that a request is pending, unless its document says more already.
    pub(super) async fn begin(&self, id: &RequestId, began: Timestamp) -> Result<(), PortError> {
        let unless_there = (IF_NONE_MATCH, HeaderValue::from_static("*"));
        match self.put(id, began, RequestState::Pending, Some(unless_there)).await? {
            Ok(()) => Ok(()),
            // A mail was quicker than this write. 409: it is writing now.
            Err(fault) if matches!(fault.code(), Some("PreconditionFailed" | "ConditionalRequestConflict")) => Ok(()),
            Err(fault) => Err(away(BUCKET_AWAY)(fault)),
        }
    }

    /// Writes how a request ended.
    pub(super) async fn write(&self, id: &RequestId, began: Timestamp, state: RequestState) -> Result<(), PortError> {
        self.put(id, began, state, None).await?.map_err(away(BUCKET_AWAY))
    }

    /// How far a request has come that began at this time and was ended by a code: it is pending until that is written.
    pub(super) async fn read(&self, id: &RequestId, began: Timestamp) -> Result<RequestState, PortError> {
        let object = self
            .bucket
            .get(&self.places.document(id), Most::Refuse(MAX_DOCUMENT))
            .await;
        let object = object.map_err(away(BUCKET_AWAY))?;
        let object = object.ok_or_else(|| PortError::away(BUCKET_AWAY, "the poll document is missing"))?;
        let of = object.metadata(BEGAN);
        if of.is_none_or(|of| *of != began.as_microsecond().to_string()) {
            return Ok(RequestState::Pending);
        }
        let body = object.into_body();
        // The error of the parser could show the code, so it is not kept.
        let document: Document =
            serde_json::from_slice(&body).map_err(|_| PortError::broken("a poll document cannot be read"))?;
        let code = document.code.and_then(|code| Code::parse(&code));
        Ok(code.map_or(RequestState::Pending, RequestState::Complete))
    }

    pub(super) async fn delete(&self, id: &RequestId) -> Result<(), PortError> {
        let deleted = self.bucket.delete(&self.places.document(id)).await;
        deleted.map_err(away(BUCKET_AWAY))
    }

    /// Writes a document. The inner error is that of S3.
    async fn put(
        &self,
        id: &RequestId,
        began: Timestamp,
        state: RequestState,
        condition: Option<(HeaderName, HeaderValue)>,
    ) -> Result<Result<(), Fault>, PortError> {
        let document = serde_json::to_vec(&Progress::from(state))
            .map_err(|error| PortError::away("a poll document cannot be written as JSON", error))?;
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (BEGAN_HEADER, HeaderValue::from(began.as_microsecond())),
        ];
        let headers: Vec<_> = headers.into_iter().chain(condition).collect();
        let key = self.places.document(id);
        Ok(self.bucket.put(&key, Bytes::from(document), &headers).await)
    }
}
