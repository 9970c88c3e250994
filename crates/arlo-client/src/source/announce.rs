//! Announces a login to a relay or to a REST API, before Arlo is asked to send a code.
//!
//! Nothing is lost yet at that point, so a side that restarts or is busy is given some time. Afterwards the login
//! fails, and no mail was caused.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::transport::Response;
use crate::{Error, ErrorKind};

/// How long an announcement is repeated while the other side answers "later".
const PATIENCE: Duration = Duration::from_secs(30);
/// How often an announcement is sent while the other side cannot be reached.
const TRIES: u32 = 3;
/// The wait before the next announcement, unless the other side asks for another one.
const WAIT: Duration = Duration::from_secs(3);
/// The shortest wait that the other side can ask for.
const MIN_WAIT: Duration = Duration::from_secs(1);

/// Sends an announcement until it is answered with another status than 429 or 503, for half a minute at most. Gives the
/// last answer.
///
/// # Errors
/// The error of `send`; a [`Network`](ErrorKind::Network) error only after three tries.
pub(super) async fn announce_with_patience<F>(mut send: impl FnMut() -> F) -> Result<Response, Error>
where
    F: Future<Output = Result<Response, Error>>,
{
    let deadline = Instant::now() + PATIENCE;
    let mut tries = 1;
    loop {
        let wait = match send().await {
            Ok(answer) if matches!(answer.status, 429 | 503) => {
                let wait = answer.retry_after().map_or(WAIT, |wait| wait.max(MIN_WAIT));
                if Instant::now() + wait > deadline {
                    return Ok(answer);
                }
                wait
            }
            Err(error) if error.kind() == ErrorKind::Network && tries < TRIES => {
                tries += 1;
                WAIT
            }
            result => return result,
        };
        tokio::time::sleep(wait).await;
    }
}

#[cfg(test)]
mod tests;
