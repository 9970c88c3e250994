//! The session file over several logins: what is reused, until when, and what is never lost.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::fs;
use std::path::Path;

use arlo_client::{ErrorKind, Session};
use serde_json::{Value, json};
use support::*;

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Sets one key of the saved session.
fn set(path: &Path, key: &str, value: &str) {
    let mut file = read(path);
    file["session"][key] = value.into();
    fs::write(path, file.to_string()).unwrap();
}

struct Home {
    cloud: Cloud,
    story: Story,
    directory: tempfile::TempDir,
}

impl Home {
    /// After a first login with a code.
    async fn logged_in() -> Self {
        let home = Self {
            cloud: Cloud::start().await,
            story: Story::default(),
            directory: tempfile::tempdir().unwrap(),
        };
        assert!(home.login().await.unwrap().mfa());
        home.again()
    }

    fn path(&self) -> std::path::PathBuf {
        self.directory.path().join("session.json")
    }

    fn again(mut self) -> Self {
        self.cloud.forget();
        self.story = Story::default();
        self
    }

    async fn login(&self) -> Result<Session, arlo_client::Error> {
        self.story
            .listen(self.cloud.login().session_file(self.path()))
            .run()
            .await
    }
}

#[tokio::test]
async fn a_session_is_reused_while_arlo_takes_it() {
    let home = Home::logged_in().await;
    let session = home.login().await.unwrap();
    assert!(session.reused() && session.mfa());
    assert_eq!(session.user_id(), "U1");
    assert_eq!(home.cloud.names(), ["v3"], "the API host alone decides");
    assert_eq!(home.story.steps(), ["SessionReused"]);
    assert_eq!(session.devices().await.unwrap().len(), 1);
    assert_eq!(home.cloud.call("devices").header("authorization"), TOKEN);
}

#[tokio::test]
async fn an_expired_session_is_followed_by_a_login_without_a_code() {
    for expiry in [
        "2026-01-01T00:00:00Z".parse().unwrap(),
        jiff::Timestamp::now() + jiff::SignedDuration::from_secs(30),
    ] {
        let home = Home::logged_in().await;
        let device_id = read(&home.path())["device_id"].clone();
        set(&home.path(), "expires_at", &expiry.to_string());

        let session = home.login().await.unwrap();
        assert!(!session.reused() && !session.mfa());
        assert_eq!(
            home.cloud.names(),
            ["auth", "getFactorId", "startAuth", "validateAccessToken", "v3"]
        );
        assert_eq!(
            home.story.steps(),
            ["Authenticating", "BrowserTrusted", "SessionOpened"]
        );
        assert!(
            home.cloud
                .call("getFactorId")
                .header("cookie")
                .contains(&format!("browser_trust={TRUST}"))
        );
        assert_eq!(home.cloud.call("startAuth").body["factorId"], "B1");
        assert_eq!(
            home.cloud.call("auth").header("x-user-device-id"),
            device_id.as_str().unwrap()
        );
        // The cookie that came with it took the old one's place, at once.
        assert!(
            home.cloud
                .call("validateAccessToken")
                .header("cookie")
                .contains("browser_trust=rotated")
        );
        let file = read(&home.path()).to_string();
        assert!(file.contains("rotated") && !file.contains(TRUST), "{file}");
    }
}

#[tokio::test]
async fn a_trusted_browser_is_not_paired_again() {
    let home = Home::logged_in().await;
    set(&home.path(), "expires_at", "2026-01-01T00:00:00Z");
    let access = json!({"token": TOKEN, "userId": "U1", "expiresIn": 1});
    let data = json!({"accessToken": access, "browserAuthCode": PAIRING});
    home.cloud.answer("startAuth", [Answer::data(data)]);
    assert!(!home.login().await.unwrap().mfa());
    assert_eq!(home.cloud.count("startPairingFactor"), 0);
}

#[tokio::test]
async fn a_rotated_cookie_is_kept_even_where_the_login_then_fails() {
    let home = Home::logged_in().await;
    set(&home.path(), "expires_at", "2026-01-01T00:00:00Z");
    home.cloud.answer(
        "startAuth",
        [Answer::error(400, 1110, "Unknown error").cookie("browser_trust=newer; Path=/")],
    );
    let error = home.login().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ArloRefused { code: Some(1110) });
    assert!(read(&home.path()).to_string().contains("newer"));
}

