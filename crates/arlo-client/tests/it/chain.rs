//! The calls of a login: their order and their content.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::*;
use arlo_client::{BoxFuture, Code, CodeSource, Error, ErrorKind, PendingCode, RelaySource};
use serde_json::json;

const WITH_CODE: [&str; 11] = [
    "auth",
    "getFactorId",
    "getFactors",
    RELAY_TOKEN,
    "startAuth",
    "poll",
    "finishAuth",
    "validateAccessToken",
    "startPairingFactor",
    "v3",
    "devices",
];

#[tokio::test]
async fn a_login_with_a_code_makes_the_calls_of_the_web_application() {
    let (cloud, log) = (Cloud::start().await, StepLog::default());
    let session = log.listen(cloud.login()).run().await.unwrap();
    let devices = session.devices().await.unwrap();

    assert_eq!(
        cloud.names(),
        WITH_CODE,
        "the relay knows of the login before the mail is requested"
    );
    assert_eq!(cloud.preflights(), ["auth", "getFactorId", "startAuth"]);
    assert_eq!(
        log.steps(),
        [
            "Authenticating",
            "FactorChosen",
            "SourceReady",
            "CodeRequested",
            "WaitingForCode",
            "CodeReceived",
            "Finishing",
            "Paired",
            "SessionOpened",
        ]
    );
    assert_eq!(session.user_id(), "U1");
    assert!(session.mfa() && !session.reused());
    assert!(session.expires_at() > jiff::Timestamp::now());
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0].name.as_deref(), Some("Door"));
    assert_no_secret(&format!("{session:?} {devices:?}"));
}

#[tokio::test]
async fn each_call_has_the_content_of_a_browsers() {
    let cloud = Cloud::start().await;
    cloud.login().run().await.unwrap().devices().await.unwrap();

    let auth = cloud.call("auth");
    assert_eq!((auth.method.as_str(), auth.target.as_str()), ("POST", "/api/auth"));
    assert_eq!(
        auth.body,
        json!({"email": ACCOUNT, "password": "cGFzczp3w7ZyZA==", "language": "en", "EnvSource": "prod"})
    );
    assert_eq!(auth.header("authorization"), "");
    let device_id = auth.header("x-user-device-id").to_owned();
    assert_eq!(device_id.len(), 36);
    for call in cloud.calls().iter().filter(|call| call.target.starts_with("/api/")) {
        for (name, value) in [
            ("accept", "application/json, text/plain, */*"),
            ("content-type", "application/json"),
            ("origin", "https://my.arlo.com"),
            ("referer", "https://my.arlo.com/"),
            ("x-service-version", "3"),
            ("x-user-device-automation-name", "QlJPV1NFUg=="),
            ("x-user-device-id", &device_id),
            ("x-user-device-type", "BROWSER"),
        ] {
            assert_eq!(call.header(name), value, "{name} of {}", call.name);
        }
        let own_name = concat!("arlo-client/", env!("CARGO_PKG_VERSION"));
        assert_eq!(
            call.header("user-agent"),
            own_name,
            "not the name of a browser, which the connection would contradict"
        );
        assert_eq!(call.header("accept-encoding"), "gzip", "only what is decompressed");
    }

    // Base64 of the first token, and then of the final one.
    for name in ["getFactorId", "getFactors", "startAuth", "finishAuth"] {
        assert_eq!(
            cloud.call(name).header("authorization"),
            "Ml9maXJzdC10b2tlbg==",
            "{name}"
        );
    }
    for name in ["validateAccessToken", "startPairingFactor"] {
        assert_eq!(
            cloud.call(name).header("authorization"),
            "Ml9maW5hbC10b2tlbg==",
            "{name}"
        );
    }
    assert_eq!(
        cloud.call("getFactorId").body,
        json!({"factorType": "BROWSER", "factorData": "", "userId": "U1"})
    );
    assert!(cloud.call("getFactors").target.starts_with("/api/getFactors?data=1"));
    assert_eq!(
        cloud.call("startAuth").body,
        json!({"factorId": "E1", "factorType": "BROWSER", "userId": "U1"})
    );
    assert_eq!(
        cloud.call("finishAuth").body,
        json!({"factorAuthCode": "X1", "otp": CODE, "isBrowserTrusted": true})
    );
    assert_eq!(
        cloud.call("startPairingFactor").body,
        json!({"factorAuthCode": PAIRING, "factorData": "", "factorType": "BROWSER"})
    );

    // The API host expects the plain token, and a number in each call.
    for (name, path) in [
        ("v3", "/hmsweb/users/session/v3?eventId=FE!"),
        ("devices", "/hmsweb/v2/users/devices?t=1"),
    ] {
        let call = cloud.call(name);
        assert!(call.target.starts_with(path), "{}", call.target);
        assert!(call.target.contains("&time=1"), "{}", call.target);
        let transaction = call.header("x-transaction-id");
        assert!(transaction.starts_with("FE!") && call.target.contains(&format!("eventId={transaction}")));
        assert_eq!(call.header("authorization"), TOKEN);
        assert_eq!((call.header("auth-version"), call.header("schemaversion")), ("2", "1"));
    }

    let prestage = cloud.call(RELAY_TOKEN);
    assert_eq!(prestage.body, json!({ "email": ACCOUNT }));
    assert_eq!(cloud.call("poll").target, "/poll?wait=60");
}

