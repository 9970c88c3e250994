//! A disk without room.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::support::{Cloud, contents, directory, files, settings, video};
use crate::disk::Disk;
use crate::{ErrorKind, Event, Kind, Settings};

/// A disk of so many bytes, all of which are free in the beginning.
#[derive(Debug)]
struct SmallDisk {
    free: AtomicU64,
    /// Whether it says how much is free. A quota does not.
    tells: bool,
}

impl Disk for SmallDisk {
    fn available(&self, _directory: &Path) -> io::Result<u64> {
        Ok(if self.tells {
            self.free.load(Ordering::SeqCst)
        } else {
            u64::MAX
        })
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        let length = u64::try_from(bytes.len()).unwrap();
        let taken = self
            .free
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |free| free.checked_sub(length));
        if taken.is_err() {
            // As much as fits is written, as a real disk does.
            let fits = usize::try_from(self.free.swap(0, Ordering::SeqCst)).unwrap();
            file.write_all(&bytes[..fits])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        file.write_all(bytes)
    }
}

fn on(disk: &Arc<SmallDisk>, root: &Path) -> Settings {
    let mut settings = settings(root);
    settings.disk = Arc::clone(disk) as Arc<dyn Disk>;
    settings
}

async fn world() -> Cloud {
    let cloud = Cloud::start().await;
    for number in 0..5 {
        cloud.add(number, &format!("2026-11-26T10:00:0{number}Z"), Kind::Recording);
    }
    cloud
}

#[tokio::test]
async fn a_full_disk_stops_the_downloads_and_room_lets_them_go_on() {
    for tells in [true, false] {
        let cloud = world().await;
        let root = directory();
        let disk = Arc::new(SmallDisk {
            free: AtomicU64::new(50_000),
            tells,
        });
        let full = Arc::new(tokio::sync::Notify::new());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (tell, ear) = (Arc::clone(&full), Arc::clone(&heard));
        let kept = Arc::new(tokio::sync::Semaphore::new(0));
        let keep = Arc::clone(&kept);
        let recorder = cloud
            .recorder(on(&disk, root.path()))
            .await
            .observed_by(move |event: &Event| {
                ear.lock().unwrap().push(event.to_string());
                match event {
                    Event::DiskFull { .. } => tell.notify_one(),
                    Event::Kept { .. } => keep.add_permits(1),
                    _ => {}
                }
            });
        let task = tokio::spawn(recorder.run());
        full.notified().await;
        // Two files fit.
        kept.acquire_many(2).await.unwrap().forget();
        assert_eq!(
            files(root.path())
                .iter()
                .filter(|name| !name.ends_with(".part"))
                .count(),
            2
        );
        disk.free.store(1_000_000, Ordering::SeqCst);
        kept.acquire_many(3).await.unwrap().forget();
        task.abort();
        let _ = task.await;
        assert_eq!(contents(root.path()), cloud.contents());
        let heard = heard.lock().unwrap();
        let full = heard.iter().filter(|line| line.starts_with("the disk is full")).count();
        let free = heard
            .iter()
            .filter(|line| line.starts_with("the disk has room"))
            .count();
        assert_eq!((full, free), (1, 1), "{heard:#?}");
    }
}

#[tokio::test]
async fn a_run_that_ends_says_that_the_disk_is_full_and_the_next_one_goes_on() {
    let cloud = world().await;
    let root = directory();
    let disk = Arc::new(SmallDisk {
        free: AtomicU64::new(50_000),
        tells: true,
    });
    let mut reserved = on(&disk, root.path());
    reserved.reserve = 15_000;
    let error = cloud.once(reserved).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DiskFull);
    disk.free.store(1_000_000, Ordering::SeqCst);
    assert_eq!(cloud.once(on(&disk, root.path())).await.unwrap().kept, 5);
    assert_eq!(contents(root.path()), cloud.contents());
}

/// A disk on which the files of the archive are all there is.
#[derive(Debug)]
struct Real(std::path::PathBuf);

impl Disk for Real {
    fn available(&self, _directory: &Path) -> io::Result<u64> {
        let used: u64 = files(&self.0)
            .iter()
            .map(|name| self.0.join(name).metadata().unwrap().len())
            .sum();
        Ok(70_000_u64.saturating_sub(used))
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }
}

fn on_real(root: &Path, keep_free: u64) -> Settings {
    let mut settings = settings(root);
    settings.disk = Arc::new(Real(root.to_path_buf()));
    settings.keep_free = Some(keep_free.try_into().unwrap());
    settings
}

