//! An archive of recordings on disk that loses nothing and fetches nothing twice.
//!
//! A [`Library`] lists what a camera account has recorded. A [`Recorder`] fetches it, names it by a [`Pattern`], and
//! writes it into an [`Archive`]. It goes on after anything: a cut connection, a URL that has ended, a full disk, the
//! end of the process at any moment.
//!
//! ```
//! use arlo_archive::{Archive, BoxFuture, Error, HttpFetch, Library, Pattern, Recorder, Recording, Settings};
//! use jiff::Timestamp;
//!
//! /// An account without recordings.
//! struct Nothing;
//!
//! impl Library for Nothing {
//!     fn list(&self, _from: Timestamp, _to: Timestamp) -> BoxFuture<'_, Result<Vec<Recording>, Error>> {
//!         Box::pin(async { Ok(Vec::new()) })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! # let directory = tempfile::tempdir().unwrap();
//! # let media = directory.path().display();
//! let pattern = Pattern::parse(&format!("{media}/${{SN}}/${{F}}/${{t}}"))?;
//! let mut settings = Settings::new(pattern);
//! settings.keep_days = std::num::NonZeroU32::new(90);
//!
//! let archive = Archive::open(settings).await?;
//! let recorder = Recorder::new(archive, Nothing, HttpFetch::new()?).observed_by(|event: &_| eprintln!("{event}"));
//! let totals = recorder.once().await?; // or run(), which waits for more
//! assert_eq!((totals.kept, totals.waiting), (0, 0));
//! # Ok(())
//! # }
//! ```
//!
//! # What it guarantees
//!
//! - A recording is its device, its millisecond, and whether it is a video or a picture. Two of one second are two.
//! - What the library has listed once is fetched sometime: after a failure it waits, in the index, with a delay that
//!   doubles up to an hour. It gives up only what the library does not list any more ([`Event::Gone`]), and what a rule
//!   would remove at once.
//! - What is on disk is not fetched again, whatever becomes of the file. If somebody deletes or moves it, the archive
//!   does not bring it back. To fetch all again, remove the directory `.arlo-archive`: files that are there with the
//!   same name and the same bytes stay the only ones.
//! - A file under its name is whole, flushed, and never half written. It has the modification time of its recording.
//! - A file that the archive did not make is never overwritten, changed or removed. If a name is taken, `-2` is added.
//! - A server that lies is found out: a length that is not that of the body, a page of text, a video or picture whose
//!   end is missing. If it sends the same twice, that is all it has, and it is kept with a doubt ([`Event::Kept`]).
//! - One process uses an archive. A second one is refused with [`ErrorKind::Busy`].
//! - Nothing is written where the archive is not the one that was opened, as below the mount point of a network drive
//!   that is away. The work goes on when it is there again ([`Event::Lost`], [`Event::Found`]).
//! - On a full disk nothing is fetched until there is room, and nothing is lost. Files are removed only by the rules
//!   that the [`Settings`] name: [`keep_days`](Settings::keep_days), [`keep_bytes`](Settings::keep_bytes),
//!   [`keep_free`](Settings::keep_free). The oldest go first, and only if they are as they were kept.
//! - No URL is written to the disk, to an event or to an error.
//!
//! # On disk
//!
//! | below the root | what |
//! |---|---|
//! | `.arlo-archive/index.sqlite3` | the index, with its write-ahead log |
//! | `.arlo-archive/lock` | the lock; it stays |
//! | `<directory>/.arlo-<archive>-<number>.part` | a partial file, beside its later place |
//! | `<directory>/<name>[-<counter>].<extension>` | a recording |
//!
//! The index is an SQLite database (`application_id` "ARLA", `user_version` for its version). Its table `recordings`
//! has a row for each recording:
//!
//! | column | what |
//! |---|---|
//! | `device`, `created`, `kind` | serial number, milliseconds since 1970 UTC, 0 for a video and 1 for a picture |
//! | `state` | 0 waiting, 1 kept, 2 being removed, 3 removed, 4 gone from the library |
//! | `attempts`, `next_at`, `misses` | failures in a row, when it is due, listings in a row that lacked it |
//! | `part`, `total`, `synced` | the partial file: name, whole length, bytes that are flushed |
//! | `validator`, `doubted` | its `ETag` or `Last-Modified`; the length of a doubtful content |
//! | `name`, `bytes`, `modified` | the file: name below the root, length, modification time in seconds |
//!
//! The steps of a download, each of which is on disk before the next: the row; the partial file's name in the row; the
//! bytes, flushed every 4 MiB; the whole file, flushed; the name in the row, which still waits; the rename, which
//! overwrites nothing; the directory, flushed; the row says kept. After an end in between, the row and the files say
//! how far it had come. Tests end the work after each step.
//!
//! # Which times are asked for
//!
//! A new archive goes back [`first_days`](Settings::first_days). A later start goes on two days before the last
//! complete listing, 90 days back at most, and the end of each listing is a day after now. It asks for five days at a
//! time; a [`Library`] asks Arlo for a day more at both ends. While it runs, the library is listed every
//! [`Pace::list`], and soon after each [`Nudge`].
//!
//! Removed files raise a horizon: recordings as old as them are not fetched, even if a rule is relaxed later.
//!
//! # Time zones
//!
//! Names have local time ([`Settings::time_zone`]). In the hour that a clock repeats in autumn, two recordings an hour
//! apart can have the same name, and the second one gets a counter. `$s` is unique.

mod backoff;
mod catalogue;
mod catch_up;
mod content;
mod disk;
mod download;
mod error;
mod event;
mod fetch;
mod head;
mod home;
mod index;
mod job;
mod library;
mod name;
mod pattern;
mod place;
mod recorder;
mod recording;
mod retention;
mod settings;
mod shared;
#[cfg(test)]
mod tests;

pub use error::{Error, ErrorKind};
pub use event::{Event, Item, Observe, Rule};
#[cfg(feature = "http")]
pub use fetch::HttpFetch;
pub use fetch::{Answer, Body, Fetch, Request};
pub use index::Totals;
pub use library::{BoxFuture, Library};
pub use pattern::Pattern;
pub use recorder::{Archive, Nudge, Recorder};
pub use recording::{Kind, MediaUrl, Recording};
pub use settings::{Pace, Settings};
