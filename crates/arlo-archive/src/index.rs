//! The index: an SQLite database in WAL mode with `synchronous=FULL`. It says what was kept, and what waits.
//!
//! Every change is on disk before the next step of a download begins. The database belongs to one process
//! (`locking_mode=EXCLUSIVE`), so that it needs no shared memory and works on a network drive. Nothing here reads all
//! rows: what waits, what is kept and what is being removed have an index of their own, and a trigger counts.
//!
//! No URL is stored, because whoever has one has the recording.

mod listing;
mod open;
mod rows;
mod schema;
mod steps;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension};

use crate::{Error, ErrorKind};

pub(crate) use listing::Added;
pub(crate) use rows::{Kept, Row};

/// The open database.
#[derive(Debug)]
pub(crate) struct Index {
    connection: Connection,
}

/// What an archive holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Files that are on disk, as far as the index knows.
    pub kept: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Recordings that are not on disk yet.
    pub waiting: u64,
    /// Recordings that the library stopped listing before they were on disk.
    pub gone: u64,
}

/// A value that is stored once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Marks the partial files of this archive.
    ArchiveId,
    /// Recordings before it were never wanted.
    Since,
    /// Recordings up to it were removed by a rule, and are not fetched again.
    Horizon,
    /// Up to it the library was listed without a gap.
    ListedThrough,
}

impl Setting {
    fn name(self) -> &'static str {
        match self {
            Self::ArchiveId => "archive-id",
            Self::Since => "since",
            Self::Horizon => "horizon",
            Self::ListedThrough => "listed-through",
        }
    }
}

impl Index {
    /// A setting, as a number.
    pub(crate) fn setting(&self, setting: Setting) -> Result<Option<i64>, Error> {
        let sql = "SELECT value FROM settings WHERE name = ?";
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        statement
            .query_row([setting.name()], |row| row.get(0))
            .optional()
            .map_err(failed)
    }

    /// Stores a setting.
    pub(crate) fn set(&self, setting: Setting, value: i64) -> Result<(), Error> {
        self.change(
            "REPLACE INTO settings (name, value) VALUES (?, ?)",
            (setting.name(), value),
        )
    }

    /// A setting that is a time.
    pub(crate) fn time(&self, setting: Setting) -> Result<Option<Timestamp>, Error> {
        let millisecond = self.setting(setting)?;
        Ok(millisecond.and_then(|millisecond| Timestamp::from_millisecond(millisecond).ok()))
    }

    /// What the archive holds.
    pub(crate) fn totals(&self) -> Result<Totals, Error> {
        let sql = "SELECT kept, bytes, waiting, gone FROM totals";
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let totals = statement.query_row([], |row| {
            Ok(Totals {
                kept: row.get(0)?,
                bytes: row.get(1)?,
                waiting: row.get(2)?,
                gone: row.get(3)?,
            })
        });
        totals.map_err(failed)
    }

    /// Gives the room of the write-ahead log back to a full disk, so that changes fit again. It does what it can.
    pub(crate) fn shrink(&self) {
        let checkpoint = |_: &rusqlite::Row<'_>| Ok(());
        let _ = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], checkpoint);
    }

    /// Runs one change, which is on disk when it returns.
    fn change(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        statement.execute(parameters).map(drop).map_err(failed)
    }
}

fn failed(error: rusqlite::Error) -> Error {
    let (kind, message) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (
            ErrorKind::DiskFull,
            "there is no room on the disk for the archive's index",
        ),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => (
            ErrorKind::Index,
            "the archive's index is damaged: move it away, and start again",
        ),
        _ => (ErrorKind::Index, "the archive's index cannot be used: check the disk"),
    };
    Error::new(kind, message).with_source(error)
}
