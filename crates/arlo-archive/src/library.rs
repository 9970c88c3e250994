//! Where the list of recordings comes from.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;

use crate::{Error, Recording};

/// A boxed future, so that the traits of this crate work as `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The library of an account: it lists what was recorded.
pub trait Library: Send + Sync {
    /// Lists the recordings and snapshots that were made from `from` up to and without `to`, in any order. More than
    /// those do no harm, and fewer are lost: Arlo lists by days of the account's time zone, so a library asks it for a
    /// day more at both ends. One call covers some days at most.
    ///
    /// Each listing gives new URLs, which are valid for some hours.
    ///
    /// # Errors
    /// [`ErrorKind::LibraryRefused`](crate::ErrorKind::LibraryRefused) if a person has to act. Any other error is
    /// temporary: the archive asks again, with a growing delay, and not before [`Error::retry_after`].
    fn list(&self, from: Timestamp, to: Timestamp) -> BoxFuture<'_, Result<Vec<Recording>, Error>>;
}

impl<T: Library + ?Sized> Library for Arc<T> {
    fn list(&self, from: Timestamp, to: Timestamp) -> BoxFuture<'_, Result<Vec<Recording>, Error>> {
        (**self).list(from, to)
    }
}
