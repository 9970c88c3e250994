//! Waiting for a login request to change.

use std::future::Future;
use std::time::Duration;

use relay::ports::WatchRequests;
use relay::relay::Refusal;
use relay::request::{LoginRequest, State};
use relay::secret::RequestId;
use tokio::time::{Instant, sleep_until};

use crate::api::Api;

/// The longest wait that a poll URL grants.
pub const MAX_WAIT: Duration = Duration::from_secs(60);

/// Reads the request until it is no longer pending, the wait is over, it has expired or the server drains.
///
/// Each turn begins to watch before it reads, so no change falls between the two; between turns nothing is read.
pub(crate) async fn settled<S, P, F, R>(
    api: &Api<S, P>,
    id: &RequestId,
    wait: Duration,
    read: F,
) -> Result<LoginRequest, Refusal>
where
    S: WatchRequests,
    F: Fn() -> R,
    R: Future<Output = Result<LoginRequest, Refusal>>,
{
    let wait = if api.settings.long_poll { wait } else { Duration::ZERO };
    let deadline = Instant::now() + wait;
    let mut shutdown = api.settings.shutdown.clone();
    loop {
        let changed = api.relay.store().watch(id);
        let request = read().await?;
        if request.state != State::Pending || Instant::now() >= deadline || *shutdown.borrow() {
            return Ok(request);
        }
        let left = request.expires_at.duration_since(api.relay.settings().clock.now());
        // The timer counts whole milliseconds: with one more it cannot fire early and turn in a circle.
        let left = Duration::try_from(left).unwrap_or_default() + Duration::from_millis(1);
        tokio::select! {
            () = changed => {}
            () = sleep_until(deadline.min(Instant::now() + left)) => {}
            () = draining(&mut shutdown) => {}
        }
    }
}

/// Ends when the server drains.
async fn draining(shutdown: &mut tokio::sync::watch::Receiver<bool>) {
    if shutdown.wait_for(|draining| *draining).await.is_err() {
        // Nobody can ask for it any more.
        std::future::pending::<()>().await;
    }
}