/// The answer to `auth` with these flags.
fn first(flags: &serde_json::Value) -> Answer {
    let mut data = json!({"token": TOKEN, "userId": "U1", "expiresIn": 4_000_000_000_i64});
    data.as_object_mut().unwrap().extend(flags.as_object().unwrap().clone());
    Answer::data(data)
}

#[tokio::test]
async fn an_account_without_a_second_factor_needs_no_code() {
    let (cloud, log) = (Cloud::start().await, StepLog::default());
    cloud.answer("auth", [first(&json!({"authCompleted": true}))]);
    let session = log.listen(cloud.login_without_codes()).run().await.unwrap();
    assert!(!session.mfa());
    assert_eq!(session.expires_at().as_second(), 4_000_000_000);
    assert_eq!(cloud.names(), ["auth", "validateAccessToken", "v3"]);
    assert_eq!(log.steps(), ["Authenticating", "SessionOpened"]);
}

#[tokio::test]
async fn a_second_factor_that_is_off_is_not_requested() {
    for flags in [
        json!({"mfa": true, "MFA_State": "DISABLED", "authCompleted": false}),
        json!({"mfa": true, "MFA_State": "none", "authCompleted": false}),
        json!({"mfa": false}),
        json!({"mfa": false, "authCompleted": false, "MFA_State": "ENABLED"}),
    ] {
        for with_codes in [false, true] {
            let (cloud, log) = (Cloud::start().await, StepLog::default());
            cloud.answer("auth", [first(&flags)]);
            let login = if with_codes {
                cloud.login()
            } else {
                cloud.login_without_codes()
            };
            let session = log.listen(login).run().await.unwrap();
            assert!(!session.mfa() && !session.reused());
            assert_eq!(cloud.names(), ["auth", "v3"], "{flags}");
            assert_eq!(log.steps(), ["Authenticating", "NoSecondFactor", "SessionOpened"]);
        }
    }
}

#[tokio::test]
async fn a_second_factor_that_is_refused_as_off_is_not_needed() {
    let off = || Answer::error(400, 9306, "Mfa disabled by service");
    let unnumbered = || Answer::json(json!({"meta": {"code": 400, "message": "Mfa disabled by service"}}));
    let token = || first(&json!({"mfa": true, "authCompleted": false, "MFA_State": "SOMETHING NEW"}));
    for answer in [off, unnumbered] {
        // getFactorId refuses. That is enough.
        let (cloud, log) = (Cloud::start().await, StepLog::default());
        cloud.answer("auth", [token()]).answer("getFactorId", [answer()]);
        let session = log.listen(cloud.login_without_codes()).run().await.unwrap();
        assert!(!session.mfa());
        assert_eq!(cloud.names(), ["auth", "getFactorId", "v3"]);
        assert_eq!(log.steps(), ["Authenticating", "NoSecondFactor", "SessionOpened"]);

        // Only getFactors refuses.
        let cloud = Cloud::start().await;
        cloud.answer("auth", [token()]).answer("getFactors", [answer()]);
        assert!(!cloud.login().run().await.unwrap().mfa());
        assert_eq!(cloud.names(), ["auth", "getFactorId", "getFactors", "v3"]);
    }
}

