//! The lines of a function, as Lambda runs it: an event costs one, and its answer has the id that the line has.
//!
//! A process of its own: what another test of the same process has logged before, without a subscriber, tracing takes
//! for what nobody wants. AWS and Lambda's runtime API are in place of the wire.

// clippy.toml frees test functions of these; what they share is test code too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use hyper::{HeaderMap, Method, Request, StatusCode};
use relay::{AccessToken, DeploymentKey, EnrolmentId, Keys, SystemRandom};
use relay_aws::aws::{Answer, Calling, Most, NoAnswer, Origin, Transport};
use relay_aws::connection::Connection;
use relay_aws::environment::Environment;
use relay_aws::metrics::Metrics;
use relay_aws::runtime::{self, Events};
use relay_aws::settings::Settings;
use relay_aws::{http, inbound};
use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

const EVENT: &str = "8f5d7c3a-0000-4000-8000-1234567890ab";
const OPERATOR: &str = "op@elsewhere.example";
const MAIL: &str = "From: someone@elsewhere.example\r\nTo: arlo@relay.example\r\nSubject: hello\r\n\r\nhello\r\n";

/// AWS, where everything succeeds but what a test says, and a runtime API with one event.
#[derive(Debug)]
struct Cloud {
    event: Mutex<Option<Bytes>>,
    answers: Mutex<Vec<Bytes>>,
    dynamodb: StatusCode,
    ses: (StatusCode, Bytes),
}

impl Cloud {
    fn with(event: &Value) -> Self {
        Self {
            event: Mutex::new(Some(event.to_string().into())),
            answers: Mutex::default(),
            dynamodb: StatusCode::OK,
            ses: (StatusCode::OK, Bytes::new()),
        }
    }

    fn answer(&self, host: &str, request: &Request<Bytes>) -> Option<(StatusCode, Bytes)> {
        let ok = |body: &'static str| Some((StatusCode::OK, Bytes::from_static(body.as_bytes())));
        if host == "runtime.test" {
            if request.method() == Method::GET {
                return Some((StatusCode::OK, self.event.lock().unwrap().take()?));
            }
            self.answers.lock().unwrap().push(request.body().clone());
            return ok("");
        }
        if host.starts_with("dynamodb.") {
            return Some((self.dynamodb, Bytes::from_static(b"{}")));
        }
        if host.starts_with("email.") {
            return Some(self.ses.clone());
        }
        ok(if request.method() == Method::GET { MAIL } else { "" })
    }
}

impl Transport for Cloud {
    fn call<'a>(&'a self, origin: &'a Origin, request: Request<Bytes>, _: Most) -> Calling<'a> {
        let host = origin.authority().to_str().unwrap();
        let answer = self.answer(host, &request).map(|(status, body)| {
            let mut headers = HeaderMap::new();
            headers.insert("lambda-runtime-aws-request-id", EVENT.parse().unwrap());
            Answer { status, headers, body }
        });
        Box::pin(async { answer.ok_or(NoAnswer::Lost) })
    }
}

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// What a function writes, to the log and as metrics, which Lambda puts into one stream.
#[derive(Clone, Copy)]
struct Stream;

impl Stream {
    fn lines() -> MutexGuard<'static, Vec<u8>> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl io::Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::lines().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Stream {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        *self
    }
}

