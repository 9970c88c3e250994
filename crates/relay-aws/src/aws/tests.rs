//! The client against a host on loopback that answers what the test says.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::service::TRACE;
use super::*;
use crate::connection::KEY_CALL;

/// What the host does with one request.
#[derive(Debug, Clone)]
enum Does {
    /// Answers with this status and body.
    Says(u16, String),
    /// Reads the request and closes the connection.
    Cuts,
    /// Answers, and closes the connection then.
    SaysAndCloses(u16, String),
    /// Reads the request and never answers.
    Hangs,
}

use Does::{Cuts, Hangs, Says, SaysAndCloses};

/// A host, and what it was sent: the head and body of each request, and on which of its connections.
struct Host {
    origin: Origin,
    seen: Arc<Mutex<Vec<(usize, String)>>>,
}

impl Host {
    /// Does these things, one for each request on whichever connection; the last again and again.
    async fn that(does: Vec<Does>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (origin, _) = Origin::of(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let seen = Arc::<Mutex<Vec<(usize, String)>>>::default();
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(served(stream, connection, does.clone(), Arc::clone(&kept)));
            }
        });
        Self { origin, seen }
    }

    fn seen(&self) -> Vec<(usize, String)> {
        self.seen.lock().unwrap().clone()
    }

    fn place(&self, attempt: u64, call: u64) -> Place {
        let token = Some("session token".to_owned());
        Place {
            transport: Arc::new(Pool::new().unwrap()),
            credentials: Credentials::new("AKIDEXAMPLE".to_owned(), "secret".to_owned(), token, None).into(),
            region: "us-east-1".to_owned(),
            origin: self.origin.clone(),
            limits: Limits {
                attempts: 3,
                attempt: Duration::from_millis(attempt),
                call: Duration::from_millis(call),
            },
        }
    }

    fn dynamodb(&self) -> DynamoDb {
        DynamoDb::new(self.place(20_000, 60_000))
    }

    fn bucket(&self) -> Bucket {
        Bucket::new(self.place(20_000, 60_000), "/b/")
    }
}

async fn served(mut stream: TcpStream, connection: usize, does: Vec<Does>, seen: Arc<Mutex<Vec<(usize, String)>>>) {
    while let Some(request) = read(&mut stream).await {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push((connection, request));
            seen.len() - 1
        };
        let (status, body, is_last) = match does.get(number).or(does.last()).unwrap() {
            Says(status, body) => (status, body, false),
            SaysAndCloses(status, body) => (status, body, true),
            Cuts => return,
            Hangs => return std::future::pending().await,
        };
        let head = format!(
            "HTTP/1.1 {status} x\r\nx-amz-meta-began: 17\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        if is_last {
            return;
        }
    }
}

/// One request; `None` at the end of the connection.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(length @ 1..) => bytes.extend_from_slice(&chunk[..length]),
            _ => return None,
        }
    }
}

fn says(status: u16, body: &str) -> Does {
    Says(status, body.to_owned())
}

const ITEM: &str = r#"{"Item":{"a":{"S":"x"}}}"#;

async fn got(host: &Host) -> Result<Option<Map>, Fault> {
    host.dynamodb().get_item(&json!({ "TableName": "t" })).await
}

fn is_x(item: Result<Option<Map>, Fault>) -> bool {
    item.unwrap().unwrap()["a"] == AttributeValue::S("x".to_owned())
}

#[tokio::test]
async fn a_call_is_signed_and_sent_once_over_a_connection_that_is_kept() {
    let host = Host::that(vec![says(200, ITEM)]).await;
    let table = host.dynamodb();
    for _ in 0..3 {
        assert!(is_x(table.get_item(&json!({ "TableName": "t" })).await));
    }
    let seen = host.seen();
    assert_eq!(
        seen.iter().map(|(connection, _)| *connection).collect::<Vec<_>>(),
        [0, 0, 0]
    );
    let request = &seen[0].1;
    for part in [
        "POST / HTTP/1.1\r\n",
        "x-amz-target: DynamoDB_20120810.GetItem\r\n",
        "content-type: application/x-amz-json-1.0\r\n",
        "x-amz-security-token: session token\r\n",
        "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/",
        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=",
        "\r\n\r\n{\"TableName\":\"t\"}",
    ] {
        assert!(request.contains(part), "{part} is not in {request}");
    }
    assert!(!request.contains("secret"));
}

