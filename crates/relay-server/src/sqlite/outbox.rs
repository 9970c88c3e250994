//! Mail that waits to be sent to the operator, and the settings that a second process reads.

use jiff::{SignedDuration, Timestamp};
use relay::ports::{ForOperator, ForwardMail, ForwardReason, PortError};
use rusqlite::{OptionalExtension, params};

use super::SqliteStore;
use super::rows::micros;

/// Bytes that may wait. What comes beyond is dropped: a copy for the operator is no reason to put a mail off.
const MAX_WAITING: i64 = 64 * 1024 * 1024;

/// One mail for the operator.
#[derive(Debug, Clone)]
pub struct Queued {
    /// Its key in the outbox.
    pub id: i64,
    /// Why the operator is sent it.
    pub about: ForwardReason,
    /// The mail as it came.
    pub raw: Vec<u8>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it came.
    pub queued_at: Timestamp,
}

fn name(about: ForwardReason) -> &'static str {
    match about {
        ForwardReason::ForwardingConfirmation => "forwarding-confirmation",
        ForwardReason::NoCode => "no-code",
    }
}

impl ForwardMail for SqliteStore {
    async fn forward(&self, mail: ForOperator<'_>) -> Result<(), PortError> {
        if !self.inner.operator {
            return Ok(());
        }
        let (raw, about, now) = (mail.raw.to_vec(), mail.about, micros(mail.received_at));
        let kept = self
            .write(move |db| {
                let waiting: i64 =
                    db.query_row("SELECT coalesce(sum(length(raw)), 0) FROM outbox", [], |row| row.get(0))?;
                if waiting > MAX_WAITING {
                    return Ok(false);
                }
                db.prepare_cached("INSERT INTO outbox (about, raw, queued_at, next_at) VALUES (?1, ?2, ?3, ?3)")?
                    .execute(params![name(about), raw, now])?;
                Ok(true)
            })
            .await?;
        if kept {
            self.inner.outbox.notify_one();
        } else {
            tracing::warn!("too much mail waits to be sent to the operator, so one more was dropped");
        }
        Ok(())
    }
}

impl SqliteStore {
    /// Ends when a mail has come for the operator since the last wait.
    pub async fn outbox_filled(&self) {
        self.inner.outbox.notified().await;
    }

    /// The mail for the operator that is due first; `None` if none is due.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn next_for_operator(&self, now: Timestamp) -> Result<Option<Queued>, PortError> {
        let now = micros(now);
        self.read(move |db| {
            db.prepare_cached(
                "SELECT id, about, raw, attempts, queued_at FROM outbox WHERE next_at <= ?1 ORDER BY next_at LIMIT 1",
            )?
            .query_row([now], |row| {
                let about = match row.get::<_, String>(1)?.as_str() {
                    "forwarding-confirmation" => ForwardReason::ForwardingConfirmation,
                    _ => ForwardReason::NoCode,
                };
                Ok(Queued {
                    id: row.get(0)?,
                    about,
                    raw: row.get(2)?,
                    attempts: row.get(3)?,
                    queued_at: super::rows::timestamp(row, 4)?,
                })
            })
            .optional()
        })
        .await
    }

    /// Takes a mail out of the outbox: it is sent, or given up.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn done_for_operator(&self, id: i64) -> Result<(), PortError> {
        self.write(move |db| db.execute("DELETE FROM outbox WHERE id = ?1", [id]))
            .await?;
        Ok(())
    }

    /// Puts a mail off.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn retry_for_operator(&self, id: i64, after: SignedDuration) -> Result<(), PortError> {
        let next = micros(Timestamp::now().saturating_add(after).unwrap_or(Timestamp::MAX));
        self.write(move |db| {
            db.execute(
                "UPDATE outbox SET attempts = attempts + 1, next_at = ?2 WHERE id = ?1",
                params![id, next],
            )
        })
        .await?;
        Ok(())
    }

    /// A setting that one process leaves for another.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn setting(&self, name: impl Into<String>) -> Result<Option<Vec<u8>>, PortError> {
        let name = name.into();
        self.read(move |db| {
            db.query_row("SELECT value FROM settings WHERE name = ?1", [name], |row| row.get(0))
                .optional()
        })
        .await
    }

    /// Leaves a setting.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn set_setting(&self, name: impl Into<String>, value: Vec<u8>) -> Result<(), PortError> {
        let name = name.into();
        self.write(move |db| {
            db.execute(
                "REPLACE INTO settings (name, value) VALUES (?1, CAST(?2 AS BLOB))",
                params![name, value],
            )
        })
        .await?;
        Ok(())
    }
}
