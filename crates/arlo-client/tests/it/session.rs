//! The session file over several logins: what is reused, until when, and what is not lost.

use std::fs;
use std::path::Path;

use crate::support::*;
use arlo_client::{ErrorKind, Session};
use serde_json::{Value, json};

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Sets one key of the saved session.
fn set(path: &Path, key: &str, value: &str) {
    let mut file = read(path);
    file["session"][key] = value.into();
    fs::write(path, file.to_string()).unwrap();
}

struct Setup {
    cloud: Cloud,
    log: StepLog,
    directory: tempfile::TempDir,
}

impl Setup {
    /// After a first login with a code.
    async fn logged_in() -> Self {
        let setup = Self {
            cloud: Cloud::start().await,
            log: StepLog::default(),
            directory: tempfile::tempdir().unwrap(),
        };
        assert!(setup.login().await.unwrap().mfa());
        setup.again()
    }

    fn path(&self) -> std::path::PathBuf {
        self.directory.path().join("session.json")
    }

    fn again(mut self) -> Self {
        self.cloud.clear_calls();
        self.log = StepLog::default();
        self
    }

    async fn login(&self) -> Result<Session, arlo_client::Error> {
        self.log
            .listen(self.cloud.login().session_file(self.path()))
            .run()
            .await
    }
}

#[tokio::test]
async fn a_session_is_reused_while_arlo_accepts_it() {
    let setup = Setup::logged_in().await;
    let session = setup.login().await.unwrap();
    assert!(session.reused() && session.mfa());
    assert_eq!(session.user_id(), "U1");
    assert_eq!(setup.cloud.names(), ["v3"], "the API host alone decides");
    assert_eq!(setup.log.steps(), ["SessionReused"]);
    assert_eq!(session.devices().await.unwrap().len(), 1);
    assert_eq!(setup.cloud.call("devices").header("authorization"), TOKEN);
}

#[tokio::test]
async fn an_expired_session_is_followed_by_a_login_without_a_code() {
    for expiry in [
        "2026-01-01T00:00:00Z".parse().unwrap(),
        jiff::Timestamp::now() + jiff::SignedDuration::from_secs(30),
    ] {
        let setup = Setup::logged_in().await;
        let device_id = read(&setup.path())["device_id"].clone();
        set(&setup.path(), "expires_at", &expiry.to_string());

        let session = setup.login().await.unwrap();
        assert!(!session.reused() && !session.mfa());
        assert_eq!(
            setup.cloud.names(),
            ["auth", "getFactorId", "startAuth", "validateAccessToken", "v3"]
        );
        assert_eq!(setup.log.steps(), ["Authenticating", "BrowserTrusted", "SessionOpened"]);
        assert!(
            setup
                .cloud
                .call("getFactorId")
                .header("cookie")
                .contains(&format!("browser_trust={TRUST}"))
        );
        assert_eq!(setup.cloud.call("startAuth").body["factorId"], "B1");
        assert_eq!(
            setup.cloud.call("auth").header("x-user-device-id"),
            device_id.as_str().unwrap()
        );
        // The new cookie replaced the old one at once.
        assert!(
            setup
                .cloud
                .call("validateAccessToken")
                .header("cookie")
                .contains("browser_trust=rotated")
        );
        let file = read(&setup.path()).to_string();
        assert!(file.contains("rotated") && !file.contains(TRUST), "{file}");
    }
}

#[tokio::test]
async fn a_trusted_browser_is_not_paired_again() {
    let setup = Setup::logged_in().await;
    set(&setup.path(), "expires_at", "2026-01-01T00:00:00Z");
    let access = json!({"token": TOKEN, "userId": "U1", "expiresIn": 1});
    let data = json!({"accessToken": access, "browserAuthCode": PAIRING});
    setup.cloud.answer("startAuth", [Answer::data(data)]);
    assert!(!setup.login().await.unwrap().mfa());
    assert_eq!(setup.cloud.count("startPairingFactor"), 0);
}

