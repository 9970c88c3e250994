//! Opens the file, or explains in one sentence why it cannot be opened.

use std::error::Error;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::schema::{APPLICATION_ID, BACKUP_ID, MIGRATIONS, UNRELEASED_ID};
use crate::error::{StartError, StartErrorKind};

/// `PRAGMA auto_vacuum`: free pages are returned to the disk when a sweep requests it.
const INCREMENTAL: i64 = 2;
/// Statements that are kept prepared: more than there are.
const STATEMENTS: usize = 64;

/// How long a writer waits for another process that writes.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What is wrong with the file, as a sentence that names it.
pub(super) fn fault(path: &Path, kind: StartErrorKind) -> StartError {
    let path = path.display();
    let message = match kind {
        StartErrorKind::NotWritable => {
            format!("the database {path} cannot be written: check that its directory exists and belongs to you")
        }
        StartErrorKind::NotOurs => format!("{path} is not a database of arlo-relay: choose another data directory"),
        StartErrorKind::Unreleased => format!(
            "the database {path} was made before the first release of arlo-relay and cannot be used any more: move it \
             away, start again, and enrol each account anew"
        ),
        StartErrorKind::Newer => {
            format!("the database {path} was made by a newer arlo-relay: use that version, or another data directory")
        }
        StartErrorKind::IsABackup => {
            format!("{path} is a backup: move it out of the data directory and use it with arlo-relay restore")
        }
        StartErrorKind::Full => {
            format!("there is no room on the disk for the database {path}: free some and start again")
        }
        _ => format!("the database {path} cannot be read: restore it from a backup, or check the disk"),
    };
    StartError::new(kind, message)
}

pub(super) fn failed(path: &Path, source: impl Into<Box<dyn Error + Send + Sync>>) -> StartError {
    fault(path, StartErrorKind::Damaged).caused_by(source)
}

pub(super) fn explain(path: &Path, error: rusqlite::Error) -> StartError {
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StartErrorKind::NotWritable,
        Some(ErrorCode::NotADatabase) => StartErrorKind::NotOurs,
        Some(ErrorCode::DiskFull) => StartErrorKind::Full,
        _ => StartErrorKind::Damaged,
    };
    fault(path, kind).caused_by(error)
}

/// The connection that writes, to a database that is up to date.
pub(super) fn writer(path: &Path) -> Result<Connection, StartError> {
    // SQLite gives its journal the mode of the database, so the first byte of it must be private already.
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path);
    file.map_err(|error| fault(path, StartErrorKind::NotWritable).caused_by(error))?;
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|error| explain(path, error))?;
    choose_vacuum(&connection).map_err(|error| explain(path, error))?;
    migrate(path, &mut connection)?;
    // Deleted data is overwritten, and there are no temporary files: a code must not outlive its request in a free page
    // or elsewhere.
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
             PRAGMA temp_store = MEMORY;",
        )
        .map_err(|error| explain(path, error))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Lets a new database return its free pages: that has to be chosen before its first table.
fn choose_vacuum(connection: &Connection) -> rusqlite::Result<()> {
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    if pages > 0 {
        return Ok(());
    }
    connection.pragma_update(None, "auto_vacuum", INCREMENTAL)
}

/// A connection that only reads.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // 512 KiB of page cache: the whole working set of a relay.
    connection.pragma_update(None, "cache_size", -512)?;
    Ok(connection)
}

