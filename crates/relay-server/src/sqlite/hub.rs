//! Who waits for which request in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use relay::secret::RequestId;
use tokio::sync::Notify;

/// The waiters, by request. A request nobody waits for has no entry.
#[derive(Debug, Clone, Default)]
pub(super) struct Hub(Arc<Mutex<HashMap<RequestId, Waiters>>>);

#[derive(Debug, Default)]
struct Waiters {
    notify: Arc<Notify>,
    count: usize,
}

impl Hub {
    fn waiters(&self) -> MutexGuard<'_, HashMap<RequestId, Waiters>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to wait at once: a wake-up between this call and the first poll is not missed.
    pub(super) fn wait(&self, id: RequestId) -> impl Future<Output = ()> + Send + 'static {
        let notify = {
            let mut waiters = self.waiters();
            let entry = waiters.entry(id).or_default();
            entry.count += 1;
            Arc::clone(&entry.notify)
        };
        let leave = Leave { hub: self.clone(), id };
        let notified = notify.notified_owned();
        async move {
            let _leave = leave;
            notified.await;
        }
    }

    /// Wakes all who wait for the request.
    pub(super) fn wake(&self, id: &RequestId) {
        if let Some(waiters) = self.waiters().get(id) {
            waiters.notify.notify_waiters();
        }
    }
}

/// Takes a waiter off the list however it ends.
struct Leave {
    hub: Hub,
    id: RequestId,
}

impl Drop for Leave {
    fn drop(&mut self) {
        let mut waiters = self.hub.waiters();
        if let Some(entry) = waiters.get_mut(&self.id) {
            entry.count -= 1;
            if entry.count == 0 {
                waiters.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_waiters_of_one_request_are_woken_and_leave_nothing() {
        let hub = Hub::default();
        let (one, two) = (RequestId::from_bytes([1; 16]), RequestId::from_bytes([2; 16]));
        let (first, second, other) = (hub.wait(one), hub.wait(one), hub.wait(two));
        hub.wake(&one);
        tokio::join!(first, second);
        assert_eq!(hub.waiters().len(), 1);
        drop(other);
        assert!(hub.waiters().is_empty());
        hub.wake(&one);
    }
}
