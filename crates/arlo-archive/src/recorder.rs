//! An archive at work: it lists, fetches, removes and waits.

mod run;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::catalogue::Catalogue;
use crate::event::{Event, Observe};
use crate::fetch::Fetch;
use crate::job::Job;
use crate::library::Library;
use crate::retention::Retention;
use crate::settings::Settings;
use crate::shared::{Reporter, Shared};
use crate::{Error, ErrorKind, Totals};
use run::Run;

/// An archive that is open and locked. Dropping it releases the lock, once what is being written at that moment is
/// written.
pub struct Archive {
    shared: Arc<Shared>,
}

impl Archive {
    /// Opens the archive at the root of the pattern. Makes it if there is none.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] if another process uses it. [`ErrorKind::Index`], [`ErrorKind::FileSystem`] or
    /// [`ErrorKind::DiskFull`] with what is wrong.
    pub async fn open(settings: Settings) -> Result<Self, Error> {
        let shared = opened(move || Shared::open(settings)).await?;
        Ok(Self { shared })
    }

    /// What the archive holds.
    ///
    /// # Errors
    /// [`ErrorKind::Index`] if the index cannot be read.
    pub async fn totals(&self) -> Result<Totals, Error> {
        self.shared.on_disk(Shared::totals).await
    }
}

/// Opens an archive on a thread that may block.
async fn opened(open: impl FnOnce() -> Result<Shared, Error> + Send + 'static) -> Result<Arc<Shared>, Error> {
    let opened = tokio::task::spawn_blocking(open).await;
    let opened = opened
        .map_err(|error| Error::new(ErrorKind::FileSystem, "the archive could not be opened").with_source(error))?;
    Ok(Arc::new(opened?))
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive")
            .field("root", &self.shared.home.root())
            .finish_non_exhaustive()
    }
}

/// Keeps an archive complete. It may be dropped at any moment: what was begun is resumed the next time.
pub struct Recorder {
    job: Job,
    retention: Arc<Retention>,
    nudge: Nudge,
}

impl Recorder {
    /// A recorder that lists by `library` and fetches by `fetch`.
    #[must_use]
    pub fn new(archive: Archive, library: impl Library + 'static, fetch: impl Fetch + 'static) -> Self {
        Self::with(archive, Arc::new(library), Arc::new(fetch), Arc::new(|_: &Event| {}))
    }

    /// Reports to `observer` what happens.
    #[must_use]
    pub fn observed_by(self, observer: impl Observe + 'static) -> Self {
        let reporter = Reporter(Arc::new(observer));
        let catalogue = Arc::new(Catalogue::new(self.job.catalogue.library(), reporter.clone()));
        Self {
            job: Job {
                catalogue,
                reporter,
                ..self.job
            },
            ..self
        }
    }

    fn with(archive: Archive, library: Arc<dyn Library>, fetch: Arc<dyn Fetch>, observer: Arc<dyn Observe>) -> Self {
        let reporter = Reporter(observer);
        Self {
            job: Job {
                shared: archive.shared,
                catalogue: Arc::new(Catalogue::new(library, reporter.clone())),
                fetch,
                reporter,
            },
            retention: Arc::default(),
            nudge: Nudge::default(),
        }
    }

    /// Something to call when the account has a new recording, so that it is fetched at once.
    #[must_use]
    pub fn nudge(&self) -> Nudge {
        self.nudge.clone()
    }

    /// Works until an error needs a person. Waits out everything else: a library or a server that is away, a full disk,
    /// a network drive that is not mounted any more.
    ///
    /// # Errors
    /// [`ErrorKind::LibraryRefused`], [`ErrorKind::FileSystem`] or [`ErrorKind::Index`]. All that was fetched is kept.
    pub async fn run(mut self) -> Result<Infallible, Error> {
        loop {
            match Run::new(&self, false).complete().await {
                Err(error) if error.kind() == ErrorKind::Lost => self = self.found_again(error).await?,
                done => drop(done?),
            }
        }
    }

    /// Waits until the archive is there again, and opens it anew: what was open belongs to the disk that went away.
    async fn found_again(self, lost: Error) -> Result<Self, Error> {
        let Job {
            shared,
            catalogue,
            fetch,
            reporter,
        } = self.job;
        let (settings, mark) = (shared.settings.clone(), shared.mark.clone());
        // To close it can take as long as the disk is away.
        drop(tokio::task::spawn_blocking(move || drop(shared)));
        let mut said = lost.to_string();
        reporter.say(&Event::Lost { error: Arc::new(lost) });
        let shared = loop {
            tokio::time::sleep(settings.pace.disk).await;
            let (settings, mark) = (settings.clone(), mark.clone());
            match opened(move || Shared::reopen(settings, &mark)).await {
                Ok(shared) => break shared,
                // It is not closed yet.
                Err(error) if error.kind() == ErrorKind::Busy => {}
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::Lost | ErrorKind::FileSystem | ErrorKind::DiskFull
                    ) =>
                {
                    let why = error.to_string();
                    if said != why {
                        said = why;
                        reporter.say(&Event::Lost { error: Arc::new(error) });
                    }
                }
                Err(error) => return Err(error),
            }
        };
        reporter.say(&Event::Found);
        let job = Job {
            shared,
            catalogue,
            fetch,
            reporter,
        };
        Ok(Self { job, ..self })
    }

    /// Fetches what there is now, and ends. What failed several times waits for the next time: see
    /// [`Totals::waiting`].
    ///
    /// # Errors
    /// Those of [`Recorder::run`]; [`ErrorKind::DiskFull`] if there is no room; an error of the library if it did not
    /// answer in several tries.
    pub async fn once(self) -> Result<Totals, Error> {
        Run::new(&self, true).complete().await
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("root", &self.job.shared.home.root())
            .finish_non_exhaustive()
    }
}

/// Tells a recorder that there is a new recording. Cheap to clone, and it may be called from anywhere, as often as
/// events come: several calls soon after each other lead to one listing.
#[derive(Debug, Clone, Default)]
pub struct Nudge(Arc<Notify>);

impl Nudge {
    /// There is a new recording.
    pub fn now(&self) {
        self.0.notify_one();
    }

    async fn called(&self) {
        self.0.notified().await;
    }
}
