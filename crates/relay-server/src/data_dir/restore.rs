//! A data directory as it was when a backup of it was made.
//!
//! Everything happens inside the directory, by names that are changed in one step each:
//!
//! 1. `restore.staging` gets the database and the keys of the backup. They are checked as at a start.
//! 2. It is renamed to `restore.ready`. Before this step the directory is as it was; after it, it is the restored one.
//! 3. What was there is moved to `restore.ready/before`; then the directory is renamed to `restore.install`.
//! 4. The new files are moved to their places. The codes of logins are taken out of the database in
//!    `restore.install/before`, which nothing sweeps any more, and that becomes `before-restore-TIME`.
//!
//! Whoever opens the directory after a restore was killed does the steps that are left ([`finish`]).

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use relay::SystemClock;
use relay::ports::Clock;
use tokio::time::{Instant, sleep};

use super::backup::{LAST_BACKUP, record_of, sync_directory};
use super::key_files::{FORMER, KeyFiles, PRESENT, write_private};
use super::{DATABASE, DataDir, LOCK, file_error, give, lock};
use crate::error::{StartError, StartErrorKind};
use crate::sqlite::copy;

const STAGING: &str = "restore.staging";
const READY: &str = "restore.ready";
const INSTALL: &str = "restore.install";
const BEFORE: &str = "before";

/// A command that is at its end has closed the database by then.
const CLOSED_WITHIN: Duration = Duration::from_secs(2);
/// The time between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// The files that a restore replaces. The log of the database is part of it, and the shared memory goes with that.
const FILES: [&str; 6] = [
    DATABASE,
    "relay.sqlite3-wal",
    "relay.sqlite3-shm",
    PRESENT,
    FORMER,
    LAST_BACKUP,
];

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// When the backup was made.
    pub made_at: Timestamp,
    /// How many enrolments it has.
    pub enrolments: u64,
    /// Where that is now which was in the directory before, if anything was.
    pub kept: Option<PathBuf>,
}

/// Restores a backup to the directory. What is in it already is set aside where `replace` allows that.
///
/// # Errors
/// A [`StartError`]; the relay in the directory is unchanged then, unless the message names a file that could not be
/// moved: then the next start goes on with the restore.
pub async fn restore(directory: &Path, file: &Path, replace: bool) -> Result<Restored, StartError> {
    make_directory(directory, true)?;
    let _lock = lock(directory)?;
    give(directory, &directory.join(LOCK))?;
    finish_locked(directory)?;
    if !replace
        && let Some(found) = [DATABASE, PRESENT, FORMER]
            .iter()
            .find(|name| directory.join(name).exists())
    {
        let message = format!(
            "there is a relay in {} already ({found}): with --replace it is set aside, and nothing of it is lost",
            directory.display()
        );
        return Err(StartError::new(StartErrorKind::Occupied, message));
    }
    let staging = directory.join(STAGING);
    let staged = stage(&staging, file).await;
    let staged = staged.and_then(|staged| give_all(directory, &staging).map(|()| staged));
    let decided = match staged {
        Ok(staged) => decide(directory).await.map(|()| staged),
        Err(error) => Err(error),
    };
    let contents = decided.inspect_err(|_| {
        let _ = fs::remove_dir_all(&staging);
    })?;
    let kept = finish_locked(directory)?;
    Ok(Restored {
        made_at: contents.made_at,
        enrolments: contents.enrolments,
        kept,
    })
}

/// Brings a restore to its end that was decided on before it was killed, and removes what an undecided one has left.
pub(super) fn finish(directory: &Path) -> Result<(), StartError> {
    let is_left = |name: &str| directory.join(name).exists();
    if is_left(READY) || is_left(INSTALL) {
        let _lock = lock(directory)?;
        finish_locked(directory)?;
    } else if is_left(STAGING)
        && let Ok(_lock) = lock(directory)
    {
        // Else it is under way.
        let _ = fs::remove_dir_all(directory.join(STAGING));
    }
    Ok(())
}

/// Puts what is in the backup into a directory of its own, and opens it as a relay would.
async fn stage(staging: &Path, file: &Path) -> Result<copy::Contents, StartError> {
    match fs::remove_dir_all(staging) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file_error(staging, error)),
        _ => make_directory(staging, false)?,
    }
    let database = staging.join(DATABASE);
    // A copy of it is checked, so that what was checked is what is restored.
    copy_private(file, &database)?;
    let contents = copy::read(&database).map_err(|error| of_file(&error, &database, file))?;
    copy::unseal(&database)?;
    KeyFiles::in_directory(staging).write(&contents.keys)?;
    let record = staging.join(LAST_BACKUP);
    write_private(&record, record_of(contents.made_at).as_bytes()).map_err(|error| file_error(&record, error))?;
    let opened = DataDir::open_here(staging).await;
    let opened = opened.map_err(|error| of_file(&error, &database, file))?;
    opened.store.close().await;
    drop(opened);
    settle(&database).await?;
    let synced = fs::File::open(&database).and_then(|database| database.sync_all());
    synced.map_err(|error| file_error(&database, error))?;
    sync_directory(staging)?;
    Ok(contents)
}

