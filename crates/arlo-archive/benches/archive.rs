#![allow(clippy::print_stdout, reason = "it prints what it measures")]
//! How long an archive of 100,000 recordings takes to make, to open, and to find what is missing.
//!
//! `cargo bench -p arlo-archive`; the number of recordings is the first argument. The media come from memory. The
//! directory is made in `TMPDIR`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    new: Arc<AtomicUsize>,
}

impl Library for Account {
    fn list(&self, from: Timestamp, to: Timestamp) -> BoxFuture<'_, Result<Vec<Recording>, Error>> {
        let signed = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let (number, new) = (signed(self.number), signed(self.new.load(Ordering::SeqCst)));
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
            b"\0\0\0\x20mdat56789012345678901234567",
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
    let number = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(100_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(number))
}

async fn run(number: usize) -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let mut settings = Settings::new(Pattern::parse(&format!("{}/$SN/$F/$t", directory.path().display()))?);
    settings.pace.between = Duration::ZERO;
    let new = Arc::new(AtomicUsize::new(0));
    let record = async |settings: Settings| -> Result<_, Error> {
        let started = Instant::now();
        let archive = Archive::open(settings).await?;
        let opened = started.elapsed();
        let library = Account {
            number,
            new: Arc::clone(&new),
        };
        let totals = Recorder::new(archive, library, Memory).once().await?;
        Ok((opened, started.elapsed(), totals))
    };
    let (_, took, totals) = record(settings.clone()).await?;
    println!(
        "{} recordings kept one after the other: {took:.1?}, each {:.2?}",
        totals.kept,
        took / u32::try_from(number)?
    );
    for _ in 0..3 {
        new.fetch_add(1, Ordering::SeqCst);
        let (opened, took, totals) = record(settings.clone()).await?;
        println!(
            "opened in {opened:.1?}; complete in {took:.1?}, with {} kept",
            totals.kept
        );
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap_or_default();
    println!("{peak}");
    Ok(())
}
