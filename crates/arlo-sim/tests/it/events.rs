//! The event stream.

use crate::common::{Client, cloud};
use reqwest::{Method, Response};
use serde_json::{Value, json};

/// Reads until the text or the end.
async fn read_until(stream: &mut Response, wanted: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(wanted) {
        match stream.chunk().await.unwrap() {
            Some(chunk) => seen += std::str::from_utf8(&chunk).unwrap(),
            None => break,
        }
    }
    seen
}

#[tokio::test]
async fn a_stream_sends_connected_and_the_answers_of_devices() {
    let (cloud, mut sink) = cloud().await;
    let client = Client::logged_in(&cloud, &mut sink).await;
    let mut stream = client.api(Method::GET, "/hmsweb/client/subscribe", None).await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream;charset=utf-8");
    assert_eq!(stream.headers()["transfer-encoding"], "chunked");
    assert_eq!(
        read_until(&mut stream, "\n\n").await,
        "event: message\ndata: {\"status\":\"connected\"}\n\n"
    );

    let message =
        json!({ "action": "get", "resource": "devices", "from": "U_web", "to": "48B4597VD0001", "transId": "web!1" });
    let path = "/hmsweb/users/devices/notify/48B4597VD0001";
    assert_eq!(client.api(Method::POST, path, Some(&message)).await.status(), 200);
    let event = read_until(&mut stream, "\n\n").await;
    let data = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(
        (&data["action"], &data["from"], &data["transId"]),
        (&json!("is"), &json!("48B4597VD0001"), &json!("web!1"))
    );

    // The logout of another login does not end it. Its own logout does.
    let other = Client::logged_in(&cloud, &mut sink).await;
    assert_eq!(other.api(Method::PUT, "/hmsweb/logout", None).await.status(), 200);
    assert_eq!(
        other.api(Method::GET, "/hmsweb/v2/users/devices", None).await.status(),
        401
    );
    assert_eq!(client.api(Method::PUT, "/hmsweb/logout", None).await.status(), 200);
    let end = read_until(&mut stream, "never").await;
    assert_eq!(end, "event: message\ndata: {\"action\":\"logout\"}\n\n");
}

#[tokio::test]
async fn a_shutdown_ends_streams() {
    let (cloud, mut sink) = cloud().await;
    let client = Client::logged_in(&cloud, &mut sink).await;
    let mut stream = client.api(Method::GET, "/hmsweb/client/subscribe", None).await;
    read_until(&mut stream, "\n\n").await;
    cloud.shutdown().await;
    assert_eq!(stream.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn the_small_endpoints_answer_as_the_api_host_does() {
    let (cloud, mut sink) = cloud().await;
    let client = Client::logged_in(&cloud, &mut sink).await;
    for (method, path, data) in [
        (Method::POST, "/hmsweb/users/library?eventId=x", json!([])),
        (Method::GET, "/hmsweb/users/devices/automation/active", json!([])),
        (
            Method::GET,
            "/hmsweb/users/automation/definitions?uniqueIds=all",
            json!({
                "SIM-1001-48B4597VD0001": { "modes": [] },
                "SIM-1001-52M1897PA0001": { "modes": [] },
                "SIM-1001-52M1897PA0002": { "modes": [] },
            }),
        ),
    ] {
        let response = client.api(method, path, Some(&json!({}))).await;
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(
            response.json::<Value>().await.unwrap(),
            json!({ "success": true, "data": data })
        );
    }
}
