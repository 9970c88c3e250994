//! Each fault, switched on and off while the cloud runs.

use std::time::Duration;

use crate::common::{Client, EMAIL, PASSWORD, cloud, until};
use arlo_sim::Fault;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn the_right_code_is_refused() {
    for (fault, error, message) in [
        (Fault::WrongOtp, 9236, "Invalid OTP"),
        (Fault::ExpiredOtp, 9237, "OTP expired"),
    ] {
        let (cloud, mut sink) = cloud().await;
        let client = Client::with_password(&cloud).await;
        let challenge = client.start_mail().await;
        let code = sink.mail().await.code();
        cloud.faults().set(fault);
        let refused = client.finish(&challenge, Some(&code)).await;
        assert_eq!(
            refused,
            json!({ "meta": { "code": 400, "error": error, "message": message } })
        );
        cloud.faults().clear(fault);
        assert_eq!(client.finish(&challenge, Some(&code)).await["meta"]["code"], 200);
    }
}

#[tokio::test]
async fn no_browser_is_trusted() {
    let (cloud, mut sink) = cloud().await;
    let mut client = Client::with_password(&cloud).await;
    let challenge = client.start_mail().await;
    let code = sink.mail().await.code();
    let data = client.finish(&challenge, Some(&code)).await["data"].clone();
    data["token"].as_str().unwrap().clone_into(&mut client.token);
    client.pair(&data["browserAuthCode"]).await;
    assert_eq!(client.factor_id().await["meta"]["code"], 200);
    for (fault, error, message) in [
        (Fault::NotTrusted9204, 9204, "Browser is not trusted"),
        (Fault::NotTrusted9261, 9261, "Invalid factor data"),
    ] {
        cloud.faults().set_times(fault, 1);
        let refused = client.factor_id().await;
        assert_eq!(
            refused,
            json!({ "meta": { "code": 400, "error": error, "message": message } })
        );
        assert_eq!(client.factor_id().await["meta"]["code"], 200);
    }
}

#[tokio::test]
async fn start_auth_fails_and_sends_nothing() {
    let (cloud, mut sink) = cloud().await;
    let client = Client::with_password(&cloud).await;
    let factor = client.factor("EMAIL").await["factorId"].clone();
    cloud.faults().set_times(Fault::StartAuth1110, 1);
    let refused = client.start(&factor).await;
    assert_eq!(
        refused,
        json!({ "meta": { "code": 400, "error": 1110, "message": "Unknown error" } })
    );
    cloud.faults().set_times(Fault::StartAuthEmpty, 1);
    assert_eq!(
        client.start(&factor).await,
        json!({ "meta": { "code": 200 }, "data": {} })
    );
    client.start_mail().await;
    sink.mail().await;
    assert!(sink.is_empty());
    assert_eq!(
        cloud
            .requests()
            .iter()
            .filter(|request| *request == "POST /api/startAuth")
            .count(),
        3
    );
}

