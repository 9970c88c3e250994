//! The system's clock. It is the only place of this crate that reads it.
//!
//! A login has its own clock, which tests replace: [`Login::clock`](crate::Login::clock). A code source and the reader
//! of `Retry-After` have none, and use this one.

use std::sync::Arc;

use jiff::Timestamp;

/// A source of the current time.
pub(crate) type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The system's clock.
pub(crate) fn system() -> Clock {
    Arc::new(now)
}

/// The current time of the system.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