#[tokio::test]
async fn trust_that_has_ended_is_followed_by_a_code() {
    for refusal in [
        Answer::error(400, 9261, "Invalid factor data"),
        Answer::error(400, 9204, "Browser is not trusted"),
    ] {
        let home = Home::logged_in().await;
        set(&home.path(), "expires_at", "2026-01-01T00:00:00Z");
        home.cloud.answer("getFactorId", [refusal]);
        assert!(home.login().await.unwrap().mfa());
        assert_eq!((home.cloud.count("auth"), home.cloud.count("finishAuth")), (1, 1));
    }
    for start in [
        Answer::error(400, 9261, "Invalid factor data"),
        Answer::data(json!({"token": TOKEN, "userId": "U1", "expiresIn": 1, "authCompleted": false})),
    ] {
        let home = Home::logged_in().await;
        set(&home.path(), "expires_at", "2026-01-01T00:00:00Z");
        home.cloud.answer("startAuth", [start]);
        assert!(home.login().await.unwrap().mfa());
        assert_eq!((home.cloud.count("auth"), home.cloud.count("finishAuth")), (1, 1));
        assert!(!home.story.steps().contains(&"BrowserTrusted".to_owned()));
    }
}

/// The API host's refusals of a token, in each of their forms.
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
        let home = Home::logged_in().await;
        home.cloud.answer("v3", [refusal.clone()]);
        assert!(!home.login().await.unwrap().reused(), "{}", refusal.2);
        assert_eq!(home.cloud.count("auth"), 1);
        assert_eq!(home.story.steps()[0], "SessionRejected");

        // Refused after the login as well: that is the end, not a loop.
        let home = Home::logged_in().await;
        home.cloud.answer("v3", [refusal.clone(), refusal]);
        assert_eq!(home.login().await.unwrap_err().kind(), ErrorKind::SessionRejected);
        assert_eq!(home.cloud.count("auth"), 1);
    }
}

#[tokio::test]
async fn trouble_at_the_check_of_a_session_causes_no_login() {
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
        let home = Home::logged_in().await;
        let before = read(&home.path());
        home.cloud.answer("v3", [trouble.clone(), trouble.clone(), trouble]);
        assert_eq!(home.login().await.unwrap_err().kind(), kind);
        assert_eq!(home.cloud.count("auth"), 0);
        let after = read(&home.path());
        for kept in ["session", "cookies", "device_id"] {
            assert_eq!(after[kept], before[kept], "{kind:?}");
        }
    }
    // A page that passes is not even noticed.
    let home = Home::logged_in().await;
    home.cloud.answer("v3", [page(403), page(403)]);
    assert!(home.login().await.unwrap().reused());
}

#[tokio::test]
async fn a_damaged_file_is_told_kept_and_replaced() {
    let home = Home::logged_in().await;
    let whole = fs::read(home.path()).unwrap();
    let half = &whole[..whole.len() / 2];
    fs::write(home.path(), half).unwrap();
    assert!(!home.login().await.unwrap().reused());
    assert_eq!(home.story.steps()[0], "SessionFileUnusable");
    assert_eq!(fs::read(home.directory.path().join("session.json.bad")).unwrap(), half);

    let home = home.again();
    assert!(home.login().await.unwrap().reused());
}

#[tokio::test]
async fn a_login_that_fails_keeps_a_damaged_file() {
    let home = Home::logged_in().await;
    fs::write(home.path(), "half").unwrap();
    home.cloud
        .answer("auth", [Answer::error(401, 1, "Password not correct")]);
    assert_eq!(home.login().await.unwrap_err().kind(), ErrorKind::WrongPassword);
    assert_eq!(
        fs::read(home.directory.path().join("session.json.bad")).unwrap(),
        b"half"
    );
}

#[tokio::test]
async fn a_file_of_another_login_is_refused_before_a_byte_is_sent() {
    let home = Home::logged_in().await;
    let before = fs::read(home.path()).unwrap();
    let other = arlo_client::Login::new("other@example.org", PASSWORD.into()).session_file(home.path());
    let error = other
        .auth_host(&home.cloud.url)
        .api_host(&home.cloud.url)
        .run()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionFile);
    assert!(
        error.to_string().contains("another account") && error.to_string().contains("session.json"),
        "{error}"
    );

    let elsewhere = Cloud::start().await;
    let (here, there) = (&home.cloud.url, &elsewhere.url);
    for (auth_host, api_host) in [(here, there), (there, here), (there, there)] {
        let login = elsewhere.login().auth_host(auth_host).api_host(api_host);
        let error = login.session_file(home.path()).run().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SessionFile);
        assert!(error.to_string().contains("other hosts"), "{error}");
    }

    assert!(home.cloud.names().is_empty() && elsewhere.names().is_empty());
    assert_eq!(fs::read(home.path()).unwrap(), before);
}

