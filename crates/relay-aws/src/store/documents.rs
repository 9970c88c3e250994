//! The poll documents: what a poll URL reads, one object for each login request.
//!
//! A request that is begun anew has the id of the one before. So each document says in its metadata when the request
//! began that it is about.

use arlo_mail::Code;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use jiff::Timestamp;
use relay::ports::PortError;
use relay::{RequestId, RequestState};
use relay_http::Progress;
use serde::Deserialize;

use super::Places;
use crate::fault::away;

const BUCKET_AWAY: &str = "the bucket does not answer";
/// The name in the metadata: when the request began, in microseconds since 1970.
const BEGAN: &str = "began";

#[derive(Debug, Clone)]
pub(super) struct Documents {
    client: aws_sdk_s3::Client,
    places: Places,
}

/// What is read of a document. It holds the code, so it has no `Debug`.
#[derive(Deserialize)]
struct Document {
    code: Option<String>,
}

impl Documents {
    pub(super) fn new(client: aws_sdk_s3::Client, places: Places) -> Self {
        Self { client, places }
    }

    /// Writes that a request is pending, unless its document says more already.
    pub(super) async fn begin(&self, id: &RequestId, began: Timestamp) -> Result<(), PortError> {
        match self
            .put(id, began, RequestState::Pending)?
            .if_none_match("*")
            .send()
            .await
        {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error().and_then(ProvideErrorMetadata::code) {
                // A mail was quicker than this write. 409: it is writing now.
                Some("PreconditionFailed" | "ConditionalRequestConflict") => Ok(()),
                _ => Err(away(BUCKET_AWAY, &error)),
            },
        }
    }

    /// Writes how a request ended.
    pub(super) async fn write(&self, id: &RequestId, began: Timestamp, state: RequestState) -> Result<(), PortError> {
        let put = self.put(id, began, state)?.send().await;
        put.map(drop).map_err(|error| away(BUCKET_AWAY, &error))
    }

    /// How far a request has come that began at this time and was ended by a code: it is pending until that is written.
    pub(super) async fn read(&self, id: &RequestId, began: Timestamp) -> Result<RequestState, PortError> {
        let get = self.client.get_object().bucket(&self.places.bucket);
        let object = get.key(self.places.document(id)).send().await;
        let object = object.map_err(|error| away(BUCKET_AWAY, &error))?;
        let of = object.metadata().and_then(|metadata| metadata.get(BEGAN));
        if of.is_none_or(|of| *of != began.as_microsecond().to_string()) {
            return Ok(RequestState::Pending);
        }
        let body = object.body.collect().await;
        let body = body.map_err(|error| PortError::away(BUCKET_AWAY, error))?.into_bytes();
        // The error of the parser could show the code, so it is not kept.
        let document: Document =
            serde_json::from_slice(&body).map_err(|_| PortError::broken("a poll document cannot be read"))?;
        let code = document.code.and_then(|code| Code::parse(&code));
        Ok(code.map_or(RequestState::Pending, RequestState::Complete))
    }

    pub(super) async fn delete(&self, id: &RequestId) -> Result<(), PortError> {
        let delete = self.client.delete_object().bucket(&self.places.bucket);
        let deleted = delete.key(self.places.document(id)).send().await;
        deleted.map(drop).map_err(|error| away(BUCKET_AWAY, &error))
    }

    fn put(&self, id: &RequestId, began: Timestamp, state: RequestState) -> Result<PutObjectFluentBuilder, PortError> {
        let document = serde_json::to_vec(&Progress::from(state))
            .map_err(|error| PortError::away("a poll document cannot be written as JSON", error))?;
        Ok(self
            .client
            .put_object()
            .bucket(&self.places.bucket)
            .key(self.places.document(id))
            .content_type("application/json")
            .cache_control("no-store")
            .metadata(BEGAN, began.as_microsecond().to_string())
            .body(ByteStream::from(document)))
    }
}
