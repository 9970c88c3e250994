//! The failures of each call, and their effect on the login, the account and the secrets.

use std::time::Duration;

use crate::support::*;
use arlo_client::{ErrorKind, Login};
use serde_json::json;

#[tokio::test]
async fn each_failure_has_its_kind_and_sends_the_password_once() {
    use ErrorKind::*;
    let refused = |code| ArloRefused { code: Some(code) };
    let html = |status| {
        Answer(
            status,
            vec![("content-type", "text/html".into())],
            "<html>1020</html>".into(),
        )
    };
    for (call, answer, kind) in [
        (
            "auth",
            Answer::json(json!({"meta": {"code": 401, "message": "Password not correct"}})),
            WrongPassword,
        ),
        ("auth", Answer::error(403, 9017, "Account locked"), AccountLocked),
        ("auth", Answer::error(400, 9015, "Wrong"), WrongPassword),
        ("auth", Answer::error(400, 9340, "Password expired"), refused(9340)),
        (
            "auth",
            Answer(429, vec![("retry-after", "30".into())], String::new()),
            RateLimited,
        ),
        ("auth", html(502), Unavailable),
        ("auth", Answer::data(json!({"userId": "U1"})), UnexpectedAnswer),
        ("auth", Answer::data(json!({"token": ""})), UnexpectedAnswer),
        (
            "auth",
            Answer::data(json!({"token": TOKEN, "userId": "U1", "pad": "x".repeat(1024 * 1024)})),
            UnexpectedAnswer,
        ),
        (
            "auth",
            Answer(307, vec![("location", "/elsewhere".into())], String::new()),
            UnexpectedAnswer,
        ),
        ("getFactorId", Answer::error(403, 9017, "Account locked"), AccountLocked),
        ("getFactorId", Answer::error(400, 1, "Too many requests"), RateLimited),
        ("getFactorId", Answer::error(401, 9022, "Token"), SessionRejected),
        ("getFactorId", Answer::error(400, 9029, "Later"), refused(9029)),
        ("getFactorId", html(502), Unavailable),
        ("getFactors", Answer::error(400, 9302, "No"), refused(9302)),
        ("getFactors", Answer::data(json!({})), NoUsableFactor),
        ("startAuth", Answer::error(400, 1110, "Unknown error"), refused(1110)),
        ("startAuth", Answer::json(json!({"meta": {"code": 200}})), refused(1110)),
        ("startAuth", Answer::data(json!({"factorId": "E1"})), refused(1110)),
        ("poll", Answer(403, Vec::new(), String::new()), CodeSource),
        (
            "poll",
            Answer::json(json!({"status": "error", "message": "two codes"})),
            CodeSource,
        ),
        ("finishAuth", Answer::error(400, 9236, "Invalid OTP"), InvalidCode),
        ("finishAuth", Answer::error(400, 9237, "Expired"), CodeExpired),
        ("finishAuth", Answer::error(400, 9234, "Tries"), RateLimited),
        ("finishAuth", Answer::error(400, 9301, "Tries"), RateLimited),
        ("finishAuth", Answer::error(400, 9238, "Timed out"), CodeTimeout),
        (
            "finishAuth",
            Answer::json(json!({"meta": {"code": 400, "message": "Too many requests"}})),
            RateLimited,
        ),
        ("finishAuth", Answer::data(json!({})), UnexpectedAnswer),
        (
            "v3",
            Answer::json(json!({"success": false, "data": {"error": "2015", "message": "Invalid Token"}})),
            SessionRejected,
        ),
        ("v3", Answer(404, Vec::new(), String::new()), UnexpectedAnswer),
        ("v3", Answer(401, Vec::new(), String::new()), SessionRejected),
    ] {
        let cloud = Cloud::start().await;
        // A second code would be refused like the first.
        cloud.answer(call, [answer]);
        let log = StepLog::default();
        let error = log.listen(cloud.login()).run().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{call}: {error}");
        assert_no_secret(&all_texts(&error));
        assert!(error.to_string().len() > 20, "{error}");
        assert_eq!(cloud.count("auth"), 1, "{call}: the password is sent once");
        assert!(cloud.count("startAuth") <= 1, "{call}: one mail at most");
        assert_eq!(cloud.count("elsewhere"), 0, "a redirect is not followed");
    }
}