#[tokio::test]
async fn a_session_that_is_not_good_without_a_second_factor_gets_one() {
    // Arlo says that it is off, the API host does not accept the token, and Arlo sends a code all the same.
    let void = Answer::json(json!({"success": false, "data": {"error": "2015"}}));
    let cloud = Cloud::start().await;
    cloud
        .answer("auth", [first(&json!({"MFA_State": "DISABLED"}))])
        .answer("v3", [void.clone()]);
    assert!(cloud.login().run().await.unwrap().mfa());
    assert_eq!(cloud.names()[..4], ["auth", "v3", "getFactorId", "getFactors"]);

    // Arlo sends no code. That is a temporary state.
    let cloud = Cloud::start().await;
    let off = Answer::error(400, 9306, "Mfa disabled by service");
    cloud
        .answer("v3", [void])
        .answer("getFactorId", [off.clone()])
        .answer("getFactors", [off]);
    let error = cloud.login().run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ArloRefused { code: Some(9306) });
    assert!(error.is_retryable() && error.retry_after().is_some(), "{error}");
    assert_eq!((cloud.count("auth"), cloud.count("v3")), (1, 1));
}

#[tokio::test]
async fn a_refusal_of_get_factor_id_ends_no_login() {
    for answer in [
        Answer::error(400, 9321, "No such factor"),
        Answer::error(400, 9302, "Something"),
        Answer::error(400, 1110, "Unknown error"),
        Answer::error(404, 0x7fff, "Not found"),
        Answer::json(json!({"meta": {"code": 400}})),
        Answer::json(json!({"meta": {"code": 400, "message": "no"}})),
        Answer(404, Vec::new(), "not found".into()),
        Answer(200, Vec::new(), "not JSON".into()),
        Answer::data(json!({})),
        Answer::data(json!({"factorId": ""})),
        Answer::json(json!({"meta": {"code": 200}})),
        Answer::json(json!({"success": false, "data": {"error": "4000"}})),
    ] {
        let cloud = Cloud::start().await;
        cloud.answer("getFactorId", [answer.clone()]);
        assert!(cloud.login().run().await.unwrap().mfa(), "{}", answer.2);
        assert_eq!((cloud.count("auth"), cloud.count("startAuth")), (1, 1));
    }
}

#[tokio::test]
async fn a_token_under_access_token_counts_too() {
    let cloud = Cloud::start().await;
    let inner = json!({"token": TOKEN, "userId": "U1", "expiresIn": "4000000000"});
    let data = json!({"accessToken": inner, "browserAuthCode": PAIRING, "authCompleted": true});
    cloud.answer("finishAuth", [Answer::data(data)]);
    let session = cloud.login().run().await.unwrap();
    assert_eq!(session.expires_at().as_second(), 4_000_000_000);
    assert_eq!(cloud.call("v3").header("authorization"), TOKEN);
    assert_eq!(cloud.count("startPairingFactor"), 1);
}

#[tokio::test]
async fn pairing_is_asked_for_once_offered_and_its_failure_loses_nothing() {
    let (cloud, log) = (Cloud::start().await, StepLog::default());
    cloud.answer("startPairingFactor", [Answer::error(400, 9261, "Invalid factor data")]);
    log.listen(cloud.login()).run().await.unwrap();
    assert_eq!(log.steps()[7..], ["PairingFailed", "SessionOpened"]);

    let (cloud, log) = (Cloud::start().await, StepLog::default());
    let data = json!({"token": TOKEN, "userId": "U1", "expiresIn": 1});
    cloud.answer("finishAuth", [Answer::data(data)]);
    log.listen(cloud.login()).run().await.unwrap();
    assert_eq!(cloud.count("startPairingFactor"), 0);
    assert_eq!(log.steps()[7..], ["SessionOpened"]);
}