/// Why a database with this mark and so many migrations is none that this version can use.
pub(super) fn unusable(application: i32, version: usize) -> Option<StartErrorKind> {
    match application {
        APPLICATION_ID if version > MIGRATIONS.len() => Some(StartErrorKind::Newer),
        APPLICATION_ID => None,
        UNRELEASED_ID => Some(StartErrorKind::Unreleased),
        BACKUP_ID => Some(StartErrorKind::IsABackup),
        _ => Some(StartErrorKind::NotOurs),
    }
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), StartError> {
    let run = |connection: &mut Connection| -> rusqlite::Result<Option<StartErrorKind>> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let application: i32 = transaction.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let version: usize = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let is_new = application == 0 && tables == 0 && version == 0;
        if let Some(kind) = unusable(application, version).filter(|_| !is_new) {
            return Ok(Some(kind));
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
        Ok(Some(kind)) => Err(fault(path, kind)),
        Err(error) => Err(explain(path, error)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn kind(path: &Path) -> StartErrorKind {
        let error = writer(path).unwrap_err();
        assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
        error.kind()
    }

    #[test]
    fn a_database_is_made_private_and_opened_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("relay.sqlite3");
        drop(writer(&path).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = writer(&path).unwrap();
        let mode: String = again.pragma_query_value(None, "journal_mode", |r| r.get(0)).unwrap();
        let synchronous: i64 = again.pragma_query_value(None, "synchronous", |r| r.get(0)).unwrap();
        assert_eq!((mode.as_str(), synchronous), ("wal", 2));
        again.execute_batch("CREATE TABLE probe (x)").unwrap();
        for file in fs::read_dir(dir.path()).unwrap() {
            assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o077, 0);
        }
    }

    #[test]
    fn a_database_of_this_version_opens_as_it_is_and_can_shrink() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("relay.sqlite3");
        for _ in 0..2 {
            let now = writer(&path).unwrap();
            let one = |sql: &str| now.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
            assert_eq!(one("PRAGMA auto_vacuum"), INCREMENTAL);
            assert_eq!(one("PRAGMA user_version"), i64::try_from(MIGRATIONS.len()).unwrap());
            assert_eq!(one("SELECT mails + bytes FROM outbox_totals"), 0);
            assert_eq!(
                now.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))
                    .unwrap(),
                "ok"
            );
        }
    }

    /// Each version that was ever on main, with an enrolment in it.
    #[test]
    fn an_older_database_of_ours_is_brought_up_to_date() {
        let dir = tempfile::tempdir().unwrap();
        for version in 1..MIGRATIONS.len() {
            let path = dir.path().join(version.to_string());
            let old = Connection::open(&path).unwrap();
            old.execute_batch(&MIGRATIONS[..version].concat()).unwrap();
            old.execute_batch(&format!(
                "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version};
                 INSERT INTO enrolments (id, account, account_key, token, token_key, address, address_key,
                     own_address_only, created_at)
                 VALUES (x'01', x'02', x'03', x'04', x'05', 0, x'06', 0, 7);
                 INSERT INTO tallies VALUES (x'01', 'no-code', 3, 8);"
            ))
            .unwrap();
            drop(old);
            let now = writer(&path).unwrap();
            let one = |sql: &str| now.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
            assert_eq!(one("PRAGMA user_version"), i64::try_from(MIGRATIONS.len()).unwrap());
            assert_eq!(one("SELECT count FROM tallies"), 3);
            assert_eq!(
                one("SELECT count(*) FROM enrolments WHERE created_at = 7 AND joined = 0"),
                1
            );
            assert_eq!(one("SELECT enrolments FROM join_totals"), 0);
        }
    }

    /// Whatever its version: it is known by its mark.
    #[test]
    fn a_database_of_before_the_first_release_is_left_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("relay.sqlite3");
        for version in 1..=5 {
            Connection::open(&path)
                .unwrap()
                .execute_batch(&format!(
                    "PRAGMA journal_mode = WAL; PRAGMA application_id = {UNRELEASED_ID}; PRAGMA user_version = {version};
                     CREATE TABLE IF NOT EXISTS enrolments (account BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
                     REPLACE INTO enrolments VALUES (x'01');"
                ))
                .unwrap();
            let before = fs::read(&path).unwrap();
            let error = writer(&path).unwrap_err();
            assert_eq!(error.kind(), StartErrorKind::Unreleased);
            let said = error.to_string();
            assert!(
                said.contains(&*path.to_string_lossy()) && said.contains("enrol each account anew"),
                "{said}"
            );
            assert_eq!(fs::read(&path).unwrap(), before);
        }
    }

    #[test]
    fn a_newer_database_is_left_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("relay.sqlite3");
        writer(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let before = fs::read(&path).unwrap();
        assert_eq!(kind(&path), StartErrorKind::Newer);
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn what_is_not_ours_is_left_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let text = dir.path().join("text");
        fs::write(&text, "not a database, but long enough to look at ".repeat(30)).unwrap();
        let before = fs::read(&text).unwrap();
        assert_eq!(kind(&text), StartErrorKind::NotOurs);
        assert_eq!(fs::read(&text).unwrap(), before);

        let other = dir.path().join("other");
        Connection::open(&other)
            .unwrap()
            .execute_batch("CREATE TABLE theirs (x)")
            .unwrap();
        assert_eq!(kind(&other), StartErrorKind::NotOurs);
    }

    #[test]
    fn a_full_disk_is_named_and_nothing_is_begun() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("relay.sqlite3");
        let mut small = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).unwrap();
        small
            .pragma_update_and_check(None, "max_page_count", 2, |_| Ok(()))
            .unwrap();
        let error = migrate(&path, &mut small).unwrap_err();
        assert_eq!(error.kind(), StartErrorKind::Full);
        assert!(error.to_string().contains("no room on the disk"), "{error}");
        drop(small);
        // With room again, it is made as if for the first time.
        drop(writer(&path).unwrap());
    }

    #[test]
    fn what_cannot_be_made_is_named() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(
            kind(&dir.path().join("missing").join("relay.sqlite3")),
            StartErrorKind::NotWritable
        );
        assert_eq!(kind(dir.path()), StartErrorKind::NotWritable);
    }
}
