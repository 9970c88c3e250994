//! The rules that remove files: by age, by all bytes, by the free bytes of the disk. The oldest go first.
//!
//! Only a file that the index owns is removed, and only if it has the length and the modification time with which it
//! was kept. The index first says which files are being removed, so that an end of the process leaves none behind. A
//! rule raises the horizon: what is as old as a removed file is not fetched again.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::download::free;
use crate::event::{Event, Rule};
use crate::index::Kept;
use crate::shared::{Reporter, Shared};
use crate::{Error, ErrorKind, disk};

/// How many files are removed in one step of the index.
const BATCH: u32 = 64;
/// How many files are looked at in one step.
const PAGE: u32 = 500;
/// How much a modification time can change by copying to another file system, in seconds. FAT counts in steps of two.
const TIME_SKEW: i64 = 2;
/// How long a removal that freed nothing forbids the next one, and how often deleted files are looked for.
const HOUR: std::time::Duration = std::time::Duration::from_secs(60 * 60);

/// What is remembered from one round to the next.
#[derive(Debug, Default)]
pub(crate) struct Retention {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    looked_at: Option<Instant>,
    /// When files were removed for room, how much was free before, and the bytes of the files.
    freed: Option<(Instant, u64, u64)>,
}

impl Retention {
    /// Removes what the rules say. `knows_time` says that the library has answered, so that the clock is not wrong by
    /// years, and the rule about the age may be held. Must not run while a download does.
    pub(crate) fn round(&self, shared: &Shared, reporter: &Reporter, knows_time: bool) -> Result<(), Error> {
        shared.home.check()?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let unfinished = finish(shared, reporter);
        if knows_time {
            by_days(shared, reporter)?;
        }
        by_bytes(shared, reporter, &mut state)?;
        by_free(shared, reporter, &mut state)?;
        unfinished
    }
}

/// Goes on with removals that were begun.
fn finish(shared: &Shared, reporter: &Reporter) -> Result<(), Error> {
    let (mut after, mut result) = (i64::MIN, Ok(()));
    loop {
        let files = shared.index().removing(after, BATCH)?;
        let Some(last) = files.last() else { return result };
        after = last.id;
        // One file that cannot be removed does not hold up the others.
        if let Err(error) = unlink(shared, reporter, &files, Rule::Unfinished) {
            result = Err(error);
        }
    }
}

fn by_days(shared: &Shared, reporter: &Reporter) -> Result<(), Error> {
    let Some(oldest) = shared.oldest_wanted() else {
        return Ok(());
    };
    let oldest = oldest.as_millisecond();
    loop {
        let files = shared.index().oldest_kept(oldest, BATCH)?;
        if files.is_empty() {
            return give_up(shared, oldest.saturating_sub(1));
        }
        remove(shared, reporter, &files, Rule::Days)?;
    }
}

fn by_bytes(shared: &Shared, reporter: &Reporter, state: &mut State) -> Result<(), Error> {
    let Some(most) = shared.settings.keep_bytes else {
        return Ok(());
    };
    let is_over = || Ok::<_, Error>(shared.totals()?.bytes.saturating_sub(most.get()));
    if is_over()? > 0 && state.looked_at.is_none_or(|looked| looked.elapsed() >= HOUR) {
        // What a person deleted has no bytes any more.
        look(shared, reporter)?;
        state.looked_at = Some(Instant::now());
    }
    loop {
        let over = is_over()?;
        if over == 0 || !remove_bytes(shared, reporter, over, Rule::Bytes)? {
            return Ok(());
        }
    }
}

fn by_free(shared: &Shared, reporter: &Reporter, state: &mut State) -> Result<(), Error> {
    let Some(least) = shared.settings.keep_free else {
        return Ok(());
    };
    let before = free(shared)?;
    // Below the reserve nothing is fetched, so less than that would help nobody.
    let missing = least.get().max(shared.settings.reserve).saturating_sub(before);
    if missing == 0 {
        state.freed = None;
        return Ok(());
    }
    if let Some((at, then, bytes)) = state.freed
        && at.elapsed() < HOUR
        && before < then.saturating_add(bytes / 2)
    {
        let message = "the files that were removed have not freed the disk: snapshots may hold them, or another program \
                       fills it";
        return Err(Error::new(ErrorKind::DiskFull, message));
    }
    // The index needs some room to say what it removes.
    shared.index().shrink();
    let kept = shared.totals()?.bytes;
    let target = kept.saturating_sub(missing);
    while shared.totals()?.bytes > target {
        let over = shared.totals()?.bytes - target;
        if !remove_bytes(shared, reporter, over, Rule::Free)? {
            break;
        }
    }
    state.freed = Some((Instant::now(), before, kept.saturating_sub(shared.totals()?.bytes)));
    Ok(())
}

