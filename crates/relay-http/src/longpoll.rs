//! Waiting for a login request to change.

use std::future::Future;
use std::time::Duration;

use client_limits::Client;
use relay::{LoginRequest, Refusal, RequestId, RequestState};
use tokio::time::{Instant, sleep_until};

use crate::api::Api;
use crate::observe::{WaitEnd, Waiting};

/// The longest wait that a poll URL grants.
pub const MAX_WAIT: Duration = Duration::from_secs(60);

/// A request, and whether the call could wait for it.
pub(crate) struct Answered {
    pub(crate) request: LoginRequest,
    /// Not if too many wait already: the request is then the one that was read first.
    pub(crate) may_wait: bool,
}

/// Reads the request until it is no longer pending, the wait is over, it has expired or the server drains. Reads it
/// once where calls do not wait.
///
/// Each turn begins to watch before it reads, so no change falls between the two; between turns nothing is read.
pub(crate) async fn wait_for_end<S, P, F, R>(
    api: &Api<S, P>,
    client: Client,
    id: &RequestId,
    wait: Duration,
    read: F,
) -> Result<Answered, Refusal>
where
    F: Fn() -> R,
    R: Future<Output = Result<LoginRequest, Refusal>>,
{
    let Some(changes) = &api.changes else {
        let (request, may_wait) = (read().await?, true);
        return Ok(Answered { request, may_wait });
    };
    let deadline = Instant::now() + wait;
    let mut shutdown = api.settings.shutdown.clone();
    let mut place = None;
    let mut waiting = None;
    loop {
        let changed = changes.watch(id);
        let request = read().await?;
        if request.state != RequestState::Pending || Instant::now() >= deadline || *shutdown.borrow() {
            if let Some(waiting) = waiting.take() {
                Waiting::end(waiting, end_of(&request.state));
            }
            let may_wait = true;
            return Ok(Answered { request, may_wait });
        }
        if place.is_none() {
            place = api.shares.wait(client, id, &request.enrolment);
            if place.is_none() {
                let may_wait = false;
                return Ok(Answered { request, may_wait });
            }
            waiting = Some(Waiting::begin(&api.observer, *id));
        }
        let left = request.expires_at.duration_since(api.relay.now());
        // The timer counts whole milliseconds: with one more it cannot fire early and turn in a circle.
        let left = Duration::try_from(left).unwrap_or_default() + Duration::from_millis(1);
        tokio::select! {
            // Whatever comes, the request is read again. Loom needs one order.
            biased;
            () = changed => {}
            () = sleep_until(deadline.min(Instant::now() + left)) => {}
            () = draining(&mut shutdown) => {}
        }
    }
}

fn end_of(state: &RequestState) -> WaitEnd {
    match state {
        RequestState::Pending => WaitEnd::Over,
        RequestState::Complete(_) | RequestState::Error(_) => WaitEnd::Answered,
    }
}

/// Ends when the server drains.
async fn draining(shutdown: &mut tokio::sync::watch::Receiver<bool>) {
    if shutdown.wait_for(|draining| *draining).await.is_err() {
        // Nobody can ask for it any more.
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod tests;
