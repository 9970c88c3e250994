//! Several logins with one session file: one of them logs in, and the others use its session.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::support::*;
use arlo_client::{ErrorKind, Login, RelaySource, Step};
use tokio::sync::Notify;

const CHILD: &str = "ARLO_CLIENT_TEST_CLOUD";
const FILE: &str = "ARLO_CLIENT_TEST_FILE";

fn delay_code(cloud: &Cloud) {
    // The next poll comes after a second. Until then the other logins have started.
    cloud.answer("poll", [Answer::json(serde_json::json!({"status": "pending"}))]);
}

#[tokio::test]
async fn tasks_share_one_login() {
    let cloud = Cloud::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("new/session.json");
    delay_code(&cloud);
    let logs: Vec<StepLog> = (0..4).map(|_| StepLog::default()).collect();
    let runs: Vec<_> = logs
        .iter()
        .map(|log| {
            let login = log.listen(cloud.login().session_file(&file));
            tokio::spawn(async move { login.run().await })
        })
        .collect();
    let mut reused = 0;
    for run in runs {
        reused += usize::from(run.await.unwrap().unwrap().reused());
    }
    assert_eq!((reused, cloud.count("auth"), cloud.count("startAuth")), (3, 1, 1));
    assert_eq!(logs.iter().filter(|log| log.waited()).count(), 3);
}

/// The child process of the test below. Does nothing as a test of its own.
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
    delay_code(&cloud);
    let children: Vec<_> = (0..3)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "one_at_a_time::a_process_of_its_own"])
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

/// Locks a session file as another login does.
fn lock_file(file: &Path) -> std::fs::File {
    let lock = std::fs::File::create(format!("{}.lock", file.display())).unwrap();
    lock.try_lock().unwrap();
    lock
}

#[tokio::test]
async fn the_wait_for_another_login_has_an_end() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session.json");
    let lock = lock_file(&file);
    let cloud = Cloud::start().await;
    let login = cloud.login().session_file(&file);

    tokio::time::pause();
    let error = login.run().await.unwrap_err();
    tokio::time::resume();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Busy, true));
    assert!(error.to_string().contains("session.json"), "{error}");
    assert_eq!(cloud.names(), [""; 0]);

    // The end of the other login ends the wait.
    let waits = Arc::new(Notify::new());
    let waiting = Arc::clone(&waits);
    let login = login.on_step(move |step| {
        if matches!(step, Step::WaitingForOtherLogin) {
            waiting.notify_one();
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
    let _lock = lock_file(&file);
    let login = cloud.login().session_file(&link);
    tokio::time::pause();
    assert_eq!(login.run().await.unwrap_err().kind(), ErrorKind::Busy);
}

#[tokio::test]
async fn a_login_continues_without_a_lock() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session.json");
    // A directory has the name of the lock file.
    std::fs::create_dir(directory.path().join("session.json.lock")).unwrap();
    let (cloud, log) = (Cloud::start().await, StepLog::default());
    log.listen(cloud.login().session_file(&file)).run().await.unwrap();
    assert_eq!(log.steps()[0], "SessionNotLocked");
    assert!(cloud.login().session_file(&file).run().await.unwrap().reused());
}
