//! Emptying the bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::error::Reason;
use crate::fault::Fault;

/// Deletes every version of every object: CloudFormation deletes only an empty bucket. A bucket that is gone is empty.
pub(super) async fn empty(s3: &Client, bucket: &str) -> Result<(), Reason> {
    loop {
        // Always the first page: the objects of the previous one are deleted.
        let page = match s3.list_object_versions().bucket(bucket).send().await {
            Ok(page) => page,
            Err(error) => {
                let fault = Fault::from(&error);
                if fault.code() == Some("NoSuchBucket") {
                    return Ok(());
                }
                let what = "the bucket cannot be listed";
                return Err(Reason::Call { what, fault });
            }
        };
        let versions = page
            .versions()
            .iter()
            .map(|version| (version.key(), version.version_id()));
        let markers = page
            .delete_markers()
            .iter()
            .map(|marker| (marker.key(), marker.version_id()));
        let objects = versions.chain(markers).filter_map(|(key, version)| {
            // In a bucket that was never versioned every object's version is "null", and deleting needs none.
            let version = version.filter(|version| *version != "null").map(str::to_owned);
            ObjectIdentifier::builder()
                .key(key?)
                .set_version_id(version)
                .build()
                .ok()
        });
        let objects: Vec<ObjectIdentifier> = objects.collect();
        if objects.is_empty() {
            return Ok(());
        }
        let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build()?;
        let deleted = s3.delete_objects().bucket(bucket).delete(delete).send().await;
        let deleted = deleted.map_err(Reason::call("the bucket cannot be emptied"))?;
        if let Some(error) = deleted.errors().first() {
            let code = error.code().unwrap_or("no error code").to_owned();
            return Err(Reason::ObjectNotDeleted { code });
        }
    }
}