fn keys() -> Keys {
    Keys::new(&DeploymentKey::new([7; 32]))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Function {
    Prestage,
    Web,
    Inbound,
}

/// What one event leaves: the lines, and the answer to Lambda.
async fn ran(function: Function, event: &Value, has_metrics: bool, dynamodb: StatusCode) -> (Vec<String>, Value) {
    let cloud = Cloud {
        dynamodb,
        ..Cloud::with(event)
    };
    ran_on(cloud, function, has_metrics).await
}

/// The same on this AWS.
async fn ran_on(cloud: Cloud, function: Function, has_metrics: bool) -> (Vec<String>, Value) {
    let _one = ONE.lock().await;
    Stream::lines().clear();
    let _log = tracing::subscriber::set_default(runtime::log(LevelFilter::INFO, has_metrics, Stream));
    let cloud = Arc::new(cloud);
    let environment: Environment = [
        ("AWS_LAMBDA_RUNTIME_API", "runtime.test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("TABLE", "t"),
        ("BUCKET", "b"),
        ("DOMAIN", "relay.example"),
        ("SHARED_MAILBOX", "arlo"),
        ("PUBLIC_URL", "https://api.example"),
        ("FORWARD_TO", OPERATOR),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    let transport: Arc<dyn Transport> = cloud.clone();
    let events = Events::of_lambda(&environment, Arc::clone(&transport)).unwrap();
    let connection = Connection::over(transport, &environment).unwrap();
    let mut settings = Settings::read(&environment, keys()).unwrap();
    if has_metrics {
        settings.metrics = Metrics::of("arlo-relay", |line| Stream::lines().extend_from_slice(line));
    }
    let ended = match function {
        Function::Prestage => http::serve_prestage(&events, connection, settings).await,
        Function::Web => http::serve_web(&events, connection, settings).await,
        Function::Inbound => inbound::serve(&events, connection, settings).await,
    };
    assert!(ended.unwrap_err().is::<runtime::ApiAway>());
    let lines = String::from_utf8(std::mem::take(&mut *Stream::lines())).unwrap();
    let answers = cloud.answers.lock().unwrap().clone();
    assert_eq!(answers.len(), 1, "{lines}");
    let answer = serde_json::from_slice(answers.first().unwrap()).unwrap();
    (lines.lines().map(str::to_owned).collect(), answer)
}

fn call(method: &str, path: &str, token: &str) -> Value {
    json!({
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": { "content-type": "application/json", "authorization": format!("Bearer {token}"), "x-request-id": "mine" },
        "requestContext": { "domainName": "api.example", "stage": "$default", "http": { "method": method } },
        "body": r#"{"email":"casey@gmail.com"}"#,
        "isBase64Encoded": false,
    })
}

fn prestage() -> Value {
    let id = EnrolmentId::generate(&SystemRandom).unwrap();
    let token = AccessToken::generate(&keys(), id, &SystemRandom).unwrap();
    call("POST", "/prepare-arlo-mfa", token.expose())
}

fn mail() -> Value {
    json!({ "Records": [{ "eventSource": "aws:ses", "ses": {
        "mail": { "messageId": "m1", "timestamp": "2026-11-21T10:00:00.000Z", "source": "someone@elsewhere.example" },
        "receipt": { "recipients": ["arlo@relay.example"] },
    }}]})
}

fn id_of(answer: &Value) -> &str {
    let id = answer["headers"]["x-request-id"].as_str().unwrap();
    assert!(id.len() == 16 && id != "mine", "{id}");
    id
}

fn of_metrics(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

#[tokio::test]
async fn the_answer_and_the_lines_of_a_call_have_one_id() {
    for (function, event, status) in [
        (Function::Prestage, prestage(), 200),
        (Function::Prestage, call("POST", "/prepare-arlo-mfa", "made-up"), 403),
        (Function::Web, call("GET", "/livez", ""), 200),
        (Function::Web, call("GET", "/nothing", ""), 404),
    ] {
        let (lines, answer) = ran(function, &event, false, StatusCode::OK).await;
        assert_eq!(answer["statusCode"], status);
        let (id, event) = (
            format!("call={}", id_of(&answer)),
            format!(r#"event{{request="{EVENT}"}}"#),
        );
        assert!(!lines.is_empty());
        for line in lines {
            assert!(line.contains(&id) && line.contains(&event), "{line}");
        }
    }
    // Who is turned away before the router, at another address than the relay's own, has one too.
    let mut elsewhere = call("POST", "/enrolments", "");
    elsewhere["headers"]["origin"] = json!("https://evil.example");
    let (_, answer) = ran(Function::Web, &elsewhere, false, StatusCode::OK).await;
    id_of(&answer);
}

#[tokio::test]
async fn a_call_of_prestage_costs_one_line_with_metrics_that_has_its_ids() {
    let (before, _) = ran(Function::Prestage, &prestage(), false, StatusCode::OK).await;
    let (lines, answer) = ran(Function::Prestage, &prestage(), true, StatusCode::OK).await;
    assert_eq!((before.len(), lines.len()), (2, 1), "{lines:?}");
    let line = of_metrics(lines.first().unwrap());
    assert_eq!(
        (line["Prestages"].as_u64(), line["Outcome"].as_str()),
        (Some(1), Some("staged"))
    );
    assert_eq!(
        (line["call"].as_str(), line["event"].as_str()),
        (Some(id_of(&answer)), Some(EVENT))
    );
    let request = line["request"].as_str().unwrap();
    assert!(request.starts_with("req_") && answer["body"].as_str().unwrap().contains(request));
    let all = |lines: &[String]| lines.iter().map(|line| line.len() + 1).sum::<usize>();
    println!(
        "prestage: {} bytes in {} lines, {} in one",
        all(&before),
        before.len(),
        all(&lines)
    );
}

#[tokio::test]
async fn a_refusal_and_a_failure_are_counted_and_a_failure_says_why() {
    let made_up = call("POST", "/prepare-arlo-mfa", "made-up");
    let (lines, _) = ran(Function::Prestage, &made_up, true, StatusCode::OK).await;
    let line = of_metrics(lines.first().unwrap());
    assert_eq!(
        (lines.len(), line["Outcome"].as_str(), line.get("request")),
        (1, Some("refused"), None)
    );

    let (lines, answer) = ran(Function::Prestage, &prestage(), true, StatusCode::BAD_REQUEST).await;
    let (last, errors) = lines.split_last().unwrap();
    assert_eq!(of_metrics(last)["Outcome"], "failed");
    let id = format!("call={}", id_of(&answer));
    assert!(
        errors.iter().any(|line| line.contains("ERROR") && line.contains(&id)),
        "{errors:?}"
    );
}

#[tokio::test]
async fn a_mail_costs_one_line_with_or_without_metrics() {
    let (before, _) = ran(Function::Inbound, &mail(), false, StatusCode::OK).await;
    assert!(before.len() == 1 && before.concat().contains(EVENT), "{before:?}");
    let (lines, _) = ran(Function::Inbound, &mail(), true, StatusCode::OK).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = of_metrics(lines.first().unwrap());
    assert_eq!(
        (line["Mails"].as_u64(), line["Outcome"].as_str()),
        (Some(1), Some("handed-on"))
    );
    assert!(line["MailLatency"].is_u64());
    assert_eq!(
        (line["event"].as_str(), line["mail"].as_str()),
        (Some(EVENT), Some("m1"))
    );
    println!(
        "mail: {} bytes in a line, {} with metrics",
        before.concat().len() + 1,
        lines.concat().len() + 1
    );
}

/// What one mail leaves where SES answers its copy for the operator with this error.
async fn ran_without_a_copy(status: StatusCode, code: &str) -> (Vec<String>, Value) {
    let message = format!("The following identities failed the check in region US-EAST-1: {OPERATOR}");
    let error = json!({ "__type": code, "message": message });
    let cloud = Cloud {
        ses: (status, error.to_string().into()),
        ..Cloud::with(&mail())
    };
    ran_on(cloud, Function::Inbound, false).await
}

#[tokio::test]
async fn why_the_operator_is_sent_no_mail_is_logged_without_an_address() {
    for (status, code) in [
        (StatusCode::BAD_REQUEST, "MessageRejected"),
        (StatusCode::FORBIDDEN, "AccessDeniedException"),
        (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException"),
    ] {
        let (lines, _) = ran_without_a_copy(status, code).await;
        assert!(lines.iter().any(|line| line.contains(code)), "{lines:?}");
        assert!(!lines.concat().contains('@'), "{lines:?}");
    }
}

/// Or else strangers' mail would be processed three times each, once SES sends no more.
#[tokio::test]
async fn a_copy_that_ses_has_no_quota_for_is_dropped_after_two_attempts() {
    for code in [
        "LimitExceededException",
        "ThrottlingException",
        "TooManyRequestsException",
    ] {
        let (lines, answer) = ran_without_a_copy(StatusCode::TOO_MANY_REQUESTS, code).await;
        assert_eq!(answer, Value::Null, "{lines:?}");
        let of = |text| lines.iter().filter(|line| line.contains(text)).count();
        assert_eq!(
            (of("is tried again"), of("is dropped"), of("handed-on")),
            (1, 1, 1),
            "{lines:?}"
        );
    }
    // What breaks may work again when Lambda runs the event once more.
    let (lines, answer) = ran_without_a_copy(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable").await;
    assert!(!answer.is_null(), "{lines:?}");
}
