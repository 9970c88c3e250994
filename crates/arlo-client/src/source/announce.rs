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
/// The wait before the next login after such an answer, unless the other side asks for another one.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(60);
/// The shortest wait that the other side can ask for.
const MIN_WAIT: Duration = Duration::from_secs(1);

/// Sends an announcement until it is answered with another status than 429 or 5xx, for half a minute at most: a proxy
/// before a relay that restarts answers 502. Gives the last answer.
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
            Ok(answer) if is_later(&answer) => {
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

/// How long to wait before the next login after this answer; `None` unless it is one that passes by itself.
pub(super) fn wait_after(answer: &Response) -> Option<Duration> {
    answer
        .retry_after()
        .or_else(|| is_later(answer).then_some(DEFAULT_RETRY_AFTER))
}

/// Whether the side that answered is busy or out of order for now.
fn is_later(answer: &Response) -> bool {
    answer.status == 429 || answer.status >= 500
}

#[cfg(test)]
mod tests;
