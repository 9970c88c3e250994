//! What a server sends that is no recording, or not the whole of one.

use super::support::{Cloud, Fault, directory, files, settings, video};
use crate::{Kind, Settings};

fn patient(root: &std::path::Path) -> Settings {
    let mut settings = settings(root);
    settings.pace.once_tries = 4;
    settings
}

#[tokio::test]
async fn a_page_of_text_is_never_kept_and_waits() {
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    cloud.fault(1, &[Fault::Page; 100]);
    let root = directory();
    let (done, heard) = cloud.once_heard(patient(root.path())).await;
    assert_eq!((done.as_ref().unwrap().kept, done.unwrap().waiting), (0, 1));
    assert_eq!(cloud.requests(), 4);
    assert!(files(root.path()).is_empty());
    assert!(
        heard
            .iter()
            .any(|line| line.contains("the content is wrong: it is a text")),
        "{heard:#?}"
    );
    // It still waits after a restart, and is fetched then.
    cloud.world().answers.clear();
    cloud.fault(1, &[]);
    let mut later = patient(root.path());
    later.pace.once_tries = 200;
    assert_eq!(cloud.once(later).await.unwrap().kept, 1);
}

#[tokio::test]
async fn what_the_server_only_has_in_part_is_kept_when_it_sends_the_same_twice() {
    let cloud = Cloud::start().await;
    let whole = video(1, 5000);
    cloud.put(
        1,
        "CAM1",
        "2026-11-26T10:00:00Z",
        Kind::Recording,
        whole[..4000].to_vec(),
    );
    let root = directory();
    let (done, heard) = cloud.once_heard(patient(root.path())).await;
    assert_eq!(done.unwrap().kept, 1);
    assert_eq!(cloud.requests(), 2);
    assert!(
        heard
            .iter()
            .any(|line| line.contains("sent the same twice, but its end is missing")),
        "{heard:#?}"
    );
}

#[tokio::test]
async fn a_whole_recording_is_kept_though_the_server_always_announces_more() {
    for has_ranges in [true, false] {
        let cloud = Cloud::start().await;
        cloud.world().has_ranges = has_ranges;
        let content = cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
        cloud.fault(1, &[Fault::Long(100); 10]);
        let root = directory();
        assert_eq!(cloud.once(patient(root.path())).await.unwrap().kept, 1, "{has_ranges}");
        let kept = std::fs::read(root.path().join("CAM1/2026-11-26/10-00-00.mp4")).unwrap();
        assert_eq!(kept, content);
    }
}

#[tokio::test]
async fn a_cut_download_goes_on_where_it_ended() {
    let cloud = Cloud::start().await;
    let content = cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    cloud.fault(1, &[Fault::Cut(7000), Fault::Cut(6000)]);
    let root = directory();
    let (done, heard) = cloud.once_heard(patient(root.path())).await;
    done.unwrap();
    assert_eq!(cloud.world().answers, [(1, 200), (1, 206), (1, 206)]);
    assert!(heard.iter().any(|line| line.contains("from byte 13000")), "{heard:#?}");
    let kept = std::fs::read(root.path().join("CAM1/2026-11-26/10-00-00.mp4")).unwrap();
    assert_eq!(kept, content);
}

