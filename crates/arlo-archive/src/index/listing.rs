//! What a library lists goes into the index, and what is not wanted any more goes out of it.

use std::collections::HashSet;

use rusqlite::{OptionalExtension, TransactionBehavior};

use super::schema::{GONE, REMOVED, WAITING};
use super::{Index, Setting, failed};
use crate::Error;
use crate::recording::{Key, Kind};

/// What became of a listing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Added {
    /// How many recordings the index did not know.
    pub(crate) new: u64,
    /// The recordings of the listing that have to be fetched, whether new or not.
    pub(crate) waiting: HashSet<Key>,
}

impl Index {
    /// Adds the recordings that are wanted and not known, in one transaction. Those before [`Setting::Since`], up to
    /// [`Setting::Horizon`] or before `oldest` are not wanted.
    pub(crate) fn add<'a>(&mut self, keys: impl Iterator<Item = &'a Key>, oldest: Option<i64>) -> Result<Added, Error> {
        let since = self.setting(Setting::Since)?.unwrap_or(i64::MIN);
        let after_horizon = self
            .setting(Setting::Horizon)?
            .map_or(i64::MIN, |horizon| horizon.saturating_add(1));
        let from = since.max(after_horizon).max(oldest.unwrap_or(i64::MIN));
        let run = |index: &mut Self| -> rusqlite::Result<Added> {
            let transaction = index
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut added = Added::default();
            {
                let mut find = transaction
                    .prepare_cached("SELECT id, state FROM recordings WHERE device = ? AND created = ? AND kind = ?")?;
                let mut insert = transaction
                    .prepare_cached("INSERT INTO recordings (device, created, kind, state) VALUES (?, ?, ?, ?)")?;
                let mut again = transaction
                    .prepare_cached("UPDATE recordings SET state = ?, misses = 0, next_at = 0 WHERE id = ?")?;
                for key in keys {
                    let identity = (&key.device, key.created, kind_number(key.kind));
                    let known = find
                        .query_row(identity, |row| Ok((row.get(0)?, row.get(1)?)))
                        .optional()?;
                    match known {
                        Some((_, WAITING)) => {}
                        Some((id, GONE)) if key.created >= from => {
                            let id: i64 = id;
                            again.execute((WAITING, id))?;
                        }
                        None if key.created >= from => {
                            insert.execute((&key.device, key.created, kind_number(key.kind), WAITING))?;
                            added.new += 1;
                        }
                        _ => continue,
                    }
                    added.waiting.insert(key.clone());
                }
            }
            transaction.commit()?;
            Ok(added)
        };
        run(self).map_err(failed)
    }

    /// Lowers [`Setting::Since`], and forgets [`Setting::ListedThrough`] in the same transaction: from the new
    /// beginning on there is a gap, until a listing has completed.
    pub(crate) fn lower_since(&mut self, to: i64) -> Result<(), Error> {
        let run = |index: &mut Self| -> rusqlite::Result<()> {
            let transaction = index
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let since = (Setting::Since.name(), to);
            transaction.execute("REPLACE INTO settings (name, value) VALUES (?, ?)", since)?;
            transaction.execute("DELETE FROM settings WHERE name = ?", [Setting::ListedThrough.name()])?;
            transaction.commit()
        };
        run(self).map_err(failed)
    }

    /// The partial files of what waits up to this time.
    pub(crate) fn parts_up_to(&self, to: i64) -> Result<Vec<String>, Error> {
        let run = || -> rusqlite::Result<Vec<String>> {
            let mut parts = self.connection.prepare_cached(
                "SELECT part FROM recordings INDEXED BY waiting
                 WHERE state = 0 AND created <= ? AND name IS NULL AND part IS NOT NULL",
            )?;
            parts.query_map([to], |row| row.get(0))?.collect()
        };
        run().map_err(failed)
    }

    /// Raises the horizon: recordings up to it are not fetched any more. What waited for that gives up, and what the
    /// index remembers only so that it is not fetched again is forgotten.
    pub(crate) fn raise_horizon(&mut self, to: i64) -> Result<(), Error> {
        let to = to.max(self.setting(Setting::Horizon)?.unwrap_or(i64::MIN));
        let run = |index: &mut Self| -> rusqlite::Result<()> {
            let transaction = index
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            // With a name, the file is complete and may be at its place already: it is kept first, and removed then.
            transaction.execute(
                "UPDATE recordings SET state = ? WHERE state = 0 AND created <= ? AND name IS NULL",
                (REMOVED, to),
            )?;
            transaction.execute("DELETE FROM recordings WHERE state IN (3, 4) AND created <= ?", [to])?;
            let horizon = (Setting::Horizon.name(), to);
            transaction.execute("REPLACE INTO settings (name, value) VALUES (?, ?)", horizon)?;
            transaction.commit()
        };
        run(self).map_err(failed)
    }
}

pub(super) fn kind_number(kind: Kind) -> i64 {
    match kind {
        Kind::Recording => 0,
        Kind::Snapshot => 1,
    }
}
