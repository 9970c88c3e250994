//! A caller that waits for a login request is woken when it changes.

use super::support::{Member, code, later, now, state};
use crate::ports::{WatchRequests, WebStore};
use crate::{MAX_PENDING, RequestState};

/// Even if the change came before the first poll.
pub(super) async fn a_waiter_is_woken_when_its_request_ends(store: impl WebStore + WatchRequests) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let woken = store.watch(&request.poll_key.request_id());
    store
        .take(&casey.ending(1, &request, Ok(code("111111"))))
        .await
        .unwrap();
    woken.await;
    assert_eq!(
        state(&store, &request).await,
        Some(RequestState::Complete(code("111111")))
    );
}

/// Its client then learns that there is nothing to wait for.
pub(super) async fn a_waiter_is_woken_when_its_request_is_removed(store: impl WebStore + WatchRequests) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let woken = store.watch(&request.poll_key.request_id());
    store.remove(&casey.id()).await.unwrap();
    woken.await;
    assert_eq!(state(&store, &request).await, None);
}

/// Its client then learns that there is nothing to wait for.
pub(super) async fn a_waiter_is_woken_when_its_request_is_cancelled(store: impl WebStore + WatchRequests) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let woken = store.watch(&request.poll_key.request_id());
    store.cancel(&request.poll_key).await.unwrap();
    woken.await;
    assert_eq!(state(&store, &request).await, None);
}

/// Its client then learns that there is nothing to wait for.
pub(super) async fn a_waiter_is_woken_when_its_request_gives_way(store: impl WebStore + WatchRequests) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    for _ in 1..MAX_PENDING {
        casey.staged(&store, now()).await;
    }
    // The clock was ahead.
    let request = casey.staged(&store, later(3600)).await;
    let woken = store.watch(&request.poll_key.request_id());
    casey.staged(&store, now()).await;
    woken.await;
    assert_eq!(state(&store, &request).await, None);
}
