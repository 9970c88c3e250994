//! How often anything is asked, over days. The time is virtual, and the media come from memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};

use super::support::{NOW, directory, settings, video};
use crate::{
    Answer, Archive, Body, BoxFuture, Error, ErrorKind, Event, Fetch, Kind, Library, MediaUrl, Pace, Recorder,
    Recording, Request, Settings,
};

/// An account and its media server, in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Counts>);

#[derive(Default)]
struct Counts {
    recordings: usize,
    listings: AtomicUsize,
    requests: AtomicUsize,
    /// The status of each answer.
    status: AtomicU16,
    is_library_away: std::sync::atomic::AtomicBool,
}

impl Memory {
    fn new(recordings: usize, status: u16) -> Self {
        Self(Arc::new(Counts {
            recordings,
            status: status.into(),
            ..Counts::default()
        }))
    }

    /// How many listings and requests there were since the last call.
    fn counted(&self) -> (usize, usize) {
        (
            self.0.listings.swap(0, Ordering::SeqCst),
            self.0.requests.swap(0, Ordering::SeqCst),
        )
    }
}

impl Library for Memory {
    fn list(&self, _from: Timestamp, _to: Timestamp) -> BoxFuture<'_, Result<Vec<Recording>, Error>> {
        self.0.listings.fetch_add(1, Ordering::SeqCst);
        if self.0.is_library_away.load(Ordering::SeqCst) {
            return Box::pin(async { Err(Error::new(ErrorKind::Library, "away")) });
        }
        let recordings = (0..self.0.recordings).map(|number| Recording {
            device_id: format!("CAM{}", number % 20),
            device_name: "Door".into(),
            created: created(number),
            kind: Kind::Recording,
            content_type: "hd".into(),
            url: MediaUrl::new(format!("https://media.example.org/{number}")),
        });
        let recordings = recordings.collect();
        Box::pin(async move { Ok(recordings) })
    }
}

/// One a second, from ten o'clock on.
fn created(number: usize) -> Timestamp {
    let seconds = SignedDuration::from_secs(i64::try_from(number).unwrap());
    "2026-11-26T10:00:00Z".parse::<Timestamp>().unwrap() + seconds
}

struct Pieces(Vec<Bytes>);

impl Body for Pieces {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, Error>> {
        Box::pin(async { Ok(self.0.pop()) })
    }
}

impl Fetch for Memory {
    fn get(&self, _request: Request) -> BoxFuture<'_, Result<Answer, Error>> {
        self.0.requests.fetch_add(1, Ordering::SeqCst);
        let video = Bytes::from(video(1, 100_000));
        let mut pieces: Vec<_> = video.chunks(1000).map(|piece| video.slice_ref(piece)).collect();
        pieces.reverse();
        let answer = Answer::new(
            self.0.status.load(Ordering::SeqCst),
            Vec::new(),
            Box::new(Pieces(pieces)),
        );
        Box::pin(async move { Ok(answer) })
    }
}

/// The waits of every day, and a clock that follows the virtual time.
fn everyday(root: &std::path::Path) -> Settings {
    let mut settings = settings(root);
    settings.pace = Pace::default();
    let started = Instant::now();
    settings.clock = Arc::new(move || NOW.parse::<Timestamp>().unwrap() + started.elapsed());
    settings.first_days = 1;
    settings
}

