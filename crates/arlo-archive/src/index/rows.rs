//! Reading rows: what is due, what is kept, who owns a name.

use std::collections::HashSet;

use rusqlite::OptionalExtension;

use super::{Index, failed};
use crate::Error;
use crate::recording::{Key, Kind};

/// A recording that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) key: Key,
    /// How many attempts in a row failed.
    pub(crate) attempts: u32,
    /// How many listings in a row did not have it.
    pub(crate) misses: u32,
    /// The partial file, below the root.
    pub(crate) part: Option<String>,
    /// The whole length, as the server said it.
    pub(crate) total: Option<u64>,
    /// What proves that a server still has the same content: an `ETag` or `Last-Modified`.
    pub(crate) validator: Option<String>,
    /// How much of the partial file is surely on disk.
    pub(crate) synced: u64,
    /// The length of an earlier content that seemed incomplete.
    pub(crate) doubted: Option<u64>,
    /// The name to which the complete file is being moved, below the root.
    pub(crate) name: Option<String>,
    /// The length of the complete file.
    pub(crate) bytes: u64,
}

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) id: i64,
    /// Milliseconds since 1970 UTC.
    pub(crate) created: i64,
    /// Below the root.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    /// The file's modification time, in seconds since 1970 UTC.
    pub(crate) modified: Option<i64>,
}

const COLUMNS: &str =
    "id, device, created, kind, attempts, misses, part, total, validator, synced, doubted, name, bytes";

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: row.get(0)?,
        key: Key {
            device: row.get(1)?,
            created: row.get(2)?,
            kind: if row.get::<_, i64>(3)? == 0 {
                Kind::Recording
            } else {
                Kind::Snapshot
            },
        },
        attempts: row.get(4)?,
        misses: row.get(5)?,
        part: row.get(6)?,
        total: row.get(7)?,
        validator: row.get(8)?,
        synced: row.get(9)?,
        doubted: row.get(10)?,
        name: row.get(11)?,
        bytes: row.get(12)?,
    })
}

fn kept(row: &rusqlite::Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        id: row.get(0)?,
        created: row.get(1)?,
        name: row.get(2)?,
        bytes: row.get(3)?,
        modified: row.get(4)?,
    })
}

impl Index {
    /// The first recording that is due at `now` and not in `busy`. A time after `latest` was written when the clock was
    /// wrong, and does not count.
    pub(crate) fn due(
        &self,
        now: i64,
        latest: i64,
        is_newest_first: bool,
        busy: &HashSet<i64>,
    ) -> Result<Option<Row>, Error> {
        let order = if is_newest_first { "DESC" } else { "ASC" };
        let sql = format!(
            "SELECT {COLUMNS} FROM recordings INDEXED BY waiting
             WHERE state = 0 AND (next_at <= ? OR next_at > ?) ORDER BY created {order}, id {order}"
        );
        let run = || -> rusqlite::Result<Option<Row>> {
            let mut statement = self.connection.prepare_cached(&sql)?;
            let mut rows = statement.query_map((now, latest), row)?;
            // As many rows are skipped as downloads run.
            rows.find(|row| row.as_ref().map_or(true, |row| !busy.contains(&row.id)))
                .transpose()
        };
        run().map_err(failed)
    }

    /// When the next recording is due that is not due yet.
    pub(crate) fn next_due(&self, now: i64) -> Result<Option<i64>, Error> {
        let sql = "SELECT min(next_at) FROM recordings INDEXED BY waiting_by_time WHERE state = 0 AND next_at > ?";
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        statement.query_row([now], |row| row.get(0)).map_err(failed)
    }

    /// The bytes of the files that were made before `before`.
    pub(crate) fn bytes_before(&self, before: i64) -> Result<u64, Error> {
        let sql = "SELECT coalesce(sum(bytes), 0) FROM recordings INDEXED BY kept WHERE state = 1 AND created < ?";
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        statement.query_row([before], |row| row.get(0)).map_err(failed)
    }

    /// The oldest files, `limit` at most, of those that were made before `before`.
    pub(crate) fn oldest_kept(&self, before: i64, limit: u32) -> Result<Vec<Kept>, Error> {
        self.kept_rows(
            "SELECT id, created, name, bytes, modified FROM recordings INDEXED BY kept
             WHERE state = 1 AND created < ? ORDER BY created, id LIMIT ?",
            (before, limit),
        )
    }

    /// The files after this one by time, `limit` at most.
    pub(crate) fn kept_after(&self, (created, id): (i64, i64), limit: u32) -> Result<Vec<Kept>, Error> {
        self.kept_rows(
            "SELECT id, created, name, bytes, modified FROM recordings INDEXED BY kept
             WHERE state = 1 AND (created, id) > (?, ?) ORDER BY created, id LIMIT ?",
            (created, id, limit),
        )
    }

    /// Files whose removal was begun, after this one by number, `limit` at most.
    pub(crate) fn removing(&self, after: i64, limit: u32) -> Result<Vec<Kept>, Error> {
        self.kept_rows(
            "SELECT id, created, name, bytes, modified FROM recordings INDEXED BY removing
             WHERE state = 2 AND id > ? ORDER BY id LIMIT ?",
            (after, limit),
        )
    }

    /// The row of a recording that waits; `None` if it does not wait any more.
    pub(crate) fn waiting(&self, id: i64) -> Result<Option<Row>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM recordings WHERE id = ? AND state = 0");
        let mut statement = self.connection.prepare_cached(&sql).map_err(failed)?;
        statement.query_row([id], row).optional().map_err(failed)
    }

    fn kept_rows(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<Kept>, Error> {
        let run = || -> rusqlite::Result<Vec<Kept>> {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_map(parameters, kept)?.collect()
        };
        run().map_err(failed)
    }
}
