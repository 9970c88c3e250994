use axum::extract::Request;
use axum::http::header::HOST;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::*;

fn event(changes: &Value) -> Vec<u8> {
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/get",
        "rawQueryString": "email=casey+home@example.org",
        "headers": { "host": "api.example", "x-forwarded-proto": "ht tp" },
        "requestContext": {
            "accountId": "1",
            "apiId": "a",
            "domainName": "api.example",
            "http": { "method": "GET", "path": "/get", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "x" },
            "requestId": "r",
            "routeKey": "$default",
            "stage": "$default",
            "time": "21/Nov/2026:10:00:00 +0000",
            "timeEpoch": 1_795_000_000_000_i64,
        },
        "isBase64Encoded": false,
    });
    for (pointer, value) in changes.as_object().unwrap() {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    event.to_string().into_bytes()
}

/// What the router sees of an event.
async fn seen(changes: Value) -> String {
    let mut router = Router::new().fallback(async |request: Request| {
        let uri = request.uri().clone();
        let host = request.headers().get(HOST).unwrap().to_str().unwrap().to_owned();
        let body = axum::body::to_bytes(request.into_body(), 1000).await.unwrap();
        format!("{host} {} {}", uri.path_and_query().unwrap(), body.escape_ascii()).into_response()
    });
    let request = gateway::request(&event(&changes)).unwrap();
    let Ok(answer) = router.call(request).await;
    let answer: Value = serde_json::from_slice(&gateway::answer(answer).await.unwrap()).unwrap();
    assert_eq!(answer["statusCode"], 200);
    answer["body"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_plus_is_a_plus() {
    assert_eq!(seen(json!({})).await, "api.example /get?email=casey+home@example.org ");
}

#[tokio::test]
async fn the_stage_is_not_in_the_path() {
    for (stage, path, expected) in [
        ("$default", "/get", "/get"),
        ("v1", "/v1/get", "/get"),
        ("v1", "/v1", "/"),
        ("v1", "/v10/get", "/v10/get"),
        ("v1", "/get", "/get"),
    ] {
        let answer = seen(json!({ "/requestContext/stage": stage, "/rawPath": path, "/rawQueryString": "" })).await;
        assert_eq!(answer, format!("api.example {expected} "), "{stage} {path}");
    }
}

#[tokio::test]
async fn no_event_ends_the_process() {
    for (changes, expected) in [
        (
            json!({ "/rawPath": "/a b\"<é?x#y" }),
            "/a%20b%22%3C%C3%A9%3Fx%23y?email=casey+home@example.org ",
        ),
        (json!({ "/rawPath": "" }), "/?email=casey+home@example.org "),
        (
            json!({ "/rawQueryString": "a=\"<>é\n{%}#%41" }),
            "/get?a=%22%3C%3E%C3%A9%0A%7B%%7D%23%41 ",
        ),
        (
            json!({ "/isBase64Encoded": true, "/body": "AAH/" }),
            "/get?email=casey+home@example.org \\x00\\x01\\xff",
        ),
        (
            json!({ "/isBase64Encoded": true, "/body": "!" }),
            "/get?email=casey+home@example.org ",
        ),
    ] {
        assert_eq!(seen(changes).await, format!("api.example {expected}"));
    }
    for host in [json!("a b"), json!("[::1"), json!("x@y"), json!(""), Value::Null] {
        let answer = seen(json!({ "/requestContext/domainName": host, "/headers/host": "<" })).await;
        assert!(answer.starts_with("localhost /get?"), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_is_written_as_api_gateway_takes_it() {
    let answered = async |body: Vec<u8>, cookie: bool| {
        let mut answer = Response::new(axum::body::Body::from(body));
        *answer.status_mut() = axum::http::StatusCode::NOT_FOUND;
        for (name, value) in [("vary", "a"), ("allow", "GET"), ("vary", "b")] {
            answer.headers_mut().append(name, value.parse().unwrap());
        }
        if cookie {
            answer.headers_mut().append("set-cookie", "a=b".parse().unwrap());
        }
        String::from_utf8(gateway::answer(answer).await.unwrap().to_vec()).unwrap()
    };
    let head = r#"{"statusCode":404,"headers":{"allow":"GET","vary":"a, b"}"#;
    assert_eq!(
        answered("é\"".into(), false).await,
        format!(r#"{head},"body":"é\"","isBase64Encoded":false,"cookies":[]}}"#)
    );
    assert_eq!(
        answered(vec![0, 255], true).await,
        format!(r#"{head},"body":"AP8=","isBase64Encoded":true,"cookies":["a=b"]}}"#)
    );
}

#[tokio::test]
async fn an_event_that_is_no_call_is_refused() {
    for event in [
        "",
        "[]",
        "{}",
        r#"{"requestContext":{}}"#,
        r#"{"version":"1.0","httpMethod":"GET"}"#,
    ] {
        assert!(gateway::request(event.as_bytes()).is_err(), "{event}");
    }
    let strange = event(&json!({ "/headers": { "a b": "x", "ok": "1", "bad": "\n", "none": null, "HOST": "evil" } }));
    let request = gateway::request(&strange).unwrap();
    let mut names: Vec<_> = request.headers().keys().map(|name| name.as_str().to_owned()).collect();
    names.sort_unstable();
    assert_eq!(names, ["host", "ok"]);
    assert_eq!(host_of(&request), "api.example");
}