#[tokio::test]
async fn old_files_make_room_if_that_is_asked_for() {
    let cloud = world().await;
    let root = directory();
    let totals = cloud.once(on_real(root.path(), 25_000)).await.unwrap();
    assert_eq!((totals.kept, totals.waiting), (2, 0));
    assert_eq!(
        files(root.path()),
        ["CAM1/2026-11-26/10-00-03.mp4", "CAM1/2026-11-26/10-00-04.mp4"]
    );
}

#[tokio::test]
async fn a_removal_that_frees_nothing_does_not_empty_the_archive() {
    let cloud = world().await;
    let root = directory();
    assert_eq!(cloud.once(settings(root.path())).await.unwrap().kept, 5);
    // A snapshot of the file system holds what is removed.
    let disk = Arc::new(SmallDisk {
        free: AtomicU64::new(10_000),
        tells: true,
    });
    let mut settings = on(&disk, root.path());
    settings.keep_free = Some(11_000.try_into().unwrap());
    settings.pace.removal = std::time::Duration::ZERO;
    let failed = Arc::new(tokio::sync::Semaphore::new(0));
    let tell = Arc::clone(&failed);
    let recorder = cloud.recorder(settings).await.observed_by(move |event: &Event| {
        if matches!(event, Event::RemovalFailed { .. }) {
            tell.add_permits(1);
        }
    });
    let task = tokio::spawn(recorder.run());
    failed.acquire_many(5).await.unwrap().forget();
    task.abort();
    let _ = task.await;
    assert_eq!(files(root.path()).len(), 4);
}

#[tokio::test]
async fn old_files_make_room_for_the_next_one_above_the_reserve() {
    let cloud = world().await;
    let root = directory();
    let on = |root: &Path| {
        // Less than the reserve and the next file together.
        let mut settings = on_real(root, 1_000);
        settings.reserve = 25_000;
        // Long enough that a recording without room is not due by the time there is room.
        settings.pace.disk = std::time::Duration::from_millis(20);
        settings.pace.last_retry = std::time::Duration::from_secs(1);
        settings
    };
    let totals = cloud.once(on(root.path())).await.unwrap();
    assert_eq!((totals.kept, totals.waiting), (2, 0));
    let name = |second| format!("CAM1/2026-11-26/10-00-0{second}.mp4");
    assert_eq!(
        files(root.path()),
        [name(3), name(4)],
        "older ones do not replace newer ones"
    );
    for second in 5..9 {
        cloud.add(second, &format!("2026-11-26T10:00:0{second}Z"), Kind::Recording);
        let totals = cloud.once(on(root.path())).await.unwrap();
        assert_eq!((totals.kept, totals.waiting), (2, 0));
        assert_eq!(files(root.path()), [name(second - 1), name(second)]);
    }

    // The same in one run that goes on, in which one removal follows another.
    let kept = Arc::new(tokio::sync::Semaphore::new(0));
    let keep = Arc::clone(&kept);
    let mut settings = on(root.path());
    settings.pace.list = std::time::Duration::from_millis(20);
    let recorder = cloud.recorder(settings).await.observed_by(move |event: &Event| {
        assert!(!matches!(event, Event::RemovalFailed { .. }), "{event}");
        if matches!(event, Event::Kept { .. }) {
            keep.add_permits(1);
        }
    });
    let task = tokio::spawn(recorder.run());
    for second in 10..15 {
        cloud.add(second, &format!("2026-11-26T10:00:{second}Z"), Kind::Recording);
        let one = tokio::time::timeout(std::time::Duration::from_secs(60), kept.acquire()).await;
        one.unwrap().unwrap().forget();
    }
    task.abort();
    let _ = task.await;
    assert_eq!(files(root.path()).len(), 2);
}

#[tokio::test]
async fn nothing_is_removed_for_a_file_that_cannot_fit() {
    let cloud = world().await;
    let root = directory();
    let once = || cloud.once(on_real(root.path(), 1_000));
    let kept = once().await.unwrap().kept;
    let before = files(root.path());
    assert_eq!(before.len() as u64, kept);
    cloud.put(9, "CAM1", "2026-11-26T10:00:09Z", Kind::Recording, video(9, 80_000));
    assert_eq!(once().await.unwrap_err().kind(), ErrorKind::DiskFull);
    assert_eq!(files(root.path()), before);
}
