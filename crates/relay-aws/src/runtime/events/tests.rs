//! Against a runtime API on loopback.

use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::connection;

/// A runtime API that gives these heads and bodies to those who ask for an event, and then closes.
async fn api(events: Vec<(&'static str, &'static str)>, accepts: u16) -> (Events, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let environment = [("AWS_LAMBDA_RUNTIME_API".to_owned(), host)].into_iter().collect();
    let posted = Arc::<Mutex<Vec<String>>>::default();
    let kept = Arc::clone(&posted);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut events = events.into_iter();
        let mut bytes = Vec::new();
        loop {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length = length.map_or(0, |length| length.parse().unwrap());
            let is_whole = text
                .split_once("\r\n\r\n")
                .is_some_and(|(_, body)| body.len() >= length);
            if !is_whole {
                let mut chunk = [0; 4096];
                match stream.read(&mut chunk).await {
                    Ok(length @ 1..) => bytes.extend_from_slice(&chunk[..length]),
                    _ => return,
                }
                continue;
            }
            bytes.clear();
            let answer = if text.starts_with("GET /2018-06-01/runtime/invocation/next ") {
                let Some((head, body)) = events.next() else { return };
                format!("HTTP/1.1 200 OK\r\n{head}content-length: {}\r\n\r\n{body}", body.len())
            } else {
                kept.lock().unwrap().push(text);
                format!("HTTP/1.1 {accepts} x\r\ncontent-length: 0\r\n\r\n")
            };
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let events = Events::of_lambda(&environment, connection::transport().unwrap()).unwrap();
    (events, posted)
}

/// Answers an event with its own bytes, and fails at one that says so.
async fn run(events: &Events) -> Error {
    let process = async |event: Event| match &*event.payload {
        b"fail" => Err("it failed".into()),
        _ => Ok(event.payload),
    };
    events.serve(process).await.unwrap_err()
}

const FIRST: &str = "Lambda-Runtime-Aws-Request-Id: r-1\r\nLambda-Runtime-Invocation-Id: i-1\r\n";
const SECOND: &str = "Lambda-Runtime-Aws-Request-Id: r-2\r\n";

#[tokio::test]
async fn an_event_is_answered_or_its_error_reported() {
    let (events, posted) = api(vec![(FIRST, "{\"a\":1}"), (SECOND, "fail"), (FIRST, "last")], 202).await;
    let ended = run(&events).await;
    assert!(ended.is::<ApiAway>(), "{ended}");
    let posted = posted.lock().unwrap().clone();
    assert_eq!(posted.len(), 3);
    assert!(posted[0].starts_with("POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1\r\n"));
    assert!(posted[0].ends_with("\r\n\r\n{\"a\":1}") && posted[0].contains("lambda-runtime-invocation-id: i-1\r\n"));
    assert!(posted[1].starts_with("POST /2018-06-01/runtime/invocation/r-2/error HTTP/1.1\r\n"));
    assert!(posted[1].contains("lambda-runtime-function-error-type: Unhandled\r\n"));
    assert!(
        posted[1].ends_with(r#"{"errorMessage":"it failed","errorType":"Unhandled"}"#),
        "{}",
        posted[1]
    );
    assert!(posted[2].ends_with("last"));
}

#[tokio::test]
async fn an_answer_that_is_not_accepted_is_not_the_end_but_a_broken_api_is() {
    let (events, posted) = api(vec![(FIRST, "1"), (FIRST, "2")], 413).await;
    run(&events).await;
    assert_eq!(posted.lock().unwrap().len(), 2);
    let (events, posted) = api(vec![(FIRST, "1"), (FIRST, "2")], 500).await;
    let ended = run(&events).await;
    assert_eq!(ended.to_string(), "Lambda's runtime API answers 500");
    assert_eq!(posted.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_event_without_an_id_that_can_be_sent_back_ends_the_process() {
    for head in [
        "",
        "Lambda-Runtime-Aws-Request-Id: a/b\r\n",
        "Lambda-Runtime-Aws-Request-Id: \r\n",
    ] {
        let (events, posted) = api(vec![(head, "1")], 202).await;
        assert_eq!(
            run(&events).await.to_string(),
            "Lambda's runtime API names no request",
            "{head}"
        );
        assert!(posted.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_failed_start_is_reported() {
    let (events, posted) = api(vec![], 202).await;
    let missing = SettingsError::new("TABLE", "is not set");
    events.cannot_start(&missing).await.unwrap();
    let posted = posted.lock().unwrap().clone();
    assert!(
        posted[0].starts_with("POST /2018-06-01/runtime/init/error HTTP/1.1\r\n"),
        "{}",
        posted[0]
    );
    assert!(posted[0].contains("lambda-runtime-function-error-type: Runtime.InitError\r\n"));
    assert!(posted[0].ends_with(r#"{"errorMessage":"TABLE is not set","errorType":"Runtime.InitError"}"#));
}

#[tokio::test]
async fn the_deadline_and_the_trace_are_known_while_an_event_is_processed() {
    let soon = SystemClock.now().as_millisecond() + 60_000;
    let head = format!("{FIRST}Lambda-Runtime-Deadline-Ms: {soon}\r\nLambda-Runtime-Trace-Id: Root=1\r\n");
    let (events, _) = api(vec![(head.leak(), "1"), (SECOND, "2")], 202).await;
    let mut found = Vec::new();
    let process = async |event: Event| {
        let trace = TRACE.try_with(|trace| trace.to_str().unwrap().to_owned()).ok();
        found.push((event.left() > Duration::from_secs(50), event.left().is_zero(), trace));
        Ok(Bytes::new())
    };
    events.serve(process).await.unwrap_err();
    assert_eq!(found, [(true, false, Some("Root=1".to_owned())), (false, true, None)]);
}

#[test]
fn where_the_runtime_api_is_has_to_be_a_host() {
    for host in ["", "a b", "host/path"] {
        let environment = [("AWS_LAMBDA_RUNTIME_API".to_owned(), host.to_owned())]
            .into_iter()
            .collect();
        let refused = Events::of_lambda(&environment, connection::transport().unwrap()).unwrap_err();
        assert!(refused.to_string().starts_with("AWS_LAMBDA_RUNTIME_API"), "{refused}");
    }
}