#[tokio::test]
async fn a_login_that_cannot_be_saved_is_good_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("file"), "").unwrap();
    // `file` is no directory; reading below it fails as it does without rights.
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
        "what could never be kept is said before the login"
    );
    assert_eq!(cloud.names(), [""; 0]);

    // What stops working later ends no login, and is told once.
    let (cloud, story) = (Cloud::start().await, Story::default());
    let long = directory.path().join("d".repeat(250) + "/" + &"s".repeat(250));
    let session = story.listen(cloud.login().session_file(long)).run().await.unwrap();
    assert_eq!(session.user_id(), "U1");
    assert_eq!(
        story.steps().iter().filter(|step| *step == "SessionNotSaved").count(),
        1
    );
}

#[tokio::test]
async fn a_login_cut_off_after_its_code_is_not_lost() {
    let home = Home::logged_in().await;
    fs::remove_file(home.path()).unwrap();
    home.cloud.answer("v3", [Answer(502, Vec::new(), String::new())]);
    assert_eq!(home.login().await.unwrap_err().kind(), ErrorKind::Unavailable);

    let home = home.again();
    assert!(home.login().await.unwrap().reused(), "no second mail");
    assert_eq!(home.cloud.count("startAuth"), 0);
}

#[tokio::test]
async fn a_login_that_fails_keeps_its_identity() {
    let home = Home::logged_in().await;
    fs::remove_file(home.path()).unwrap();
    home.cloud
        .answer("startAuth", [Answer::error(400, 1110, "Unknown error")]);
    home.login().await.unwrap_err();
    let device_id = home.cloud.call("auth").header("x-user-device-id").to_owned();

    let home = home.again();
    let login = home.cloud.login().session_file(home.path());
    login.force().run().await.unwrap();
    assert_eq!(home.cloud.call("auth").header("x-user-device-id"), device_id);
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::logged_in().await;
    assert_eq!(fs::metadata(home.path()).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(home.path()).unwrap();
    for secret in [PASSWORD, CODE, "cGFzczp3w7ZyZA==", RELAY_TOKEN, FIRST_TOKEN] {
        assert!(!text.contains(secret), "{secret} is not needed again");
    }
}

/// A limit on what may be written stands in for a full disk; it holds for a whole process, so this test runs in its
/// own.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_loses_nothing() {
    const CHILD: &str = "ARLO_CLIENT_TEST_FULL_DISK";
    if let Some(directory) = std::env::var_os(CHILD) {
        let (cloud, story) = (Cloud::start().await, Story::default());
        let file = Path::new(&directory).join("session.json");
        let hosts = read(&file)["auth_host"].as_str().unwrap().to_owned();
        // The session of that file belongs to a cloud that runs in the parent.
        let login = cloud.login().auth_host(&hosts).api_host(&hosts).session_file(&file);
        let session = story.listen(login).run().await.unwrap();
        assert!(!session.reused());
        assert!(
            story.steps().contains(&"SessionNotSaved".to_owned()),
            "{:?}",
            story.steps()
        );
        return;
    }
    let home = Home::logged_in().await;
    set(&home.path(), "expires_at", "2026-01-01T00:00:00Z");
    let before = fs::read(home.path()).unwrap();
    let mut child = std::process::Command::new("sh");
    child
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 0; exec \"$0\" --exact a_full_disk_loses_nothing",
        ])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, home.directory.path());
    let ended = tokio::task::spawn_blocking(move || child.output())
        .await
        .unwrap()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    assert_eq!(fs::read(home.path()).unwrap(), before);
    assert_eq!(
        fs::read_dir(home.directory.path()).unwrap().count(),
        2,
        "the file and its lock"
    );
}

#[tokio::test]
async fn a_rotated_cookie_is_on_disk_before_the_next_call() {
    let home = Home::logged_in().await;
    set(&home.path(), "expires_at", "2026-01-01T00:00:00Z");
    let refused = Answer::error(400, 9261, "Invalid factor data").cookie("browser_trust=newer; Path=/");
    home.cloud.answer("startAuth", [refused]);
    let (path, seen) = (home.path(), std::sync::Arc::new(std::sync::Mutex::new(String::new())));
    let file = std::sync::Arc::clone(&seen);
    let login = home.cloud.login().session_file(home.path()).on_step(move |step| {
        // The first step after it, and before anything else is saved.
        if matches!(step, arlo_client::Step::FactorChosen(_)) {
            *file.lock().unwrap() = fs::read_to_string(&path).unwrap();
        }
    });
    login.run().await.unwrap();
    assert!(seen.lock().unwrap().contains("newer"));
}
