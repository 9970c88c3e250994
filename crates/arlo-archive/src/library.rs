//! Where the list of recordings comes from.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use jiff::civil::Date;

use crate::{Error, Recording};

/// A boxed future, so that the traits of this crate work as `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The library of an account: it lists what was recorded.
pub trait Library: Send + Sync {
    /// Lists the recordings and snapshots of the days from `from` to `to`, both included, in any order. The days are
    /// those of the account, whatever its time zone is: the archive asks for one day more at both ends.
    ///
    /// Each listing gives new URLs, which are valid for some hours.
    ///
    /// # Errors
    /// [`ErrorKind::LibraryRefused`](crate::ErrorKind::LibraryRefused) if a person has to act. Any other error is
    /// temporary: the archive asks again, with a growing delay, and not before [`Error::retry_after`].
    fn list(&self, from: Date, to: Date) -> BoxFuture<'_, Result<Vec<Recording>, Error>>;
}

impl<T: Library + ?Sized> Library for Arc<T> {
    fn list(&self, from: Date, to: Date) -> BoxFuture<'_, Result<Vec<Recording>, Error>> {
        (**self).list(from, to)
    }
}
