//! A file that its owner alone reads: complete or not there. One that takes the place of another keeps the owner and
//! the mode of that one.

use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::path::Path;

use tempfile::NamedTempFile;

/// Writes the file, and makes its directory where that is missing.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let mut draft = NamedTempFile::new_in(directory)?;
    draft.write_all(bytes)?;
    if let Ok(former) = fs::metadata(path) {
        chown(draft.path(), Some(former.uid()), Some(former.gid()))?;
        draft.as_file().set_permissions(former.permissions())?;
    }
    draft.as_file().sync_all()?;
    draft.persist(path).map_err(|error| error.error)?;
    Ok(())
}
