//! The account's library, as the archive asks for it.

use std::sync::Arc;

use arlo_archive::{BoxFuture, Error, ErrorKind, Kind, Library, MediaUrl, Recording};
use arlo_cameras::{Account, MediaKind};
use jiff::Timestamp;

/// Lists by an open account, which asks Arlo for a day more at both ends.
pub(super) struct AccountLibrary(pub(super) Arc<Account>);

impl Library for AccountLibrary {
    fn list(&self, from: Timestamp, to: Timestamp) -> BoxFuture<'_, Result<Vec<Recording>, Error>> {
        Box::pin(async move {
            let listed = self.0.library(from, to).await.map_err(|error| {
                let kind = if error.needs_a_person() {
                    ErrorKind::LibraryRefused
                } else {
                    ErrorKind::Library
                };
                let wait = error.retry_after();
                Error::new(kind, error.to_string())
                    .with_source(error)
                    .with_retry_after(wait)
            })?;
            let names: std::collections::HashMap<_, _> = self
                .0
                .devices()
                .into_iter()
                .map(|device| (device.id, device.name))
                .collect();
            let recordings = listed.into_iter().map(|one| Recording {
                device_id: one.device.to_string(),
                device_name: names
                    .get(&one.device)
                    .cloned()
                    .unwrap_or_else(|| one.device.to_string()),
                created: one.created(),
                kind: match one.kind {
                    MediaKind::Recording => Kind::Recording,
                    MediaKind::Picture => Kind::Snapshot,
                },
                content_type: one.content_type,
                url: MediaUrl::new(one.url.expose()),
            });
            Ok(recordings.collect())
        })
    }
}
