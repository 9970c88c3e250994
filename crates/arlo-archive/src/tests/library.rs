//! The library: late, away, refusing, forgetful.

use std::sync::{Arc, Mutex};

use super::support::{Cloud, Fault, contents, directory, files, settings};
use crate::{ErrorKind, Event, Kind};

#[tokio::test]
async fn a_library_that_is_away_is_asked_again_with_a_limit() {
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    cloud.world().library_faults = [ErrorKind::Library; 3].into();
    let root = directory();
    let mut settings = settings(root.path());
    settings.first_days = 1;
    assert_eq!(cloud.once(settings.clone()).await.unwrap().kept, 1);

    cloud.world().library_faults = [ErrorKind::Library; 50].into();
    cloud.world().listings.clear();
    assert_eq!(cloud.once(settings).await.unwrap_err().kind(), ErrorKind::Library);
    assert_eq!(cloud.world().listings.len(), 5);
}

#[tokio::test]
async fn a_refusal_of_the_library_ends_the_work_at_once() {
    let cloud = Cloud::start().await;
    cloud.world().library_faults = [ErrorKind::LibraryRefused].into();
    let root = directory();
    let recorder = cloud.recorder(settings(root.path())).await;
    assert_eq!(recorder.run().await.unwrap_err().kind(), ErrorKind::LibraryRefused);
    assert_eq!(cloud.world().listings.len(), 1);
}

#[tokio::test]
async fn a_recording_that_is_not_listed_any_more_is_reported_and_comes_back_if_it_is() {
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    cloud.fault(1, &[Fault::Cut(9000)]);
    let root = directory();
    let mut settings = settings(root.path());
    let mut one = settings.clone();
    one.pace.once_tries = 1;
    assert_eq!(cloud.once(one).await.unwrap().waiting, 1);
    let recording = cloud.world().take(1);
    settings.pace.once_tries = 12;
    let (done, heard) = cloud.once_heard(settings.clone()).await;
    let totals = done.unwrap();
    assert_eq!((totals.waiting, totals.gone), (0, 1));
    assert!(heard.iter().any(|line| line.contains("it is lost")), "{heard:#?}");
    // Its partial file and its directory are gone as well.
    assert!(files(root.path()).is_empty() && !root.path().join("CAM1").exists());
    cloud.world().give(1, recording);
    settings.pace.once_tries = 3;
    let totals = cloud.once(settings).await.unwrap();
    assert_eq!((totals.kept, totals.gone), (1, 0));
}

#[tokio::test]
async fn urls_that_end_are_taken_anew_with_one_listing_for_all() {
    let cloud = Cloud::start().await;
    for number in 0..20 {
        cloud.add(number, &format!("2026-11-26T10:00:{number:02}Z"), Kind::Recording);
    }
    cloud.world().expires_after = Some(5);
    let root = directory();
    let mut settings = settings(root.path());
    settings.first_days = 1;
    assert_eq!(cloud.once(settings).await.unwrap().kept, 20);
    let world = cloud.world();
    assert_eq!(world.answers.iter().filter(|(_, status)| *status == 403).count(), 1);
    assert_eq!(world.listings.len(), 2);
}

#[tokio::test]
async fn a_server_that_never_accepts_a_url_makes_no_storm_of_listings() {
    let cloud = Cloud::start().await;
    for number in 0..20 {
        cloud.add(number, &format!("2026-11-26T10:00:{number:02}Z"), Kind::Recording);
        cloud.fault(number, &[Fault::Status(403); 1000]);
    }
    let root = directory();
    let mut settings = settings(root.path());
    settings.first_days = 1;
    settings.pace.renew = std::time::Duration::from_secs(3600);
    assert_eq!(cloud.once(settings).await.unwrap().waiting, 20);
    assert_eq!(cloud.world().listings.len(), 2);
}

