//! Each malformed call has a defined answer.

use crate::common::{Client, cloud};
use crate::house;
use arlo_sim::Generation;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn an_unknown_path_is_404_in_json() {
    let (cloud, _sink) = cloud().await;
    let client = Client::new(&cloud);
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/hmsweb/nothing"),
        (Method::GET, "/api/auth"),
        (Method::DELETE, "/hmsweb/logout"),
    ] {
        let response = client.send(method, path, "", None).await;
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(response.json::<Value>().await.unwrap()["success"], false);
    }
}

#[tokio::test]
async fn a_malformed_body_is_400() {
    let (cloud, _sink) = cloud().await;
    let client = Client::with_password(&cloud).await;
    let authorization = BASE64_STANDARD.encode(&client.token);
    for path in [
        "/api/auth",
        "/api/startAuth",
        "/api/finishAuth",
        "/api/startPairingFactor",
    ] {
        for body in [
            json!(null),
            json!([]),
            json!({}),
            json!({ "email": 1, "factorId": {}, "factorAuthCode": [] }),
        ] {
            let response = client.send(Method::POST, path, &authorization, Some(&body)).await;
            assert_eq!(response.status(), 400, "{path} {body}");
            assert_eq!(response.json::<Value>().await.unwrap()["meta"]["code"], 400);
        }
        assert_eq!(
            client.send(Method::POST, path, &authorization, None).await.status(),
            400,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_malformed_body_of_the_api_host_is_400_in_its_own_form() {
    let (cloud, client) = house::start(Generation::V3).await;
    let active = format!(
        "/hmsweb/automation/v3/activeMode?locationId={}-LOCATION&revision=1",
        house::USER
    );
    for (method, path) in [
        (Method::POST, "/hmsweb/users/devices/notify/48B4597VD0001"),
        (Method::POST, "/hmsweb/users/devices/restart"),
        (Method::POST, "/hmsweb/users/devices/automation/active"),
        (Method::POST, "/hmsweb/users/devices/fullFrameSnapshot"),
        (Method::POST, "/hmsweb/users/devices/startStream"),
        (Method::POST, "/hmsweb/users/devices/takeSnapshot"),
        (Method::POST, "/hmsweb/users/devices/startRecord"),
        (Method::POST, "/hmsweb/users/devices/stopRecord"),
        (Method::POST, "/hmsweb/users/library"),
        (Method::PUT, active.as_str()),
    ] {
        let wrong = json!({ "deviceId": [], "resource": 1, "dateFrom": 2, "activeAutomations": {}, "mode": 3 });
        for body in ["", "null", "7", "{", &wrong.to_string()] {
            let call = client.http.request(method.clone(), format!("{}{path}", cloud.url()));
            let call = call.header("x-forwarded-user", "u").header("x-user-device-id", "u");
            let call = call.header("Authorization", &client.token).body(body.to_owned());
            let refused = call.send().await.unwrap();
            assert_eq!(refused.status(), 400, "{path} {body}");
            assert_eq!(refused.json::<Value>().await.unwrap()["success"], false);
        }
    }
}

#[tokio::test]
async fn a_body_over_64_kib_is_413() {
    let (cloud, _sink) = cloud().await;
    let client = Client::new(&cloud);
    let body = json!({ "email": "x".repeat(64 * 1024) });
    assert_eq!(
        client.send(Method::POST, "/api/auth", "", Some(&body)).await.status(),
        413
    );
}

#[tokio::test]
async fn each_call_needs_its_token() {
    let (cloud, _sink) = cloud().await;
    let mut client = Client::with_password(&cloud).await;
    let partial = client.token.clone();
    for (method, path) in [
        (Method::GET, "/hmsweb/users/session/v3"),
        (Method::GET, "/hmsweb/v2/users/devices"),
        (Method::GET, "/hmsweb/client/subscribe"),
        (Method::POST, "/hmsweb/users/library"),
        (Method::POST, "/hmsweb/users/devices/notify/48B4597VD0001"),
        (Method::GET, "/hmsweb/users/automation/definitions"),
        (Method::GET, "/hmsweb/users/devices/automation/active"),
        (Method::POST, "/hmsweb/users/devices/automation/active"),
        (Method::POST, "/hmsweb/users/devices/restart"),
        (Method::POST, "/hmsweb/users/devices/fullFrameSnapshot"),
        (Method::POST, "/hmsweb/users/devices/startStream"),
        (Method::POST, "/hmsweb/users/devices/takeSnapshot"),
        (Method::POST, "/hmsweb/users/devices/startRecord"),
        (Method::POST, "/hmsweb/users/devices/stopRecord"),
        (Method::GET, "/hmsdevicemanagement/users/SIM-1001/locations"),
        (Method::GET, "/hmsweb/users/emergency/locations"),
        (Method::GET, "/hmsweb/automation/v3?locationId=x"),
        (Method::GET, "/hmsweb/automation/v3/activeMode?locationId=x"),
        (Method::PUT, "/hmsweb/automation/v3/activeMode?locationId=x"),
        (Method::POST, "/hmsfeeds/users/SIM-1001/x/metadata"),
        (Method::PUT, "/hmsweb/logout"),
    ] {
        for token in ["", "2_unknown", partial.as_str()] {
            let response = client.send(method.clone(), path, token, None).await;
            assert_eq!(response.status(), 401, "{path}");
            assert_eq!(response.json::<Value>().await.unwrap()["success"], false);
        }
    }
    assert_eq!(
        client.auth(Method::GET, "/api/validateAccessToken", None).await["meta"]["code"],
        401,
        "no second factor"
    );
    for token in ["", "unknown"] {
        token.clone_into(&mut client.token);
        for path in [
            "/api/getFactorId",
            "/api/startAuth",
            "/api/finishAuth",
            "/api/startPairingFactor",
        ] {
            assert_eq!(client.post(path, json!({})).await["meta"]["code"], 401, "{path}");
        }
        assert_eq!(
            client.auth(Method::GET, "/api/getFactors", None).await["meta"]["code"],
            401
        );
    }
    // The auth host accepts the token in base64 only.
    let raw = client.send(Method::GET, "/api/getFactors", &partial, None).await;
    assert_eq!(raw.json::<Value>().await.unwrap()["meta"]["code"], 401);
}

#[tokio::test]
async fn a_factor_that_is_not_the_users_is_refused() {
    let (cloud, mut sink) = cloud().await;
    let client = Client::with_password(&cloud).await;
    assert_eq!(client.start(&json!("SIM-9999-FACTOR-1")).await["meta"]["error"], 9261);
    assert!(sink.is_empty());
}
