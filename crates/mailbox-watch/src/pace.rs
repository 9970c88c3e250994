//! How often a watcher asks, and how long it waits.

use std::time::Duration;

/// How often to ask, and how long to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// IDLE is begun anew after this: a server may end it after 29 minutes, a home router forgets a connection after
    /// five, and some servers forget to tell.
    pub idle: Duration,
    /// Between two questions to a server without IDLE.
    pub poll: Duration,
    /// Between two looks that found nothing, however often the server says that there is something.
    pub least: Duration,
    /// After the first failure. It doubles.
    pub first_retry: Duration,
    /// After many failures.
    pub last_retry: Duration,
    /// After the first failure that a person has to mend. It doubles.
    pub first_retry_refused: Duration,
    /// After many of them.
    pub last_retry_refused: Duration,
}

impl Pace {
    /// For a service that watches day and night.
    pub const SERVICE: Self = Self {
        idle: Duration::from_secs(60),
        poll: Duration::from_secs(5),
        least: Duration::from_secs(1),
        first_retry: Duration::from_secs(1),
        last_retry: Duration::from_secs(60),
        first_retry_refused: Duration::from_secs(60),
        last_retry_refused: Duration::from_secs(30 * 60),
    };

    /// For someone who waits a minute or two for one mail.
    pub const LOGIN: Self = Self {
        idle: Duration::from_secs(15),
        poll: Duration::from_secs(2),
        least: Duration::from_secs(1),
        first_retry: Duration::from_millis(500),
        last_retry: Duration::from_secs(10),
        ..Self::SERVICE
    };
}