/// What is wrong with the copy is wrong with the backup.
fn of_file(error: &StartError, copy: &Path, file: &Path) -> StartError {
    let said = match error.kind() {
        StartErrorKind::WrongKey => "no key in it is the one that its database was made with".to_owned(),
        _ => error
            .to_string()
            .replace(&*copy.to_string_lossy(), &file.to_string_lossy()),
    };
    StartError::new(error.kind(), format!("{} cannot be restored: {said}", file.display()))
}

/// Waits for those who are about to close the database.
async fn settle(database: &Path) -> Result<(), StartError> {
    let until = Instant::now() + CLOSED_WITHIN;
    loop {
        match copy::settle(database) {
            Err(error) if error.kind() == StartErrorKind::InUse && Instant::now() < until => sleep(PAUSE).await,
            settled => return settled,
        }
    }
}

/// From here on the directory is the restored one.
async fn decide(directory: &Path) -> Result<(), StartError> {
    let database = directory.join(DATABASE);
    if database.exists() {
        match settle(&database).await {
            Err(error) if error.kind() == StartErrorKind::InUse => return Err(error),
            // It may be damaged, which may be why a backup is restored. It is set aside with its log.
            Ok(()) | Err(_) => {}
        }
    }
    rename(&directory.join(STAGING), &directory.join(READY))?;
    sync_directory(directory)
}

/// The steps after the decision. Returns where the former files are now. Each step can be done again.
fn finish_locked(directory: &Path) -> Result<Option<PathBuf>, StartError> {
    let (ready, install) = (directory.join(READY), directory.join(INSTALL));
    if ready.exists() {
        let before = ready.join(BEFORE);
        make_directory(&before, true)?;
        give(directory, &before)?;
        move_files(directory, &before)?;
        sync_directory(&ready)?;
        rename(&ready, &install)?;
        sync_directory(directory)?;
    }
    if !install.exists() {
        return Ok(None);
    }
    move_files(&install, directory)?;
    let before = install.join(BEFORE);
    forget_codes(&before.join(DATABASE));
    let kept = keep(directory, &before)?;
    fs::remove_dir_all(&install).map_err(|error| file_error(&install, error))?;
    sync_directory(directory)?;
    Ok(kept)
}

fn move_files(from: &Path, to: &Path) -> Result<(), StartError> {
    for name in FILES {
        let file = from.join(name);
        if file.exists() {
            rename(&file, &to.join(name))?;
        }
    }
    sync_directory(to)?;
    sync_directory(from)
}

/// A damaged database is kept as it is: its enrolments may still be of use.
fn forget_codes(database: &Path) {
    if database.exists()
        && let Err(error) = copy::forget_codes(database)
    {
        tracing::warn!(%error, "codes of logins may be left in the database that was replaced");
    }
}

/// Gives what was replaced a name that says when. An empty directory is not kept.
fn keep(directory: &Path, before: &Path) -> Result<Option<PathBuf>, StartError> {
    match fs::remove_dir(before) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file_error(before, error)),
        _ => return Ok(None),
    }
    let time = SystemClock.now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let names = (1..=1000).map(|number| match number {
        1 => format!("before-restore-{time}"),
        _ => format!("before-restore-{time}-{number}"),
    });
    let mut free = names.map(|name| directory.join(name)).filter(|path| !path.exists());
    let kept = free.next().unwrap_or_else(|| directory.join("before-restore"));
    rename(before, &kept)?;
    Ok(Some(kept))
}

/// The files belong to whoever the directory belongs to: an operator may restore what a user of the system serves.
fn give_all(directory: &Path, staging: &Path) -> Result<(), StartError> {
    give(directory, staging)?;
    let files = FILES.iter().map(|name| staging.join(name));
    files
        .filter(|file| file.exists())
        .try_for_each(|file| give(directory, &file))
}

fn rename(from: &Path, to: &Path) -> Result<(), StartError> {
    #[cfg(test)]
    tests::step()?;
    fs::rename(from, to).map_err(|error| file_error(from, error))
}

fn make_directory(path: &Path, recursive: bool) -> Result<(), StartError> {
    let made = DirBuilder::new().recursive(recursive).mode(0o700).create(path);
    made.map_err(|error| file_error(path, error))
}

fn copy_private(from: &Path, to: &Path) -> Result<(), StartError> {
    let mut source = fs::File::open(from).map_err(|error| file_error(from, error))?;
    let mut copy = fs::OpenOptions::new();
    let copy = std::os::unix::fs::OpenOptionsExt::mode(&mut copy, 0o600);
    let copied = copy
        .write(true)
        .create_new(true)
        .open(to)
        .and_then(|mut to| io::copy(&mut source, &mut to));
    copied.map(drop).map_err(|error| file_error(to, error))
}

#[cfg(test)]
mod tests;
