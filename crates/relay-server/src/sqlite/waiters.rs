//! The calls of this process that wait for a request to change.
//!
//! A test of relay-http runs this file, with the locks of loom, below its long poll.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use relay::RequestId;

use super::locks::{Mutex, MutexGuard, Notify};

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

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.by_request().is_empty()
    }

    /// Wakes all who wait for the request.
    pub(super) fn wake(&self, id: &RequestId) {
        // Whom it wakes needs the lock next.
        let notify = self.by_request().get(id).map(|entry| Arc::clone(&entry.notify));
        if let Some(notify) = notify {
            notify.notify_waiters();
        }
    }

    /// Wakes all who wait, for whatever request.
    pub(super) fn wake_all(&self) {
        let all: Vec<_> = self
            .by_request()
            .values()
            .map(|entry| Arc::clone(&entry.notify))
            .collect();
        all.iter().for_each(|notify| notify.notify_waiters());
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
