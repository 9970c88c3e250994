//! One login at a time for each session file: two that run at once would each void the other's trust cookie.
//!
//! An advisory lock on a file of its own beside the session file, since that one is replaced at each save. The
//! operating system gives the lock back when its holder ends, however it ends. The lock file stays: removing it would
//! let a third login lock a new one while a second waits for the old.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use crate::session_file::{beside, create_parent, on_disk, resolved};
use crate::{Error, ErrorKind};

/// Between two tries. The holder waits for mail, so that a finer grain would not be noticed.
const INTERVAL: Duration = Duration::from_millis(200);

/// A lock that is held until it is dropped.
pub(crate) struct Lock {
    _file: File,
}

/// What became of a try.
enum Try {
    Locked(File),
    Taken(File),
}

impl Lock {
    /// Waits for the lock, `within` at most; `waits` is called once where it has to. `None` where there can be none,
    /// for a reason given to `unlocked`.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] when the other login holds it to the end.
    pub(crate) async fn acquire(
        session_file: &Path,
        within: Duration,
        waits: impl FnOnce() + Send,
        unlocked: impl FnOnce(Error) + Send,
    ) -> Result<Option<Self>, Error> {
        let shown = session_file.display().to_string();
        let path = session_file.to_path_buf();
        let mut attempt = on_disk(move || open(&path).and_then(try_lock)).await;
        let mut waits = Some(waits);
        let deadline = Instant::now().checked_add(within);
        loop {
            let file = match attempt {
                Ok(Try::Locked(file)) => return Ok(Some(Self { _file: file })),
                Ok(Try::Taken(file)) => file,
                Err(error) => {
                    unlocked(error);
                    return Ok(None);
                }
            };
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                let message =
                    format!("another login holds the session file {shown}: wait until it has ended, or end it");
                return Err(Error::new(ErrorKind::Busy, message));
            }
            if let Some(waits) = waits.take() {
                waits();
            }
            tokio::time::sleep(INTERVAL).await;
            attempt = on_disk(move || try_lock(file)).await;
        }
    }
}

fn open(session_file: &Path) -> Result<File, Error> {
    let path = resolved(session_file);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    create_parent(&path)
        .and_then(|()| options.open(beside(&path, ".lock")))
        .map_err(cannot)
}

fn try_lock(file: File) -> Result<Try, Error> {
    match file.try_lock() {
        Ok(()) => Ok(Try::Locked(file)),
        Err(TryLockError::WouldBlock) => Ok(Try::Taken(file)),
        Err(TryLockError::Error(error)) => Err(cannot(error)),
    }
}

fn cannot(error: std::io::Error) -> Error {
    let message = "the session file cannot be locked: let only one login use it at a time";
    Error::new(ErrorKind::SessionFile, message).with_source(error)
}
