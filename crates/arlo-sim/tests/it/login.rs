//! The calls of a login up to its token, for each kind of factor.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::common::{Client, EMAIL, PASSWORD, RELAY, Sink, cloud, until};
use arlo_sim::{Config, ErrorKind, User};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_login_goes_from_the_password_to_the_devices() {
    let (cloud, mut sink) = cloud().await;
    let mut client = Client::new(&cloud);
    let options = client.send(Method::OPTIONS, "/api/auth", "", None).await;
    assert_eq!(
        (options.status().as_u16(), options.bytes().await.unwrap().len()),
        (204, 0)
    );

    let password = client.password(" Casey@Gmail.com ", PASSWORD).await;
    let data = &password["data"];
    assert_eq!(
        (&data["authCompleted"], &data["mfa"], &data["MFA_State"]),
        (&json!(false), &json!(true), &json!("ENABLED"))
    );
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let expires = data["expiresIn"].as_u64().unwrap();
    assert!(
        (now + 7100..=now + 7200).contains(&expires),
        "no Unix time two hours ahead: {expires}"
    );
    data["token"].as_str().unwrap().clone_into(&mut client.token);

    let untrusted = client.factor_id().await;
    assert_eq!(
        untrusted,
        json!({ "meta": { "code": 400, "error": 9204, "message": "Browser is not trusted" } })
    );

    let factors = client
        .auth(Method::GET, "/api/getFactors?data%20=%201790000000", None)
        .await;
    let items = factors["data"]["items"].as_array().unwrap();
    let kinds: Vec<_> = items
        .iter()
        .map(|item| (&item["factorType"], &item["factorRole"]))
        .collect();
    let expected =
        [("EMAIL", "PRIMARY"), ("SMS", "SECONDARY"), ("PUSH", "SECONDARY")].map(|(a, b)| (json!(a), json!(b)));
    assert_eq!(kinds, expected.iter().map(|(a, b)| (a, b)).collect::<Vec<_>>());
    assert_eq!(
        (&items[0]["factorNickname"], &items[0]["displayName"]),
        (&json!(EMAIL), &json!(EMAIL))
    );
    for key in ["_type", "factorId", "applicationId", "applicationName"] {
        assert!(items[0][key].is_string(), "{key}");
    }

    let started = client.start(&items[0]["factorId"]).await;
    let code = sink.mail().await.code();
    let finished = client
        .finish(started["data"]["factorAuthCode"].as_str().unwrap(), Some(&code))
        .await;
    let data = &finished["data"];
    assert_eq!(data["authCompleted"], true);
    data["token"].as_str().unwrap().clone_into(&mut client.token);

    let validated = client
        .auth(Method::GET, "/api/validateAccessToken?data=1790000000", None)
        .await;
    assert_eq!(validated["data"]["tokenValidated"], true);
    assert_eq!(client.pair(&data["browserAuthCode"]).await["meta"]["code"], 200);

    let session: Value = client
        .api(Method::GET, "/hmsweb/users/session/v3", None)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&session["success"], &session["data"]["email"]),
        (&json!(true), &json!(EMAIL))
    );
    assert_eq!(session["data"]["mqttUrl"], json!(null));
    let devices = client
        .api(Method::GET, "/hmsweb/v2/users/devices?t=1790000000000", None)
        .await;
    let devices: Value = devices.json().await.unwrap();
    let names: Vec<_> = devices["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| &device["deviceName"])
        .collect();
    assert_eq!(names, ["Home", "Front door", "Garden"]);

    assert_eq!(
        cloud.requests(),
        [
            "OPTIONS /api/auth",
            "POST /api/auth",
            "POST /api/getFactorId",
            "GET /api/getFactors",
            "POST /api/startAuth",
            "POST /api/finishAuth",
            "GET /api/validateAccessToken",
            "POST /api/startPairingFactor",
            "GET /hmsweb/users/session/v3",
            "GET /hmsweb/v2/users/devices",
        ]
    );
    cloud.shutdown().await;
}

