//! What the archive asks of the disk: room, bytes written, a rename that overwrites nothing, and a flush.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The two things that a full disk changes. A test replaces them.
pub(crate) trait Disk: Send + Sync + fmt::Debug {
    /// The bytes that may still be written below this directory.
    fn available(&self, directory: &Path) -> io::Result<u64>;

    /// Writes all bytes at the file's position.
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()>;
}

/// The disks of this machine.
#[derive(Debug)]
pub(crate) struct SystemDisk;

impl Disk for SystemDisk {
    #[cfg(unix)]
    fn available(&self, directory: &Path) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(directory)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Not known there: a full disk shows when it is written.
    #[cfg(not(unix))]
    fn available(&self, _directory: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }
}

/// Renames a file within a file system. Fails with [`io::ErrorKind::AlreadyExists`] if there is anything at `to`.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // An old kernel or a file system that cannot, such as NFS.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            done => return Ok(done?),
        }
    }
    link_new(from, to)
}

/// The same by a second name. Between the two steps the file has both: see [`is_same`].
fn link_new(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)?;
    fs::remove_file(from)
}

/// Whether both names are of one file.
#[cfg(unix)]
pub(crate) fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Whether both names are of one file. It cannot be known there.
#[cfg(not(unix))]
pub(crate) fn is_same(_one: &fs::Metadata, _other: &fs::Metadata) -> bool {
    false
}

/// Flushes the entries of a directory. Not every file system can do that, so a failure is ignored.
pub(crate) fn sync_directory(directory: &Path) {
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
}

/// Creates a directory and those above it, and flushes the new entries up to `root`.
pub(crate) fn create_directory(root: &Path, relative: &Path) -> io::Result<()> {
    let path = root.join(relative);
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(&path)?;
    for directory in path
        .ancestors()
        .skip(1)
        .take_while(|directory| directory.starts_with(root))
    {
        sync_directory(directory);
    }
    Ok(())
}

/// Removes the directories from this one up to `root`, as far as they are empty.
pub(crate) fn remove_empty(root: &Path, relative: &Path) {
    for directory in relative
        .ancestors()
        .filter(|directory| !directory.as_os_str().is_empty())
    {
        if fs::remove_dir(root.join(directory)).is_err() {
            return;
        }
    }
}

/// Sets the file's modification time, and reads it back as the file system has kept it, in seconds since 1970 UTC.
pub(crate) fn date(file: &File, millisecond: i64) -> Option<i64> {
    let since = Duration::from_millis(millisecond.unsigned_abs());
    let time = if millisecond < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(since)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(since)
    };
    if let Some(time) = time {
        // A file system that refuses gives its own time, which is as good to recognise the file.
        let _ = file.set_modified(time);
    }
    seconds(&file.metadata().ok()?)
}

/// The file's modification time, in seconds since 1970 UTC.
pub(crate) fn seconds(metadata: &fs::Metadata) -> Option<i64> {
    let modified = metadata.modified().ok()?;
    match modified.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).ok(),
        Err(before) => i64::try_from(before.duration().as_secs()).ok().map(|seconds| -seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_way_of_renaming_overwrites_a_file() {
        for rename in [rename_new, link_new] {
            let directory = tempfile::tempdir().unwrap();
            let (from, to) = (directory.path().join("from"), directory.path().join("to"));
            fs::write(&from, "new").unwrap();
            fs::write(&to, "theirs").unwrap();
            assert_eq!(rename(&from, &to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(
                (fs::read(&from).unwrap(), fs::read(&to).unwrap()),
                (b"new".into(), b"theirs".into())
            );
            fs::remove_file(&to).unwrap();
            rename(&from, &to).unwrap();
            assert!(!from.exists());
            assert_eq!(fs::read(&to).unwrap(), b"new");
        }
    }

    #[test]
    fn only_empty_directories_are_removed_and_the_root_is_kept() {
        let root = tempfile::tempdir().unwrap();
        create_directory(root.path(), Path::new("a/b/c")).unwrap();
        create_directory(root.path(), Path::new("a/x")).unwrap();
        remove_empty(root.path(), Path::new("a/b/c"));
        assert!(root.path().join("a/x").is_dir() && !root.path().join("a/b").exists());
        remove_empty(root.path(), Path::new("a/x"));
        assert!(root.path().is_dir() && !root.path().join("a").exists());
    }

    #[test]
    fn a_file_gets_the_time_of_its_recording() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(date(&file, 1_767_654_249_123), Some(1_767_654_249));
        assert_eq!(seconds(&file.metadata().unwrap()), Some(1_767_654_249));
    }
}
