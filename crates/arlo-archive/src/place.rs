//! A complete partial file gets its name.
//!
//! The order is what makes an end of the process harmless: flush the file, write the name into the index, rename
//! without overwriting, flush the directory, write into the index that it is kept. After an end in between, the index
//! has the name, and [`finish_move`] sees from the files how far the move has come.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::index::Row;
use crate::pattern::Stem;
use crate::shared::Shared;
use crate::{Error, ErrorKind, disk};

/// How often a name is counted up before the time of the recording is added to it, and then again.
const MAX_COUNT: u32 = 99;

/// A file that is on disk under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
}

/// A name without its counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    directory: PathBuf,
    stem: String,
    extension: String,
}

impl Base {
    /// The name from a pattern, with the extension of the content. An extension that the pattern has already is not
    /// added twice.
    pub(crate) fn new(stem: Stem, extension: &str) -> Self {
        let (kept, last) = stem.file.rsplit_once('.').unwrap_or((&stem.file, ""));
        let file = if last.eq_ignore_ascii_case(extension) && !kept.is_empty() {
            kept
        } else {
            &stem.file
        };
        Self {
            stem: file.to_owned(),
            directory: stem.directory,
            extension: extension.to_owned(),
        }
    }

    /// The name that the index has for a move that was begun.
    fn from_name(name: &str) -> Self {
        let path = Path::new(name);
        let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        Self {
            directory: path.parent().unwrap_or(Path::new("")).to_owned(),
            stem: text(path.file_stem()),
            extension: text(path.extension()),
        }
    }

    /// The names in the order in which they are tried. Two recordings of a second count up. If all the counted names
    /// are taken, the milliseconds since 1970 come into the name, so that no pattern makes the search long.
    fn candidates(&self, created: i64) -> impl Iterator<Item = PathBuf> {
        let stems = [self.stem.clone(), format!("{}-{created}", self.stem)];
        stems.into_iter().flat_map(move |stem| {
            (1..=MAX_COUNT).map(move |count| {
                let counter = if count == 1 { String::new() } else { format!("-{count}") };
                self.directory.join(format!("{stem}{counter}.{}", self.extension))
            })
        })
    }
}

/// Moves the complete partial file of a recording to its name. A file that is there already is never overwritten. If it
/// has the same bytes and no recording owns it, it is the same recording, from before the index was lost.
pub(crate) fn place(shared: &Shared, row: &Row, part: &str, base: &Base) -> Result<Placed, Error> {
    let part_path = shared.path(part);
    let cannot = |error| Error::file(format!("the file {} cannot be kept", part_path.display()), error);
    let file = File::options()
        .read(true)
        .write(true)
        .open(&part_path)
        .map_err(cannot)?;
    let bytes = file.metadata().map_err(cannot)?.len();
    let modified = disk::date(&file, row.key.created);
    file.sync_all().map_err(cannot)?;
    drop(file);
    shared.step("file flushed")?;
    for name in base.candidates(row.key.created) {
        let path = shared.path(&name);
        let Some(name) = name.to_str() else { continue };
        let existing = fs::symlink_metadata(&path).ok();
        if existing.is_some() && !is_equal(&part_path, &path).map_err(cannot)? {
            continue;
        }
        let found = existing.as_ref().map_or(modified, disk::seconds);
        if !shared.index().place(row.id, name, bytes, found)? {
            continue;
        }
        shared.step("name in the index")?;
        let moved = if existing.is_some() {
            fs::remove_file(&part_path)
        } else {
            move_to(shared, &part_path, &base.directory, &path)
        };
        match moved {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                shared.index().unplace(row.id)?;
                continue;
            }
            Err(error) => return Err(cannot(error)),
        }
        shared.step("file renamed")?;
        return keep(shared, row, path, bytes);
    }
    let message = format!(
        "no name is free for {}: choose a pattern with more of the time",
        part_path.display()
    );
    Err(Error::new(ErrorKind::FileSystem, message))
}

