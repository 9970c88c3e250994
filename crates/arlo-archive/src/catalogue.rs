//! The library, with the URLs of what waits.
//!
//! URLs are valid for hours, and whoever has one has the recording, so they are in memory only, and not more than
//! [`MAX_FRESH`]. A recording without one is looked up in a new listing of its day, which gives those of the other
//! recordings of that day as well. One listing runs at a time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::event::Event;
use crate::index::Added;
use crate::recording::Key;
use crate::shared::{Reporter, Shared};
use crate::{Error, ErrorKind, Library, MediaUrl, Recording, backoff};

/// Most URLs in memory: some 6 MB. Tests have fewer, so that these are too few for them.
const MAX_FRESH: usize = if cfg!(test) { 50 } else { 4000 };
/// How many days are remembered with the time of their listing.
const MAX_DAYS: usize = 400;

/// What the library says about a recording, as long as its URL is valid.
#[derive(Debug, Clone)]
pub(crate) struct Fresh {
    pub(crate) url: MediaUrl,
    pub(crate) device_name: String,
    pub(crate) content_type: String,
}

/// The library.
pub(crate) struct Catalogue {
    library: Arc<dyn Library>,
    reporter: Reporter,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// In the order of time.
    fresh: BTreeMap<Key, Fresh>,
    listed: HashMap<Date, Instant>,
    /// Failures in a row, and until when the library is left in peace.
    failures: u32,
    paused_until: Option<Instant>,
}

impl State {
    /// Keeps the URLs that are needed next: those from `wanted` on, or from the first one, in the order in which
    /// recordings are fetched.
    fn shrink(&mut self, wanted: Option<&Key>, is_newest_first: bool) {
        while self.fresh.len() > MAX_FRESH {
            let ends = (self.fresh.first_key_value(), self.fresh.last_key_value());
            let (Some((first, _)), Some((last, _))) = ends else {
                return;
            };
            let is_past = match (wanted, is_newest_first) {
                (Some(wanted), false) => first < wanted,
                (Some(wanted), true) => last > wanted,
                (None, _) => false,
            };
            if is_past == is_newest_first {
                self.fresh.pop_last();
            } else {
                self.fresh.pop_first();
            }
        }
    }
}

impl Catalogue {
    pub(crate) fn new(library: Arc<dyn Library>, reporter: Reporter) -> Self {
        Self {
            library,
            reporter,
            state: Mutex::default(),
        }
    }

    /// What it lists by.
    pub(crate) fn library(&self) -> Arc<dyn Library> {
        Arc::clone(&self.library)
    }

    /// Lists these days, and adds to the index what is new.
    pub(crate) async fn list(&self, shared: &Arc<Shared>, from: Timestamp, to: Timestamp) -> Result<(), Error> {
        let mut state = self.state.lock().await;
        self.list_into(&mut state, shared, from, to, None).await
    }

    /// The URL of a recording. Lists its day if there is none.
    ///
    /// # Errors
    /// [`ErrorKind::NotListed`] if the library does not have it.
    pub(crate) async fn fresh(&self, shared: &Arc<Shared>, key: &Key) -> Result<Fresh, Error> {
        let mut state = self.state.lock().await;
        if let Some(fresh) = state.fresh.get(key) {
            return Ok(fresh.clone());
        }
        self.look_up(&mut state, shared, key).await
    }

    /// Another URL in place of a stale one.
    ///
    /// # Errors
    /// [`ErrorKind::Expired`] if the library gives the same again.
    pub(crate) async fn renew(&self, shared: &Arc<Shared>, key: &Key, stale: &MediaUrl) -> Result<Fresh, Error> {
        let mut state = self.state.lock().await;
        if let Some(fresh) = state.fresh.get(key)
            && fresh.url != *stale
        {
            return Ok(fresh.clone());
        }
        state.fresh.remove(key);
        let fresh = self.look_up(&mut state, shared, key).await?;
        if fresh.url == *stale {
            state.fresh.remove(key);
            let message = "the library gives the same URL again, which the media server did not accept";
            return Err(Error::new(ErrorKind::Expired, message));
        }
        Ok(fresh)
    }

