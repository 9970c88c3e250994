//! The calls of this process that wait for a request to change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use relay::RequestId;
use tokio::sync::Notify;

/// The waiters, by request. A request for which nobody waits has no entry.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiters(Arc<Mutex<HashMap<RequestId, Entry>>>);

#[derive(Debug, Default)]
struct Entry {
    notify: Arc<Notify>,
    count: usize,
}

impl Waiters {
    fn by_request(&self) -> MutexGuard<'_, HashMap<RequestId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to wait at once: a wake-up between this call and the first poll is not missed.
    pub(super) fn wait(&self, id: RequestId) -> impl Future<Output = ()> + Send + 'static {
        let notify = {
            let mut by_request = self.by_request();
            let entry = by_request.entry(id).or_default();
            entry.count += 1;
            Arc::clone(&entry.notify)
        };
        let leave = Leave {
            waiters: self.clone(),
            id,
        };
        let notified = notify.notified_owned();
        async move {
            let _leave = leave;
            notified.await;
        }
    }

    /// Wakes all who wait for the request.
    pub(super) fn wake(&self, id: &RequestId) {
        // Whom it wakes needs the lock next.
        let notify = self.by_request().get(id).map(|entry| Arc::clone(&entry.notify));
        if let Some(notify) = notify {
            notify.notify_waiters();
        }
    }
}

/// Takes a waiter off the list, however its wait ends.
struct Leave {
    waiters: Waiters,
    id: RequestId,
}

impl Drop for Leave {
    fn drop(&mut self) {
        let mut by_request = self.waiters.by_request();
        if let Some(entry) = by_request.get_mut(&self.id) {
            entry.count -= 1;
            if entry.count == 0 {
                by_request.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_waiters_of_one_request_are_woken_and_leave_nothing() {
        let waiters = Waiters::default();
        let (one, two) = (RequestId::from_bytes([1; 16]), RequestId::from_bytes([2; 16]));
        let (first, second, other) = (waiters.wait(one), waiters.wait(one), waiters.wait(two));
        waiters.wake(&one);
        tokio::join!(first, second);
        assert_eq!(waiters.by_request().len(), 1);
        drop(other);
        assert!(waiters.by_request().is_empty());
        waiters.wake(&one);
    }
}
