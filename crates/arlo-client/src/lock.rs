//! Only one login at a time uses a session file. Two at the same time would void each other's trust cookie.
//!
//! The lock is advisory, on a separate file beside the session file, because each save replaces the session file. The
//! operating system releases the lock when the process ends, for whatever reason. The lock file is not removed:
//! otherwise a third login could lock a new file while a second one waits for the old file.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use crate::session_file::{beside, create_parent, on_disk, resolved};
use crate::{Error, ErrorKind};

/// The time between two tries. The other login waits for a mail, so a shorter time would make no difference.
const INTERVAL: Duration = Duration::from_millis(200);

/// The lock. Dropping it releases it.
pub(crate) struct Lock {
    _file: File,
}

/// The result of one try.
enum Try {
    Locked(File),
    Taken(File),
}

impl Lock {
    /// Waits for the lock, `within` at most. Calls `waits` once if it has to wait. Gives `None` if the file cannot be
    /// locked, and calls `unlocked` with the reason.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] if the other login does not release it in time.
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
                    format!("another login uses the session file {shown}: wait until it has ended, or end it");
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
        .map_err(lock_error)
}

fn try_lock(file: File) -> Result<Try, Error> {
    match file.try_lock() {
        Ok(()) => Ok(Try::Locked(file)),
        Err(TryLockError::WouldBlock) => Ok(Try::Taken(file)),
        Err(TryLockError::Error(error)) => Err(lock_error(error)),
    }
}

fn lock_error(error: std::io::Error) -> Error {
    let message = "the session file cannot be locked: let only one login use it at a time";
    Error::new(ErrorKind::SessionFile, message).with_source(error)
}
