//! The store on one machine: an SQLite database in WAL mode with `synchronous=FULL`.
//!
//! One thread writes. It runs all waiting jobs in one transaction, each in a savepoint of its own, and answers after
//! the commit: an answered change is on disk, and a hundred waiting writers share one flush. Readers have connections
//! of their own and never wait for the writer. A second process may read and enrol at the same time. What it ends wakes
//! the waiters of this process with the next sweep.

mod allowance;
pub(crate) mod copy;
mod enrolments;
mod events;
mod intake;
mod joining;
mod key_uses;
mod open;
mod outbox;
mod readers;
mod requests;
mod rows;
mod schema;
mod settings;
mod status;
#[cfg(test)]
mod tests;
mod upkeep;
mod waiters;
mod writer;

/// Those of `waiters`.
mod locks {
    pub(super) use std::sync::{Mutex, MutexGuard};
    pub(super) use tokio::sync::Notify;
}

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use relay::RequestId;
use relay::ports::PortError;
use rusqlite::Connection;
use tokio::sync::Notify;

pub(crate) use outbox::LAST_RETRY;
pub use outbox::{Outbox, Queued};

use crate::error::StartError;
use crate::metrics::{Access, Metrics};
use allowance::Allowance;
use outbox::Dropped;
use readers::Readers;
use waiters::Waiters;
use writer::Writer;

/// The database of one relay. Cheap to clone.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    path: std::path::PathBuf,
    writer: Writer,
    readers: Readers,
    waiters: Waiters,
    outbox: Notify,
    allowance: Mutex<Allowance>,
    dropped: Dropped,
    metrics: OnceLock<Metrics>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.inner.path)
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the database. Makes it if there is none, and migrates an older one.
    ///
    /// # Errors
    /// A [`StartError`] that names the file and what is wrong with it; the file is unchanged then.
    pub fn open(path: &Path) -> Result<Self, StartError> {
        let connection = open::writer(path)?;
        Ok(Self {
            inner: Arc::new(Inner {
                path: path.to_owned(),
                writer: Writer::start(connection).map_err(|source| open::failed(path, source))?,
                readers: Readers::new(path.to_owned()),
                waiters: Waiters::default(),
                outbox: Notify::new(),
                allowance: Mutex::new(Allowance::new(Instant::now())),
                dropped: Dropped::default(),
                metrics: OnceLock::new(),
            }),
        })
    }

    /// Ends when nothing can be written any more: the thread that writes has died, or the store was closed.
    pub async fn ended(&self) {
        self.inner.writer.ended().await;
    }

    /// Writes what waits and closes the database, even if clones of this are left.
    pub async fn close(&self) {
        self.inner.readers.close();
        self.inner.writer.end().await;
    }

    /// Counts its accesses there from now on.
    pub(crate) fn count_in(&self, metrics: Metrics) {
        // A store is given its metrics once; with the second ones nothing would be counted twice.
        let _ = self.inner.metrics.set(metrics);
    }

    /// How many writes and reads wait for their turn.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (self.inner.writer.waiting(), self.inner.readers.waiting())
    }

    /// Runs one read on a connection of its own.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PortError> {
        self.timed(Access::Read, self.inner.readers.run(query)).await
    }

    /// Runs one write; when it returns, the change is on disk.
    async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PortError> {
        self.write_then(change, |_| ()).await
    }

    /// Runs one write, and wakes all who wait for the requests that it changed, even if the caller gives up meanwhile.
    async fn write_requests<T: Send + 'static, I: IntoIterator<Item = RequestId>>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        changed: impl FnOnce(&T) -> I + Send + 'static,
    ) -> Result<T, PortError> {
        let waiters = self.inner.waiters.clone();
        let wake = move |value: &T| changed(value).into_iter().for_each(|id| waiters.wake(&id));
        self.write_then(change, wake).await
    }

    async fn write_then<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        then: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, PortError> {
        self.timed(Access::Write, self.inner.writer.run(change, then)).await
    }

    async fn timed<T>(
        &self,
        access: Access,
        running: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        let Some(metrics) = self.inner.metrics.get() else {
            return running.await;
        };
        let began = Instant::now();
        let result = running.await;
        metrics.accessed(access, began.elapsed(), result.is_ok());
        result
    }
}

const AWAY: &str = "the relay's database does not answer";

fn unavailable(error: rusqlite::Error) -> PortError {
    PortError::away(AWAY, error)
}