async fn start(settings: Settings, memory: &Memory) -> tokio::task::JoinHandle<()> {
    let archive = loop {
        match Archive::open(settings.clone()).await {
            Err(error) if error.kind() == ErrorKind::Busy => sleep(Duration::from_millis(1)).await,
            opened => break opened.unwrap(),
        }
    };
    let recorder = Recorder::new(archive, memory.clone(), memory.clone());
    tokio::spawn(async move {
        let error = recorder.run().await.unwrap_err();
        panic!("{error}");
    })
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_for_days_is_asked_once_an_hour_for_each_recording() {
    let root = directory();
    let memory = Memory::new(20, 503);
    let task = start(everyday(root.path()), &memory).await;
    sleep(DAY).await;
    let (_, requests) = memory.counted();
    assert!(requests <= 20 * 35, "{requests}");
    sleep(DAY).await;
    let (listings, requests) = memory.counted();
    // The failures of all slow each other down.
    assert!((100..=20 * 25).contains(&requests), "{requests}");
    // Every quarter of an hour, as without it.
    assert!(listings <= 97, "{listings}");
    memory.0.status.store(200, Ordering::SeqCst);
    sleep(Duration::from_secs(2 * 60 * 60)).await;
    assert_eq!(memory.counted().1, 20);
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn a_library_that_is_away_for_days_is_asked_once_an_hour() {
    let root = directory();
    let memory = Memory::new(20, 403);
    let task = start(everyday(root.path()), &memory).await;
    sleep(Duration::from_secs(60)).await;
    // From now on, no recording has a URL.
    memory.0.is_library_away.store(true, Ordering::SeqCst);
    sleep(DAY).await;
    memory.counted();
    sleep(DAY).await;
    let (listings, _) = memory.counted();
    assert!((20..=60).contains(&listings), "{listings}");
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn urls_that_are_never_accepted_cost_few_listings() {
    let root = directory();
    let memory = Memory::new(20, 403);
    let task = start(everyday(root.path()), &memory).await;
    sleep(DAY).await;
    memory.counted();
    sleep(DAY).await;
    let (listings, requests) = memory.counted();
    assert!(listings <= 97 + 20 * 25, "{listings}");
    assert!(requests <= 2 * 20 * 25, "{requests}");
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn more_recordings_than_urls_fit_into_memory_cost_few_listings() {
    for is_newest_first in [false, true] {
        let root = directory();
        let memory = Memory::new(400, 200);
        let mut settings = everyday(root.path());
        settings.pace.renew = Duration::from_secs(1);
        if is_newest_first {
            settings.keep_bytes = Some(u64::MAX.try_into().unwrap());
        }
        let archive = Archive::open(settings).await.unwrap();
        let totals = Recorder::new(archive, memory.clone(), memory.clone())
            .once()
            .await
            .unwrap();
        assert_eq!(totals.kept, 400);
        let (listings, requests) = memory.counted();
        // One for each fifty, and the first one.
        assert!(listings <= 10, "{is_newest_first}: {listings}");
        assert_eq!(requests, 400);
    }
}

#[tokio::test(start_paused = true)]
async fn an_archive_that_has_all_lists_every_quarter_of_an_hour_and_once_more_after_a_nudge() {
    let root = directory();
    let memory = Memory::new(3, 200);
    let archive = Archive::open(everyday(root.path())).await.unwrap();
    let recorder = Recorder::new(archive, memory.clone(), memory.clone());
    let nudge = recorder.nudge();
    let task = tokio::spawn(async move { drop(recorder.run().await) });
    sleep(DAY).await;
    let (listings, requests) = memory.counted();
    assert!((90..=97).contains(&listings), "{listings}");
    assert_eq!(requests, 3);
    for _ in 0..100 {
        nudge.now();
        tokio::task::yield_now().await;
    }
    sleep(Duration::from_secs(120)).await;
    let (listings, _) = memory.counted();
    assert!((2..=3).contains(&listings), "{listings}");
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn a_limited_download_takes_its_time_and_does_not_count_as_silent() {
    let root = directory();
    let memory = Memory::new(2, 200);
    let mut slow = everyday(root.path());
    slow.pace.bytes_per_second = Some(1000.try_into().unwrap());
    slow.pace.idle = Duration::from_millis(10);
    let archive = Archive::open(slow).await.unwrap();
    let started = Instant::now();
    let recorder = Recorder::new(archive, memory.clone(), memory.clone());
    let recorder = recorder.observed_by(|event: &Event| assert!(!matches!(event, Event::Postponed { .. })));
    assert_eq!(recorder.once().await.unwrap().kept, 2);
    let took = started.elapsed();
    assert!(
        took >= Duration::from_secs(200) && took < Duration::from_secs(210),
        "{took:?}"
    );
}
