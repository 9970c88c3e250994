//! A database in one file, as a backup keeps it: with the keys of its deployment in a table of its own.
//!
//! The file has a mark of its own, so that no relay serves from it. It is the database at one moment, whatever is
//! written meanwhile. No code of a login is in it.

use std::error::Error;
use std::path::Path;

use jiff::Timestamp;
use relay::{DeploymentKey, KeyId};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use zeroize::Zeroizing;

use super::key_uses;
use super::open::{self, explain, fault};
use super::rows::{micros, timestamp};
use super::schema::{APPLICATION_ID, BACKUP_ID, MIGRATIONS};
use crate::data_dir::{KEY_ID, KeyPair};
use crate::error::{StartError, StartErrorKind};

/// Where the mark is in the header of a file (<https://www.sqlite.org/fileformat2.html#application_id>).
const MARK: std::ops::Range<usize> = 68..72;
/// The bytes that have to be read for it.
pub(crate) const HEADER: usize = 72;

const PRESENT: &str = "present key";
const FORMER: &str = "former key";
const MADE_AT: &str = "made at";

/// What a backup says of itself.
#[derive(Debug)]
pub(crate) struct Contents {
    /// When it was made.
    pub(crate) made_at: Timestamp,
    /// How many enrolments it has.
    pub(crate) enrolments: u64,
    /// The keys in it.
    pub(crate) keys: KeyPair,
    /// The keys that it needs, each with so many enrolments.
    pub(crate) needed: Vec<(KeyId, u64)>,
}

/// Whether a file that begins so is a backup.
pub(crate) fn is_backup(header: &[u8]) -> bool {
    header.starts_with(b"SQLite format 3\0") && header.get(MARK) == Some(&BACKUP_ID.to_be_bytes()[..])
}

/// Copies the database, which others may write meanwhile, into an empty file.
pub(crate) fn write(database: &Path, to: &Path) -> Result<(), StartError> {
    let reader = open::reader(database).map_err(|error| explain(database, error))?;
    let mark: i32 = pragma(&reader, "application_id").map_err(|error| explain(database, error))?;
    let version: usize = pragma(&reader, "user_version").map_err(|error| explain(database, error))?;
    if let Some(kind) = open::unusable(mark, version) {
        return Err(fault(database, kind));
    }
    // One read transaction, and without the free pages.
    let to_text = to
        .to_str()
        .ok_or_else(|| StartError::new(StartErrorKind::File, format!("{} is not UTF-8", to.display())))?;
    let copied = reader.execute("VACUUM INTO ?1", [to_text]);
    copied.map_err(|error| unwritten(to, error))?;
    Ok(())
}

/// Makes a copy a backup: takes out what must not be kept, and puts in the keys.
pub(crate) fn seal(copy: &Path, keys: &KeyPair, made_at: Timestamp) -> Result<(), StartError> {
    let seal = || {
        let mut db = editor(copy)?;
        let transaction = db.transaction()?;
        drop_codes(&transaction)?;
        transaction
            .execute_batch("CREATE TABLE backup (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID")?;
        let put = "INSERT INTO backup (name, value) VALUES (?1, ?2)";
        transaction.execute(put, params![MADE_AT, micros(made_at)])?;
        for (name, key) in [(PRESENT, &keys.present), (FORMER, &keys.former)] {
            if let Some(key) = key {
                transaction.execute(put, params![name, &key.expose()[..]])?;
            }
        }
        transaction.pragma_update(None, "application_id", BACKUP_ID)?;
        transaction.commit()
    };
    seal().map_err(|error| unwritten(copy, error))
}

/// A code lives as long as its request, wherever it is.
fn drop_codes(db: &Connection) -> rusqlite::Result<usize> {
    db.execute("DELETE FROM requests WHERE code IS NOT NULL", [])
}

/// Takes the codes out of a database from which nobody serves any more. If it is killed, nothing else is lost: it can
/// be done again.
pub(crate) fn forget_codes(database: &Path) -> Result<(), StartError> {
    let forget = || {
        let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        db.execute_batch("PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL;")?;
        into_one_file(&db)?;
        drop_codes(&db)
    };
    forget().map(drop).map_err(|error| explain(database, error))
}

/// Makes a backup the database that it was made of.
pub(crate) fn unseal(copy: &Path) -> Result<(), StartError> {
    let unseal = || {
        let mut db = editor(copy)?;
        let transaction = db.transaction()?;
        transaction.execute_batch("DROP TABLE backup")?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.commit()
    };
    unseal().map_err(|error| unwritten(copy, error))
}

