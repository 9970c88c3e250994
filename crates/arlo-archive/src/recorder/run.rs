//! The loop of a recorder: what is due next, and what follows from its outcome.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::Recorder;
use crate::catch_up::windows;
use crate::download::free;
use crate::event::Event;
use crate::index::{Row, Setting};
use crate::job::Done;
use crate::retention::Waiting;
use crate::shared::Shared;
use crate::{Error, ErrorKind, Totals, backoff};

/// So many failures of the server in a row slow down all downloads.
const STRAIN: u32 = 3;
/// The longest wait between two downloads then, as a share of the longest wait of one recording.
const STRAIN_SHARE: u32 = 12;
/// The longest sleep, after which all is looked at again.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// The shortest sleep, so that no mistake in a time makes a loop without a delay.
const SHORTEST_SLEEP: Duration = Duration::from_millis(2);

type Outcome = (i64, Result<Done, Error>);

/// A recorder at work.
pub(super) struct Run<'a> {
    recorder: &'a Recorder,
    is_once: bool,
    tasks: JoinSet<Outcome>,
    /// Rows that are being fetched.
    busy: HashSet<i64>,
    /// How often each row failed in this run, if it ends.
    tries: HashMap<i64, u32>,
    /// Rows that failed often enough in this run.
    given_up: HashSet<i64>,
    list_at: Option<Instant>,
    list_again_at: Option<Instant>,
    list_failures: u32,
    /// Whether the library has answered, which needs a clock that is about right.
    has_listed: bool,
    /// Whether it answered something in the last listing.
    has_answered: bool,
    /// What the library did not say in a run that ends.
    unlisted: Option<Error>,
    start_at: Instant,
    /// The time of the last look for something that is due.
    looked_at: Timestamp,
    strain: u32,
    removal_at: Instant,
    /// Whether it was said that the disk is full.
    is_full: bool,
    /// How many files in a row did not fit.
    overflows: u32,
    /// Rows whose files did not fit, and were not tried again since.
    unfitting: HashSet<i64>,
    /// The newest of those that did not fit since the last removal.
    waiting: Option<Waiting>,
    is_idle: bool,
    /// What it said at the end of the last work.
    said: Option<Totals>,
}

impl<'a> Run<'a> {
    pub(super) fn new(recorder: &'a Recorder, is_once: bool) -> Self {
        let now = Instant::now();
        Self {
            recorder,
            is_once,
            tasks: JoinSet::new(),
            busy: HashSet::new(),
            tries: HashMap::new(),
            given_up: HashSet::new(),
            list_at: Some(now),
            list_again_at: None,
            list_failures: 0,
            has_listed: false,
            has_answered: false,
            unlisted: None,
            start_at: now,
            looked_at: Timestamp::MIN,
            strain: 0,
            removal_at: now,
            is_full: false,
            overflows: 0,
            unfitting: HashSet::new(),
            waiting: None,
            is_idle: false,
            said: None,
        }
    }

    /// Works until all is done, if this is a run that ends, or an error ends it.
    pub(super) async fn complete(mut self) -> Result<Totals, Error> {
        let result = self.work().await;
        // They hold the lock of the archive.
        self.tasks.shutdown().await;
        let Err(error) = result else { return result };
        // On a disk that is away, anything can fail first.
        match self.shared().on_disk(|shared| shared.home.check()).await {
            Err(lost) if lost.kind() == ErrorKind::Lost => Err(lost.with_source(error)),
            _ => Err(error),
        }
    }

    async fn work(&mut self) -> Result<Totals, Error> {
        if self.is_once {
            // What an earlier run put off is part of all that there is now.
            self.shared().on_disk(|shared| shared.index().all_due_at_once()).await?;
        }
        loop {
            self.list_if_due().await?;
            self.remove_if_due().await?;
            let has_room = self.has_room().await?;
            if has_room {
                self.start_due().await?;
            }
            if self.tasks.is_empty() {
                let has_overflowed = self.overflows >= self.shared().settings.pace.once_tries;
                if self.is_once && (!has_room || has_overflowed) {
                    return Err(no_room());
                }
                if self.is_once
                    && self.list_at.is_none()
                    && self.next_row(self.shared().now()).await?.is_none()
                    && self.is_settled().await?
                {
                    return self.end().await;
                }
                self.say_idle().await?;
            }
            self.wait(has_room).await?;
        }
    }

