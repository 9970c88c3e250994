//! The rules that remove files.

use std::fs;
use std::sync::Arc;

use super::support::{Cloud, directory, files, settings};
use crate::{Kind, Settings};

/// Six videos of 20 kB, a day apart.
async fn world() -> Cloud {
    let cloud = Cloud::start().await;
    for number in 0..6 {
        cloud.add(number, &format!("2026-11-2{number}T10:00:00Z"), Kind::Recording);
    }
    cloud
}

fn days(root: &std::path::Path) -> Vec<String> {
    let names = files(root);
    names
        .iter()
        .map(|name| name.split('/').nth(1).unwrap()["2026-11-".len()..].to_owned())
        .collect()
}

fn keeping_bytes(root: &std::path::Path, bytes: u64) -> Settings {
    let mut settings = settings(root);
    settings.keep_bytes = Some(bytes.try_into().unwrap());
    settings
}

fn keeping_days(root: &std::path::Path, days: u32) -> Settings {
    let mut settings = settings(root);
    settings.keep_days = Some(days.try_into().unwrap());
    settings
}

#[tokio::test]
async fn files_older_than_the_days_to_keep_are_removed_with_their_directories() {
    let cloud = world().await;
    let root = directory();
    cloud.once(settings(root.path())).await.unwrap();
    let (done, heard) = cloud.once_heard(keeping_days(root.path(), 3)).await;
    assert_eq!(done.unwrap().kept, 2);
    assert_eq!(days(root.path()), ["24", "25"]);
    assert!(!root.path().join("CAM1/2026-11-20").exists());
    assert!(
        heard
            .iter()
            .any(|line| line.contains("10-00-00.mp4, 2") && line.contains("older than")),
        "{heard:#?}"
    );
}

#[tokio::test]
async fn what_would_be_removed_at_once_is_not_fetched() {
    let cloud = world().await;
    let root = directory();
    assert_eq!(cloud.once(keeping_days(root.path(), 3)).await.unwrap().kept, 2);
    assert_eq!(cloud.requests(), 2);

    // By bytes, the newest come first, and one more shows the limit.
    let root = directory();
    cloud.world().answers.clear();
    let totals = cloud.once(keeping_bytes(root.path(), 50_000)).await.unwrap();
    assert_eq!((totals.kept, totals.waiting, cloud.requests()), (2, 0, 3));
    assert_eq!(days(root.path()), ["24", "25"]);
}

#[tokio::test]
async fn the_days_are_not_counted_before_the_library_has_answered() {
    let cloud = world().await;
    let root = directory();
    cloud.once(settings(root.path())).await.unwrap();
    let mut wrong = keeping_days(root.path(), 3);
    wrong.clock = Arc::new(|| "2036-11-26T12:00:00Z".parse().unwrap());
    cloud.world().library_faults = [crate::ErrorKind::Library; 50].into();
    cloud.once(wrong).await.unwrap_err();
    assert_eq!(days(root.path()).len(), 6);
}

#[tokio::test]
async fn removed_files_are_not_fetched_again_and_new_ones_push_old_ones_out() {
    let cloud = world().await;
    let root = directory();
    cloud.once(keeping_bytes(root.path(), 65_000)).await.unwrap();
    assert_eq!(days(root.path()), ["23", "24", "25"]);
    let before = cloud.requests();
    cloud.once(keeping_bytes(root.path(), 65_000)).await.unwrap();
    assert_eq!(cloud.requests(), before);
    cloud.add(7, "2026-11-26T11:00:00Z", Kind::Recording);
    let totals = cloud.once(keeping_bytes(root.path(), 65_000)).await.unwrap();
    assert_eq!((cloud.requests(), totals.kept), (before + 1, 3));
    assert_eq!(days(root.path()), ["24", "25", "26"]);
}

#[tokio::test]
async fn a_file_that_somebody_changed_or_exchanged_is_left_alone() {
    let cloud = world().await;
    let root = directory();
    cloud.once(settings(root.path())).await.unwrap();
    let name = |day: &str| root.path().join(format!("CAM1/2026-11-{day}/10-00-00.mp4"));
    fs::write(name("20"), "mine").unwrap();
    let same_length = vec![0; usize::try_from(fs::metadata(name("21")).unwrap().len()).unwrap()];
    fs::write(name("21"), same_length).unwrap();
    fs::remove_file(name("22")).unwrap();
    std::os::unix::fs::symlink(name("25"), name("22")).unwrap();
    let (done, heard) = cloud.once_heard(keeping_days(root.path(), 3)).await;
    assert_eq!(done.unwrap().kept, 2);
    assert_eq!(days(root.path()), ["20", "21", "22", "24", "25"]);
    assert_eq!(
        heard.iter().filter(|line| line.contains("leaves it alone")).count(),
        3,
        "{heard:#?}"
    );
}

#[tokio::test]
async fn files_that_somebody_deleted_count_no_bytes() {
    let cloud = world().await;
    let root = directory();
    cloud.once(settings(root.path())).await.unwrap();
    for day in ["23", "24", "25"] {
        fs::remove_file(root.path().join(format!("CAM1/2026-11-{day}/10-00-00.mp4"))).unwrap();
    }
    let (done, heard) = cloud.once_heard(keeping_bytes(root.path(), 65_000)).await;
    assert_eq!(done.unwrap().kept, 3);
    assert_eq!(days(root.path()), ["20", "21", "22"]);
    assert!(
        heard.contains(&"3 files were deleted by somebody: they are not fetched again".into()),
        "{heard:#?}"
    );
}

#[tokio::test]
async fn a_partial_file_is_removed_when_its_recording_is_too_old() {
    let cloud = world().await;
    cloud.fault(0, &[super::support::Fault::Cut(9000)]);
    let root = directory();
    let mut one = settings(root.path());
    one.pace.once_tries = 1;
    assert_eq!(cloud.once(one).await.unwrap().waiting, 1);
    assert!(files(root.path()).iter().any(|name| name.ends_with(".part")));
    let totals = cloud.once(keeping_days(root.path(), 3)).await.unwrap();
    assert_eq!((totals.kept, totals.waiting), (2, 0));
    assert_eq!(days(root.path()), ["24", "25"]);
}

#[tokio::test]
async fn a_run_ends_though_what_it_would_try_again_was_given_up() {
    let cloud = world().await;
    cloud.fault(3, &[super::support::Fault::Status(503)]);
    let root = directory();
    // Three are fetched at once. One has to be tried again, and by then a newer one has been removed.
    let mut settings = keeping_bytes(root.path(), 25_000);
    settings.parallel = 3.try_into().unwrap();
    settings.pace.first_retry = std::time::Duration::from_millis(500);
    settings.pace.last_retry = std::time::Duration::from_millis(500);
    let once = tokio::time::timeout(std::time::Duration::from_secs(60), cloud.once(settings)).await;
    let totals = once.unwrap().unwrap();
    assert_eq!((totals.kept, totals.waiting), (1, 0));
    assert_eq!(days(root.path()), ["25"]);
}

#[tokio::test]
async fn a_run_that_ends_tries_what_an_earlier_one_put_off() {
    let cloud = world().await;
    cloud.fault(0, &[super::support::Fault::Status(503)]);
    let root = directory();
    let mut patient = settings(root.path());
    patient.pace.once_tries = 1;
    patient.pace.first_retry = std::time::Duration::from_secs(3600);
    patient.pace.last_retry = std::time::Duration::from_secs(3600);
    assert_eq!(cloud.once(patient.clone()).await.unwrap().waiting, 1);
    assert_eq!(cloud.once(patient).await.unwrap().waiting, 0);
}
