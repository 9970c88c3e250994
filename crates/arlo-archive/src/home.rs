//! The directory of an archive, and the lock on it.
//!
//! `.arlo-archive` below the root holds the index and the lock. The operating system releases the lock when the process
//! ends, for whatever reason. The lock file is not removed: otherwise a third process could lock a new file while a
//! second one still has the old file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::{Error, ErrorKind, disk};

/// The directory of the index and the lock. No name from a pattern begins with a dot.
const HOME: &str = ".arlo-archive";

/// A locked archive. Dropping it releases the lock.
#[derive(Debug)]
pub(crate) struct Home {
    root: PathBuf,
    lock: File,
}

impl Home {
    /// Makes the directories and takes the lock.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] if another process, or another archive of this one, has the lock.
    pub(crate) fn open(root: &Path) -> Result<Self, Error> {
        let shown = root.display();
        let cannot = |error| {
            Error::file(
                format!("the archive {shown} cannot be made: check who may write there"),
                error,
            )
        };
        let root = std::path::absolute(root).map_err(cannot)?;
        fs::create_dir_all(root.join(HOME)).map_err(cannot)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let lock = options.open(root.join(HOME).join("lock")).map_err(cannot)?;
        Self::locked(root, lock)
    }

    /// Takes the lock of an archive that is there. Makes nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Lost`] if it is not there, and those of [`open`](Self::open).
    pub(crate) fn find(root: &Path) -> Result<Self, Error> {
        let lost = |error| lost(root).with_source(error);
        let root = std::path::absolute(root).map_err(lost)?;
        let lock = OpenOptions::new().write(true).open(root.join(HOME).join("lock"));
        let home = Self::locked(root, lock.map_err(lost)?)?;
        fs::metadata(home.index()).map_err(lost)?;
        Ok(home)
    }

    fn locked(root: PathBuf, lock: File) -> Result<Self, Error> {
        let shown = root.display();
        match lock.try_lock() {
            Ok(()) => Ok(Self { root, lock }),
            Err(TryLockError::WouldBlock) => {
                let message = format!("another process uses the archive {shown}: end it, or choose another directory");
                Err(Error::new(ErrorKind::Busy, message))
            }
            Err(TryLockError::Error(error)) => {
                let message =
                    format!("the archive {shown} cannot be locked: choose a directory on a disk that has locks");
                Err(Error::file(message, error))
            }
        }
    }

    /// The root, as an absolute path.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The file of the index.
    pub(crate) fn index(&self) -> PathBuf {
        self.root.join(HOME).join("index.sqlite3")
    }

    /// Checks that the root is the directory that was opened. A network drive that was unmounted leaves an empty
    /// directory in its place, in which every file seems deleted.
    ///
    /// # Errors
    /// [`ErrorKind::Lost`] if it is another one.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let found = fs::metadata(self.root.join(HOME).join("lock"));
        let is_here = match (found, self.lock.metadata()) {
            (Ok(found), Ok(opened)) => cfg!(not(unix)) || disk::is_same(&found, &opened),
            _ => false,
        };
        if is_here { Ok(()) } else { Err(lost(&self.root)) }
    }
}

/// The error for an archive that is not at its root any more.
pub(crate) fn lost(root: &Path) -> Error {
    let shown = root.display();
    let message = format!("the archive {shown} is not there any more: check that its disk is mounted");
    Error::new(ErrorKind::Lost, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_has_one_owner_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let first = Home::open(root.path()).unwrap();
        let error = Home::open(root.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Busy);
        assert!(error.to_string().contains(&*root.path().to_string_lossy()), "{error}");
        drop(first);
        Home::open(root.path()).unwrap();
    }

    #[test]
    fn a_directory_that_was_exchanged_is_noticed() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("media");
        let home = Home::open(&path).unwrap();
        home.check().unwrap();
        fs::rename(&path, root.path().join("away")).unwrap();
        assert_eq!(home.check().unwrap_err().kind(), ErrorKind::Lost);
        fs::create_dir(&path).unwrap();
        assert_eq!(home.check().unwrap_err().kind(), ErrorKind::Lost);
        assert_eq!(Home::find(&path).unwrap_err().kind(), ErrorKind::Lost);
        drop(Home::open(&path).unwrap());
        assert_eq!(home.check().unwrap_err().kind(), ErrorKind::Lost);
    }

    #[test]
    fn a_root_that_cannot_be_made_is_named() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Home::open(&file.join("media")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileSystem);
        assert!(error.to_string().contains("media"), "{error}");
    }
}