    /// The recording is on disk.
    pub(crate) async fn forget(&self, key: &Key) {
        self.state.lock().await.fresh.remove(key);
    }

    async fn look_up(&self, state: &mut State, shared: &Arc<Shared>, key: &Key) -> Result<Fresh, Error> {
        let day = day(key.created);
        if state.paused_until.is_some_and(|until| until > Instant::now()) {
            let message = "its URL is needed, and the library did not answer a short while ago";
            return Err(Error::new(ErrorKind::Library, message));
        }
        let soonest = state
            .listed
            .get(&day)
            .map(|listed| *listed + shared.settings.pace.renew);
        if soonest.is_some_and(|soonest| soonest > Instant::now()) {
            let message = "its URL is not valid any more, and its day was listed a short while ago";
            return Err(Error::new(ErrorKind::Expired, message));
        }
        if state.listed.len() >= MAX_DAYS {
            state.listed.clear();
        }
        state.listed.insert(day, Instant::now());
        let (from, to) = whole(day);
        self.list_into(state, shared, from, to, Some(key)).await?;
        let message = "the library does not list it";
        state
            .fresh
            .get(key)
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::NotListed, message))
    }

    /// Asks the library. After a failure, no recording asks for its URL for a while.
    async fn ask(
        &self,
        state: &mut State,
        shared: &Shared,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Recording>, Error> {
        let pace = &shared.settings.pace;
        let listing = timeout(pace.listing, self.library.list(from, to)).await;
        let late = |_| Err(Error::new(ErrorKind::Library, "the library did not answer in time"));
        let listing = listing.unwrap_or_else(late);
        match &listing {
            Ok(_) => {
                state.failures = 0;
                state.paused_until = None;
            }
            Err(error) => {
                let wait = backoff::wait(state.failures, pace.first_retry, pace.last_retry, error.retry_after());
                state.failures = state.failures.saturating_add(1);
                state.paused_until = Some(Instant::now() + wait);
            }
        }
        listing
    }

    /// Lists, and keeps the URLs of what waits, that of `wanted` first.
    async fn list_into(
        &self,
        state: &mut State,
        shared: &Arc<Shared>,
        from: Timestamp,
        to: Timestamp,
        wanted: Option<&Key>,
    ) -> Result<(), Error> {
        let listing = self.ask(state, shared, from, to).await?;
        let found = listing.len();
        let listed: Vec<_> = listing.into_iter().filter_map(|one| Some((one.key()?, one))).collect();
        let unusable = found.saturating_sub(listed.len());
        let oldest = shared.oldest_wanted().map(Timestamp::as_millisecond);
        let (added, listed) = shared
            .on_disk(move |shared| {
                let added = shared.index().add(listed.iter().map(|(key, _)| key), oldest)?;
                shared.step("listing in the index")?;
                Ok((added, listed))
            })
            .await?;
        let Added { new, waiting } = added;
        let is_newest_first = shared.settings.is_newest_first();
        for (key, recording) in listed {
            if wanted == Some(&key) || waiting.contains(&key) {
                let fresh = Fresh {
                    url: recording.url,
                    device_name: recording.device_name,
                    content_type: recording.content_type,
                };
                state.fresh.insert(key, fresh);
                state.shrink(wanted, is_newest_first);
            }
        }
        self.reporter.say(&Event::Listed {
            from,
            to,
            found: count(found),
            new,
            unusable: count(unusable),
        });
        Ok(())
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// The day of a time in UTC.
fn day(millisecond: i64) -> Date {
    let time = Timestamp::from_millisecond(millisecond).unwrap_or(Timestamp::UNIX_EPOCH);
    TimeZone::UTC.to_datetime(time).date()
}

/// The times of a day.
fn whole(day: Date) -> (Timestamp, Timestamp) {
    let start = |day: Date| TimeZone::UTC.to_timestamp(day.into()).unwrap_or(Timestamp::MAX);
    (start(day), day.tomorrow().map_or(Timestamp::MAX, start))
}