/// Reads a backup through and says what is in it, or why it cannot be restored.
pub(crate) fn read(path: &Path) -> Result<Contents, StartError> {
    let db = open::reader(path).map_err(|error| no_backup(path, error))?;
    let mark: i32 = pragma(&db, "application_id").map_err(|error| no_backup(path, error))?;
    if mark != BACKUP_ID {
        return Err(no_backup(path, "it is not a file that arlo-relay backup has written"));
    }
    let version: usize = pragma(&db, "user_version").map_err(|error| no_backup(path, error))?;
    if version > MIGRATIONS.len() {
        let message = format!("{} was made by a newer arlo-relay: use that version", path.display());
        return Err(StartError::new(StartErrorKind::Newer, message));
    }
    check(&db).map_err(|error| no_backup(path, error))?;
    contents(&db).map_err(|error| no_backup(path, error))
}

/// Lets nothing of the database be outside its one file.
///
/// # Errors
/// When another process has it open, with the kind [`StartErrorKind::InUse`], or when it cannot be read.
pub(crate) fn settle(database: &Path) -> Result<(), StartError> {
    let settle = || {
        let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        into_one_file(&db)
    };
    let in_use = || {
        let message = format!("another command uses {}: let it end, and try again", database.display());
        StartError::new(StartErrorKind::InUse, message)
    };
    match settle() {
        Ok(mode) if mode == "delete" => Ok(()),
        Ok(_) => Err(in_use()),
        Err(error)
            if matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
            ) =>
        {
            Err(in_use())
        }
        Err(error) => Err(explain(database, error)),
    }
}

/// Needs the database for itself, writes the log into it, and removes the log. Returns the journal's mode, which is
/// `delete` then.
fn into_one_file(db: &Connection) -> rusqlite::Result<String> {
    db.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))
}

fn no_backup(path: &Path, source: impl Into<Box<dyn Error + Send + Sync>>) -> StartError {
    let message = format!("{} is no backup of arlo-relay, or a damaged one", path.display());
    StartError::new(StartErrorKind::NotABackup, message).caused_by(source)
}

fn unwritten(path: &Path, error: rusqlite::Error) -> StartError {
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StartErrorKind::Full,
        _ => StartErrorKind::File,
    };
    StartError::new(kind, format!("{} cannot be written", path.display())).caused_by(error)
}

/// A connection that overwrites what it deletes and leaves no second file.
fn editor(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.execute_batch(
        "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;",
    )?;
    db.query_row("PRAGMA journal_mode = MEMORY", [], |_| Ok(()))?;
    Ok(db)
}

fn pragma<T: rusqlite::types::FromSql>(db: &Connection, name: &str) -> rusqlite::Result<T> {
    db.pragma_query_value(None, name, |row| row.get(0))
}

fn check(db: &Connection) -> Result<(), Box<dyn Error + Send + Sync>> {
    let found: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(found.into());
    }
    if db.prepare("PRAGMA foreign_key_check")?.exists([])? {
        return Err("rows of it belong to an enrolment that it does not have".into());
    }
    Ok(())
}

fn contents(db: &Connection) -> rusqlite::Result<Contents> {
    let key = |name: &str| -> rusqlite::Result<Option<DeploymentKey>> {
        let bytes = db
            .query_row("SELECT value FROM backup WHERE name = ?1", [name], |row| {
                row.get::<_, [u8; 32]>(0).map(Zeroizing::new)
            })
            .optional()?;
        Ok(bytes.map(|bytes| DeploymentKey::new(*bytes)))
    };
    let used = db
        .query_row("SELECT value FROM settings WHERE name = ?1", [KEY_ID], |row| {
            row.get(0).map(KeyId::from_bytes)
        })
        .optional()?;
    Ok(Contents {
        made_at: db.query_row("SELECT value FROM backup WHERE name = ?1", [MADE_AT], |row| {
            timestamp(row, 0)
        })?,
        enrolments: db.query_row("SELECT count(*) FROM enrolments", [], |row| row.get(0))?,
        keys: KeyPair {
            present: key(PRESENT)?,
            former: key(FORMER)?,
        },
        needed: key_uses::read_through(db)?
            .into_iter()
            .chain(used.map(|id| (id, 0)))
            .collect(),
    })
}
