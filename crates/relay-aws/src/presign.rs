//! Poll URLs that S3 answers: presigned (SigV4), at the regional endpoint.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use relay::Staged;
use relay::ports::{Clock, PortError};
use relay_http::{PollUrl, PollUrls};

use crate::aws::{Bucket, CredentialsSource, away};
use crate::store::Places;

/// A poll URL that would be valid for a shorter time is not given out.
const SHORTEST: Duration = Duration::from_secs(5);

/// Signs a URL for the document of each request. It reads nothing itself: whoever uses the URL has the signer's right
/// to read the object.
#[derive(Clone)]
pub struct SignedPollUrls {
    bucket: Bucket,
    places: Places,
    credentials: CredentialsSource,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for SignedPollUrls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedPollUrls").finish_non_exhaustive()
    }
}

impl SignedPollUrls {
    /// Signs with these credentials, for documents in these places.
    #[must_use]
    pub fn new(bucket: Bucket, places: Places, credentials: CredentialsSource, clock: Arc<dyn Clock>) -> Self {
        Self {
            bucket,
            places,
            credentials,
            clock,
        }
    }
}

impl PollUrls for SignedPollUrls {
    async fn poll_url(&self, staged: &Staged) -> Result<PollUrl, PortError> {
        let credentials = self.credentials.get().await;
        let credentials = credentials.map_err(away("there are no credentials to sign with"))?;
        let now = self.clock.now();
        let lives = life(staged.expires_at, credentials.expires_at(), now)
            .ok_or_else(|| PortError::contended("the credentials that sign are about to expire"))?;
        let key = self.places.document(&staged.request_id);
        Ok(PollUrl::new(self.bucket.presigned(&credentials, now, lives, &key)))
    }
}

/// Until the request expires, but not longer than the credentials are valid: a signature is not valid without them.
fn life(expires_at: Timestamp, credentials: Option<Timestamp>, now: Timestamp) -> Option<Duration> {
    let end = credentials.map_or(expires_at, |end| end.min(expires_at));
    let life = Duration::try_from(end.duration_since(now)).ok()?;
    // S3 counts whole seconds.
    (life >= SHORTEST).then(|| Duration::from_secs(life.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_lives_as_long_as_its_request_and_not_longer_than_the_credentials() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for (request, credentials, expected) in [
            (300, None, Some(300)),
            (300, Some(1000), Some(300)),
            (300, Some(299), Some(299)),
            (300, Some(4), None),
            (300, Some(-1), None),
            (4, None, None),
        ] {
            let credentials = credentials.map(at);
            let expected = expected.map(Duration::from_secs);
            assert_eq!(
                life(at(request), credentials, at(0)),
                expected,
                "{request} {credentials:?}"
            );
        }
    }
}