#[tokio::test]
async fn a_content_that_changed_in_between_is_fetched_from_its_beginning() {
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    cloud.fault(1, &[Fault::Cut(7000)]);
    let root = directory();
    let mut one = patient(root.path());
    one.pace.once_tries = 1;
    assert_eq!(cloud.once(one).await.unwrap().waiting, 1);
    let other = video(77, 9000);
    cloud.put(1, "CAM1", "2026-11-26T10:00:00Z", Kind::Recording, other.clone());
    cloud.once(patient(root.path())).await.unwrap();
    let kept = std::fs::read(root.path().join("CAM1/2026-11-26/10-00-00.mp4")).unwrap();
    assert_eq!(kept, other);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_begun() {
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    let root = directory();
    let mut small = patient(root.path());
    small.max_file = 1000;
    let (done, heard) = cloud.once_heard(small).await;
    assert_eq!(done.unwrap().waiting, 1);
    assert!(
        heard.iter().any(|line| line.contains("1000 are the most")),
        "{heard:#?}"
    );
    assert!(files(root.path()).is_empty());
}

#[tokio::test]
async fn a_file_whose_length_nobody_said_ends_at_the_most() {
    let cloud = Cloud::start().await;
    let content = cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    cloud.fault(1, &[Fault::Unsaid; 100]);
    let root = directory();
    let most = |bytes: usize| {
        let mut settings = patient(root.path());
        settings.max_file = bytes.try_into().unwrap();
        settings
    };
    let (done, heard) = cloud.once_heard(most(content.len() - 1)).await;
    assert_eq!(done.unwrap().waiting, 1);
    assert!(heard.iter().any(|line| line.contains("sent more")), "{heard:#?}");
    assert!(files(root.path()).is_empty());
    let mut enough = most(content.len());
    enough.pace.once_tries = 200;
    assert_eq!(cloud.once(enough).await.unwrap().kept, 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_is_as_readable_as_any_of_the_user_and_the_index_has_no_url() {
    use std::os::unix::fs::PermissionsExt;
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    let root = directory();
    cloud.once(patient(root.path())).await.unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode();
    let own = root.path().join("own");
    std::fs::write(&own, "").unwrap();
    let kept = files(root.path())
        .into_iter()
        .find(|name| name.starts_with("CAM1"))
        .unwrap();
    assert_eq!(mode(&root.path().join(kept)), mode(&own));
    for entry in std::fs::read_dir(root.path().join(".arlo-archive")).unwrap() {
        let content = std::fs::read(entry.unwrap().path()).unwrap();
        let has_url = content.windows(3).any(|part| part == b"://") || content.windows(6).any(|part| part == b"token=");
        assert!(!has_url);
    }
}

#[tokio::test]
async fn the_extension_comes_from_the_content_and_the_time_of_the_file_from_the_recording() {
    let cloud = Cloud::start().await;
    let jpeg = cloud.add(1, "2026-11-26T10:00:00Z", Kind::Snapshot);
    assert!(jpeg.starts_with(&[0xff, 0xd8]));
    let png = [b"\x89PNG\r\n\x1a\n".to_vec(), vec![0; 100]].concat();
    cloud.put(2, "CAM1", "2026-11-26T11:00:00Z", Kind::Snapshot, png);
    let root = directory();
    cloud.once(patient(root.path())).await.unwrap();
    assert_eq!(
        files(root.path()),
        ["CAM1/2026-11-26/10-00-00.jpg", "CAM1/2026-11-26/11-00-00.png"]
    );
    let modified = root
        .path()
        .join("CAM1/2026-11-26/10-00-00.jpg")
        .metadata()
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(
        jiff::Timestamp::try_from(modified).unwrap().to_string(),
        "2026-11-26T10:00:00Z"
    );
}

#[tokio::test]
async fn a_server_that_stops_sending_is_left_and_asked_for_the_rest() {
    let cloud = Cloud::start().await;
    let content = cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    cloud.fault(1, &[Fault::Stall, Fault::Stall]);
    let root = directory();
    let mut settings = patient(root.path());
    settings.pace.once_tries = 50;
    settings.pace.idle = std::time::Duration::from_millis(100);
    let (done, heard) = cloud.once_heard(settings).await;
    assert_eq!(done.unwrap().kept, 1);
    assert!(heard.iter().any(|line| line.contains("stopped sending")), "{heard:#?}");
    assert!(heard.iter().any(|line| line.contains("from byte")), "{heard:#?}");
    assert_eq!(
        std::fs::read(root.path().join("CAM1/2026-11-26/10-00-00.mp4")).unwrap(),
        content
    );
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_left() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let cloud = Cloud::start().await;
    cloud.add(1, "2026-11-26T10:00:00Z", Kind::Recording);
    cloud
        .world()
        .redirect_to(format!("http://{}", silent.local_addr().unwrap()));
    let root = directory();
    let mut settings = patient(root.path());
    settings.pace.answer = std::time::Duration::from_millis(10);
    let (done, heard) = cloud.once_heard(settings).await;
    assert_eq!(done.unwrap().waiting, 1);
    assert!(
        heard.iter().any(|line| line.contains("did not answer in time")),
        "{heard:#?}"
    );
}