    fn shared(&self) -> &'a Arc<Shared> {
        &self.recorder.job.shared
    }

    fn say(&self, event: &Event) {
        self.recorder.job.reporter.say(event);
    }

    async fn list_if_due(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        if ![self.list_at, self.list_again_at]
            .into_iter()
            .flatten()
            .any(|at| at <= now)
        {
            return Ok(());
        }
        let pace = &self.shared().settings.pace;
        match self.list().await {
            Ok(()) => {
                self.list_failures = 0;
                self.list_again_at = self.list_again_at.filter(|at| *at > now);
                self.list_at = (!self.is_once).then(|| Instant::now() + pace.list);
                Ok(())
            }
            Err(error) if error.is_retryable() => {
                self.list_failures = self.list_failures.saturating_add(1);
                if self.is_once && self.list_failures >= pace.once_tries {
                    if !self.has_listed {
                        return Err(error);
                    }
                    // What was listed is fetched first.
                    (self.list_at, self.unlisted) = (None, Some(error));
                    return Ok(());
                }
                let earlier = self.list_failures - 1;
                let wait = backoff::wait(earlier, pace.first_retry, pace.last_retry, error.retry_after());
                self.list_at = Some(Instant::now() + wait);
                self.list_again_at = None;
                self.say(&Event::ListFailed {
                    error: Arc::new(error),
                    again_in: wait,
                });
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Lists what may be new, the newest first. A part of the time for which the library fails does not keep the rest
    /// from being listed, but two failures in a row mean that it is away.
    async fn list(&mut self) -> Result<(), Error> {
        let shared = self.shared();
        let now = shared.now();
        let windows = shared
            .on_disk(move |shared| windows(&mut shared.index(), shared.settings.first_days, now))
            .await?;
        self.has_answered = false;
        let (mut failed, mut in_a_row) = (None, 0);
        for (index, (from, to)) in windows.into_iter().rev().enumerate() {
            if index > 0 {
                tokio::time::sleep(shared.settings.pace.between).await;
            }
            match self.recorder.job.catalogue.list(shared, from, to).await {
                Ok(()) => {
                    (self.has_listed, self.has_answered, in_a_row) = (true, true, 0);
                }
                Err(error) if error.is_retryable() && in_a_row == 0 => {
                    in_a_row = 1;
                    failed.get_or_insert(error);
                }
                Err(error) if error.is_retryable() => {
                    failed.get_or_insert(error);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        let listed = shared.on_disk(move |shared| {
            shared.index().set(Setting::ListedThrough, now.as_millisecond())?;
            shared.step("listed in the index")
        });
        listed.await
    }

    /// Waits for the running downloads before it removes anything.
    async fn remove_if_due(&mut self) -> Result<(), Error> {
        if !self.is_removal_due() || !self.tasks.is_empty() {
            return Ok(());
        }
        self.removal_at = Instant::now() + self.shared().settings.pace.removal;
        let (retention, reporter) = (Arc::clone(&self.recorder.retention), self.recorder.job.reporter.clone());
        let (knows_time, waiting) = (self.has_listed, self.waiting.take());
        let round = move |shared: &Shared| {
            // A killed test ends here, as the process would.
            shared.step("removal begins")?;
            match retention.round(shared, &reporter, knows_time, waiting) {
                Err(error) if is_about_files(&error) => {
                    shared.home.check()?;
                    shared.step("removal failed")?;
                    reporter.say(&Event::RemovalFailed { error: Arc::new(error) });
                    Ok(false)
                }
                done => done,
            }
        };
        if self.shared().on_disk(round).await? {
            self.overflows = 0;
            // There may be room for them now.
            let rows = std::mem::take(&mut self.unfitting);
            self.shared()
                .on_disk(move |shared| shared.index().due_at_once(rows))
                .await?;
            self.looked_at = Timestamp::MIN;
        }
        Ok(())
    }

    /// Whether this run tries no recording again. A removal may have settled one between two tries.
    async fn is_settled(&mut self) -> Result<bool, Error> {
        let rows: HashSet<i64> = self.tries.keys().chain(&self.unfitting).copied().collect();
        let still = move |shared: &Shared| {
            let index = shared.index();
            let mut waiting = HashSet::new();
            for id in rows {
                if index.waiting(id)?.is_some() {
                    waiting.insert(id);
                }
            }
            Ok(waiting)
        };
        let waiting = self.shared().on_disk(still).await?;
        self.tries.retain(|id, _| waiting.contains(id));
        self.unfitting.retain(|id| waiting.contains(id));
        Ok(self.tries.is_empty() && self.unfitting.is_empty())
    }

    fn is_removal_due(&self) -> bool {
        self.removal_at <= Instant::now()
    }

    /// Whether the disk has room for another download. Says so when that changes. A file that did not fit counts until
    /// another one was kept.
    async fn has_room(&mut self) -> Result<bool, Error> {
        let free = self.shared().on_disk(free).await?;
        let settings = &self.shared().settings;
        let is_full = free < settings.reserve;
        if is_full && !self.is_full {
            self.disk_full(free, settings.reserve);
        } else if self.is_full && !is_full && self.overflows == 0 {
            self.is_full = false;
            self.say(&Event::DiskFree { free });
        }
        Ok(!is_full)
    }

    fn disk_full(&mut self, free: u64, needed: u64) {
        if std::mem::replace(&mut self.is_full, true) {
            return;
        }
        self.say(&Event::DiskFull { free, needed });
        if self.shared().settings.keep_free.is_some() {
            self.removal_at = Instant::now();
        }
    }

    async fn start_due(&mut self) -> Result<(), Error> {
        // Before the first listing there is no URL.
        while self.has_listed && self.has_slot() && self.start_at <= Instant::now() {
            self.looked_at = self.shared().now();
            let Some(row) = self.next_row(self.looked_at).await? else {
                return Ok(());
            };
            self.is_idle = false;
            self.busy.insert(row.id);
            self.start_at = Instant::now() + self.shared().settings.pace.between;
            let (job, id) = (self.recorder.job.clone(), row.id);
            self.tasks.spawn(async move { (id, Box::pin(job.run(row)).await) });
        }
        Ok(())
    }

    /// Whether another download may start. A removal waits for those that run.
    fn has_slot(&self) -> bool {
        let most = usize::try_from(self.shared().settings.parallel.get()).unwrap_or(usize::MAX);
        self.busy.len() < most && (self.tasks.is_empty() || !self.is_removal_due())
    }

    /// The next recording.
    async fn next_row(&self, now: Timestamp) -> Result<Option<Row>, Error> {
        let settings = &self.shared().settings;
        let is_newest_first = settings.is_newest_first();
        // No wait is longer than this, with its random part.
        let longest = SignedDuration::try_from(settings.pace.last_retry * 2).unwrap_or(SignedDuration::MAX);
        let latest = now.saturating_add(longest).unwrap_or(now).as_millisecond();
        let not: HashSet<i64> = self.busy.union(&self.given_up).copied().collect();
        let now = now.as_millisecond();
        self.shared()
            .on_disk(move |shared| shared.index().due(now, latest, is_newest_first, &not))
            .await
    }

    async fn say_idle(&mut self) -> Result<(), Error> {
        if !std::mem::replace(&mut self.is_idle, true) {
            let totals = self.shared().on_disk(Shared::totals).await?;
            // Attempts that changed nothing are no news.
            if self.said.replace(totals) != Some(totals) {
                self.say(&Event::Idle { totals });
            }
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<Totals, Error> {
        self.removal_at = Instant::now();
        self.remove_if_due().await?;
        self.is_idle = false;
        self.say_idle().await?;
        if let Some(error) = self.unlisted.take() {
            return Err(error);
        }
        self.shared().on_disk(Shared::totals).await
    }

    /// Sleeps until something is due, a download ends, or somebody calls.
    async fn wait(&mut self, has_room: bool) -> Result<(), Error> {
        let now = Instant::now();
        let mut wake = now + LONGEST_SLEEP;
        let mut times = vec![self.list_at, self.list_again_at];
        if self.tasks.is_empty() {
            times.push(Some(self.removal_at));
        }
        if !has_room {
            times.push(Some(now + self.shared().settings.pace.disk));
        } else if self.has_slot() && self.has_listed {
            times.push(if self.start_at > now {
                Some(self.start_at)
            } else {
                self.next_due(now).await?
            });
        }
        for time in times.into_iter().flatten() {
            wake = wake.min(time);
        }
        let has_tasks = !self.tasks.is_empty();
        tokio::select! {
            Some(ended) = self.tasks.join_next(), if has_tasks => {
                let (id, outcome) = ended.map_err(|error| {
                    Error::new(ErrorKind::FileSystem, "a download broke off").with_source(error)
                })?;
                self.ended(id, outcome)
            }
            () = sleep_until(wake.max(now + SHORTEST_SLEEP)) => Ok(()),
            () = self.recorder.nudge.called(), if !self.is_once => {
                self.nudged();
                Ok(())
            }
        }
    }

    /// When the first recording is due that was not due at the last look.
    async fn next_due(&self, now: Instant) -> Result<Option<Instant>, Error> {
        let (time, looked_at) = (self.shared().now().as_millisecond(), self.looked_at.as_millisecond());
        let due = self
            .shared()
            .on_disk(move |shared| shared.index().next_due(looked_at))
            .await?;
        let wait = due.map(|due| u64::try_from(due.saturating_sub(time)).unwrap_or(0));
        Ok(wait.and_then(|wait| now.checked_add(Duration::from_millis(wait))))
    }

    fn nudged(&mut self) {
        let (now, pace) = (Instant::now(), &self.shared().settings.pace);
        // A library that is away is left in peace.
        if self.list_failures == 0 || self.has_answered {
            let soon = now + pace.settle;
            self.list_at = Some(self.list_at.map_or(soon, |at| at.min(soon)));
            self.list_again_at = Some(now + pace.settle_again);
        }
    }

    fn ended(&mut self, id: i64, outcome: Result<Done, Error>) -> Result<(), Error> {
        self.busy.remove(&id);
        self.unfitting.remove(&id);
        // Whatever was written for it: all is looked at again.
        self.looked_at = Timestamp::MIN;
        let (settings, now) = (&self.shared().settings, Instant::now());
        let pace = &settings.pace;
        match outcome? {
            Done::Kept => {
                self.strain = 0;
                self.overflows = 0;
                self.tries.remove(&id);
                if settings.is_newest_first() {
                    self.removal_at = now;
                }
            }
            Done::Gone => {
                self.tries.remove(&id);
            }
            Done::Postponed(kind) => {
                if self.is_once {
                    self.count_try(id);
                }
                if matches!(kind, ErrorKind::Network | ErrorKind::Unavailable) {
                    self.strain = self.strain.saturating_add(1);
                }
                if self.strain >= STRAIN {
                    let longest = pace.last_retry / STRAIN_SHARE;
                    let wait = backoff::wait(self.strain - STRAIN, pace.first_retry, longest, None);
                    self.start_at = self.start_at.max(now + wait);
                }
            }
            Done::DiskFull { free, waiting } => {
                self.overflows = self.overflows.saturating_add(1);
                self.unfitting.insert(id);
                self.start_at = now + pace.disk;
                if settings.keep_free.is_some() {
                    self.removal_at = now;
                }
                self.waiting = self
                    .waiting
                    .into_iter()
                    .chain([waiting])
                    .max_by_key(|waiting| waiting.created);
                self.disk_full(free, waiting.needed);
            }
        }
        Ok(())
    }

    fn count_try(&mut self, id: i64) {
        let tries = self.tries.entry(id).or_default();
        *tries = tries.saturating_add(1);
        if *tries >= self.shared().settings.pace.once_tries {
            self.tries.remove(&id);
            self.given_up.insert(id);
        }
    }
}

fn no_room() -> Error {
    Error::new(
        ErrorKind::DiskFull,
        "the disk is full: free some of it, and start again",
    )
}

/// Whether the work can go on without the removal.
fn is_about_files(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::FileSystem | ErrorKind::DiskFull)
}
