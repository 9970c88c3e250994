//! One attempt at one recording: the URL, the download, and what follows from a failure.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use crate::catalogue::Catalogue;
use crate::download::{Fetched, discard, fetch, free};
use crate::event::Event;
use crate::fetch::Fetch;
use crate::index::Row;
use crate::place::finish_move;
use crate::retention::Waiting;
use crate::shared::{Reporter, Shared, item};
use crate::{Error, ErrorKind, backoff};

/// How many listings in a row must lack a recording until it counts as gone. With the waits between them these are some
/// hours, in which a library may be incomplete.
const MAX_MISSES: u32 = 10;

/// What an attempt needs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) shared: Arc<Shared>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) fetch: Arc<dyn Fetch>,
    pub(crate) reporter: Reporter,
}

/// What became of an attempt.
#[derive(Debug)]
pub(crate) enum Done {
    /// The file is on disk.
    Kept,
    /// The library does not list the recording any more.
    Gone,
    /// It waits. The error says whether the server is the cause.
    Postponed(ErrorKind),
    /// It waits for room on the disk.
    DiskFull {
        /// Free bytes.
        free: u64,
        /// What waits.
        waiting: Waiting,
    },
}

impl Job {
    /// Makes an attempt.
    ///
    /// # Errors
    /// One that ends the whole work: the index or the directory cannot be used, or a person has to act.
    pub(crate) async fn run(&self, row: Row) -> Result<Done, Error> {
        match self.attempt(&row).await {
            Ok(Fetched { placed, doubt }) => {
                self.catalogue.forget(&row.key).await;
                self.reporter.say(&Event::Kept {
                    item: item(&row),
                    path: placed.path,
                    bytes: placed.bytes,
                    doubt,
                });
                Ok(Done::Kept)
            }
            Err(error) if error.kind() == ErrorKind::DiskFull => self.no_room(&row, &error).await,
            Err(error) if error.is_retryable() => match self.postpone(&row, error).await {
                Err(error) if error.kind() == ErrorKind::DiskFull => self.no_room(&row, &error).await,
                done => done,
            },
            Err(error) => Err(error),
        }
    }

    async fn attempt(&self, row: &Row) -> Result<Fetched, Error> {
        self.shared.on_disk(|shared| shared.home.check()).await?;
        if let Some(name) = row.name.clone() {
            let moved = row.clone();
            let placed = self
                .shared
                .on_disk(move |shared| finish_move(shared, &moved, &name))
                .await?;
            if let Some(placed) = placed {
                return Ok(Fetched { placed, doubt: None });
            }
        }
        let fresh = self.catalogue.fresh(&self.shared, &row.key).await?;
        match fetch(self, row, &fresh).await {
            Err(error) if error.kind() == ErrorKind::Expired => {
                let fresh = self.catalogue.renew(&self.shared, &row.key, &fresh.url).await?;
                // The first request can have changed what the index knows of the partial file.
                let id = row.id;
                let row = self.shared.on_disk(move |shared| shared.index().waiting(id)).await?;
                let row = row.ok_or_else(|| Error::new(ErrorKind::NotListed, "it is not wanted any more"))?;
                fetch(self, &row, &fresh).await
            }
            done => done,
        }
    }

    /// Writes into the index when the next attempt is due, or that there is none.
    async fn postpone(&self, row: &Row, error: Error) -> Result<Done, Error> {
        let kind = error.kind();
        let misses = match kind {
            ErrorKind::NotListed => row.misses.saturating_add(1),
            // The library was not asked, or could not say.
            ErrorKind::Expired | ErrorKind::Library => row.misses,
            _ => 0,
        };
        let item = item(row);
        if misses >= MAX_MISSES {
            let row = row.clone();
            let done = self.shared.on_disk(move |shared| {
                // The index is locked only to the end of this line.
                let part = shared.index().waiting(row.id)?.and_then(|row| row.part);
                if let Some(part) = part {
                    discard(shared, &row, &part)?;
                }
                shared.index().gone(row.id)?;
                shared.step("gone in the index")
            });
            done.await?;
            self.reporter.say(&Event::Gone { item });
            return Ok(Done::Gone);
        }
        let pace = &self.shared.settings.pace;
        let wait = backoff::wait(row.attempts, pace.first_retry, pace.last_retry, error.retry_after());
        let (id, attempts, due) = (row.id, row.attempts.saturating_add(1), self.after(wait));
        let done = self.shared.on_disk(move |shared| {
            shared.index().postpone(id, attempts, misses, due)?;
            shared.step("postponed in the index")
        });
        done.await?;
        self.reporter.say(&Event::Postponed {
            item,
            error: Arc::new(error),
            again_in: wait,
        });
        Ok(Done::Postponed(kind))
    }

    /// Lets other recordings come first, which may be smaller. It is no failure of the server, and does not count.
    async fn no_room(&self, row: &Row, error: &Error) -> Result<Done, Error> {
        let created = row.key.created;
        let (row, due) = (row.clone(), self.after(self.shared.settings.pace.disk * 2));
        let needed = error.needed();
        let free = self.shared.on_disk(move |shared| {
            shared.index().shrink();
            // The index may have no room either. Then the recording is due as before.
            let postponed = shared.index().postpone(row.id, row.attempts, row.misses, due);
            match postponed {
                Err(error) if error.kind() != ErrorKind::DiskFull => return Err(error),
                _ => {}
            }
            free(shared)
        });
        let free = free.await?;
        // A quota does not say how much is missing.
        let needed = needed.unwrap_or(free.saturating_add(1));
        let waiting = Waiting { created, needed };
        Ok(Done::DiskFull { free, waiting })
    }

    /// The time after a wait, in milliseconds since 1970 UTC.
    fn after(&self, wait: Duration) -> i64 {
        let now = self.shared.now();
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_hours(1));
        now.saturating_add(wait).unwrap_or(now).as_millisecond()
    }
}