/// Removes the oldest files until so many bytes are gone, or one batch of them. Gives `false` if there are none.
fn remove_bytes(shared: &Shared, reporter: &Reporter, bytes: u64, rule: Rule) -> Result<bool, Error> {
    let mut files = shared.index().oldest_kept(i64::MAX, BATCH)?;
    let mut sum: u64 = 0;
    let enough = files.iter().position(|file| {
        sum = sum.saturating_add(file.bytes);
        sum >= bytes
    });
    files.truncate(enough.map_or(files.len(), |last| last + 1));
    let Some(last) = files.last() else { return Ok(false) };
    let horizon = last.created;
    remove(shared, reporter, &files, rule)?;
    give_up(shared, horizon)?;
    Ok(true)
}

/// Recordings up to this time are not wanted any more.
fn give_up(shared: &Shared, horizon: i64) -> Result<(), Error> {
    let parts = shared.index().parts_up_to(horizon)?;
    for part in parts {
        let path = shared.path(part);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot(path, error)),
            _ => {}
        }
    }
    shared.step("given up")?;
    shared.index().raise_horizon(horizon)
}

fn remove(shared: &Shared, reporter: &Reporter, files: &[Kept], rule: Rule) -> Result<(), Error> {
    shared.index().begin_removal(files)?;
    shared.step("removal in the index")?;
    unlink(shared, reporter, files, rule)
}

/// Removes the files that are still those of the archive. Those that cannot be removed are tried in the next round.
fn unlink(shared: &Shared, reporter: &Reporter, files: &[Kept], rule: Rule) -> Result<(), Error> {
    let (mut removed, mut directories, mut result) = (Vec::new(), BTreeSet::new(), Ok(()));
    for file in files {
        let path = shared.path(&file.name);
        match is_ours(&path, file) {
            Ok(Some(true)) => match fs::remove_file(&path) {
                Ok(()) => reporter.say(&Event::Removed {
                    path: path.clone(),
                    bytes: file.bytes,
                    rule,
                }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    result = Err(cannot(path, error));
                    continue;
                }
            },
            Ok(Some(false)) => reporter.say(&Event::Disowned { path: path.clone() }),
            Ok(None) => {}
            Err(error) => {
                result = Err(cannot(path, error));
                continue;
            }
        }
        removed.push(file.clone());
        directories.extend(path.parent().map(PathBuf::from));
    }
    for directory in directories {
        disk::sync_directory(&directory);
        if let Ok(relative) = directory.strip_prefix(shared.home.root()) {
            disk::remove_empty(shared.home.root(), relative);
        }
    }
    shared.step("files removed")?;
    shared.index().removed(&removed)?;
    shared.step("removed in the index")?;
    result
}

/// Whether there is the file that was kept, or another one; `None` if there is none.
fn is_ours(path: &std::path::Path, file: &Kept) -> io::Result<Option<bool>> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let is_same_time = match (disk::seconds(&found), file.modified) {
        (Some(found), Some(kept)) => found.abs_diff(kept) <= TIME_SKEW.unsigned_abs(),
        _ => true,
    };
    Ok(Some(found.is_file() && found.len() == file.bytes && is_same_time))
}

/// Looks for files that a person has deleted, and counts them out.
fn look(shared: &Shared, reporter: &Reporter) -> Result<(), Error> {
    let (mut after, mut deleted) = ((i64::MIN, i64::MIN), 0);
    loop {
        let mut files = shared.index().kept_after(after, PAGE)?;
        let Some(last) = files.last() else { break };
        after = (last.created, last.id);
        files.retain(|file| {
            let found = fs::symlink_metadata(shared.path(&file.name));
            found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
        });
        // A disk that was unmounted meanwhile has no files either.
        shared.home.check()?;
        shared.index().removed(&files)?;
        deleted += u64::try_from(files.len()).unwrap_or(u64::MAX);
    }
    if deleted > 0 {
        reporter.say(&Event::Deleted { files: deleted });
    }
    Ok(())
}

fn cannot(path: PathBuf, error: io::Error) -> Error {
    let path: PathBuf = path;
    Error::file(format!("{} cannot be removed", path.display()), error)
}