#[tokio::test]
async fn a_rotated_cookie_is_kept_even_where_the_login_then_fails() {
    let setup = Setup::logged_in().await;
    set(&setup.path(), "expires_at", "2026-01-01T00:00:00Z");
    setup.cloud.answer(
        "startAuth",
        [Answer::error(400, 1110, "Unknown error").cookie("browser_trust=newer; Path=/")],
    );
    let error = setup.login().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ArloRefused { code: Some(1110) });
    assert!(read(&setup.path()).to_string().contains("newer"));
}

#[tokio::test]
async fn trust_that_has_ended_is_followed_by_a_code() {
    for refusal in [
        Answer::error(400, 9261, "Invalid factor data"),
        Answer::error(400, 9204, "Browser is not trusted"),
    ] {
        let setup = Setup::logged_in().await;
        set(&setup.path(), "expires_at", "2026-01-01T00:00:00Z");
        setup.cloud.answer("getFactorId", [refusal]);
        assert!(setup.login().await.unwrap().mfa());
        assert_eq!((setup.cloud.count("auth"), setup.cloud.count("finishAuth")), (1, 1));
    }
    for start in [
        Answer::error(400, 9261, "Invalid factor data"),
        Answer::data(json!({"token": TOKEN, "userId": "U1", "expiresIn": 1, "authCompleted": false})),
    ] {
        let setup = Setup::logged_in().await;
        set(&setup.path(), "expires_at", "2026-01-01T00:00:00Z");
        setup.cloud.answer("startAuth", [start]);
        assert!(setup.login().await.unwrap().mfa());
        assert_eq!((setup.cloud.count("auth"), setup.cloud.count("finishAuth")), (1, 1));
        assert!(!setup.log.steps().contains(&"BrowserTrusted".to_owned()));
    }
}

/// Each form of the API host's refusal of a token.
fn refusals() -> Vec<Answer> {
    let mut refusals = vec![
        Answer(401, Vec::new(), String::new()),
        Answer::error(401, 1, "Access token not valid"),
    ];
    for error in [json!("2015"), json!(2015)] {
        let body = json!({"success": false, "data": {"error": error, "message": "Invalid Token"}}).to_string();
        refusals.extend([200, 401].map(|status| Answer(status, Vec::new(), body.clone())));
    }
    refusals
}

#[tokio::test]
async fn a_session_that_arlo_refuses_is_followed_by_one_login() {
    for refusal in refusals() {
        let setup = Setup::logged_in().await;
        setup.cloud.answer("v3", [refusal.clone()]);
        assert!(!setup.login().await.unwrap().reused(), "{}", refusal.2);
        assert_eq!(setup.cloud.count("auth"), 1);
        assert_eq!(setup.log.steps()[0], "SessionRejected");

        // It is refused after the login too. That is the end, without a loop.
        let setup = Setup::logged_in().await;
        setup.cloud.answer("v3", [refusal.clone(), refusal]);
        assert_eq!(setup.login().await.unwrap_err().kind(), ErrorKind::SessionRejected);
        assert_eq!(setup.cloud.count("auth"), 1);
    }
}

#[tokio::test]
async fn a_failure_at_the_check_of_a_session_causes_no_login() {
    let page = |status| Answer(status, Vec::new(), "<html>".into());
    for (trouble, kind) in [
        (page(403), ErrorKind::BlockedByCloudflare),
        (page(502), ErrorKind::Unavailable),
        (page(429), ErrorKind::RateLimited),
        (page(200), ErrorKind::UnexpectedAnswer),
        (
            Answer::error(400, 9000, "Later"),
            ErrorKind::ArloRefused { code: Some(9000) },
        ),
    ] {
        let setup = Setup::logged_in().await;
        let before = read(&setup.path());
        setup.cloud.answer("v3", [trouble.clone(), trouble.clone(), trouble]);
        assert_eq!(setup.login().await.unwrap_err().kind(), kind);
        assert_eq!(setup.cloud.count("auth"), 0);
        let after = read(&setup.path());
        for kept in ["session", "cookies", "device_id"] {
            assert_eq!(after[kept], before[kept], "{kind:?}");
        }
    }
    // A temporary page has no effect.
    let setup = Setup::logged_in().await;
    setup.cloud.answer("v3", [page(403), page(403)]);
    assert!(setup.login().await.unwrap().reused());
}

