//! How a call learns that a login request has changed, where the store can say so.

use std::future::Future;
use std::pin::Pin;

use relay::ports::WatchRequests;
use relay::{Relay, RequestId};

/// Ends when the request has changed, or may have.
pub(crate) type Changed = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Watches login requests.
pub(crate) struct Changes(Box<dyn Fn(&RequestId) -> Changed + Send + Sync>);

impl Changes {
    /// What the relay's store says.
    pub(crate) fn from_store<S: WatchRequests + 'static>(relay: Relay<S>) -> Self {
        Self::from_fn(move |id| Box::pin(relay.watch(id)))
    }

    pub(crate) fn from_fn(watch: impl Fn(&RequestId) -> Changed + Send + Sync + 'static) -> Self {
        Self(Box::new(watch))
    }

    /// Begins to watch at once.
    pub(crate) fn watch(&self, id: &RequestId) -> Changed {
        (self.0)(id)
    }
}

relay::redacted_debug!(Changes);
