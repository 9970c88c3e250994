//! Reading a body within its limits.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::failure::Failure;

/// The largest body of a call that takes no mail, in bytes.
pub(crate) const SMALL: usize = 64 * 1024;
/// The largest body of a call that takes a mail, in bytes.
pub(crate) const MAIL: usize = 6 * 1024 * 1024;
/// How long a small body may take to arrive.
pub(crate) const SMALL_WITHIN: Duration = Duration::from_secs(8);
/// How long a mail may take to arrive.
pub(crate) const MAIL_WITHIN: Duration = Duration::from_secs(120);

/// The whole body, if it has at most `limit` bytes and all of them come `within` the time.
pub(crate) async fn read(body: Body, limit: usize, within: Duration) -> Result<Bytes, Failure> {
    // A body that says how large it is need not be read to be refused.
    if body.size_hint().lower() > limit as u64 {
        return Err(Failure::TooLarge { limit });
    }
    match tokio::time::timeout(within, Limited::new(body, limit).collect()).await {
        Ok(Ok(read)) => Ok(read.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Failure::TooLarge { limit }),
        Ok(Err(_)) => Err(Failure::BadRequest("The body broke off.")),
        Err(_) => Err(Failure::TooSlow),
    }
}