/// Renames, and makes the directory again if somebody removed it in the meantime.
fn move_to(shared: &Shared, part: &Path, directory: &Path, to: &Path) -> io::Result<()> {
    match disk::rename_new(part, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && part.exists() => {
            disk::create_directory(shared.home.root(), directory)?;
            disk::rename_new(part, to)
        }
        done => done,
    }
}

fn keep(shared: &Shared, row: &Row, path: PathBuf, bytes: u64) -> Result<Placed, Error> {
    if let Some(directory) = path.parent() {
        disk::sync_directory(directory);
    }
    shared.step("directory flushed")?;
    shared.index().kept(row.id)?;
    shared.step("kept in the index")?;
    Ok(Placed { path, bytes })
}

/// Finishes a move that was begun. Gives `None` if there is nothing left of the file, so that it has to be fetched
/// again.
pub(crate) fn finish_move(shared: &Shared, row: &Row, name: &str) -> Result<Option<Placed>, Error> {
    let path = shared.path(name);
    let part = row.part.as_deref();
    let partial = part.and_then(|part| fs::symlink_metadata(shared.path(part)).ok());
    let placed = fs::symlink_metadata(&path).ok();
    match (part, partial, placed) {
        // Both names of the way without a rename.
        (Some(part), Some(partial), Some(placed)) if disk::is_same(&partial, &placed) => {
            let cannot = |error| Error::file(format!("{} cannot be removed", shared.path(part).display()), error);
            fs::remove_file(shared.path(part)).map_err(cannot)?;
            keep(shared, row, path, row.bytes).map(Some)
        }
        (Some(part), Some(_), _) => place(shared, row, part, &Base::from_name(name)).map(Some),
        (_, None, Some(placed)) if placed.is_file() && placed.len() == row.bytes => {
            keep(shared, row, path, row.bytes).map(Some)
        }
        _ => {
            shared.index().drop_part(row.id)?;
            Ok(None)
        }
    }
}

/// Whether both are files with the same bytes.
fn is_equal(one: &Path, other: &Path) -> io::Result<bool> {
    let (first, second) = (fs::symlink_metadata(one)?, fs::symlink_metadata(other)?);
    if !second.is_file() || first.len() != second.len() {
        return Ok(false);
    }
    let Ok(second) = File::open(other) else {
        return Ok(false);
    };
    let (mut first, mut second) = (io::BufReader::new(File::open(one)?), io::BufReader::new(second));
    let (mut left, mut right) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        let length = first.read(&mut left)?;
        if length == 0 {
            return Ok(true);
        }
        let (Some(left), Some(right)) = (left.get(..length), right.get_mut(..length)) else {
            return Ok(false);
        };
        match second.read_exact(right) {
            Ok(()) if left == right => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stem(file: &str) -> Stem {
        Stem {
            directory: "a/b".into(),
            file: file.into(),
        }
    }

    fn first(file: &str, extension: &str, count: usize) -> Vec<String> {
        let base = Base::new(stem(file), extension);
        base.candidates(1234)
            .take(count)
            .map(|path| path.display().to_string())
            .collect()
    }

    #[test]
    fn names_are_counted_before_the_extension() {
        assert_eq!(first("x", "mp4", 3), ["a/b/x.mp4", "a/b/x-2.mp4", "a/b/x-3.mp4"]);
        assert_eq!(first("x.MP4", "mp4", 2), ["a/b/x.mp4", "a/b/x-2.mp4"]);
        assert_eq!(first("x.v2", "mp4", 2), ["a/b/x.v2.mp4", "a/b/x.v2-2.mp4"]);
    }

    #[test]
    fn the_search_for_a_name_is_bounded_and_ends_with_the_millisecond() {
        let all = first("x", "jpg", 1000);
        assert_eq!(all.len(), 198);
        assert_eq!(
            (&*all[98], &*all[99], &*all[100]),
            ("a/b/x-99.jpg", "a/b/x-1234.jpg", "a/b/x-1234-2.jpg")
        );
    }
}
