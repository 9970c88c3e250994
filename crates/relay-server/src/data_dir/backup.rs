//! One consistent copy of a data directory in one file, while a relay serves from it.
//!
//! The file is written under another name, checked, flushed, and then given its name: a backup that is there is whole,
//! and one that was killed leaves the older backup as it was. It holds the keys, so it is as secret as the directory.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::OFlags;
use rustix::process::geteuid;

use super::key_files::{KeyFiles, write_private};
use super::{DATABASE, check_is_used, file_error, give, restore};
use crate::error::{StartError, StartErrorKind};
use crate::sqlite::copy;

/// The file that says when the newest backup was made.
pub(super) const LAST_BACKUP: &str = "last-backup";

/// A backup that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackedUp {
    /// How large the file is.
    pub bytes: u64,
    /// How many enrolments are in it.
    pub enrolments: u64,
    /// Whether its time is recorded in the data directory.
    pub is_recorded: bool,
}

/// Writes a backup of the data directory to `file`, which may be an older backup.
///
/// # Errors
/// A [`StartError`]; an older backup is unchanged then.
pub fn backup(directory: &Path, file: &Path, now: Timestamp) -> Result<BackedUp, StartError> {
    restore::finish(directory)?;
    check_is_used(directory)?;
    check_replaceable(file)?;
    let draft = Draft::open(file)?;
    copy::write(&directory.join(DATABASE), &draft.path)?;
    // After the copy: a key that it needs is there at least until then.
    let files = KeyFiles::in_directory(directory);
    copy::seal(&draft.path, &files.pair()?, now)?;
    let contents = copy::read(&draft.path)?;
    for (id, enrolments) in contents.needed {
        if !contents.keys.has(id) {
            return Err(files.missing(enrolments));
        }
    }
    let bytes = draft.name(file)?;
    Ok(BackedUp {
        bytes,
        enrolments: contents.enrolments,
        is_recorded: record(directory, now).is_ok(),
    })
}

/// When the newest backup of the directory was made; `None` if none is recorded.
///
/// # Errors
/// When the record cannot be read, or is no time.
pub fn newest_backup(directory: &Path) -> io::Result<Option<Timestamp>> {
    let text = match fs::read_to_string(directory.join(LAST_BACKUP)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    text.trim().parse().map(Some).map_err(io::Error::other)
}

/// What the record of a backup's time says.
pub(super) fn record_of(made_at: Timestamp) -> String {
    format!("{made_at}\n")
}

fn record(directory: &Path, now: Timestamp) -> io::Result<()> {
    let draft = directory.join(format!("{LAST_BACKUP}.{}", std::process::id()));
    let named = write_private(&draft, record_of(now).as_bytes())
        .and_then(|()| give(directory, &draft).map_err(io::Error::other))
        .and_then(|()| fs::rename(&draft, directory.join(LAST_BACKUP)));
    if named.is_err() {
        let _ = fs::remove_file(&draft);
    }
    named
}

/// A backup replaces nothing but a backup.
fn check_replaceable(file: &Path) -> Result<(), StartError> {
    let mut header = [0; copy::HEADER];
    let found = match fs::symlink_metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file_error(file, error)),
        Ok(found) => found,
    };
    let is_backup = found.is_file()
        && File::open(file)
            .and_then(|mut file| file.read_exact(&mut header))
            .is_ok_and(|()| copy::is_backup(&header));
    if is_backup {
        return Ok(());
    }
    let message = format!(
        "{} is there already and is no backup: choose another name",
        file.display()
    );
    Err(StartError::new(StartErrorKind::Occupied, message))
}

/// The file while it is written. It is removed unless it is given its name.
struct Draft {
    path: PathBuf,
    /// Locked: no other backup writes it.
    file: File,
    is_named: bool,
}

impl Draft {
    fn open(target: &Path) -> Result<Self, StartError> {
        let Some(name) = target.file_name() else {
            let message = format!("{} is no name of a file", target.display());
            return Err(StartError::new(StartErrorKind::File, message));
        };
        let mut name = name.to_owned();
        name.push(".partial");
        let path = target.with_file_name(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).mode(0o600);
        let made = options.clone().create_new(true).open(&path);
        let (file, is_new) = match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (left_over(&path, &options)?, false),
            made => (made.map_err(|error| file_error(&path, error))?, true),
        };
        let under_way = || {
            let message = format!("another backup to {} is under way", target.display());
            StartError::new(StartErrorKind::InUse, message)
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(under_way()),
            Err(TryLockError::Error(error)) => return Err(file_error(&path, error)),
        }
        // The one that had the lock before may have given the file its name, or removed it.
        let found = file.metadata().map_err(|error| file_error(&path, error))?;
        let is_same = |named: fs::Metadata| (named.dev(), named.ino()) == (found.dev(), found.ino());
        if !fs::symlink_metadata(&path).is_ok_and(is_same) {
            return Err(under_way());
        }
        if !is_new {
            let is_own = found.is_file() && found.nlink() == 1 && found.uid() == geteuid().as_raw();
            if !is_own {
                return Err(strange(&path));
            }
            file.set_permissions(Permissions::from_mode(0o600))
                .and_then(|()| file.set_len(0))
                .map_err(|error| file_error(&path, error))?;
        }
        Ok(Self {
            path,
            file,
            is_named: false,
        })
    }

    /// Gives the file its name, once all of it is on disk. Returns its size.
    fn name(mut self, target: &Path) -> Result<u64, StartError> {
        let named = self.file.sync_all().and_then(|()| fs::rename(&self.path, target));
        named.map_err(|error| file_error(target, error))?;
        self.is_named = true;
        sync_directory(target.parent().unwrap_or(Path::new(".")))?;
        let found = self.file.metadata().map_err(|error| file_error(target, error))?;
        Ok(found.len())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_named {
            // The lock is still held: it is this backup's own.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Opens what a backup that was killed has left, and follows no link.
fn left_over(path: &Path, options: &OpenOptions) -> Result<File, StartError> {
    let flags = OFlags::NOFOLLOW.bits().cast_signed();
    let opened = options.clone().custom_flags(flags).open(path);
    opened.map_err(|error| match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => strange(path),
        _ => file_error(path, error),
    })
}

/// The keys would come into a file that others may read, now or by another name.
fn strange(path: &Path) -> StartError {
    let message = format!(
        "{} is there already and is no file of this user alone: remove it, or choose another name for the backup",
        path.display()
    );
    StartError::new(StartErrorKind::Occupied, message)
}

/// Has the names in a directory on disk.
pub(super) fn sync_directory(directory: &Path) -> Result<(), StartError> {
    let directory = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    let synced = File::open(directory).and_then(|directory| directory.sync_all());
    synced.map_err(|error| file_error(directory, error))
}
