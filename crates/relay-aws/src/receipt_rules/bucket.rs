//! Emptying the bucket.

use super::error::Reason;
use crate::aws::Bucket;

/// Deletes every version of every object: CloudFormation deletes only an empty bucket. A bucket that is gone is empty.
pub(super) async fn empty(bucket: &Bucket) -> Result<(), Reason> {
    loop {
        // Always the first page: the objects of the previous one are deleted.
        let page = bucket.versions().await;
        let page = page.map_err(|fault| Reason::Call {
            what: "the bucket cannot be listed",
            fault,
        })?;
        let Some(objects) = page.filter(|objects| !objects.is_empty()) else {
            return Ok(());
        };
        let deleted = bucket.delete_versions(&objects).await;
        let failed = deleted.map_err(|fault| Reason::Call {
            what: "the bucket cannot be emptied",
            fault,
        })?;
        if let Some(code) = failed {
            return Err(Reason::ObjectNotDeleted { code });
        }
    }
}
