//! Several logins with one session file: one of them logs in, the others use its session.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use arlo_client::{ErrorKind, Login, RelaySource, Step};
use support::*;
use tokio::sync::Notify;

const CHILD: &str = "ARLO_CLIENT_TEST_CLOUD";
const FILE: &str = "ARLO_CLIENT_TEST_FILE";

fn held_poll(cloud: &Cloud) {
    // Asked again after a second: long enough for the others to come.
    cloud.answer("poll", [Answer::json(serde_json::json!({"status": "pending"}))]);
}

#[tokio::test]
async fn tasks_share_one_login() {
    let cloud = Cloud::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("new/session.json");
    held_poll(&cloud);
    let stories: Vec<Story> = (0..4).map(|_| Story::default()).collect();
    let runs: Vec<_> = stories
        .iter()
        .map(|story| {
            let login = story.listen(cloud.login().session_file(&file));
            tokio::spawn(async move { login.run().await })
        })
        .collect();
    let mut reused = 0;
    for run in runs {
        reused += usize::from(run.await.unwrap().unwrap().reused());
    }
    assert_eq!((reused, cloud.count("auth"), cloud.count("startAuth")), (3, 1, 1));
    let waited = stories
        .iter()
        .filter(|story| story.steps()[0] == "WaitingForOtherLogin");
    assert_eq!(waited.count(), 3);
}

/// The child of the test below, and nothing when it runs by itself.
#[tokio::test]
async fn a_process_of_its_own() {
    let (Ok(url), Some(file)) = (std::env::var(CHILD), std::env::var_os(FILE)) else {
        return;
    };
    let source = RelaySource::new(&format!("{url}/prepare-arlo-mfa/{RELAY_TOKEN}")).unwrap();
    let login = Login::new(ACCOUNT, PASSWORD.into()).auth_host(&url).api_host(&url);
    login.codes(source).session_file(file).run().await.unwrap();
}

#[tokio::test]
async fn processes_share_one_login() {
    let cloud = Cloud::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session.json");
    held_poll(&cloud);
    let children: Vec<_> = (0..3)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "a_process_of_its_own"])
                .env(CHILD, &cloud.url)
                .env(FILE, &file)
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        let ended = tokio::task::spawn_blocking(move || child.wait()).await.unwrap();
        assert!(ended.unwrap().success());
    }
    assert_eq!((cloud.count("auth"), cloud.count("finishAuth")), (1, 1));
    assert_eq!(cloud.count("v3"), 3);
}

/// Holds the lock of a session file as another login does.
fn hold(file: &Path) -> std::fs::File {
    let lock = std::fs::File::create(format!("{}.lock", file.display())).unwrap();
    lock.try_lock().unwrap();
    lock
}

#[tokio::test]
async fn a_login_that_never_ends_is_not_waited_for_without_end() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session.json");
    let lock = hold(&file);
    let cloud = Cloud::start().await;
    let login = cloud.login().session_file(&file);

    tokio::time::pause();
    let error = login.run().await.unwrap_err();
    tokio::time::resume();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Busy, true));
    assert!(error.to_string().contains("session.json"), "{error}");
    assert_eq!(cloud.names(), [""; 0]);

    // Its end is noticed.
    let waits = Arc::new(Notify::new());
    let told = Arc::clone(&waits);
    let login = login.on_step(move |step| {
        if matches!(step, Step::WaitingForOtherLogin) {
            told.notify_one();
        }
    });
    let (session, ()) = tokio::join!(login.run(), async {
        waits.notified().await;
        drop(lock);
    });
    assert!(!session.unwrap().reused());
}

#[tokio::test]
async fn a_dropped_login_lets_the_next_one_in() {
    let cloud = Cloud::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session.json");
    let login = cloud.login().session_file(&file);
    let auth = async {
        while cloud.count("auth") == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = login.run() => {}
        () = auth => {}
    }
    let next = cloud.login().session_file(&file).force();
    tokio::time::timeout(Duration::from_secs(60), next.run())
        .await
        .unwrap()
        .unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_and_its_file_have_one_lock() {
    let directory = tempfile::tempdir().unwrap();
    let (file, link) = (
        directory.path().join("session.json"),
        directory.path().join("link.json"),
    );
    let cloud = Cloud::start().await;
    cloud.login().session_file(&file).run().await.unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let _lock = hold(&file);
    let login = cloud.login().session_file(&link);
    tokio::time::pause();
    assert_eq!(login.run().await.unwrap_err().kind(), ErrorKind::Busy);
}

#[tokio::test]
async fn without_a_lock_the_login_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session.json");
    // A directory in the lock's place.
    std::fs::create_dir(directory.path().join("session.json.lock")).unwrap();
    let (cloud, story) = (Cloud::start().await, Story::default());
    story.listen(cloud.login().session_file(&file)).run().await.unwrap();
    assert_eq!(story.steps()[0], "SessionNotLocked");
    assert!(cloud.login().session_file(&file).run().await.unwrap().reused());
}
