//! The recordings of a bad day.

use super::support::{Cloud, Fault, contents, directory, files, settings};
use crate::Kind;

/// A hundred recordings, two of them in one second, and one in five is a picture.
fn fill(cloud: &Cloud) {
    for number in 0..100 {
        // The numbers 50 and 51 share a second, and 70 and 71 a millisecond as video and picture.
        let second = match number {
            51 => 50 * 20,
            71 => 70 * 20,
            _ => number * 20,
        };
        let millisecond = if number == 51 { 700 } else { 5 };
        let (minute, second) = (second / 60, second % 60);
        let created = format!(
            "2026-11-2{}T10:{minute:02}:{second:02}.{millisecond:03}Z",
            number % 2 + 5
        );
        let created = if number == 51 || number == 71 {
            created.replace("2026-11-26", "2026-11-25")
        } else {
            created
        };
        let kind = if number % 5 == 1 {
            Kind::Snapshot
        } else {
            Kind::Recording
        };
        cloud.add(number, &created, kind);
    }
}

#[tokio::test]
async fn a_hundred_of_a_hundred_are_kept_whatever_the_server_does() {
    let cloud = Cloud::start().await;
    fill(&cloud);
    for number in [3, 10, 51, 99] {
        cloud.fault(number, &[Fault::Status(503)]);
    }
    cloud.fault(20, &[Fault::Status(503); 4]);
    cloud.fault(21, &[Fault::Status(500), Fault::Status(429), Fault::Cut(100)]);
    cloud.fault(30, &[Fault::Cut(1)]);
    cloud.fault(32, &[Fault::Cut(5000), Fault::Cut(5000), Fault::Cut(0)]);
    cloud.fault(40, &[Fault::Short(1)]);
    cloud.fault(41, &[Fault::Short(300)]);
    cloud.fault(42, &[Fault::Long(500)]);
    cloud.fault(60, &[Fault::Page]);
    cloud.fault(62, &[Fault::Empty, Fault::Page]);
    cloud.fault(63, &[Fault::Status(403)]);
    cloud.world().expires_after = Some(45);
    let root = directory();
    let mut settings = settings(root.path());
    settings.pace.once_tries = 6;

    let (done, heard) = cloud.once_heard(settings.clone()).await;
    let totals = done.unwrap();
    assert_eq!((totals.kept, totals.waiting, totals.gone), (100, 0, 0), "{heard:#?}");
    assert_eq!(contents(root.path()), cloud.contents());
    let files = files(root.path());
    assert_eq!(files.len(), 100);
    assert!(files.contains(&"CAM1/2026-11-25/10-16-40.mp4".into()), "{files:?}");
    // The second one of that second is a picture, and has a name of its own.
    assert!(files.contains(&"CAM1/2026-11-25/10-16-40.jpg".into()), "{files:?}");
    assert!(
        !heard
            .iter()
            .any(|line| line.contains("token") || line.contains("/media/")),
        "{heard:#?}"
    );
    assert!(cloud.world().sent.values().all(|times| *times == 1));
    assert!(cloud.world().answers.contains(&(32, 206)), "it was resumed");

    // The next time there is nothing to do.
    let before = cloud.requests();
    assert_eq!(cloud.once(settings).await.unwrap(), totals);
    assert_eq!(cloud.requests(), before);
}

#[tokio::test]
async fn several_downloads_at_a_time_keep_the_same() {
    let cloud = Cloud::start().await;
    fill(&cloud);
    for number in 0..100 {
        if number % 7 == 0 {
            cloud.fault(number, &[Fault::Status(503), Fault::Cut(1000)]);
        }
    }
    let root = directory();
    let mut settings = settings(root.path());
    settings.parallel = 8.try_into().unwrap();
    assert_eq!(cloud.once(settings).await.unwrap().kept, 100);
    assert_eq!(contents(root.path()), cloud.contents());
    assert!(cloud.world().sent.values().all(|times| *times == 1));
}

#[tokio::test]
async fn three_videos_of_one_second_have_three_names() {
    let cloud = Cloud::start().await;
    for (number, millisecond) in [(1, 100), (2, 200), (3, 300)] {
        cloud.add(number, &format!("2026-11-26T10:00:00.{millisecond}Z"), Kind::Recording);
    }
    let root = directory();
    cloud.once(settings(root.path())).await.unwrap();
    let names = ["10-00-00-2.mp4", "10-00-00-3.mp4", "10-00-00.mp4"].map(|name| format!("CAM1/2026-11-26/{name}"));
    assert_eq!(files(root.path()), names);
    assert_eq!(contents(root.path()), cloud.contents());
}
