//! The mails that SES stores in the bucket.

use arlo_mail::limits::MAX_READ;
use bytes::Bytes;
use relay::ports::PortError;

use crate::fault::{Fault, away};

const BUCKET_AWAY: &str = "a stored mail cannot be read";

/// The mails in the bucket. The key of each is a prefix and the id that SES gave it.
#[derive(Debug, Clone)]
pub struct StoredMails {
    client: aws_sdk_s3::Client,
    bucket: String,
    prefix: String,
}

impl StoredMails {
    /// The mails below this prefix.
    #[must_use]
    pub fn new(client: aws_sdk_s3::Client, bucket: String, prefix: String) -> Self {
        Self { client, bucket, prefix }
    }

    fn key(&self, id: &str) -> String {
        format!("{}{id}", self.prefix)
    }

    /// A mail; `None` if it is gone. Of one that is too large to read, one byte more than is read: this shows its size.
    pub(super) async fn read(&self, id: &str) -> Result<Option<Bytes>, PortError> {
        let get = self.client.get_object().bucket(&self.bucket).key(self.key(id));
        let mut object = match get.send().await {
            Ok(object) => object,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => return Ok(None),
            Err(error) => return Err(away(BUCKET_AWAY, &error)),
        };
        let mut raw = Vec::new();
        while raw.len() <= MAX_READ {
            let Some(chunk) = object.body.next().await else { break };
            raw.extend_from_slice(&chunk.map_err(|error| PortError::away(BUCKET_AWAY, error))?);
        }
        raw.truncate(MAX_READ + 1);
        Ok(Some(raw.into()))
    }

    /// Deletes a mail. If that fails, the bucket's lifecycle rule deletes it after a day.
    pub(super) async fn delete(&self, id: &str) {
        let delete = self.client.delete_object().bucket(&self.bucket).key(self.key(id));
        if let Err(error) = delete.send().await {
            tracing::error!(mail = id, cause = %Fault::from(&error), "a mail that was taken in cannot be deleted");
        }
    }
}
