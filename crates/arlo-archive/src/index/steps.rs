//! The steps of a recording from waiting to kept to removed. Each is one change, and is on disk when it returns.

use rusqlite::TransactionBehavior;

use super::schema::{GONE, KEPT, REMOVED, REMOVING};
use super::{Index, Kept, failed};
use crate::Error;

impl Index {
    /// A partial file begins. Nothing of it is surely on disk.
    pub(crate) fn begin(&self, id: i64, part: &str, total: Option<u64>, validator: Option<&str>) -> Result<(), Error> {
        self.change(
            "UPDATE recordings SET part = ?, total = ?, validator = ?, synced = 0 WHERE id = ?",
            (part, total, validator, id),
        )
    }

    /// So many bytes of the partial file are on disk.
    pub(crate) fn synced(&self, id: i64, bytes: u64) -> Result<(), Error> {
        self.change("UPDATE recordings SET synced = ? WHERE id = ?", (bytes, id))
    }

    /// The partial file is of no use.
    pub(crate) fn drop_part(&self, id: i64) -> Result<(), Error> {
        self.change(
            "UPDATE recordings SET part = NULL, total = NULL, validator = NULL, synced = 0, name = NULL WHERE id = ?",
            [id],
        )
    }

    /// A content of this length seemed incomplete.
    pub(crate) fn doubt(&self, id: i64, length: u64) -> Result<(), Error> {
        self.change("UPDATE recordings SET doubted = ? WHERE id = ?", (length, id))
    }

    /// An attempt failed. The next one is due at `next_at`.
    pub(crate) fn postpone(&self, id: i64, attempts: u32, misses: u32, next_at: i64) -> Result<(), Error> {
        self.change(
            "UPDATE recordings SET attempts = ?, misses = ?, next_at = ? WHERE id = ? AND state = 0",
            (attempts, misses, next_at, id),
        )
    }

    /// These are tried again before their time.
    pub(crate) fn due_at_once(&mut self, ids: impl IntoIterator<Item = i64>) -> Result<(), Error> {
        self.change_all("UPDATE recordings SET next_at = ? WHERE id = ? AND state = 0", 0, ids)
    }

    /// All that wait are tried again before their time.
    pub(crate) fn all_due_at_once(&self) -> Result<(), Error> {
        self.change("UPDATE recordings SET next_at = 0 WHERE state = 0 AND next_at > 0", [])
    }

    /// The library does not list it any more.
    pub(crate) fn gone(&self, id: i64) -> Result<(), Error> {
        self.change("UPDATE recordings SET state = ? WHERE id = ? AND state = 0", (GONE, id))
    }

    /// The partial file is complete, and is moved to this name next. Gives `false` if another recording has the name,
    /// in whatever case. Letters other than A to Z count as they are.
    pub(crate) fn place(&mut self, id: i64, name: &str, bytes: u64, modified: Option<i64>) -> Result<bool, Error> {
        let run = |index: &mut Self| -> rusqlite::Result<bool> {
            let transaction = index
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let is_taken = {
                let sql = "SELECT 1 FROM recordings WHERE name = ? COLLATE NOCASE AND name IS NOT NULL AND id <> ?";
                transaction.prepare_cached(sql)?.exists((name, id))?
            };
            if is_taken {
                return Ok(false);
            }
            let sql = "UPDATE recordings SET name = ?, bytes = ?, modified = ? WHERE id = ? AND state = 0";
            transaction.prepare_cached(sql)?.execute((name, bytes, modified, id))?;
            transaction.commit()?;
            Ok(true)
        };
        run(self).map_err(failed)
    }

    /// The name was taken by another file.
    pub(crate) fn unplace(&self, id: i64) -> Result<(), Error> {
        self.change("UPDATE recordings SET name = NULL WHERE id = ? AND state = 0", [id])
    }

    /// The file has its name. The recording is not fetched again, whatever becomes of the file.
    pub(crate) fn kept(&self, id: i64) -> Result<(), Error> {
        self.change(
            "UPDATE recordings SET state = ?, part = NULL, total = NULL, validator = NULL, synced = 0, doubted = NULL,
                 attempts = 0, misses = 0, next_at = 0
             WHERE id = ? AND state = 0 AND name IS NOT NULL",
            (KEPT, id),
        )
    }

    /// The files are removed next.
    pub(crate) fn begin_removal(&mut self, files: &[Kept]) -> Result<(), Error> {
        self.change_all(
            "UPDATE recordings SET state = ? WHERE id = ? AND state = 1",
            REMOVING,
            files.iter().map(|file| file.id),
        )
    }

    /// The files are removed, or were removed by a person, or do not belong to the archive any more.
    pub(crate) fn removed(&mut self, files: &[Kept]) -> Result<(), Error> {
        self.change_all(
            "UPDATE recordings SET state = ?, name = NULL WHERE id = ? AND state IN (1, 2)",
            REMOVED,
            files.iter().map(|file| file.id),
        )
    }

    fn change_all(&mut self, sql: &str, value: i64, ids: impl IntoIterator<Item = i64>) -> Result<(), Error> {
        let run = || -> rusqlite::Result<()> {
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            {
                let mut statement = transaction.prepare_cached(sql)?;
                for id in ids {
                    statement.execute((value, id))?;
                }
            }
            transaction.commit()
        };
        run().map_err(failed)
    }
}
