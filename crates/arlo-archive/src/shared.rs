//! What all parts of an archive at work share.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::event::{Event, Item};
use crate::home::{self, Home};
use crate::index::{Index, Row, Setting};
use crate::settings::Settings;
use crate::{Error, ErrorKind, Totals};

/// An archive that is open.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    /// It is dropped before the lock, so that the next process finds it closed.
    index: Mutex<Index>,
    pub(crate) home: Home,
    /// Marks the partial files of this archive.
    pub(crate) mark: String,
}

impl Shared {
    /// Takes the lock and opens the index.
    pub(crate) fn open(settings: Settings) -> Result<Self, Error> {
        let home = Home::open(settings.pattern.root())?;
        Self::indexed(settings, home)
    }

    /// The same for an archive that was lost, by the mark that it had. No other is opened, and none is made.
    pub(crate) fn reopen(settings: Settings, mark: &str) -> Result<Self, Error> {
        let home = Home::find(settings.pattern.root())?;
        let shared = Self::indexed(settings, home)?;
        match shared.mark == mark {
            true => Ok(shared),
            false => Err(home::lost(shared.home.root())),
        }
    }

    fn indexed(settings: Settings, home: Home) -> Result<Self, Error> {
        let index = Index::open(&home.index())?;
        let id = match index.setting(Setting::ArchiveId)? {
            Some(id) => id,
            None => {
                let no_randomness = |error| {
                    Error::new(ErrorKind::Configuration, "the operating system gives no random bytes")
                        .with_source(error)
                };
                let id = getrandom::u32().map_err(no_randomness)?.into();
                index.set(Setting::ArchiveId, id)?;
                id
            }
        };
        Ok(Self {
            settings,
            index: Mutex::new(index),
            home,
            mark: format!("{id:08x}"),
        })
    }

    /// The index, for one change or one question.
    pub(crate) fn index(&self) -> MutexGuard<'_, Index> {
        // Every change is a transaction, so a panic leaves nothing half done.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs something that blocks on a thread that may.
    pub(crate) async fn on_disk<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let shared = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&shared))
            .await
            .map_err(|error| {
                Error::new(ErrorKind::FileSystem, "an operation on the archive's files broke off").with_source(error)
            })?
    }

    /// A path below the root.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.home.root().join(relative)
    }

    /// The name of a recording's partial file. It is hidden, and no other archive has the same.
    pub(crate) fn part_name(&self, id: i64) -> String {
        format!(".arlo-{}-{id}.part", self.mark)
    }

    /// The current time.
    pub(crate) fn now(&self) -> Timestamp {
        (self.settings.clock)()
    }

    /// Recordings that were made earlier would be removed at once.
    pub(crate) fn oldest_wanted(&self) -> Option<Timestamp> {
        let days = self.settings.keep_days?;
        Some(back(self.now(), days.get()))
    }

    /// What the archive holds.
    pub(crate) fn totals(&self) -> Result<Totals, Error> {
        self.index().totals()
    }

    /// Marks the point between two steps. Tests end the work at each of them, as the end of the process would.
    #[cfg(test)]
    pub(crate) fn step(&self, name: &'static str) -> Result<(), Error> {
        match &self.settings.kill {
            Some(kill) if kill(name) => Err(Error::new(ErrorKind::FileSystem, format!("killed after: {name}"))),
            _ => Ok(()),
        }
    }

    /// Marks the point between two steps.
    #[cfg(not(test))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the same as in tests")]
    pub(crate) fn step(&self, _name: &'static str) -> Result<(), Error> {
        Ok(())
    }
}

/// So many days before.
pub(crate) fn back(from: Timestamp, days: u32) -> Timestamp {
    let days = SignedDuration::from_hours(i64::from(days).saturating_mul(24));
    from.saturating_sub(days).unwrap_or(Timestamp::MIN)
}

/// The recording of a row, as events show it.
pub(crate) fn item(row: &Row) -> Item {
    Item {
        id: row.id,
        device_id: row.key.device.clone(),
        created: Timestamp::from_millisecond(row.key.created).unwrap_or(Timestamp::UNIX_EPOCH),
        kind: row.key.kind,
    }
}

/// Reports events to whoever listens.
#[derive(Clone)]
pub(crate) struct Reporter(pub(crate) Arc<dyn crate::Observe>);

impl Reporter {
    pub(crate) fn say(&self, event: &Event) {
        self.0.event(event);
    }
}
