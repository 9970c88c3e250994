//! How fast mails are read, on the corpus and on one core: `cargo bench -p arlo-mail`.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for developers"
)]

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use arlo_mail::{Senders, read};

fn main() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/made");
    let mut kinds: Vec<(String, Vec<Vec<u8>>)> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|folder| {
            let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
            let mails = files.filter(|path| path.extension().is_some_and(|e| e == "eml"));
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            (name, mails.map(|path| fs::read(path).unwrap()).collect())
        })
        .collect();
    kinds.sort();
    for (kind, mails) in &kinds {
        println!("{kind:20} {:7.1} MB/s", speed(mails, Duration::from_millis(200)));
    }
    let all: Vec<Vec<u8>> = kinds.into_iter().flat_map(|(_, mails)| mails).collect();
    println!(
        "{:20} {:7.1} MB/s, {} mails",
        "the whole corpus",
        speed(&all, Duration::from_secs(2)),
        all.len()
    );
}

/// Megabytes of raw mail read in a second. The best of the rounds counts: the others were disturbed.
fn speed(mails: &[Vec<u8>], for_at_least: Duration) -> f64 {
    let senders = Senders::default();
    let size: usize = mails.iter().map(Vec::len).sum();
    let mut best = Duration::MAX;
    let start = Instant::now();
    while start.elapsed() < for_at_least {
        let round = Instant::now();
        for mail in mails {
            let _ = black_box(read(black_box(mail), &senders));
        }
        best = best.min(round.elapsed());
    }
    #[allow(clippy::cast_precision_loss, reason = "a few megabytes")]
    let megabytes = size as f64 / 1e6;
    megabytes / best.as_secs_f64()
}
