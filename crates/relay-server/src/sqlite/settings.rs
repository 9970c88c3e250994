//! Settings that one process leaves for another.

use relay::ports::PortError;
use rusqlite::{OptionalExtension, params};

use super::SqliteStore;

impl SqliteStore {
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