#[tokio::test]
async fn a_running_archive_fetches_what_it_is_nudged_to_and_what_came_late() {
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    let root = directory();
    let kept = Arc::new(tokio::sync::Notify::new());
    let idle = Arc::new(tokio::sync::Notify::new());
    let (tell_kept, tell_idle) = (Arc::clone(&kept), Arc::clone(&idle));
    let recorder = cloud
        .recorder(settings(root.path()))
        .await
        .observed_by(move |event: &Event| match event {
            Event::Kept { .. } => tell_kept.notify_one(),
            Event::Idle { .. } => tell_idle.notify_one(),
            _ => {}
        });
    let nudge = recorder.nudge();
    let task = tokio::spawn(recorder.run());
    kept.notified().await;
    idle.notified().await;
    cloud.add(2, "2026-11-26T11:00:00Z", Kind::Recording);
    nudge.now();
    nudge.now();
    kept.notified().await;
    idle.notified().await;
    assert_eq!(contents(root.path()), cloud.contents());
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    // The lock is free again.
    cloud.once(settings(root.path())).await.unwrap();
}

#[tokio::test]
async fn all_of_the_time_is_listed_and_what_is_older_than_wanted_is_left_out() {
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-18T11:59:59Z", Kind::Recording);
    cloud.add(2, "2026-11-19T12:30:00Z", Kind::Recording);
    cloud.add(3, "2026-11-27T11:00:00Z", Kind::Recording);
    let root = directory();
    let mut settings = settings(root.path());
    settings.first_days = 7;
    assert_eq!(cloud.once(settings).await.unwrap().kept, 2);
    let listings = cloud.world().listings.clone();
    // Five days at a time, without a gap, from tomorrow back.
    assert!(
        listings[0].1.to_string().starts_with("2026-11-27T12:00"),
        "{listings:?}"
    );
    assert_eq!(listings[0].0, listings[1].1);
    assert!(
        listings[1].0.to_string().starts_with("2026-11-19T12:00"),
        "{listings:?}"
    );
}

#[tokio::test]
async fn a_time_for_which_the_library_fails_keeps_nothing_else_back() {
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-19T12:30:00Z", Kind::Recording);
    cloud.add(2, "2026-11-26T11:00:00Z", Kind::Recording);
    let root = directory();
    let mut settings = settings(root.path());
    settings.first_days = 7;
    cloud.world().no_library_before = Some("2026-11-20T00:00:00Z".parse().unwrap());
    let failed = cloud.once(settings.clone()).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Library, "something is missing");
    assert_eq!(files(root.path()), ["CAM1/2026-11-26/11-00-00.mp4"]);

    // The same where it goes on: what is new is listed when the library says so, however long the rest is missing.
    let kept = Arc::new(tokio::sync::Notify::new());
    let tell = Arc::clone(&kept);
    let recorder = cloud
        .recorder(settings.clone())
        .await
        .observed_by(move |event: &Event| {
            if matches!(event, Event::Kept { .. }) {
                tell.notify_one();
            }
        });
    let nudge = recorder.nudge();
    let task = tokio::spawn(recorder.run());
    cloud.add(3, "2026-11-26T11:30:00Z", Kind::Recording);
    nudge.now();
    kept.notified().await;
    task.abort();
    let _ = task.await;

    cloud.world().no_library_before = None;
    assert_eq!(cloud.once(settings).await.unwrap().kept, 3);
}

#[tokio::test]
async fn entries_that_no_index_can_hold_are_counted_and_left_out() {
    let cloud = Cloud::start().await;
    cloud.put(1, "", "2026-11-26T10:00:00Z", Kind::Recording, Vec::new());
    cloud.put(2, &"x".repeat(200), "2026-11-26T10:00:01Z", Kind::Recording, Vec::new());
    cloud.add(3, "2026-11-26T10:00:02Z", Kind::Recording);
    let root = directory();
    let heard = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&heard);
    let recorder = cloud
        .recorder(settings(root.path()))
        .await
        .observed_by(move |event: &Event| {
            if let Event::Listed { unusable, .. } = event {
                *counted.lock().unwrap() += unusable;
            }
        });
    assert_eq!(recorder.once().await.unwrap().kept, 1);
    assert_eq!(*heard.lock().unwrap(), 2);
}
