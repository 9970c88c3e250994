//! Files that the archive did not make, and files that somebody deleted.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::support::{Cloud, contents, directory, files, settings, video};
use crate::shared::Shared;
use crate::{Archive, ErrorKind, Event, Kind};

const NAME: &str = "CAM1/2026-11-26/10-00-00.mp4";

#[tokio::test]
async fn a_file_of_somebody_else_is_never_overwritten() {
    let cloud = Cloud::start().await;
    let content = cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    let root = directory();
    let theirs = root.path().join(NAME);
    fs::create_dir_all(theirs.parent().unwrap()).unwrap();
    let mut same_length = content.clone();
    same_length[30] ^= 1;
    fs::write(&theirs, &same_length).unwrap();
    fs::create_dir(root.path().join("CAM1/2026-11-26/10-00-00-2.mp4")).unwrap();
    std::os::unix::fs::symlink("/nowhere", root.path().join("CAM1/2026-11-26/10-00-00-3.mp4")).unwrap();
    cloud.once(settings(root.path())).await.unwrap();
    assert_eq!(fs::read(&theirs).unwrap(), same_length);
    assert_eq!(
        fs::read(root.path().join("CAM1/2026-11-26/10-00-00-4.mp4")).unwrap(),
        content
    );
}

#[tokio::test]
async fn a_deleted_file_is_not_fetched_again() {
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    let root = directory();
    cloud.once(settings(root.path())).await.unwrap();
    fs::remove_file(root.path().join(NAME)).unwrap();
    let before = cloud.requests();
    cloud.once(settings(root.path())).await.unwrap();
    assert_eq!((cloud.requests(), files(root.path()).len()), (before, 0));
}

#[tokio::test]
async fn after_the_loss_of_the_index_no_file_is_there_twice() {
    let cloud = Cloud::start().await;
    for (number, millisecond) in [(1, 100), (2, 200), (3, 300)] {
        cloud.add(number, &format!("2026-11-26T10:00:00.{millisecond}Z"), Kind::Recording);
    }
    let root = directory();
    cloud.once(settings(root.path())).await.unwrap();
    let before = files(root.path());
    fs::remove_dir_all(root.path().join(".arlo-archive")).unwrap();
    let totals = cloud.once(settings(root.path())).await.unwrap();
    assert_eq!((totals.kept, files(root.path())), (3, before));
    assert_eq!(contents(root.path()), cloud.contents());
}

#[tokio::test]
async fn two_recordings_with_the_same_bytes_are_two_files() {
    let cloud = Cloud::start().await;
    for (number, millisecond) in [(1, 100), (2, 200)] {
        let created = format!("2026-11-26T10:00:00.{millisecond}Z");
        cloud.put(number, "CAM1", &created, Kind::Recording, video(1, 100));
    }
    let root = directory();
    cloud.once(settings(root.path())).await.unwrap();
    assert_eq!(files(root.path()).len(), 2);
}

#[tokio::test]
async fn names_that_differ_in_case_alone_are_counted() {
    let cloud = Cloud::start().await;
    cloud.put(1, "cam1", "2026-11-26T10:00:00.100Z", Kind::Recording, video(1, 100));
    cloud.put(2, "CAM1", "2026-11-26T10:00:00.200Z", Kind::Recording, video(2, 100));
    let root = directory();
    cloud.once(settings(root.path())).await.unwrap();
    assert_eq!(
        files(root.path()),
        ["CAM1/2026-11-26/10-00-00-2.mp4", "cam1/2026-11-26/10-00-00.mp4"]
    );
}

#[tokio::test]
async fn an_index_that_is_none_is_named_and_left_alone() {
    let root = directory();
    fs::create_dir(root.path().join(".arlo-archive")).unwrap();
    let index = root.path().join(".arlo-archive/index.sqlite3");
    fs::write(&index, "no database ".repeat(100)).unwrap();
    let error = Archive::open(settings(root.path())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Index);
    assert!(error.to_string().contains("index.sqlite3"), "{error}");
    assert_eq!(fs::read(&index).unwrap(), "no database ".repeat(100).into_bytes());
}

#[tokio::test]
async fn a_disk_that_was_unmounted_ends_one_run_and_nothing_is_written_beside_it() {
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    let parent = directory();
    let root = parent.path().join("media");
    let recorder = cloud.recorder(settings(&root)).await;
    fs::rename(&root, parent.path().join("away")).unwrap();
    fs::create_dir(&root).unwrap();
    let error = recorder.once().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Lost);
    assert!(error.to_string().contains("mounted"), "{error}");
    assert!(files(&root).is_empty());
}

#[tokio::test]
async fn a_disk_that_was_unmounted_and_is_back_is_gone_on_with() {
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    let parent = directory();
    let (root, away) = (parent.path().join("media"), parent.path().join("away"));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let recorder = cloud.recorder(settings(&root)).await;
    let recorder = recorder.observed_by(move |event: &Event| ear.lock().unwrap().push(event.to_string()));
    let nudge = recorder.nudge();
    let running = tokio::spawn(recorder.run());
    let has_heard = |text: &str| heard.lock().unwrap().iter().any(|event| event.contains(text));
    eventually(|| has_heard("kept ")).await;

    fs::rename(&root, &away).unwrap();
    fs::create_dir(&root).unwrap();
    cloud.add(2, "2026-11-26T11:00:00Z", Kind::Recording);
    nudge.now();
    eventually(|| has_heard("nothing is fetched until it is there again")).await;
    assert_eq!(fs::read_dir(&root).unwrap().count(), 0);

    fs::remove_dir(&root).unwrap();
    fs::rename(&away, &root).unwrap();
    eventually(|| has_heard("the archive is there again") && has_heard("11-00-00.mp4")).await;
    assert_eq!(contents(&root), cloud.contents());
    running.abort();
}

#[test]
fn another_archive_is_not_the_one_that_was_lost() {
    let root = directory();
    let settings = settings(root.path());
    let mark = Shared::open(settings.clone()).unwrap().mark;
    Shared::reopen(settings.clone(), &mark).unwrap();
    let error = Shared::reopen(settings, "another").err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Lost);
}

/// Waits until another task makes the condition true.
async fn eventually(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait)
        .await
        .expect("it never came true");
}
