//! The mails that SES stores in the bucket.

use arlo_mail::limits::MAX_READ;
use bytes::Bytes;
use relay::ports::PortError;

use crate::aws::{Bucket, Most, Object, away};

const BUCKET_AWAY: &str = "a stored mail cannot be read";

/// The mails in the bucket. The key of each is a prefix and the id that SES gave it.
#[derive(Debug, Clone)]
pub struct StoredMails {
    bucket: Bucket,
    prefix: String,
}

impl StoredMails {
    /// The mails below this prefix.
    #[must_use]
    pub fn new(bucket: Bucket, prefix: String) -> Self {
        Self { bucket, prefix }
    }

    fn key(&self, id: &str) -> String {
        format!("{}{id}", self.prefix)
    }

    /// A mail; `None` if it is gone. Of one that is too large to read, one byte more than is read: this shows its size.
    pub(super) async fn read(&self, id: &str) -> Result<Option<Bytes>, PortError> {
        let found = self.bucket.get(&self.key(id), Most::Cut(MAX_READ + 1)).await;
        Ok(found.map_err(away(BUCKET_AWAY))?.map(Object::into_body))
    }

    /// Deletes a mail. If that fails, the bucket's lifecycle rule deletes it after a day.
    pub(super) async fn delete(&self, id: &str) {
        if let Err(fault) = self.bucket.delete(&self.key(id)).await {
            tracing::error!(mail = id, cause = %fault, "a mail that was taken in cannot be deleted");
        }
    }
}