#[tokio::test]
async fn the_named_factor_gets_the_mail() {
    let cloud = Cloud::start().await;
    let items = json!([
        {"factorId": "E1", "factorType": "EMAIL", "displayName": ACCOUNT, "factorRole": "PRIMARY"},
        {"factorId": "E2", "factorType": "EMAIL", "displayName": "r4nd0m@relay.example", "factorRole": "SECONDARY"},
    ]);
    cloud.answer("getFactors", [Answer::data(json!({ "items": items }))]);
    cloud.login().factor("r4nd0m@relay.example").run().await.unwrap();
    assert_eq!(cloud.call("startAuth").body["factorId"], "E2");
}

#[tokio::test]
async fn no_mail_is_requested_without_a_receiver() {
    // There is no source.
    let cloud = Cloud::start().await;
    let error = cloud.login_without_codes().run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoCodeSource);
    assert_eq!(cloud.count("startAuth"), 0);

    // The relay refuses.
    let cloud = Cloud::start().await;
    cloud.answer(RELAY_TOKEN, [Answer(403, Vec::new(), String::new())]);
    let error = cloud.login().run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodeSource);
    assert_eq!(cloud.count("startAuth"), 0);

    // No factor sends a code.
    let cloud = Cloud::start().await;
    cloud.answer(
        "getFactors",
        [Answer::data(
            json!({"items": [{"factorId": "P", "factorType": "PUSH"}]}),
        )],
    );
    let error = cloud.login().run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoUsableFactor);
    assert_eq!((cloud.count("startAuth"), cloud.count(RELAY_TOKEN)), (0, 0));
}

/// A source that gives these codes, one after the other.
struct Codes(Arc<Mutex<Vec<&'static str>>>);

impl Codes {
    fn new(codes: &[&'static str]) -> Self {
        Self(Arc::new(Mutex::new(codes.iter().rev().copied().collect())))
    }

    fn next(&self) -> Option<Code> {
        self.0.lock().unwrap().pop().and_then(Code::parse)
    }
}

impl CodeSource for Codes {
    fn prepare<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>> {
        let pending: Box<dyn PendingCode> = Box::new(Self(Arc::clone(&self.0)));
        Box::pin(async { Ok(pending) })
    }
}

impl PendingCode for Codes {
    fn code(&mut self, _: Duration) -> BoxFuture<'_, Result<Code, Error>> {
        let code = self
            .next()
            .ok_or_else(|| Error::new(ErrorKind::CodeSource, "out of codes"));
        Box::pin(async { code })
    }

    fn another(&mut self, _: Duration) -> BoxFuture<'_, Result<Option<Code>, Error>> {
        let code = self.next();
        Box::pin(async { Ok(code) })
    }
}

#[tokio::test]
async fn a_refused_code_is_followed_by_one_other_and_never_by_itself() {
    for (codes, tried, good) in [
        (vec!["111111", CODE], vec!["111111", CODE], true),
        (vec!["111111"], vec!["111111"], false),
        (vec!["111111", "111111", CODE], vec!["111111"], false),
        (vec!["111111", "222222", CODE], vec!["111111", "222222"], false),
    ] {
        let (cloud, log) = (Cloud::start().await, StepLog::default());
        let login = cloud.login_without_codes().codes(Codes::new(&codes));
        let result = log.listen(login).run().await;
        let calls = cloud.calls();
        let sent: Vec<_> = calls.iter().filter_map(|call| call.body["otp"].as_str()).collect();
        assert_eq!(sent, tried);
        assert_eq!(result.is_ok(), good, "{codes:?}");
        assert!(log.steps().contains(&"CodeRefused".to_owned()));
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::InvalidCode);
        }
        assert_eq!(
            (cloud.count("auth"), cloud.count("startAuth")),
            (1, 1),
            "one password, one mail"
        );
    }
}

