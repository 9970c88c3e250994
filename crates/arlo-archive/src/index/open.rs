//! Opens the file, or explains in one sentence why it cannot be opened.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::Index;
use super::schema::{APPLICATION_ID, MIGRATIONS};
use crate::{Error, ErrorKind};

/// Statements that are kept prepared: more than there are.
const STATEMENTS: usize = 64;
/// How long a lock of another program is waited for, such as that of a shell that reads the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl Index {
    /// Opens the database. Makes it if there is none, and migrates an older one.
    ///
    /// # Errors
    /// An [`Error`] that names the file and what is wrong with it; the file is unchanged then.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let explained = |error| explain(path, error);
        let mut connection = connect(path).map_err(explained)?;
        migrate(path, &mut connection)?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;")
            .map_err(explained)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self { connection })
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Before the first use of the write-ahead log, so that there is no shared memory beside it.
    connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
    // 2 MiB of page cache.
    connection.pragma_update(None, "cache_size", -2048)?;
    Ok(connection)
}

/// Makes the tables that are missing, in one transaction.
fn migrate(path: &Path, connection: &mut Connection) -> Result<(), Error> {
    let run = |connection: &mut Connection| -> rusqlite::Result<Option<String>> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let application: i32 = transaction.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let version: usize = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if application != APPLICATION_ID && (tables > 0 || version > 0 || application != 0) {
            return Ok(Some("is no index of an archive: move it away, and start again".into()));
        }
        if version > MIGRATIONS.len() {
            return Ok(Some("was made by a newer version: use that version".into()));
        }
        if version == MIGRATIONS.len() {
            return Ok(None);
        }
        for migration in MIGRATIONS.iter().skip(version) {
            transaction.execute_batch(migration)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
        transaction.commit()?;
        Ok(None)
    };
    match run(connection) {
        Ok(None) => Ok(()),
        Ok(Some(why)) => Err(Error::new(ErrorKind::Index, format!("{} {why}", path.display()))),
        Err(error) => Err(explain(path, error)),
    }
}

fn explain(path: &Path, error: rusqlite::Error) -> Error {
    let path = path.display();
    let (kind, message) = match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => (
            ErrorKind::FileSystem,
            format!("the index {path} cannot be written: check that its directory belongs to you"),
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            ErrorKind::Busy,
            format!("another program uses the index {path}: end it, and start again"),
        ),
        Some(ErrorCode::NotADatabase) => (
            ErrorKind::Index,
            format!("{path} is no index of an archive: move it away, and start again"),
        ),
        Some(ErrorCode::DiskFull) => (
            ErrorKind::DiskFull,
            format!("there is no room on the disk for the index {path}: free some, and start again"),
        ),
        _ => (
            ErrorKind::Index,
            format!("the index {path} cannot be read: check the disk, or move the index away and start again"),
        ),
    };
    Error::new(kind, message).with_source(error)
}