#[tokio::test]
async fn an_answer_can_come_before_the_password_is_checked() {
    let (cloud, _sink) = cloud().await;
    let client = Client::new(&cloud);
    cloud.faults().set(Fault::Locked);
    let locked = client.password(EMAIL, PASSWORD).await;
    assert_eq!(
        locked,
        json!({ "meta": { "code": 403, "error": 9017, "message": "Account locked" } })
    );

    cloud.faults().set(Fault::TooManyRequests(Duration::from_secs(7)));
    let body = json!({ "email": EMAIL, "password": "x" });
    let limited = client.send(Method::POST, "/api/auth", "", Some(&body)).await;
    assert_eq!(
        (limited.status().as_u16(), &limited.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );

    cloud.faults().set(Fault::Cloudflare403);
    let blocked = client.send(Method::POST, "/api/auth", "", Some(&body)).await;
    assert_eq!(blocked.status(), 403);
    assert_eq!(blocked.headers()["content-type"], "text/html; charset=UTF-8");
    assert!(blocked.text().await.unwrap().contains("1020"));
    assert_eq!(client.send(Method::OPTIONS, "/api/auth", "", None).await.status(), 403);

    cloud.faults().clear_all();
    assert_eq!(client.password(EMAIL, PASSWORD).await["meta"]["code"], 200);
}

#[tokio::test]
async fn cloudflare_blocks_each_host_separately() {
    let (cloud, mut sink) = cloud().await;
    let client = Client::logged_in(&cloud, &mut sink).await;
    for (fault, auth, api) in [(Fault::Cloudflare403, 403, 200), (Fault::Cloudflare403Api, 200, 403)] {
        cloud.faults().set(fault);
        let token = BASE64_STANDARD.encode(&client.token);
        let validated = client.send(Method::GET, "/api/validateAccessToken", &token, None).await;
        let devices = client.api(Method::GET, "/hmsweb/v2/users/devices", None).await;
        assert_eq!((validated.status().as_u16(), devices.status().as_u16()), (auth, api));
        cloud.faults().clear(fault);
    }
}

#[tokio::test]
async fn the_second_factor_is_switched_off() {
    let refused = |error: Option<i64>| match error {
        Some(error) => json!({ "meta": { "code": 400, "error": error, "message": "Mfa disabled by service" } }),
        None => json!({ "meta": { "code": 400, "message": "Mfa disabled by service" } }),
    };
    for (fault, mfa, state, error) in [
        (Fault::MfaDisabled, true, "DISABLED", Some(9306)),
        (Fault::MfaDisabledNoNumber, true, "DISABLED", None),
        (Fault::MfaDisabledUnsaid, true, "ENABLED", Some(9306)),
        (Fault::MfaFalse, false, "ENABLED", Some(9306)),
    ] {
        let (cloud, mut sink) = cloud().await;
        cloud.faults().set(fault);
        let mut client = Client::new(&cloud);
        let data = client.password(EMAIL, PASSWORD).await["data"].clone();
        assert_eq!(
            (&data["mfa"], &data["MFA_State"], &data["authCompleted"]),
            (&json!(mfa), &json!(state), &json!(false)),
            "{fault}"
        );
        data["token"].as_str().unwrap().clone_into(&mut client.token);
        assert_eq!(client.factor_id().await, refused(error), "{fault}");
        assert_eq!(client.auth(Method::GET, "/api/getFactors", None).await, refused(error));
        let session = client.api(Method::GET, "/hmsweb/users/session/v3", None).await;
        assert_eq!(session.status(), 200, "no second factor is needed");

        // Arlo switches it on again.
        cloud.faults().clear(fault);
        let client = Client::with_password(&cloud).await;
        client.factor("EMAIL").await;
        let session = client.api(Method::GET, "/hmsweb/users/session/v3", None).await;
        assert_eq!(session.status(), 401, "a new token needs a second factor again");
        assert!(sink.is_empty());
    }
}

#[tokio::test]
async fn the_api_host_decides_about_tokens() {
    let (cloud, mut sink) = cloud().await;
    let client = Client::logged_in(&cloud, &mut sink).await;
    cloud.faults().set_times(Fault::VoidTokens, 1);
    for (faults, status, error) in [
        (&[][..], 401, json!("2015")),
        (&[Fault::RefuseAsSuccess], 200, json!("2015")),
        (&[Fault::RefuseByNumber], 401, json!(2015)),
        (&[Fault::RefuseAsSuccess, Fault::RefuseByNumber], 200, json!(2015)),
    ] {
        faults.iter().for_each(|fault| cloud.faults().set(*fault));
        let refused = client.api(Method::GET, "/hmsweb/users/session/v3", None).await;
        assert_eq!(refused.status(), status);
        let expected = json!({ "success": false, "data": { "error": error, "message": "Invalid Token" } });
        assert_eq!(refused.json::<Value>().await.unwrap(), expected);
        cloud.faults().clear_all();
    }
    let validated = client.auth(Method::GET, "/api/validateAccessToken", None).await;
    assert_eq!(validated["data"]["tokenValidated"], true, "the auth host does not know");
}

#[tokio::test]
async fn the_token_may_be_nested() {
    let (cloud, mut sink) = cloud().await;
    cloud.faults().set(Fault::NestedAccessToken);
    let client = Client::with_password(&cloud).await;
    let challenge = client.start_mail().await;
    let code = sink.mail().await.code();
    let data: Value = client.finish(&challenge, Some(&code)).await["data"].clone();
    assert_eq!(data["token"], json!(null));
    assert!(data["accessToken"]["token"].is_string() && data["accessToken"]["browserAuthCode"].is_string());
}

#[tokio::test]
async fn the_same_mail_comes_twice() {
    let (cloud, mut sink) = cloud().await;
    cloud.faults().set(Fault::TwoMails);
    let client = Client::with_password(&cloud).await;
    let challenge = client.start_mail().await;
    let (first, second) = (sink.mail().await, sink.mail().await);
    assert_eq!(first.message, second.message);
    assert_eq!(
        client.finish(&challenge, Some(&second.code())).await["meta"]["code"],
        200
    );
    until(|| cloud.sent().accepted == 2).await;
}

#[tokio::test]
async fn a_mail_with_another_code_comes_first() {
    let (cloud, mut sink) = cloud().await;
    cloud.faults().set(Fault::TwoCodes);
    let client = Client::with_password(&cloud).await;
    let challenge = client.start_mail().await;
    let (first, second) = (sink.mail().await, sink.mail().await);
    assert_ne!(first.parsed().message_id(), second.parsed().message_id());
    assert_eq!(
        client.finish(&challenge, Some(&second.code())).await["meta"]["code"],
        200
    );
}

#[tokio::test]
async fn a_stale_mail_comes_first() {
    let (cloud, mut sink) = cloud().await;
    cloud.faults().set(Fault::StaleMailFirst);
    let client = Client::with_password(&cloud).await;
    let challenge = client.start_mail().await;
    let (first, second) = (sink.mail().await, sink.mail().await);
    let age = |mail: &crate::common::Mail| mail.parsed().date().unwrap().to_timestamp();
    assert!((3590..3610).contains(&(age(&second) - age(&first))));
    assert_eq!(
        client.finish(&challenge, Some(&second.code())).await["meta"]["code"],
        200
    );
}

#[tokio::test]
async fn no_mail_comes() {
    let (cloud, mut sink) = cloud().await;
    cloud.faults().set_times(Fault::NoMail, 1);
    let client = Client::with_password(&cloud).await;
    client.start_mail().await;
    let challenge = client.start_mail().await;
    let code = sink.mail().await.code();
    assert_eq!(client.finish(&challenge, Some(&code)).await["meta"]["code"], 200);
    until(|| cloud.sent().accepted == 1).await;
    assert!(sink.is_empty());
}

#[tokio::test]
async fn a_slow_mail_does_not_delay_a_later_one() {
    let (cloud, mut sink) = cloud().await;
    cloud
        .faults()
        .set_times(Fault::SlowMail(Duration::from_secs(24 * 60 * 60)), 1);
    let client = Client::with_password(&cloud).await;
    client.start_mail().await;
    let challenge = client.start_mail().await;
    let code = sink.mail().await.code();
    assert_eq!(client.finish(&challenge, Some(&code)).await["meta"]["code"], 200);
    assert!(sink.is_empty());
    // A mail that is still to be sent does not delay the shutdown.
    cloud.shutdown().await;
}
