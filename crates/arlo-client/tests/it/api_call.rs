//! Calls of another crate on a session: what is sent, what comes back, and an answer that stays open.

use crate::support::*;
use arlo_client::{ApiCall, ErrorKind, Method, Session};
use serde_json::json;

async fn opened() -> (Cloud, Session) {
    let cloud = Cloud::start().await;
    let details = json!({ "userId": "U1", "supportsMultiLocation": true, "mqttUrl": "wss://broker.example" });
    cloud.answer(
        "v3",
        [Answer::json(json!({ "success": true, "data": details.clone() }))],
    );
    let session = cloud.login().run().await.unwrap();
    assert_eq!(*session.details(), details, "the login's last answer is kept");
    cloud.clear_calls();
    (cloud, session)
}

#[tokio::test]
async fn a_call_has_the_headers_of_a_session_and_its_own() {
    let (cloud, session) = opened().await;
    cloud.answer("notify", [Answer::json(json!({ "success": true, "data": { "a": 1 } }))]);
    let call = ApiCall::new("notify", Method::Put, "/hmsweb/notify?x=1")
        .header("xcloudid", "X1")
        .header("user-agent", "other")
        .body(json!({ "b": 2 }));
    assert_eq!(format!("{call:?}"), "ApiCall { name: \"notify\", method: Put, .. }");
    assert_eq!(session.call(call).await.unwrap(), json!({ "a": 1 }));

    let sent = cloud.call("notify");
    assert_eq!((sent.method.as_str(), &sent.body), ("PUT", &json!({ "b": 2 })));
    assert!(
        sent.target.starts_with("/hmsweb/notify?x=1&eventId=FE!"),
        "{}",
        sent.target
    );
    assert_eq!(sent.header("authorization"), TOKEN);
    assert_eq!((sent.header("xcloudid"), sent.header("user-agent")), ("X1", "other"));
    assert_eq!(sent.header("auth-version"), "2");
}

#[tokio::test]
async fn an_answer_without_an_envelope_is_given_whole_and_a_refusal_is_an_error() {
    let (cloud, session) = opened().await;
    let get = || session.call(ApiCall::new("thing", Method::Get, "/other/thing"));
    for body in [json!({ "mode": "standby" }), json!([1])] {
        cloud.answer("thing", [Answer::json(body.clone())]);
        assert_eq!(get().await.unwrap(), body);
    }
    let void = json!({ "success": false, "data": { "error": "2015", "message": "Invalid Token" } });
    for (answer, expected) in [
        (Answer::json(void), ErrorKind::SessionRejected),
        (Answer(401, Vec::new(), "{}".into()), ErrorKind::SessionRejected),
        (Answer(200, Vec::new(), "<html>".into()), ErrorKind::UnexpectedAnswer),
        (Answer(503, Vec::new(), String::new()), ErrorKind::Unavailable),
        (
            Answer::json(json!({ "success": false, "data": { "error": "4006" } })),
            ErrorKind::ArloRefused { code: Some(4006) },
        ),
    ] {
        cloud.answer("thing", [answer]);
        let error = get().await.unwrap_err();
        assert_eq!(error.kind(), expected);
        assert_no_secret(&all_texts(&error));
    }
}

#[tokio::test]
async fn an_open_answer_comes_in_pieces_and_its_refusal_is_an_error() {
    let (cloud, session) = opened().await;
    let open = || session.open(ApiCall::new("subscribe", Method::Get, "/hmsweb/client/subscribe"));
    cloud.answer("subscribe", [Answer(200, Vec::new(), "data: {}\n\n".into())]);
    let mut body = open().await.unwrap();
    assert_eq!(body.next().await.unwrap().unwrap(), b"data: {}\n\n");
    assert_eq!(body.next().await.unwrap(), None);
    for (status, expected) in [
        (401, ErrorKind::SessionRejected),
        (403, ErrorKind::BlockedByCloudflare),
        (204, ErrorKind::UnexpectedAnswer),
    ] {
        // A call that Cloudflare blocks is tried three times.
        let times = if status == 403 { 3 } else { 1 };
        cloud.answer("subscribe", vec![Answer(status, Vec::new(), String::new()); times]);
        assert_eq!(open().await.err().unwrap().kind(), expected, "{status}");
    }
}

#[tokio::test]
async fn an_answer_that_stays_open_is_asked_for_again_after_a_page_of_cloudflare() {
    let (cloud, session) = opened().await;
    let page = || Answer(403, Vec::new(), "<html>1020</html>".into());
    cloud.answer(
        "subscribe",
        [page(), page(), Answer(200, Vec::new(), "data: {}\n\n".into())],
    );
    let call = ApiCall::new("subscribe", Method::Get, "/hmsweb/client/subscribe");
    let mut body = session.open(call).await.unwrap();
    assert_eq!(body.next().await.unwrap().unwrap(), b"data: {}\n\n");
    assert_eq!(cloud.count("subscribe"), 3);
}
