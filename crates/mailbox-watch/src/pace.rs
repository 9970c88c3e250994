//! How often a watcher asks, and how long it waits after a failure.

use std::time::Duration;

/// The times of a watcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// How long one IDLE lasts before the next one begins. A server may end IDLE after 29 minutes, a home router drops
    /// an idle connection after five, and some servers do not report a mail.
    pub idle: Duration,
    /// The time between two requests to a server without IDLE.
    pub poll: Duration,
    /// The least time between two requests that found nothing, even if the server keeps reporting new mail.
    pub least: Duration,
    /// The wait after the first failure. It doubles with each further failure.
    pub first_retry: Duration,
    /// The longest wait after a failure.
    pub last_retry: Duration,
    /// The wait after the first failure that needs a change by a person. It doubles with each further one.
    pub first_retry_refused: Duration,
    /// The longest wait after such a failure.
    pub last_retry_refused: Duration,
}

impl Pace {
    /// For a service that watches all the time.
    pub const SERVICE: Self = Self {
        idle: Duration::from_secs(60),
        poll: Duration::from_secs(5),
        least: Duration::from_secs(1),
        first_retry: Duration::from_secs(1),
        last_retry: Duration::from_secs(60),
        first_retry_refused: Duration::from_secs(60),
        last_retry_refused: Duration::from_secs(30 * 60),
    };

    /// For a login that waits a minute or two for one mail.
    pub const LOGIN: Self = Self {
        idle: Duration::from_secs(15),
        poll: Duration::from_secs(2),
        least: Duration::from_secs(1),
        first_retry: Duration::from_millis(500),
        last_retry: Duration::from_secs(10),
        ..Self::SERVICE
    };
}
