//! The settings of an archive.

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Pattern;
use crate::disk::{Disk, SystemDisk};

const MINUTE: Duration = Duration::from_secs(60);
const MEBIBYTE: u64 = 1 << 20;

/// A source of the current time.
pub(crate) type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What an archive keeps, where, and how fast.
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The names of the files, and with them the directory of the archive.
    pub pattern: Pattern,
    /// The zone of the times in the names. The default is that of the machine; UTC if it has none.
    pub time_zone: TimeZone,
    /// How many days a new archive goes back. The default is 30, which is what Arlo keeps at least.
    pub first_days: u32,
    /// Files of recordings older than so many days are removed. `None`: none for its age.
    pub keep_days: Option<NonZeroU32>,
    /// The oldest files are removed while all have more bytes together. `None`: no limit. The file that is just being
    /// written does not count.
    pub keep_bytes: Option<NonZeroU64>,
    /// The oldest files are removed so that so many bytes of the disk are free. `None`: none for that.
    pub keep_free: Option<NonZeroU64>,
    /// If fewer bytes of the disk are free, nothing is fetched until there are more. The default is 256 MiB.
    pub reserve: u64,
    /// How many files are fetched at the same time. The default is 1.
    pub parallel: NonZeroU32,
    /// Largest file, in bytes. One that says that it is larger is not fetched. The default is 8 GiB.
    pub max_file: u64,
    /// Waits and limits of time.
    pub pace: Pace,
    pub(crate) clock: Clock,
    pub(crate) disk: Arc<dyn Disk>,
    /// Says at which step the process seems to be killed.
    #[cfg(test)]
    pub(crate) kill: Option<Arc<dyn Fn(&'static str) -> bool + Send + Sync>>,
}

/// Waits and limits of time.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Pace {
    /// The least time from the start of one download to the start of the next.
    pub between: Duration,
    /// Most bytes a second of each download. `None`: as fast as the server sends.
    pub bytes_per_second: Option<NonZeroU64>,
    /// The time from one listing to the next, if nothing asks for one earlier.
    pub list: Duration,
    /// The time after a [`Nudge`](crate::Nudge) until the library is listed. Arlo's takes up to five seconds.
    pub settle: Duration,
    /// The time until it is listed once more, because it can be late.
    pub settle_again: Duration,
    /// The wait after a first failure. It doubles with each further one.
    pub first_retry: Duration,
    /// The longest wait after a failure.
    pub last_retry: Duration,
    /// The least time between two listings of the same day for new URLs.
    pub renew: Duration,
    /// Time limit for a listing.
    pub listing: Duration,
    /// Time limit for the head of an answer, with the connection.
    pub answer: Duration,
    /// Time limit for the next piece of a body.
    pub idle: Duration,
    /// Time limit for one attempt. The next one resumes where it ended.
    pub attempt: Duration,
    /// The time between two looks at a full disk.
    pub disk: Duration,
    /// The time between two rounds of removal without a new file.
    pub removal: Duration,
    /// How often [`Recorder::once`](crate::Recorder::once) tries a recording, and asks for a listing.
    pub once_tries: u32,
}

impl Settings {
    /// Keeps all files, one download at a time.
    #[must_use]
    pub fn new(pattern: Pattern) -> Self {
        Self {
            pattern,
            time_zone: TimeZone::try_system().unwrap_or(TimeZone::UTC),
            first_days: 30,
            keep_days: None,
            keep_bytes: None,
            keep_free: None,
            reserve: 256 * MEBIBYTE,
            parallel: NonZeroU32::MIN,
            max_file: 8192 * MEBIBYTE,
            pace: Pace::default(),
            clock: Arc::new(now),
            disk: Arc::new(SystemDisk),
            #[cfg(test)]
            kill: None,
        }
    }
}

impl Settings {
    /// Whether the newest recordings come first. Otherwise the oldest do, because the library forgets them first. If
    /// the bytes are limited, the oldest would be removed again.
    pub(crate) fn is_newest_first(&self) -> bool {
        self.keep_bytes.is_some() || self.keep_free.is_some()
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            between: Duration::from_millis(250),
            bytes_per_second: None,
            list: 15 * MINUTE,
            settle: Duration::from_secs(5),
            settle_again: MINUTE,
            first_retry: Duration::from_secs(5),
            last_retry: 60 * MINUTE,
            renew: MINUTE,
            listing: 2 * MINUTE,
            answer: Duration::from_secs(30),
            idle: Duration::from_secs(30),
            attempt: 60 * MINUTE,
            disk: MINUTE / 2,
            removal: 10 * MINUTE,
            once_tries: 5,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("pattern", &self.pattern)
            .field("keep_days", &self.keep_days)
            .field("keep_bytes", &self.keep_bytes)
            .field("keep_free", &self.keep_free)
            .field("parallel", &self.parallel)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
fn now() -> Timestamp {
    Timestamp::now()
}
