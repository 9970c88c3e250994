//! The poll documents: what a poll URL reads, one object for each login request.

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use relay::ports::PortError;
use relay::{RequestId, RequestState};
use relay_http::Progress;

use super::Places;
use crate::fault::away;

const BUCKET_AWAY: &str = "the bucket does not answer";

#[derive(Debug, Clone)]
pub(super) struct Documents {
    client: aws_sdk_s3::Client,
    places: Places,
}

impl Documents {
    pub(super) fn new(client: aws_sdk_s3::Client, places: Places) -> Self {
        Self { client, places }
    }

    /// Writes that a request is pending, unless its document says more already.
    pub(super) async fn begin(&self, id: &RequestId) -> Result<(), PortError> {
        match self.put(id, RequestState::Pending)?.if_none_match("*").send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error().and_then(ProvideErrorMetadata::code) {
                // A mail was quicker than this write. 409: it is writing now.
                Some("PreconditionFailed" | "ConditionalRequestConflict") => Ok(()),
                _ => Err(away(BUCKET_AWAY, &error)),
            },
        }
    }

    /// Writes how a request ended.
    pub(super) async fn write(&self, id: &RequestId, state: RequestState) -> Result<(), PortError> {
        let put = self.put(id, state)?.send().await;
        put.map(drop).map_err(|error| away(BUCKET_AWAY, &error))
    }

    pub(super) async fn delete(&self, id: &RequestId) -> Result<(), PortError> {
        let delete = self.client.delete_object().bucket(&self.places.bucket);
        let deleted = delete.key(self.places.document(id)).send().await;
        deleted.map(drop).map_err(|error| away(BUCKET_AWAY, &error))
    }

    fn put(&self, id: &RequestId, state: RequestState) -> Result<PutObjectFluentBuilder, PortError> {
        let document = serde_json::to_vec(&Progress::from(state))
            .map_err(|error| PortError::away("a poll document cannot be written as JSON", error))?;
        Ok(self
            .client
            .put_object()
            .bucket(&self.places.bucket)
            .key(self.places.document(id))
            .content_type("application/json")
            .cache_control("no-store")
            .body(ByteStream::from(document)))
    }
}
