//! A file that its owner alone reads: complete or not there. One that takes the place of another keeps the owner and
//! the mode of that one.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::Path;

use tempfile::NamedTempFile;

/// Gives the new file the owner and the group of the former one, where it has others. A user may not give his own file
/// to a group that he is not in: then it keeps his group, and `false` is returned.
fn give(
    draft: &NamedTempFile,
    former: &Metadata,
    chown: impl FnOnce(&Path, Option<u32>, Option<u32>) -> io::Result<()>,
) -> io::Result<bool> {
    let now = draft.as_file().metadata()?;
    if (now.uid(), now.gid()) == (former.uid(), former.gid()) {
        return Ok(true);
    }
    match chown(draft.path(), Some(former.uid()), Some(former.gid())) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && now.uid() == former.uid() => Ok(false),
        given => given.map(|()| true),
    }
}

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
        let permissions = if give(&draft, &former, |path, uid, gid| chown(path, uid, gid))? {
            former.permissions()
        } else {
            // The group is another one than before, and must not read what that one could.
            Permissions::from_mode(former.mode() & 0o700)
        };
        draft.as_file().set_permissions(permissions)?;
    }
    draft.as_file().sync_all()?;
    draft.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(_: &Path, _: Option<u32>, _: Option<u32>) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }

    #[test]
    fn a_file_that_has_its_owner_already_is_given_to_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let draft = NamedTempFile::new_in(&dir).unwrap();
        let former = NamedTempFile::new_in(&dir).unwrap();
        assert!(give(&draft, &former.as_file().metadata().unwrap(), refuses).unwrap());
    }

    #[test]
    fn a_group_that_is_out_of_reach_is_no_failure_for_the_owner() {
        let dir = tempfile::tempdir().unwrap();
        let draft = NamedTempFile::new_in(&dir).unwrap();
        let former = NamedTempFile::new_in(&dir).unwrap();
        // Only root can make such files.
        if !crate::owner::is_root() {
            return;
        }
        chown(former.path(), None, Some(12_345)).unwrap();
        assert!(!give(&draft, &former.as_file().metadata().unwrap(), refuses).unwrap());
        chown(former.path(), Some(12_345), None).unwrap();
        assert!(give(&draft, &former.as_file().metadata().unwrap(), refuses).is_err());
    }
}