#[tokio::test]
async fn a_trusted_browser_needs_no_code() {
    let (cloud, mut sink) = cloud().await;
    let mut client = Client::with_password(&cloud).await;
    let challenge = client.start_mail().await;
    let code = sink.mail().await.code();
    let finished = client.finish(&challenge, Some(&code)).await;
    finished["data"]["token"]
        .as_str()
        .unwrap()
        .clone_into(&mut client.token);

    // The cookie that finishAuth set has no effect before the pairing.
    assert_eq!(client.factor_id().await["meta"]["error"], 9204);
    let pairing = &finished["data"]["browserAuthCode"];
    assert_eq!(client.pair(pairing).await["meta"]["code"], 200);
    assert_eq!(
        client.pair(pairing).await["meta"]["code"],
        400,
        "a pairing code is valid once"
    );

    for _ in 0..2 {
        let password = client.password(EMAIL, PASSWORD).await;
        password["data"]["token"]
            .as_str()
            .unwrap()
            .clone_into(&mut client.token);
        let factor = client.factor_id().await["data"]["factorId"].clone();
        let quick = client.start(&factor).await;
        assert_eq!(quick["data"]["factorAuthCode"], json!(null));
        let token = &quick["data"]["accessToken"];
        assert_eq!(token["authCompleted"], true);
        token["token"].as_str().unwrap().clone_into(&mut client.token);
        assert_eq!(
            client.api(Method::GET, "/hmsweb/v2/users/devices", None).await.status(),
            200
        );
    }
    until(|| cloud.sent().accepted == 1).await;
    assert!(sink.is_empty());
}

