//! Keeps the database small and clean, and checks it.

use jiff::{SignedDuration, Timestamp};
use relay::ports::{CheckHealth, PortError, Sweep};
use relay::{Lifetime, OTHER_MAIL_KEPT, UNDATED_SEEN_FOR};
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::rows::micros;

/// Rows of one table that one transaction drops, so that no mail waits long for it.
const ROWS_AT_ONCE: usize = 4096;
/// Free pages (of 4 KiB) that are kept: the next rows need them.
const FREE_PAGES: i64 = 64;
/// Pages that one sweep returns to the disk.
const PAGES_AT_ONCE: i64 = 1024;
/// How far in the future anything may expire. A later expiry was written by a clock that ran ahead.
const FURTHEST: SignedDuration = SignedDuration::from_mins(20);
/// The same of a mail that is remembered.
const FURTHEST_SEEN: SignedDuration = SignedDuration::from_hours(25);
const _: () = assert!(UNDATED_SEEN_FOR.as_secs() < FURTHEST_SEEN.as_secs());
const _: () = assert!(Lifetime::MAX.get().as_secs() < FURTHEST.as_secs());

/// What there is to do.
struct Due {
    drop: bool,
    give_back: bool,
}

impl Sweep for SqliteStore {
    async fn sweep(&self, now: Timestamp) -> Result<u64, PortError> {
        let at = micros(now);
        let due = self.read(move |db| due(db, at)).await?;
        let mut dropped = 0;
        if due.drop {
            loop {
                let rows = self.write(move |db| drop_expired(db, at)).await?;
                dropped += rows as u64;
                if rows < ROWS_AT_ONCE {
                    break;
                }
            }
        }
        if due.give_back {
            self.write(|db| db.pragma(None, "incremental_vacuum", PAGES_AT_ONCE, |_| Ok(())))
                .await?;
        }
        self.count_dropped(now).await?;
        // Also if nothing was due: a reader may have been active during the last sweep, another process may have
        // changed something, or this process was killed before this step.
        if self.inner.writer.truncate_log().await? {
            // It may have ended logins.
            self.inner.waiters.wake_all();
        }
        Ok(dropped)
    }
}

fn due(db: &Connection, now: i64) -> rusqlite::Result<Due> {
    let drop = db
        .prepare_cached(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM requests WHERE expires_at <= ?1)
             OR EXISTS (SELECT 1 FROM requests WHERE expires_at > ?2)
             OR EXISTS (SELECT 1 FROM seen WHERE seen_until <= ?1)
             OR EXISTS (SELECT 1 FROM seen WHERE seen_until > ?5)
             OR EXISTS (SELECT 1 FROM other_mail WHERE at <= ?3)
             OR EXISTS (SELECT 1 FROM other_mail WHERE at > ?2)
             OR EXISTS (SELECT 1 FROM confirmations WHERE at <= ?3)
             OR EXISTS (SELECT 1 FROM confirmations WHERE at > ?2)
             OR EXISTS (SELECT 1 FROM enrolments WHERE unused_until <= ?1)
             OR EXISTS (SELECT 1 FROM invitations WHERE expires_at <= ?1)
             OR EXISTS (SELECT 1 FROM left_enrolments WHERE until <= ?1)
             OR EXISTS (SELECT 1 FROM joins WHERE day < ?4)",
        )?
        .exists([
            now,
            after(now, FURTHEST),
            a_week_before(now),
            yesterday(now),
            after(now, FURTHEST_SEEN),
        ])?;
    let free: i64 = db.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    Ok(Due {
        drop,
        give_back: free > FREE_PAGES,
    })
}

/// Drops a part of what has expired, and returns the number of rows.
fn drop_expired(db: &Connection, now: i64) -> rusqlite::Result<usize> {
    // After such a clock was corrected, what it wrote lives as long as anything may from now on, and not until that
    // time.
    for (sql, furthest) in [
        ("UPDATE requests SET expires_at = ?1 WHERE expires_at > ?1", FURTHEST),
        ("UPDATE seen SET seen_until = ?1 WHERE seen_until > ?1", FURTHEST_SEEN),
        ("UPDATE other_mail SET at = ?1 WHERE at > ?1", FURTHEST),
        ("UPDATE confirmations SET at = ?1 WHERE at > ?1", FURTHEST),
    ] {
        db.prepare_cached(sql)?.execute([after(now, furthest)])?;
    }
    let requests = db
        .prepare_cached("DELETE FROM requests WHERE id IN (SELECT id FROM requests WHERE expires_at <= ?1 LIMIT ?2)")?
        .execute(params![now, ROWS_AT_ONCE])?;
    let seen = db
        .prepare_cached(
            "DELETE FROM seen WHERE (enrolment, mail) IN
             (SELECT enrolment, mail FROM seen WHERE seen_until <= ?1 LIMIT ?2)",
        )?
        .execute(params![now, ROWS_AT_ONCE])?;
    let other_mail = db
        .prepare_cached("DELETE FROM other_mail WHERE id IN (SELECT id FROM other_mail WHERE at <= ?1 LIMIT ?2)")?
        .execute(params![a_week_before(now), ROWS_AT_ONCE])?;
    let confirmations = db
        .prepare_cached(
            "DELETE FROM confirmations WHERE enrolment IN
             (SELECT enrolment FROM confirmations WHERE at <= ?1 LIMIT ?2)",
        )?
        .execute(params![a_week_before(now), ROWS_AT_ONCE])?;
    let unused = db
        .prepare_cached(
            "DELETE FROM enrolments WHERE id IN (SELECT id FROM enrolments WHERE unused_until <= ?1 LIMIT ?2)",
        )?
        .execute(params![now, ROWS_AT_ONCE])?;
    let invitations = db
        .prepare_cached("DELETE FROM invitations WHERE expires_at <= ?1")?
        .execute([now])?;
    // Counts and the ids of who has left are no data of anybody's: they are not counted as dropped.
    db.prepare_cached("DELETE FROM left_enrolments WHERE until <= ?1")?
        .execute([now])?;
    db.prepare_cached("DELETE FROM joins WHERE day < ?1")?
        .execute([yesterday(now)])?;
    Ok(requests + seen + other_mail + confirmations + unused + invitations)
}

fn after(now: i64, time: SignedDuration) -> i64 {
    now.saturating_add(micros_of(time))
}

fn micros_of(time: SignedDuration) -> i64 {
    time.as_secs().saturating_mul(1_000_000)
}

/// A clock that is put back by a day still finds its counts.
fn yesterday(now: i64) -> i64 {
    now.div_euclid(24 * 60 * 60 * 1_000_000) - 1
}

/// What came then is no longer kept.
fn a_week_before(now: i64) -> i64 {
    now.saturating_sub(micros_of(OTHER_MAIL_KEPT))
}

impl CheckHealth for SqliteStore {
    /// Writes, and waits until that is on disk: it fails with a full queue, a lock of another process, a full or a dead
    /// disk.
    async fn check(&self) -> Result<(), PortError> {
        self.write(|db| {
            // Another value each time, or SQLite would have nothing to write.
            db.prepare_cached("REPLACE INTO settings (name, value) VALUES ('checked', randomblob(8))")?
                .execute([])
        })
        .await
        .map(drop)
    }
}
