//! What an archive reports while it works, for a log and for a progress bar.
//!
//! No event shows a URL or an account. Paths of files are shown, and with them the names of cameras.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::{Error, Kind, Totals};

/// Hears what happens. It is called between two steps of the work, so it must return soon.
pub trait Observe: Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync> Observe for F {
    fn event(&self, event: &Event) {
        self(event);
    }
}

/// The recording that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its number in the index, which tells downloads apart that run at the same time.
    pub id: i64,
    /// The camera's serial number.
    pub device_id: String,
    /// When it was made.
    pub created: Timestamp,
    /// What it is.
    pub kind: Kind,
}

/// What happened. `Display` gives a line for a log.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The library was listed.
    Listed {
        /// From this time.
        from: Timestamp,
        /// Up to this time.
        to: Timestamp,
        /// Recordings in the listing.
        found: u64,
        /// Those that the index did not know.
        new: u64,
        /// Those without a usable device id.
        unusable: u64,
    },
    /// The library could not be listed. It is asked again.
    ListFailed {
        /// Why.
        error: Arc<Error>,
        /// When it is asked again.
        again_in: Duration,
    },
    /// A download begins, or goes on.
    Started {
        /// What is fetched.
        item: Item,
        /// Bytes that an earlier attempt has left.
        resumed_at: u64,
        /// The whole length, if the server says it.
        length: Option<u64>,
    },
    /// Bytes arrived.
    Received {
        /// What is fetched.
        item: Item,
        /// Bytes so far.
        bytes: u64,
    },
    /// A file is on disk, under its name.
    Kept {
        /// What was fetched.
        item: Item,
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
        /// Why it may be incomplete: the server sent the same twice.
        doubt: Option<&'static str>,
    },
    /// A recording could not be fetched. It waits.
    Postponed {
        /// What waits.
        item: Item,
        /// Why.
        error: Arc<Error>,
        /// When it is tried again.
        again_in: Duration,
    },
    /// The library does not list a recording any more that was not fetched yet.
    Gone {
        /// What is lost.
        item: Item,
    },
    /// A file was removed by a rule.
    Removed {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
        /// The rule.
        rule: Rule,
    },
    /// A rule would have removed a file, but somebody has changed it: it does not belong to the archive any more.
    Disowned {
        /// The file.
        path: PathBuf,
    },
    /// Files that somebody has deleted. They are not fetched again.
    Deleted {
        /// How many.
        files: u64,
    },
    /// A rule could not be held. It is tried again.
    RemovalFailed {
        /// Why.
        error: Arc<Error>,
    },
    /// The disk has no room, so nothing is fetched.
    DiskFull {
        /// Free bytes.
        free: u64,
        /// Bytes that have to be free.
        needed: u64,
    },
    /// The disk has room again.
    DiskFree {
        /// Free bytes.
        free: u64,
    },
    /// The archive is not where it was opened. Nothing is fetched until it is there again.
    Lost {
        /// Why.
        error: Arc<Error>,
    },
    /// It is there again, and the work goes on.
    Found,
    /// All is done that can be done now, and it has changed what the archive holds.
    Idle {
        /// What the archive holds.
        totals: Totals,
    },
}

/// Why a file is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// It is older than [`Settings::keep_days`](crate::Settings::keep_days).
    Days,
    /// All files together have more bytes than [`Settings::keep_bytes`](crate::Settings::keep_bytes).
    Bytes,
    /// The disk has fewer free bytes than [`Settings::keep_free`](crate::Settings::keep_free).
    Free,
    /// The removal was begun before, and an end of the process came between.
    Unfinished,
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} at {:.3}", self.kind.name(), self.device_id, self.created)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Days => "it is older than the days to keep",
            Self::Bytes => "all files together are larger than the bytes to keep",
            Self::Free => "the disk has too little free",
            Self::Unfinished => "its removal had begun",
        })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed {
                from,
                to,
                found,
                new,
                unusable,
            } => {
                write!(
                    f,
                    "the library lists {found} recordings from {from:.0} to {to:.0}, {new} of them new"
                )?;
                if *unusable > 0 {
                    write!(f, ", and {unusable} without a usable device")?;
                }
                Ok(())
            }
            Self::ListFailed { error, again_in } => {
                write!(
                    f,
                    "the library could not be listed, again in {}: {error}",
                    Seconds(*again_in)
                )
            }
            Self::Started {
                item,
                resumed_at,
                length,
            } => {
                write!(f, "fetching the {item}")?;
                if *resumed_at > 0 {
                    write!(f, ", from byte {resumed_at}")?;
                }
                if let Some(length) = length {
                    write!(f, ", {length} bytes")?;
                }
                Ok(())
            }
            Self::Received { item, bytes } => write!(f, "{bytes} bytes of the {item}"),
            Self::Kept { path, bytes, doubt, .. } => {
                write!(f, "kept {}, {bytes} bytes", path.display())?;
                if let Some(doubt) = doubt {
                    write!(f, "; the server sent the same twice, but {doubt}")?;
                }
                Ok(())
            }
            Self::Postponed { item, error, again_in } => {
                write!(f, "the {item} waits, again in {}: {error}", Seconds(*again_in))
            }
            Self::Gone { item } => write!(f, "the library does not list the {item} any more: it is lost"),
            Self::Removed { path, bytes, rule } => {
                write!(f, "removed {}, {bytes} bytes: {rule}", path.display())
            }
            Self::Disowned { path } => {
                write!(
                    f,
                    "{} was changed by somebody: the archive leaves it alone",
                    path.display()
                )
            }
            Self::Deleted { files } => write!(f, "{files} files were deleted by somebody: they are not fetched again"),
            Self::RemovalFailed { error } => write!(f, "old files could not be removed: {error}"),
            Self::DiskFull { free, needed } => write!(
                f,
                "the disk is full: {free} bytes are free, and {needed} are needed; nothing is fetched until there are"
            ),
            Self::DiskFree { free } => write!(f, "the disk has room again: {free} bytes are free"),
            Self::Lost { error } => write!(f, "{error}; nothing is fetched until it is there again"),
            Self::Found => f.write_str("the archive is there again: the work goes on"),
            Self::Idle { totals } => write!(
                f,
                "{} files with {} bytes are kept, {} recordings wait, {} are gone",
                totals.kept, totals.bytes, totals.waiting, totals.gone
            ),
        }
    }
}

/// A wait, in seconds with one decimal.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} s", self.0.as_secs_f64())
    }
}