#[tokio::test]
async fn what_may_pass_is_tried_three_times_and_no_more() {
    let busy = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow"}"#;
    for (answer, shown) in [
        (says(500, "{}"), "HTTP status 500, no error code"),
        (says(400, busy), "ThrottlingException: slow"),
    ] {
        let twice = Host::that(vec![answer.clone(), answer.clone(), says(200, ITEM)]).await;
        assert!(is_x(got(&twice).await));
        assert_eq!(twice.seen().len(), 3);
        let always = Host::that(vec![answer]).await;
        assert_eq!(got(&always).await.unwrap_err().to_string(), shown);
        assert_eq!(always.seen().len(), 3);
    }
}

#[tokio::test]
async fn what_cannot_pass_is_not_tried_again() {
    let denied = r#"{"__type":"AccessDeniedException","Message":"no"}"#;
    let host = Host::that(vec![says(400, denied)]).await;
    let fault = got(&host).await.unwrap_err();
    assert_eq!(
        (fault.to_string().as_str(), fault.is_denied()),
        ("AccessDeniedException: no", true)
    );
    assert_eq!(host.seen().len(), 1);
}

#[tokio::test]
async fn a_connection_that_is_cut_is_replaced() {
    let host = Host::that(vec![Cuts, says(200, ITEM)]).await;
    assert!(is_x(got(&host).await));
    assert_eq!(
        host.seen()
            .iter()
            .map(|(connection, _)| *connection)
            .collect::<Vec<_>>(),
        [0, 1]
    );
    let host = Host::that(vec![Cuts]).await;
    let fault = got(&host).await.unwrap_err();
    assert!(
        matches!(&fault, Fault::NoAnswer(why) if why.contains("broke")),
        "{fault:?}"
    );
    assert_eq!(host.seen().len(), 3);
}

