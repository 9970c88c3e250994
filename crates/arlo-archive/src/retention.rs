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
    freed: Option<Freed>,
}

/// A removal for room.
#[derive(Debug)]
struct Freed {
    at: Instant,
    /// How much was free before.
    before: u64,
    /// The bytes of the removed files.
    bytes: u64,
    /// The bytes of the files that stayed.
    kept: u64,
}

/// A recording that does not fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiting {
    /// Milliseconds since 1970 UTC.
    pub(crate) created: i64,
    /// How many bytes have to be free for it.
    pub(crate) needed: u64,
}

impl Retention {
    /// Removes what the rules say. `knows_time` says that the library has answered, so that the clock is not wrong by
    /// years, and the rule about the age may be held. Must not run while a download does. Gives whether there is room
    /// now for what waits, or it is given up.
    pub(crate) fn round(
        &self,
        shared: &Shared,
        reporter: &Reporter,
        knows_time: bool,
        waiting: Option<Waiting>,
    ) -> Result<bool, Error> {
        shared.home.check()?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let unfinished = finish(shared, reporter);
        if knows_time {
            by_days(shared, reporter)?;
        }
        by_bytes(shared, reporter, &mut state)?;
        let has_room = by_free(shared, reporter, &mut state, waiting)?;
        unfinished.map(|()| has_room)
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
        if over == 0 || !remove_bytes(shared, reporter, over, i64::MAX, Rule::Bytes)? {
            return Ok(());
        }
    }
}

fn by_free(shared: &Shared, reporter: &Reporter, state: &mut State, waiting: Option<Waiting>) -> Result<bool, Error> {
    let Some(least) = shared.settings.keep_free else {
        return Ok(false);
    };
    let before = free(shared)?;
    // Below the reserve nothing is fetched, so less than that would help nobody.
    let missing = least.get().max(shared.settings.reserve).saturating_sub(before);
    let waiting = waiting.filter(|waiting| waiting.needed > before);
    if missing == 0 && waiting.is_none() {
        state.freed = None;
        return Ok(false);
    }
    let kept = shared.totals()?.bytes;
    // What was fetched since has taken some of the room.
    if let Some(freed) = &state.freed
        && freed.at.elapsed() < HOUR
        && before.saturating_add(kept.saturating_sub(freed.kept)) < freed.before.saturating_add(freed.bytes / 2)
    {
        let message = "the files that were removed have not freed the disk: snapshots may hold them, or another program \
                       fills it";
        return Err(Error::new(ErrorKind::DiskFull, message));
    }
    // The index needs some room to say what it removes.
    shared.index().shrink();
    remove_for_room(shared, reporter, missing, i64::MAX)?;
    let mut has_room = false;
    if let Some(waiting) = waiting {
        let gone = kept.saturating_sub(shared.totals()?.bytes);
        let needed = (waiting.needed - before).saturating_sub(gone);
        let older = shared.index().bytes_before(waiting.created)?;
        if older >= needed {
            has_room = remove_for_room(shared, reporter, needed, waiting.created)? == 0;
        } else if older < shared.totals()?.bytes {
            // What is older is not enough, and the oldest go first: it would be removed before what is newer.
            give_up(shared, waiting.created)?;
            has_room = true;
        }
    }
    let left = shared.totals()?.bytes;
    state.freed = Some(Freed {
        at: Instant::now(),
        before,
        bytes: kept.saturating_sub(left),
        kept: left,
    });
    Ok(has_room)
}

/// Removes the oldest files until so many bytes are gone, or there are none from before that time. Gives how many bytes
/// are left to be removed.
fn remove_for_room(shared: &Shared, reporter: &Reporter, bytes: u64, time: i64) -> Result<u64, Error> {
    let kept = shared.totals()?.bytes;
    loop {
        let left = bytes.saturating_sub(kept.saturating_sub(shared.totals()?.bytes));
        if left == 0 || !remove_bytes(shared, reporter, left, time, Rule::Free)? {
            return Ok(left);
        }
    }
}

/// Removes the oldest files from before that time until so many bytes are gone, or one batch of them. Gives `false` if
/// there are none.
fn remove_bytes(shared: &Shared, reporter: &Reporter, bytes: u64, time: i64, rule: Rule) -> Result<bool, Error> {
    let mut files = shared.index().oldest_kept(time, BATCH)?;
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