#[tokio::test]
async fn a_source_that_never_ends_is_ended() {
    struct Forever;
    impl CodeSource for Forever {
        fn prepare<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>> {
            Box::pin(async { Ok(Box::new(Self) as Box<dyn PendingCode>) })
        }
    }
    impl PendingCode for Forever {
        fn code(&mut self, _: Duration) -> BoxFuture<'_, Result<Code, Error>> {
            Box::pin(async {
                // From here on only the clock advances.
                tokio::time::pause();
                std::future::pending().await
            })
        }
    }
    let cloud = Cloud::start().await;
    let error = cloud.login_without_codes().codes(Forever).run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodeTimeout);
}

#[tokio::test]
async fn a_relay_that_answers_with_text_works_as_well() {
    let cloud = Cloud::start().await;
    let url = format!("{}/poll?X-Amz-Signature=0%2F0&X-Amz-Expires=300", cloud.url);
    cloud.answer(
        RELAY_TOKEN,
        [Answer(200, vec![("content-type", "text/plain".into())], url)],
    );
    cloud.login().run().await.unwrap();
    assert_eq!(
        cloud.call("poll").target,
        "/poll?X-Amz-Signature=0%2F0&X-Amz-Expires=300"
    );
}

#[tokio::test]
async fn the_relay_token_can_be_sent_in_a_header() {
    let cloud = Cloud::start().await;
    cloud.answer(
        "prepare-arlo-mfa",
        [Answer(200, Vec::new(), format!("{}/poll", cloud.url))],
    );
    let source = RelaySource::new(&format!("{}/prepare-arlo-mfa", cloud.url)).unwrap();
    cloud
        .login_without_codes()
        .codes(source.token(RELAY_TOKEN.into()))
        .run()
        .await
        .unwrap();
    assert_eq!(
        cloud.call("prepare-arlo-mfa").header("authorization"),
        format!("Bearer {RELAY_TOKEN}")
    );
    assert_eq!(cloud.call("poll").header("authorization"), "");
}

#[tokio::test]
async fn a_rest_api_works_as_well_and_knows_of_the_login_before_the_mail() {
    let cloud = Cloud::start().await;
    let source = arlo_client::RestApiSource::new(&cloud.url, RELAY_TOKEN.into()).unwrap();
    let (log, login) = (StepLog::default(), cloud.login_without_codes().codes(source));
    assert!(log.listen(login).run().await.unwrap().mfa());
    let calls = [
        "auth",
        "getFactorId",
        "getFactors",
        "clear",
        "startAuth",
        "get",
        "finishAuth",
    ];
    assert_eq!(cloud.names()[..7], calls);
    let query = format!("?email=casey%40example.org&token={RELAY_TOKEN}");
    assert_eq!(cloud.call("clear").target, format!("/clear{query}"));
    assert_eq!(cloud.call("get").target, format!("/get{query}"));

    // Its refusal ends the login before a mail is requested, and shows no secret.
    let cloud = Cloud::start().await;
    let refused = json!({"meta": {"code": 400}, "data": {"success": false, "error": "no", "code": null}});
    cloud.answer("clear", [Answer::json(refused)]);
    let source = arlo_client::RestApiSource::new(&cloud.url, RELAY_TOKEN.into()).unwrap();
    let error = cloud.login_without_codes().codes(source).run().await.unwrap_err();
    assert_eq!((error.kind(), cloud.count("startAuth")), (ErrorKind::CodeSource, 0));
    assert_no_secret(&all_texts(&error));
}

#[test]
fn a_login_can_run_on_any_thread() {
    fn is_send<T: Send>(_: T) {}
    let login = arlo_client::Login::new(ACCOUNT, PASSWORD.into());
    assert_no_secret(&format!("{login:?}"));
    is_send(login.run());
}
