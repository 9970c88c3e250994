//! Other processes: one that is killed by the system, and one that comes second.
//!
//! The test starts its own executable again, with the one test that is the work of the child.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::support::{Cloud, Fault, contents, directory, files, settings};
use crate::{Archive, BoxFuture, Error, ErrorKind, HttpFetch, Kind, Library, MediaUrl, Recorder, Recording};

const ROOT: &str = "ARLO_ARCHIVE_TEST_ROOT";
const LISTING: &str = "ARLO_ARCHIVE_TEST_LISTING";

/// A library in a file: a line a recording.
struct Listing(PathBuf);

impl Library for Listing {
    fn list(&self, _from: jiff::Timestamp, _to: jiff::Timestamp) -> BoxFuture<'_, Result<Vec<Recording>, Error>> {
        let text = std::fs::read_to_string(&self.0).unwrap();
        let recordings = text.lines().map(|line| {
            let (created, url) = line.split_once(' ').unwrap();
            Recording {
                device_id: "CAM1".into(),
                device_name: "Door".into(),
                created: created.parse().unwrap(),
                kind: Kind::Recording,
                content_type: "2k".into(),
                url: MediaUrl::new(url),
            }
        });
        let recordings = recordings.collect();
        Box::pin(async move { Ok(recordings) })
    }
}

/// What the child does. Without its variables, as among the other tests, it does nothing.
#[tokio::test]
async fn child() {
    let Some(root) = std::env::var_os(ROOT) else { return };
    let mut settings = settings(Path::new(&root));
    settings.pace.once_tries = 50;
    let archive = match Archive::open(settings).await {
        Ok(archive) => archive,
        Err(error) if error.kind() == ErrorKind::Busy => std::process::exit(75),
        Err(error) => panic!("{error}"),
    };
    let Some(listing) = std::env::var_os(LISTING) else {
        return;
    };
    let recorder = Recorder::new(archive, Listing(listing.into()), HttpFetch::local().unwrap());
    assert_eq!(recorder.once().await.unwrap().waiting, 0);
}

fn start(root: &Path, listing: Option<&Path>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "tests::process::child"]).env(ROOT, root);
    if let Some(listing) = listing {
        command.env(LISTING, listing);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits for a child that gets the lock. Other tests start processes too, which have all locks up to their exec.
fn succeed(root: &Path, listing: Option<&Path>) {
    loop {
        match start(root, listing).wait().unwrap().code() {
            Some(75) => {}
            code => return assert_eq!(code, Some(0)),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_is_refused_while_the_first_one_lives() {
    let root = directory();
    let archive = Archive::open(settings(root.path())).await.unwrap();
    assert_eq!(start(root.path(), None).wait().unwrap().code(), Some(75));
    drop(archive);
    succeed(root.path(), None);
}

/// The real thing, at moments that nobody chose.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_again_and_again_ends_with_all_files_once() {
    let cloud = Cloud::start().await;
    let mut lines = String::new();
    for number in 0..60 {
        let created = format!("2026-11-26T10:00:{:02}.{number:03}Z", number / 2);
        cloud.add(number, &created, Kind::Recording);
        cloud.fault(number, &[Fault::Cut(number * 200)]);
        lines.push_str(&format!("{created} {}/media/{number}?token=0\n", cloud.address()));
    }
    let root = directory();
    let elsewhere = directory();
    let listing = elsewhere.path().join("listing");
    std::fs::write(&listing, lines).unwrap();
    let mut kills = 0;
    for round in 0..200 {
        let requests = cloud.requests();
        let mut child = start(root.path(), Some(&listing));
        // It is killed after a number of requests that grows and falls, not after a time.
        while cloud.requests() < requests + 1 + round % 7 && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        match child.try_wait().unwrap().map(|status| status.code()) {
            Some(Some(75)) => continue,
            Some(code) => {
                assert_eq!(code, Some(0));
                break;
            }
            None => {}
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    assert!(kills > 10, "only {kills} kills");
    succeed(root.path(), Some(&listing));
    assert_eq!(contents(root.path()), cloud.contents());
    assert!(files(root.path()).iter().all(|name| !name.ends_with(".part")));
}