#[tokio::test]
async fn the_error_has_the_wait_that_arlo_asks_for() {
    let cloud = Cloud::start().await;
    cloud.answer("auth", [Answer(429, vec![("retry-after", "30".into())], String::new())]);
    let error = cloud.login().run().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_is_a_network_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Login::new(ACCOUNT, PASSWORD.into())
        .auth_host(&url)
        .run()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.is_retryable());
    assert!(error.to_string().contains(&url), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    assert_no_secret(&all_texts(&error));
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_a_network_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let login = Login::new(ACCOUNT, PASSWORD.into())
        .auth_host(&url)
        .request_timeout(Duration::from_millis(50));
    let error = login.run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.to_string().contains("in time"), "{error}");
}

#[tokio::test]
async fn a_host_without_a_certificate_gets_nothing() {
    let cloud = Cloud::start().await;
    let url = cloud.url.replace("http:", "https:");
    let error = Login::new(ACCOUNT, PASSWORD.into())
        .auth_host(&url)
        .run()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.to_string().contains("certificate"), "{error}");
    assert_eq!(cloud.names(), [""; 0]);
}

/// A process reads the environment once, so this test runs in its own process.
#[tokio::test]
async fn no_proxy_is_used_for_this_machine() {
    const CHILD: &str = "ARLO_CLIENT_TEST_BEHIND_A_PROXY";
    if std::env::var_os(CHILD).is_some() {
        Cloud::start().await.login().run().await.unwrap();
        return;
    }
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "errors::no_proxy_is_used_for_this_machine"])
        .env(CHILD, "1")
        .env("http_proxy", "http://127.0.0.1:1")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && printed.contains("1 passed"), "{printed}");
}

#[tokio::test]
async fn a_relay_that_cannot_be_reached_requests_no_mail_and_shows_no_token() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "http://{}/prepare-arlo-mfa/{RELAY_TOKEN}",
        listener.local_addr().unwrap()
    );
    drop(listener);
    let cloud = Cloud::start().await;
    let source = arlo_client::RelaySource::new(&url).unwrap();
    let error = cloud.login_without_codes().codes(source).run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_no_secret(&all_texts(&error));
    assert_eq!(cloud.count("startAuth"), 0);
}

#[tokio::test]
async fn settings_that_cannot_be_used_send_nothing() {
    let cloud = Cloud::start().await;
    let login = |account: &str| {
        Login::new(account, PASSWORD.into())
            .auth_host(&cloud.url)
            .api_host(&cloud.url)
    };
    let long = format!("{}@example.org", "x".repeat(10_000));
    for account in [
        "",
        "casey",
        "@example.org",
        "casey@",
        "ca sey@example.org",
        "casey@example.org\r\n.",
        &long,
    ] {
        let error = login(account).run().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{account}");
    }
    for url in ["", "arlo", "ftp://127.0.0.1", "http://example.org"] {
        let error = login(ACCOUNT).auth_host(url).run().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{url}");
        let error = login(ACCOUNT).api_host(url).run().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{url}");
    }
    let error = login(ACCOUNT).user_agent("two\r\nlines").run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(cloud.names(), [""; 0]);
}

#[tokio::test]
async fn a_page_of_cloudflare_is_followed_by_a_few_more_tries() {
    let page = || {
        Answer(
            403,
            vec![("content-type", "text/html".into())],
            "<html>1020</html>".into(),
        )
    };
    for call in ["auth", "getFactorId", "getFactors", "startAuth", "finishAuth", "v3"] {
        // The third call succeeds.
        let cloud = Cloud::start().await;
        cloud.answer(call, [page(), page()]);
        cloud.login().run().await.unwrap();
        assert_eq!(cloud.count(call), 3, "{call}");

        // No call succeeds. The login ends and can be tried later.
        let cloud = Cloud::start().await;
        cloud.answer(call, [page(), page(), page()]);
        let error = cloud.login().run().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::BlockedByCloudflare, true),
            "{call}"
        );
        assert_eq!(cloud.count(call), 3, "{call}");
        assert_no_secret(&all_texts(&error));
    }
    // A call with a rate limit is not repeated.
    let cloud = Cloud::start().await;
    cloud.answer("auth", [Answer(403, Vec::new(), "error code: 1015".into())]);
    assert_eq!(cloud.login().run().await.unwrap_err().kind(), ErrorKind::RateLimited);
    assert_eq!(cloud.count("auth"), 1);
}

#[tokio::test]
async fn the_answer_of_validate_access_token_is_not_used() {
    for answer in [
        Answer::error(401, 1, "no"),
        Answer::data(json!({"tokenValidated": false})),
        Answer(502, Vec::new(), "<html>".into()),
    ] {
        let cloud = Cloud::start().await;
        cloud.answer("validateAccessToken", [answer]);
        cloud.login().run().await.unwrap();
    }
}
