//! The files of the deployment's keys.
//!
//! The former key is for reading: what was made with it is good until it is made anew with the present one. To change
//! the key, the present file is given the former one's name, and the next start makes a new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use relay::{DeploymentKey, KeyId};
use zeroize::Zeroizing;

use super::file_error;
use crate::error::{StartError, StartErrorKind};

/// The name of the present key's file.
pub(super) const PRESENT: &str = "hash.key";
/// The name of the former key's file.
pub(super) const FORMER: &str = "hash.former.key";

/// The two keys, which may be there or not.
#[derive(Debug)]
pub(crate) struct KeyPair {
    pub(crate) present: Option<DeploymentKey>,
    pub(crate) former: Option<DeploymentKey>,
}

impl KeyPair {
    /// Whether one of the keys has this id.
    pub(super) fn has(&self, id: KeyId) -> bool {
        [&self.present, &self.former]
            .into_iter()
            .flatten()
            .any(|key| key.id() == id)
    }
}

/// The two files, which may be there or not.
pub(super) struct KeyFiles {
    present: PathBuf,
    former: PathBuf,
}

impl KeyFiles {
    pub(super) fn in_directory(directory: &Path) -> Self {
        Self {
            present: directory.join(PRESENT),
            former: directory.join(FORMER),
        }
    }

    /// Both keys, for a backup.
    pub(super) fn pair(&self) -> Result<KeyPair, StartError> {
        Ok(KeyPair {
            present: self.present()?,
            former: self.former()?,
        })
    }

    /// Writes the keys of a backup.
    pub(super) fn write(&self, keys: &KeyPair) -> Result<(), StartError> {
        for (path, key) in [(&self.present, &keys.present), (&self.former, &keys.former)] {
            if let Some(key) = key {
                write_private(path, key.expose()).map_err(|error| file_error(path, error))?;
            }
        }
        Ok(())
    }

    pub(super) fn present(&self) -> Result<Option<DeploymentKey>, StartError> {
        read(&self.present)
    }

    pub(super) fn former(&self) -> Result<Option<DeploymentKey>, StartError> {
        read(&self.former)
    }

    /// Makes the present key. Two processes that start at the same time must use one key. So it is written to a file of
    /// another name and then linked, which only the first process can do.
    pub(super) fn make_present(&self) -> Result<DeploymentKey, StartError> {
        let path = &self.present;
        let file = |error| file_error(path, error);
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).map_err(|error| file(io::Error::other(error)))?;
        let draft = path.with_extension(format!("key.{}", std::process::id()));
        let written = write_private(&draft, &*key);
        let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            result => result,
        });
        let _ = fs::remove_file(&draft);
        linked.map_err(file)?;
        self.present()?.ok_or_else(|| file(io::ErrorKind::NotFound.into()))
    }

    /// Why a database cannot be used whose key is in neither file. So many enrolments were made with that key.
    pub(super) fn missing(&self, enrolments: u64) -> StartError {
        let (present, former) = (self.present.display(), self.former.display());
        let made = match enrolments {
            0 => "this database was made".to_owned(),
            1 => "an enrolment of this database was made".to_owned(),
            more => format!("{more} enrolments of this database were made"),
        };
        StartError::new(
            StartErrorKind::WrongKey,
            format!("neither {present} nor {former} is the key that {made} with: restore it from a backup"),
        )
    }
}

/// The key in a file; `None` if there is no file.
fn read(path: &Path) -> Result<Option<DeploymentKey>, StartError> {
    // Large enough for the whole key: a buffer that grows would leave a copy of it in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    match File::open(path).and_then(|key| key.take(33).read_to_end(&mut bytes)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        result => result.map_err(|error| file_error(path, error))?,
    };
    let key = <[u8; 32]>::try_from(bytes.as_slice()).map(DeploymentKey::new);
    key.map(Some).map_err(|_| {
        StartError::new(
            StartErrorKind::WrongKey,
            format!("{} is no key of 32 bytes: restore it from a backup", path.display()),
        )
    })
}

/// Writes a file that its owner alone reads, and has it on disk. What has that name already is removed: it may be a
/// link, or have another mode.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