#[tokio::test]
async fn a_quick_login_needs_the_cookie_and_voids_it() {
    let (cloud, mut sink) = cloud().await;
    let client = Client::with_password(&cloud).await;
    let challenge = client.start_mail().await;
    let code = sink.mail().await.code();
    let finished = client.finish(&challenge, Some(&code)).await["data"].clone();

    // Sends the cookie explicitly, so that an old one can be sent again. Gives the new cookie and the answer.
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let call = async |path: &str, token: &Value, cookie: &str, body: Value| {
        let authorization = BASE64_STANDARD.encode(token.as_str().unwrap());
        let request = http.post(cloud.url() + path).header("Authorization", authorization);
        let response = request
            .header("Cookie", format!("other=1; {cookie}"))
            .json(&body)
            .send()
            .await
            .unwrap();
        let set = response
            .headers()
            .get("set-cookie")
            .map(|set| set.to_str().unwrap().to_owned());
        (set.unwrap_or_default(), response.json::<Value>().await.unwrap())
    };
    let name = |set: &str| set.split(';').next().unwrap().to_owned();

    let pairing = json!({ "factorAuthCode": finished["browserAuthCode"] });
    let (set, _) = call("/api/startPairingFactor", &finished["token"], "x=y", pairing).await;
    assert!(
        set.starts_with("browser_trust=") && set.ends_with("; Path=/; Max-Age=1209600; HttpOnly"),
        "{set}"
    );
    let old = name(&set);
    let (_, known) = call("/api/getFactorId", &finished["token"], &old, json!({})).await;
    let factor = json!({ "factorId": known["data"]["factorId"] });
    let (_, without) = call("/api/startAuth", &finished["token"], "x=y", factor.clone()).await;
    assert_eq!(without["meta"]["error"], 9204, "the factor's name alone proves nothing");

    let (set, quick) = call("/api/startAuth", &finished["token"], &old, factor).await;
    let token = &quick["data"]["accessToken"]["token"];
    for (cookie, code) in [(old, 400), (name(&set), 200)] {
        let (_, answer) = call("/api/getFactorId", token, &cookie, json!({})).await;
        assert_eq!(answer["meta"]["code"], code);
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_differ_by_a_number() {
    let (cloud, _sink) = cloud().await;
    let client = Client::new(&cloud);
    let wrong = client.password(EMAIL, "wrong").await;
    assert_eq!(
        (&wrong["meta"]["code"], &wrong["meta"]["message"]),
        (&json!(401), &json!("Password not correct"))
    );
    assert_eq!(wrong["meta"]["error"], 9015);
    let unknown = client.password("nobody@example.org", PASSWORD).await;
    assert_eq!(
        (&unknown["meta"]["code"], &unknown["meta"]["error"]),
        (&json!(401), &json!(9016))
    );
    let plain = client
        .post("/api/auth", json!({ "email": EMAIL, "password": PASSWORD }))
        .await;
    assert_eq!(plain, wrong, "the password must be in base64");
}

#[tokio::test]
async fn a_code_is_valid_once_and_for_its_own_login() {
    let (cloud, mut sink) = cloud().await;
    let client = Client::with_password(&cloud).await;
    let (first, second) = (client.start_mail().await, client.start_mail().await);
    let (a, b) = (sink.mail().await.code(), sink.mail().await.code());
    // The mails may arrive in another order.
    let (one, two) = if cloud.pending_code(EMAIL).unwrap() == b {
        (a, b)
    } else {
        (b, a)
    };
    if one != two {
        assert_eq!(client.finish(&first, Some(&two)).await["meta"]["error"], 9236);
    }
    assert_eq!(client.finish(&first, None).await["meta"]["error"], 9236);
    let other = Client::with_password(&cloud).await;
    assert_eq!(client.finish(&first, Some(&one)).await["meta"]["code"], 200);
    assert_eq!(other.finish(&first, Some(&one)).await["meta"]["error"], 9236, "used up");
    assert_eq!(other.finish(&second, Some(&two)).await["meta"]["code"], 200);
}

#[tokio::test]
async fn a_challenge_allows_three_wrong_codes() {
    let (cloud, _sink) = cloud().await;
    let client = Client::with_password(&cloud).await;
    let challenge = client.start_mail().await;
    for _ in 0..3 {
        assert_eq!(client.finish(&challenge, Some("none")).await["meta"]["error"], 9236);
    }
    let code = cloud.pending_code(EMAIL).unwrap();
    assert_eq!(
        client.finish(&challenge, Some(&code)).await["meta"]["message"],
        "Too many requests"
    );
}

#[tokio::test]
async fn a_text_message_and_a_push_question_finish_a_login_too() {
    let (cloud, mut sink) = cloud().await;
    let client = Client::with_password(&cloud).await;
    let factor = client.factor("SMS").await;
    let started = client.start(&factor["factorId"]).await;
    let code = cloud.pending_code(EMAIL).unwrap();
    let finished = client
        .finish(started["data"]["factorAuthCode"].as_str().unwrap(), Some(&code))
        .await;
    assert_eq!(finished["meta"]["code"], 200);

    let client = Client::with_password(&cloud).await;
    let factor = client.factor("PUSH").await;
    let refused = client.start(&factor["factorId"]).await;
    assert_eq!(refused["meta"]["error"], 9261, "a question belongs to no browser");
    let question = json!({ "factorId": factor["factorId"], "factorType": "", "userId": "x" });
    let started = client.post("/api/startAuth", question).await;
    let challenge = started["data"]["factorAuthCode"].as_str().unwrap();
    assert_eq!(client.finish(challenge, None).await["meta"]["error"], 9233);
    cloud.approve_pushes(EMAIL);
    assert_eq!(client.finish(challenge, None).await["data"]["authCompleted"], true);
    assert!(sink.is_empty());
}

#[tokio::test]
async fn a_user_without_factors_is_logged_in_by_the_password() {
    let sink = Sink::start().await;
    let user = User::new(EMAIL, PASSWORD).factors(vec![]);
    let cloud = arlo_sim::start(Config::new(sink.address, vec![user])).await.unwrap();
    let mut client = Client::new(&cloud);
    let data = client.password(EMAIL, PASSWORD).await["data"].clone();
    assert_eq!(
        (&data["authCompleted"], &data["mfa"], &data["MFA_State"]),
        (&json!(true), &json!(false), &json!("DISABLED"))
    );
    data["token"].as_str().unwrap().clone_into(&mut client.token);
    assert_eq!(
        client.api(Method::GET, "/hmsweb/v2/users/devices", None).await.status(),
        200
    );
}

#[tokio::test]
async fn a_user_cannot_use_the_data_of_another() {
    let mut sink = Sink::start().await;
    let camera = json!({ "deviceId": "X", "uniqueId": "X", "deviceName": "Barn", "deviceType": "camera" });
    let jo = User::new("jo@example.org", "battery").devices(vec![camera.clone()]);
    let users = vec![
        User::new(EMAIL, PASSWORD).deliver_to(RELAY),
        jo.deliver_to("j0@relay.localhost"),
    ];
    let cloud = arlo_sim::start(Config::new(sink.address, users)).await.unwrap();
    let casey = Client::with_password(&cloud).await;
    let mut jo = Client::new(&cloud);
    let password = jo.password("jo@example.org", "battery").await;
    password["data"]["token"].as_str().unwrap().clone_into(&mut jo.token);

    let challenge = jo.start_mail().await;
    let mail = sink.mail().await;
    assert_eq!(mail.reverse_path, "jo+caf_=j0=relay.localhost@example.org");
    assert_eq!(
        casey.finish(&challenge, Some(&mail.code())).await["meta"]["error"],
        9236
    );
    let caseys = casey.factor("EMAIL").await;
    assert_eq!(jo.start(&caseys["factorId"]).await["meta"]["error"], 9261);

    let finished = jo.finish(&challenge, Some(&mail.code())).await;
    finished["data"]["token"].as_str().unwrap().clone_into(&mut jo.token);
    jo.pair(&finished["data"]["browserAuthCode"]).await;
    assert_eq!(jo.factor_id().await["meta"]["code"], 200);
    // The same browser is not trusted for another user.
    let password = jo.password(EMAIL, PASSWORD).await;
    let token = std::mem::replace(&mut jo.token, password["data"]["token"].as_str().unwrap().to_owned());
    assert_eq!(jo.factor_id().await["meta"]["error"], 9204);
    jo.token = token;
    let devices = jo.api(Method::GET, "/hmsweb/v2/users/devices", None).await;
    assert_eq!(devices.json::<Value>().await.unwrap()["data"], json!([camera]));
}

#[tokio::test]
async fn tokens_and_codes_expire() {
    let mut sink = Sink::start().await;
    let user = User::new(EMAIL, PASSWORD).deliver_to(RELAY);
    let mut config = Config::new(sink.address, vec![user]);
    config.token_lifetime = Duration::ZERO;
    let cloud = arlo_sim::start(config.clone()).await.unwrap();
    let client = Client::logged_in(&cloud, &mut sink).await;
    assert_eq!(
        client.api(Method::GET, "/hmsweb/v2/users/devices", None).await.status(),
        401
    );
    assert_eq!(
        client.auth(Method::GET, "/api/validateAccessToken", None).await["meta"]["code"],
        401
    );

    config.code_lifetime = Duration::ZERO;
    let cloud = arlo_sim::start(config).await.unwrap();
    let client = Client::with_password(&cloud).await;
    let challenge = client.start_mail().await;
    let code = sink.mail().await.code();
    assert_eq!(client.finish(&challenge, Some(&code)).await["meta"]["error"], 9237);
    assert_eq!(cloud.pending_code(EMAIL), None);
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let (cloud, sink) = cloud().await;
    let mut config = Config::new(sink.address, vec![User::new(EMAIL, PASSWORD)]);
    config.http = cloud.url().trim_start_matches("http://").parse().unwrap();
    let error = arlo_sim::start(config.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Bind);
    assert!(error.to_string().contains(&config.http.to_string()));
    assert!(std::error::Error::source(&error).is_some());
    cloud.shutdown().await;
    arlo_sim::start(config)
        .await
        .expect("shutdown freed the address")
        .shutdown()
        .await;
}

#[tokio::test]
async fn wrong_passwords_lock_the_account_for_five_minutes() {
    let (cloud, _sink) = cloud().await;
    let client = Client::new(&cloud);
    for _ in 0..5 {
        assert_eq!(client.password(EMAIL, "wrong").await["meta"]["code"], 401);
    }
    assert_eq!(client.password(EMAIL, PASSWORD).await["meta"]["error"], 9017);
    cloud.advance(Duration::from_secs(5 * 60));
    assert_eq!(client.password(EMAIL, PASSWORD).await["meta"]["code"], 200);
}