#[tokio::test]
async fn a_damaged_file_is_reported_kept_and_replaced() {
    let setup = Setup::logged_in().await;
    let whole = fs::read(setup.path()).unwrap();
    let half = &whole[..whole.len() / 2];
    fs::write(setup.path(), half).unwrap();
    assert!(!setup.login().await.unwrap().reused());
    assert_eq!(setup.log.steps()[0], "SessionFileUnusable");
    assert_eq!(fs::read(setup.directory.path().join("session.json.bad")).unwrap(), half);

    let setup = setup.again();
    assert!(setup.login().await.unwrap().reused());
}

#[tokio::test]
async fn a_login_that_fails_keeps_a_damaged_file() {
    let setup = Setup::logged_in().await;
    fs::write(setup.path(), "half").unwrap();
    setup
        .cloud
        .answer("auth", [Answer::error(401, 1, "Password not correct")]);
    assert_eq!(setup.login().await.unwrap_err().kind(), ErrorKind::WrongPassword);
    assert_eq!(
        fs::read(setup.directory.path().join("session.json.bad")).unwrap(),
        b"half"
    );
}

#[tokio::test]
async fn a_file_of_another_login_is_refused_before_a_byte_is_sent() {
    let setup = Setup::logged_in().await;
    let before = fs::read(setup.path()).unwrap();
    let other = arlo_client::Login::new("other@example.org", PASSWORD.into()).session_file(setup.path());
    let error = other
        .auth_host(&setup.cloud.url)
        .api_host(&setup.cloud.url)
        .run()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionFile);
    assert!(
        error.to_string().contains("another account") && error.to_string().contains("session.json"),
        "{error}"
    );

    let elsewhere = Cloud::start().await;
    let (here, there) = (&setup.cloud.url, &elsewhere.url);
    for (auth_host, api_host) in [(here, there), (there, here), (there, there)] {
        let login = elsewhere.login().auth_host(auth_host).api_host(api_host);
        let error = login.session_file(setup.path()).run().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SessionFile);
        assert!(error.to_string().contains("other hosts"), "{error}");
    }

    assert!(setup.cloud.names().is_empty() && elsewhere.names().is_empty());
    assert_eq!(fs::read(setup.path()).unwrap(), before);
}

#[tokio::test]
async fn a_login_that_cannot_be_saved_succeeds_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("file"), "").unwrap();
    // `file` is no directory. Reading below it fails as without permission.
    let cloud = Cloud::start().await;
    let error = cloud
        .login()
        .session_file(directory.path().join("file/s.json"))
        .run()
        .await
        .unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::SessionFile,
        "a file that can never be saved is reported before the login"
    );
    assert_eq!(cloud.names(), [""; 0]);

    // A later failure ends no login and is reported once.
    let (cloud, log) = (Cloud::start().await, StepLog::default());
    let long = directory.path().join("d".repeat(250) + "/" + &"s".repeat(250));
    let session = log.listen(cloud.login().session_file(long)).run().await.unwrap();
    assert_eq!(session.user_id(), "U1");
    assert_eq!(log.steps().iter().filter(|step| *step == "SessionNotSaved").count(), 1);
}

