//! The files of ACME below the data directory: the directory has mode 0700, each file 0600.
//!
//! A file takes the place of the one before as a whole.

use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::error::{StartError, StartErrorKind};

#[derive(Debug)]
pub(super) struct Cache(PathBuf);

impl Cache {
    pub(super) fn open(directory: &Path) -> Result<Self, StartError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(|error| {
            StartError::new(StartErrorKind::File, format!("{} cannot be used", directory.display())).caused_by(error)
        })?;
        Ok(Self(directory.to_owned()))
    }

    /// What a file holds; `None` if it is not there, or holds something else. It can be made again.
    pub(super) fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let text = Zeroizing::new(fs::read(self.0.join(name)).ok()?);
        let value = serde_json::from_slice(&text);
        if value.is_err() {
            tracing::warn!(file = name, "a file of ACME cannot be read, and is made again");
        }
        value.ok()
    }

    pub(super) fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let text = Zeroizing::new(serde_json::to_vec(value)?);
        let mut file = tempfile::Builder::new().prefix(".new").tempfile_in(&self.0)?;
        file.write_all(&text)?;
        file.as_file().sync_all()?;
        file.persist(self.0.join(name))?;
        Ok(())
    }

    pub(super) fn remove(&self, name: &str) {
        // If it stays, it is found to be wrong again.
        let _ = fs::remove_file(self.0.join(name));
    }
}