/// What a host does after some idle time, and what a process meets that was frozen meanwhile.
#[tokio::test]
async fn an_idle_connection_that_was_closed_is_replaced() {
    let answers = vec![SaysAndCloses(200, ITEM.to_owned())];
    let host = Host::that(answers).await;
    let table = host.dynamodb();
    for number in 0..3 {
        assert!(is_x(table.get_item(&json!({})).await));
        assert_eq!(host.seen()[number].0, number);
    }
    assert_eq!(host.seen().len(), 3);
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_given_up() {
    // On a slow machine not every attempt reaches the host.
    let host = Host::that(vec![Hangs]).await;
    let table = DynamoDb::new(host.place(30, 60_000));
    let fault = table.get_item(&json!({})).await.unwrap_err();
    assert_eq!(fault, Fault::NoAnswer("there was no answer in time".to_owned()));
    assert!(host.seen().len() <= 3);
    // The time for the whole call is a limit too.
    let host = Host::that(vec![Hangs]).await;
    let table = DynamoDb::new(host.place(60_000, 30));
    assert!(table.get_item(&json!({})).await.is_err());
    assert!(host.seen().len() <= 1);
    let host = Host::that(vec![Hangs, says(200, ITEM)]).await;
    assert!(is_x(DynamoDb::new(host.place(500, 60_000)).get_item(&json!({})).await));
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_is_said_to_be() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (origin, _) = Origin::of(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let host = Host {
        origin,
        seen: Arc::default(),
    };
    let fault = got(&host).await.unwrap_err();
    assert!(
        matches!(&fault, Fault::NoAnswer(why) if why.starts_with("no connection could be opened: ")),
        "{fault:?}"
    );
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused_or_cut() {
    let host = Host::that(vec![says(200, &"x".repeat(200_000))]).await;
    let bucket = host.bucket();
    let refused = bucket.get("k", Most::Refuse(199_999)).await.unwrap_err();
    assert_eq!(
        refused,
        Fault::NoAnswer("the answer has more than 199999 bytes".to_owned())
    );
    let cut = bucket.get("k", Most::Cut(150_000)).await.unwrap().unwrap();
    assert_eq!(cut.into_body().len(), 150_000);
    let whole = bucket.get("k", Most::Refuse(200_000)).await.unwrap().unwrap();
    assert_eq!(whole.into_body().len(), 200_000);
    // None of them was tried again, and no connection is used that was not read to its end.
    assert_eq!(
        host.seen()
            .iter()
            .map(|(connection, _)| *connection)
            .collect::<Vec<_>>(),
        [0, 1, 2]
    );
}

#[tokio::test]
async fn an_answer_of_another_form_is_said_to_be_unreadable() {
    for body in [
        "",
        "<html>",
        "[",
        r#"{"Item":7}"#,
        r#"{"Item":{"a":{"S":"secret"},"b":"secret"}}"#,
    ] {
        let host = Host::that(vec![says(200, body)]).await;
        assert_eq!(got(&host).await, Err(Fault::Unreadable), "{body}");
    }
    let host = Host::that(vec![says(200, "{}")]).await;
    assert_eq!(got(&host).await, Ok(None));
    let host = Host::that(vec![says(200, r#"{"Parameters":[{"Name":"n"}]}"#)]).await;
    let parameters = SystemsManager::new(host.place(20_000, 60_000)).parameters(&["n"]).await;
    assert!(matches!(parameters, Err(Fault::Unreadable)));
}

/// Many functions that start at once ask for more keys than Parameter Store gives in a second.
#[tokio::test]
async fn the_keys_are_asked_for_while_there_is_time() {
    let busy = says(400, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#);
    let found = says(200, r#"{"Parameters":[{"Name":"n","Value":"v"}]}"#);
    let host = Host::that(vec![busy.clone(), busy.clone(), busy, found]).await;
    let place = Place {
        limits: KEY_CALL,
        ..host.place(0, 0)
    };
    assert!(SystemsManager::new(place).parameters(&["n"]).await.is_ok());
    assert_eq!(host.seen().len(), 4);
}

#[tokio::test]
async fn a_refused_update_brings_the_item() {
    let refused = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message":"The conditional request failed","Item":{"a":{"S":"x"}}}"#;
    let bare = r#"{"__type":"ConditionalCheckFailedException"}"#;
    let host = Host::that(vec![says(400, refused), says(400, bare), says(200, "{}")]).await;
    let table = host.dynamodb();
    let Updated::Refused(Some(item)) = table.update_item(&json!({})).await.unwrap() else {
        panic!("the item is in the answer");
    };
    assert_eq!(item["a"].text(), Some("x"));
    assert_eq!(table.update_item(&json!({})).await, Ok(Updated::Refused(None)));
    assert_eq!(table.update_item(&json!({})).await, Ok(Updated::Done));
}

/// The same item may be another call's, unless an attempt of this one went without an answer.
#[tokio::test]
async fn an_item_that_was_added_without_an_answer_is_added() {
    let item = Map::from([("a".to_owned(), AttributeValue::S("x".to_owned()))]);
    let refused = |item: &str| {
        says(
            400,
            &format!(r#"{{"__type":"ConditionalCheckFailedException","Item":{item}}}"#),
        )
    };
    let (same, other) = (refused(r#"{"a":{"S":"x"}}"#), refused(r#"{"a":{"S":"y"}}"#));
    for (does, is_added) in [
        (vec![says(200, "{}")], true),
        (vec![same.clone()], false),
        (vec![Cuts, same.clone()], true),
        (vec![says(500, "{}"), same], true),
        (vec![Cuts, other], false),
        (vec![Cuts, says(200, "{}")], true),
    ] {
        let host = Host::that(does.clone()).await;
        let added = host.dynamodb().put_new("t", "a", &item).await;
        assert_eq!((added, host.seen().len()), (Ok(is_added), does.len()), "{does:?}");
    }
}

#[tokio::test]
async fn an_object_is_written_read_and_missed() {
    let missing = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>";
    let taken = "<Error><Code>PreconditionFailed</Code></Error>";
    let host = Host::that(vec![
        says(200, "text"),
        says(404, missing),
        says(412, taken),
        says(403, ""),
    ])
    .await;
    let bucket = host.bucket();
    let object = bucket.get("poll/a b", Most::Refuse(9)).await.unwrap().unwrap();
    assert_eq!((object.metadata("began"), object.metadata("other")), (Some("17"), None));
    assert_eq!(object.into_body(), "text");
    assert!(
        bucket.get("k", Most::Refuse(9)).await.is_err(),
        "the error is larger than the object may be"
    );
    let header = (HeaderName::from_static("if-none-match"), HeaderValue::from_static("*"));
    let written = bucket.put("k", Bytes::from_static(b"x"), &[header]).await;
    assert_eq!(written.unwrap_err().code(), Some("PreconditionFailed"));
    let head = bucket.itself(hyper::Method::HEAD).await.unwrap_err();
    assert!(head.is_denied() && head.code().is_none());
    let seen = host.seen();
    assert!(seen[0].1.starts_with("GET /b/poll/a%20b HTTP/1.1\r\n"), "{}", seen[0].1);
    assert!(
        seen[2].1.contains("if-none-match: *\r\n") && seen[2].1.ends_with("\r\n\r\nx"),
        "{}",
        seen[2].1
    );
    assert!(seen[3].1.starts_with("HEAD /b HTTP/1.1\r\n"), "{}", seen[3].1);
}

#[tokio::test]
async fn a_mail_is_sent_as_it_is() {
    let host = Host::that(vec![says(200, r#"{"MessageId":"m"}"#)]).await;
    let ses = Ses::new(host.place(20_000, 60_000));
    ses.send_email("from@a.example", "to@b.example", b"Subject: x\r\n\r\n\xff")
        .await
        .unwrap();
    let request = host.seen().remove(0).1;
    assert!(
        request.starts_with("POST /v2/email/outbound-emails HTTP/1.1\r\n"),
        "{request}"
    );
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    let expected = json!({
        "FromEmailAddress": "from@a.example",
        "Destination": { "ToAddresses": ["to@b.example"] },
        "Content": { "Raw": { "Data": "U3ViamVjdDogeA0KDQr/" } },
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn why_a_mail_is_not_sent_names_no_address() {
    let message = "Email address is not verified. The following identities failed the check: to@b.example";
    let rejected = json!({ "__type": "MessageRejected", "message": message }).to_string();
    let busy = json!({ "__type": "TooManyRequestsException", "message": message }).to_string();
    for (answer, shown) in [
        (says(400, &rejected), "MessageRejected"),
        (says(429, &busy), "TooManyRequestsException"),
    ] {
        let host = Host::that(vec![answer]).await;
        let ses = Ses::new(host.place(20_000, 60_000));
        let fault = ses.send_email("from@a.example", "to@b.example", b"").await.unwrap_err();
        assert_eq!(fault.to_string(), shown);
    }
}

#[tokio::test]
async fn a_call_carries_the_trace_of_its_event() {
    let host = Host::that(vec![says(200, "{}")]).await;
    got(&host).await.unwrap();
    TRACE
        .scope(HeaderValue::from_static("Root=1-2-3"), got(&host))
        .await
        .unwrap();
    let seen = host.seen();
    let traced = |text: &str| text.contains("x-amzn-trace-id: Root=1-2-3\r\n");
    assert_eq!((traced(&seen[0].1), traced(&seen[1].1)), (false, true));
    assert!(!seen[1].1.contains(";x-amzn-trace-id"));
}
