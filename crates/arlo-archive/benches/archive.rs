#![allow(clippy::print_stdout, reason = "it prints what it measures")]
//! How long it takes to keep 1,000 recordings one after the other, to open an archive of 100,000, and to find and fetch
//! what is missing there.
//!
//! `cargo bench -p arlo-archive`. The media come from memory. The directories are made in `TMPDIR`.

use std::path::Path;
use std::time::{Duration, Instant};

use arlo_archive::{
    Answer, Archive, Body, BoxFuture, Error, Fetch, Kind, Library, MediaUrl, Pattern, Recorder, Recording, Request,
    Settings,
};
use bytes::Bytes;
use jiff::{Timestamp, ToSpan};

/// Recordings spread over the last 28 days, and new ones.
struct Account {
    number: usize,
    new: usize,
}

impl Library for Account {
    fn list(&self, from: Timestamp, to: Timestamp) -> BoxFuture<'_, Result<Vec<Recording>, Error>> {
        let signed = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let (number, new) = (signed(self.number), signed(self.new));
        let step = 28 * 86_400_000 / number.max(1);
        let recordings = (-new..number).filter_map(|index| {
            let before = if index < 0 { -index } else { 1000 + index * step };
            let created = now().checked_sub(before.milliseconds()).ok()?;
            (from..to).contains(&created).then(|| Recording {
                device_id: format!("CAM{}", index.rem_euclid(20)),
                device_name: "Front Door".into(),
                created,
                kind: Kind::Recording,
                content_type: "4k".into(),
                url: MediaUrl::new("https://media.example.org/"),
            })
        });
        let recordings = recordings.collect();
        Box::pin(async move { Ok(recordings) })
    }
}

/// A video of 56 bytes.
struct Video(Option<Bytes>);

impl Body for Video {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, Error>> {
        let chunk = self.0.take();
        Box::pin(async move { Ok(chunk) })
    }
}

struct Memory;

impl Fetch for Memory {
    fn get(&self, _request: Request) -> BoxFuture<'_, Result<Answer, Error>> {
        let boxes: [&[u8]; 3] = [
            b"\0\0\0\x0cftypisom",
            b"\0\0\0\x0cmoov1234",
            b"\0\0\0\x20mdat567890123456789012345678",
        ];
        let video = Bytes::from(boxes.concat());
        let answer = Answer::new(200, Vec::new(), Box::new(Video(Some(video))));
        Box::pin(async move { Ok(answer) })
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark")]
fn now() -> Timestamp {
    static NOW: std::sync::LazyLock<Timestamp> = std::sync::LazyLock::new(Timestamp::now);
    *NOW
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        keep(1000).await?;
        open(100_000).await
    })?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap_or_default();
    println!("{peak}");
    Ok(())
}

fn settings(root: &Path) -> Result<Settings, Error> {
    let mut settings = Settings::new(Pattern::parse(&format!("{}/$SN/$F/$t", root.display()))?);
    settings.pace.between = Duration::ZERO;
    Ok(settings)
}

async fn keep(number: usize) -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let started = Instant::now();
    let archive = Archive::open(settings(directory.path())?).await?;
    let totals = Recorder::new(archive, Account { number, new: 0 }, Memory)
        .once()
        .await?;
    let each = started.elapsed() / u32::try_from(number)?;
    println!("{} recordings kept one after the other: {each:.2?} each", totals.kept);
    Ok(())
}

async fn open(number: usize) -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    drop(Archive::open(settings(directory.path())?).await?);
    // As if all had been fetched.
    let account = Account { number, new: 0 };
    let mut index = rusqlite::Connection::open(directory.path().join(".arlo-archive/index.sqlite3"))?;
    let transaction = index.transaction()?;
    for recording in account.list(Timestamp::MIN, Timestamp::MAX).await? {
        let created = recording.created.as_millisecond();
        let name = format!("{}/2026-11-26/{created}.mp4", recording.device_id);
        transaction.prepare_cached(
            "INSERT INTO recordings (device, created, kind, state, name, bytes, modified) VALUES (?, ?, 0, 0, ?, 56, 1)",
        )?.execute((recording.device_id, created, name))?;
    }
    transaction.execute_batch("UPDATE recordings SET state = 1; INSERT INTO settings VALUES ('since', 0)")?;
    let through = ("listed-through", now().as_millisecond());
    transaction.execute("INSERT INTO settings VALUES (?, ?)", through)?;
    transaction.commit()?;
    drop(index);
    for new in 1..=5 {
        let started = Instant::now();
        let archive = Archive::open(settings(directory.path())?).await?;
        let opened = started.elapsed();
        let totals = Recorder::new(archive, Account { number, new }, Memory).once().await?;
        let took = started.elapsed();
        println!(
            "opened in {opened:.1?}; one more found and kept in {took:.1?}: {} kept",
            totals.kept
        );
    }
    Ok(())
}
