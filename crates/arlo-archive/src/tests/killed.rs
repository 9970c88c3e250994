//! The process ends between any two steps, and the next one loses nothing and fetches nothing twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::support::{Cloud, Fault, contents, directory, files, settings, video};
use crate::{ErrorKind, Kind, Settings};

/// Lets the work end after so many steps, as the end of the process would: nothing is cleaned up.
fn killed_after(settings: &Settings, steps: usize) -> Settings {
    let left = AtomicUsize::new(steps);
    let mut settings = settings.clone();
    settings.kill = Some(Arc::new(move |_| {
        left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_err()
    }));
    settings
}

async fn world() -> Cloud {
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-26T10:00:00.100Z", Kind::Recording);
    cloud.add(2, "2026-11-26T10:00:00.200Z", Kind::Recording);
    cloud.add(3, "2026-11-26T10:00:00.300Z", Kind::Snapshot);
    cloud.add(4, "2026-11-26T10:00:01.000Z", Kind::Recording);
    cloud.fault(1, &[Fault::Status(503)]);
    cloud.fault(2, &[Fault::Cut(10_000)]);
    cloud.fault(4, &[Fault::Page]);
    cloud
}

#[tokio::test]
async fn an_end_between_any_two_steps_loses_nothing_and_keeps_nothing_twice() {
    let mut steps = 0;
    loop {
        let cloud = world().await;
        let root = directory();
        let settings = settings(root.path());
        let is_whole = cloud.once(killed_after(&settings, steps)).await.is_ok();
        // And once more, a little later.
        let _ = cloud.once(killed_after(&settings, steps % 7 + 3)).await;
        let totals = cloud.once(settings.clone()).await.unwrap();
        assert_eq!((totals.kept, totals.waiting), (4, 0), "after {steps} steps");
        assert_eq!(
            contents(root.path()),
            cloud.contents(),
            "after {steps} steps: {:?}",
            files(root.path())
        );
        let names = files(root.path());
        assert!(names.iter().all(|name| !name.contains(".part")), "{names:?}");
        // What was kept was not fetched again by the last run.
        let before = cloud.requests();
        cloud.once(settings).await.unwrap();
        assert_eq!(cloud.requests(), before);
        if is_whole {
            break;
        }
        steps += 1;
    }
    assert!(steps > 40, "only {steps} steps");
}

#[tokio::test]
async fn a_file_that_was_complete_is_not_fetched_again() {
    for step in ["name in the index", "file renamed", "directory flushed"] {
        let cloud = Cloud::start().await;
        let content = cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
        let root = directory();
        let mut killed = settings(root.path());
        killed.kill = Some(Arc::new(move |now| now == step));
        cloud.once(killed).await.unwrap_err();
        assert_eq!(cloud.once(settings(root.path())).await.unwrap().kept, 1);
        assert_eq!((cloud.requests(), contents(root.path())), (1, vec![content]), "{step}");
    }
}

#[tokio::test]
async fn an_end_during_a_removal_removes_the_same() {
    let mut steps = 0;
    loop {
        let cloud = world().await;
        let root = directory();
        let all = settings(root.path());
        cloud.once(all.clone()).await.unwrap();
        let mut two = all.clone();
        two.keep_bytes = Some(25_000.try_into().unwrap());
        let is_whole = cloud.once(killed_after(&two, steps)).await.is_ok();
        let totals = cloud.once(two).await.unwrap();
        // The newest video, and the picture, which is older.
        assert_eq!((totals.kept, totals.waiting), (2, 0), "after {steps} steps");
        let kept = files(root.path());
        assert_eq!(
            kept,
            ["CAM1/2026-11-26/10-00-00.jpg", "CAM1/2026-11-26/10-00-01.mp4"],
            "after {steps} steps"
        );
        // Nothing that was removed comes back.
        let before = cloud.requests();
        cloud.once(all).await.unwrap();
        assert_eq!((cloud.requests(), files(root.path())), (before, kept));
        if is_whole {
            break;
        }
        steps += 1;
    }
    assert!(steps > 5, "only {steps} steps");
}

/// Bytes that were written and not flushed can be anything after a loss of power.
#[tokio::test]
async fn a_large_file_goes_on_from_what_was_surely_on_disk() {
    let cloud = Cloud::start().await;
    let content = video(1, 10 << 20);
    cloud.put(1, "CAM1", "2026-11-26T10:00:00Z", Kind::Recording, content.clone());
    let root = directory();
    let mut killed = settings(root.path());
    killed.kill = Some(Arc::new(|step| step == "flush in the index"));
    assert_eq!(cloud.once(killed).await.unwrap_err().kind(), ErrorKind::FileSystem);
    let part = files(root.path()).remove(0);
    let path = root.path().join(&part);
    let flushed = path.metadata().unwrap().len();
    assert!(
        part.ends_with(".part") && (4 << 20..10 << 20).contains(&flushed),
        "{part} {flushed}"
    );
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend([0; 100_000]);
    std::fs::write(&path, bytes).unwrap();

    let (done, heard) = cloud.once_heard(settings(root.path())).await;
    assert_eq!(done.unwrap().kept, 1);
    assert!(
        heard.iter().any(|line| line.contains(&format!("from byte {flushed}"))),
        "{heard:#?}"
    );
    assert_eq!(contents(root.path()), [content]);
}