#[tokio::test]
async fn a_login_that_ends_after_its_code_is_not_lost() {
    let setup = Setup::logged_in().await;
    fs::remove_file(setup.path()).unwrap();
    setup.cloud.answer("v3", [Answer(502, Vec::new(), String::new())]);
    assert_eq!(setup.login().await.unwrap_err().kind(), ErrorKind::Unavailable);

    let setup = setup.again();
    assert!(setup.login().await.unwrap().reused(), "no second mail");
    assert_eq!(setup.cloud.count("startAuth"), 0);
}

#[tokio::test]
async fn a_login_that_fails_keeps_its_identity() {
    let setup = Setup::logged_in().await;
    fs::remove_file(setup.path()).unwrap();
    setup
        .cloud
        .answer("startAuth", [Answer::error(400, 1110, "Unknown error")]);
    setup.login().await.unwrap_err();
    let device_id = setup.cloud.call("auth").header("x-user-device-id").to_owned();

    let setup = setup.again();
    let login = setup.cloud.login().session_file(setup.path());
    login.force().run().await.unwrap();
    assert_eq!(setup.cloud.call("auth").header("x-user-device-id"), device_id);
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let setup = Setup::logged_in().await;
    assert_eq!(fs::metadata(setup.path()).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(setup.path()).unwrap();
    for secret in [PASSWORD, CODE, "cGFzczp3w7ZyZA==", RELAY_TOKEN, FIRST_TOKEN] {
        assert!(!text.contains(secret), "{secret} is not needed again");
    }
}

/// A limit on the size of files simulates a full disk. The limit is for a whole process, so this test runs in its own
/// process.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_loses_nothing() {
    const CHILD: &str = "ARLO_CLIENT_TEST_FULL_DISK";
    if let Some(directory) = std::env::var_os(CHILD) {
        let (cloud, log) = (Cloud::start().await, StepLog::default());
        let file = Path::new(&directory).join("session.json");
        let hosts = read(&file)["auth_host"].as_str().unwrap().to_owned();
        // The session of that file belongs to a cloud in the parent process.
        let login = cloud.login().auth_host(&hosts).api_host(&hosts).session_file(&file);
        let session = log.listen(login).run().await.unwrap();
        assert!(!session.reused());
        assert!(log.steps().contains(&"SessionNotSaved".to_owned()), "{:?}", log.steps());
        return;
    }
    let setup = Setup::logged_in().await;
    set(&setup.path(), "expires_at", "2026-01-01T00:00:00Z");
    let before = fs::read(setup.path()).unwrap();
    let mut child = std::process::Command::new("sh");
    child
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 0; exec \"$0\" --exact session::a_full_disk_loses_nothing",
        ])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, setup.directory.path());
    let ended = tokio::task::spawn_blocking(move || child.output())
        .await
        .unwrap()
        .unwrap();
    let printed = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && printed.contains("1 passed"), "{printed}");
    assert_eq!(fs::read(setup.path()).unwrap(), before);
    assert_eq!(
        fs::read_dir(setup.directory.path()).unwrap().count(),
        2,
        "the file and its lock"
    );
}

#[tokio::test]
async fn a_rotated_cookie_is_on_disk_before_the_next_call() {
    let setup = Setup::logged_in().await;
    set(&setup.path(), "expires_at", "2026-01-01T00:00:00Z");
    let refused = Answer::error(400, 9261, "Invalid factor data").cookie("browser_trust=newer; Path=/");
    setup.cloud.answer("startAuth", [refused]);
    let (path, seen) = (setup.path(), std::sync::Arc::new(std::sync::Mutex::new(String::new())));
    let file = std::sync::Arc::clone(&seen);
    let login = setup.cloud.login().session_file(setup.path()).on_step(move |step| {
        // The first step after it, before the next save.
        if matches!(step, arlo_client::Step::FactorChosen(_)) {
            *file.lock().unwrap() = fs::read_to_string(&path).unwrap();
        }
    });
    login.run().await.unwrap();
    assert!(seen.lock().unwrap().contains("newer"));
}
