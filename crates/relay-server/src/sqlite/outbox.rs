//! Mail that waits to be sent to the operator.
//!
//! Triggers count what waits, in the transaction that changes it (`outbox_totals`). A mail for which there is no room,
//! or whose writer has used up its share, is dropped and counted. It never delays the mail of which it is a copy.

use std::error::Error;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use relay::ports::{ForOperator, ForwardMail, ForwardReason, PortError, Writer};
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, params};

use super::SqliteStore;
use super::rows::{micros, timestamp, unreadable};

#[cfg(test)]
mod tests;

/// Mails that may wait.
const MAX_MAILS: i64 = 1000;
/// Bytes that may wait.
const MAX_BYTES: i64 = 16 * 1024 * 1024;
/// The longest time until the next attempt. A longer one was set by a clock that ran ahead.
pub(crate) const LAST_RETRY: SignedDuration = SignedDuration::from_hours(4);

/// One mail for the operator.
#[derive(Debug, Clone)]
pub struct Queued {
    /// Its key in the outbox.
    pub id: i64,
    /// Why the operator gets it.
    pub about: ForwardReason,
    /// The mail as it came.
    pub raw: Vec<u8>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it came.
    pub queued_at: Timestamp,
}

/// The state of the operator's mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outbox {
    /// Mails that wait.
    pub mails: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Mails that were dropped since the database was made: there was no room, or their writers had used up their
    /// share.
    pub dropped: u64,
    /// When the last one was dropped.
    pub dropped_at: Option<Timestamp>,
}

/// Mails that were dropped and are not yet counted in the database: a write for each of a flood would cost too much.
#[derive(Debug, Default)]
pub(super) struct Dropped(AtomicU64);

impl Dropped {
    fn one_more(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl ForwardMail for SqliteStore {
    async fn forward(&self, mail: ForOperator<'_>) -> Result<(), PortError> {
        let has_share = {
            let mut allowance = self.inner.allowance.lock().unwrap_or_else(PoisonError::into_inner);
            allowance.take(mail.writer, mail.raw.len(), Instant::now())
        };
        if !has_share {
            self.inner.dropped.one_more();
            return Ok(());
        }
        // The last quarter of the room is for the mail of enrolments.
        let (max_mails, max_bytes) = match mail.writer {
            Writer::Enrolment(_) => (MAX_MAILS, MAX_BYTES),
            Writer::Client(_) | Writer::Unknown => (MAX_MAILS / 4 * 3, MAX_BYTES / 4 * 3),
        };
        let (raw, about, at) = (mail.raw.to_vec(), mail.about, micros(mail.received_at));
        let kept = self
            .write(move |db| {
                db.prepare_cached(
                    "INSERT INTO outbox (about, raw, queued_at, next_at) SELECT ?1, ?2, ?3, ?3 FROM outbox_totals
                     WHERE mails < ?4 AND bytes + length(?2) <= ?5",
                )?
                .execute(params![about.name(), raw, at, max_mails, max_bytes])
            })
            .await
            .inspect_err(|error| {
                tracing::error!(%error, cause = error.source(), "a mail for the operator is not kept");
            })?;
        if kept == 0 {
            self.inner.dropped.one_more();
        } else {
            self.inner.outbox.notify_one();
        }
        Ok(())
    }
}

impl SqliteStore {
    /// Ends when a mail has come for the operator since the last wait.
    pub async fn outbox_filled(&self) {
        self.inner.outbox.notified().await;
    }

    /// The state of the operator's mail.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn outbox(&self) -> Result<Outbox, PortError> {
        self.read(|db| {
            db.query_row(
                "SELECT mails, bytes, dropped, dropped_at FROM outbox_totals",
                [],
                |row| {
                    let dropped_at: Option<i64> = row.get(3)?;
                    Ok(Outbox {
                        mails: row.get(0)?,
                        bytes: row.get(1)?,
                        dropped: row.get(2)?,
                        dropped_at: dropped_at.map(|_| timestamp(row, 3)).transpose()?,
                    })
                },
            )
        })
        .await
    }

    /// Counts in the database what was dropped since the last call, and logs it.
    pub(super) async fn count_dropped(&self, now: Timestamp) -> Result<(), PortError> {
        let dropped = self.inner.dropped.0.swap(0, Ordering::Relaxed);
        if dropped == 0 {
            return Ok(());
        }
        tracing::warn!(
            dropped,
            "mail for the operator was dropped: too much of it waits, or its writers have used up their share of the day"
        );
        let now = micros(now);
        let counted = self.write(move |db| {
            db.prepare_cached("UPDATE outbox_totals SET dropped = dropped + ?1, dropped_at = ?2")?
                .execute(params![dropped, now])
        });
        if let Err(error) = counted.await {
            self.inner.dropped.0.fetch_add(dropped, Ordering::Relaxed);
            return Err(error);
        }
        Ok(())
    }

    /// The mail for the operator that is due first; `None` if none is due.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn next_for_operator(&self, now: Timestamp) -> Result<Option<Queued>, PortError> {
        let ahead = micros(now.saturating_add(LAST_RETRY).unwrap_or(Timestamp::MAX));
        let now = micros(now);
        self.read(move |db| {
            db.prepare_cached(
                "SELECT id, about, raw, attempts, queued_at FROM outbox
                 WHERE next_at <= ?1 OR next_at > ?2 ORDER BY next_at LIMIT 1",
            )?
            .query_row([now, ahead], |row| {
                let about: String = row.get(1)?;
                Ok(Queued {
                    id: row.get(0)?,
                    about: ForwardReason::from_name(&about)
                        .ok_or_else(|| unreadable(1, Type::Text, "unknown reason"))?,
                    raw: row.get(2)?,
                    attempts: row.get(3)?,
                    queued_at: timestamp(row, 4)?,
                })
            })
            .optional()
        })
        .await
    }

    /// Removes a mail from the outbox: it is sent, or given up.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn done_for_operator(&self, id: i64) -> Result<(), PortError> {
        self.write(move |db| db.prepare_cached("DELETE FROM outbox WHERE id = ?1")?.execute([id]))
            .await?;
        Ok(())
    }

    /// Sets the next attempt, in four hours at most.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn retry_for_operator(&self, id: i64, next: Timestamp) -> Result<(), PortError> {
        let next = micros(next);
        self.write(move |db| {
            db.prepare_cached("UPDATE outbox SET attempts = attempts + 1, next_at = ?2 WHERE id = ?1")?
                .execute(params![id, next])
        })
        .await?;
        Ok(())
    }
}
