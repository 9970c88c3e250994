//! With a scripted transport and a stopped clock: the requests, their times, and the results.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::*;
use crate::Code;
use tokio::time::Instant;

const PRESTAGE: &str = "https://relay.example/prepare-arlo-mfa/TOKEN";
const POLL: &str = "https://relay.example/poll/SECRET";

type Answer = Result<Response, ErrorKind>;

/// Gives its answers in order, the last one for all further requests, and records each request with its time.
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<(Request, Instant)>>,
    /// How long the answer to a poll is delayed.
    delay: Duration,
}

impl Script {
    fn new(answers: Vec<Answer>) -> Arc<Self> {
        Self::delayed(Duration::ZERO, answers)
    }

    fn delayed(delay: Duration, answers: Vec<Answer>) -> Arc<Self> {
        let (answers, asked) = (Mutex::new(answers.into()), Mutex::default());
        Arc::new(Self { answers, asked, delay })
    }

    fn source(self: &Arc<Self>) -> RelaySource {
        RelaySource::with_transport(PRESTAGE, Arc::clone(self) as Arc<dyn Transport>).unwrap()
    }

    fn urls(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|(request, _)| request.url.clone())
            .collect()
    }

    /// Seconds between the starts of two requests that follow each other.
    fn pauses(&self) -> Vec<u64> {
        let asked = self.asked.lock().unwrap();
        asked.windows(2).map(|pair| (pair[1].1 - pair[0].1).as_secs()).collect()
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        self.asked.lock().unwrap().push((request, Instant::now()));
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 {
            answers.pop_front().unwrap()
        } else {
            answers[0].clone()
        };
        Box::pin(async {
            tokio::time::sleep(self.delay).await;
            answer.map_err(|kind| Error::new(kind, "scripted"))
        })
    }
}

fn answer(status: u16, body: &str) -> Answer {
    with_header(status, body, "date", "Sat, 21 Nov 2026 12:00:00 GMT")
}

fn with_header(status: u16, body: &str, name: &str, value: &str) -> Answer {
    Ok(Response::new(
        status,
        vec![(name.to_owned(), value.to_owned())],
        body.as_bytes().to_vec(),
    ))
}

/// The answer of a relay of this project: JSON, long poll, five minutes.
fn announced(wait: u64) -> Answer {
    let body = format!(
        r#"{{"status":"pending","poll_url":"{POLL}","request_id":"r","expires_at":"2026-11-21T12:05:00Z","wait":{wait}}}"#
    );
    answer(200, &body)
}

fn pending() -> Answer {
    answer(200, r#"{"status":"pending"}"#)
}

fn complete(code: &str) -> Answer {
    answer(
        200,
        &format!(r#"{{"status":"complete","code":"{code}","received_at":"x"}}"#),
    )
}

const LONG: Duration = Duration::from_secs(900);

/// Announces and waits for the code.
async fn outcome(script: &Arc<Script>, within: Duration) -> Result<Code, Error> {
    let mut request = script.source().prepare("casey@example.org").await?;
    request.code(within).await
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_is_used_if_the_relay_offers_it() {
    let script = Script::new(vec![announced(600), pending(), pending(), complete("012345")]);
    assert_eq!(outcome(&script, LONG).await.unwrap().expose(), "012345");
    let asked = script.asked.lock().unwrap();
    assert_eq!(asked[0].0.method, Method::Post);
    assert_eq!(asked[0].0.url, PRESTAGE);
    assert_eq!(asked[0].0.body, br#"{"email":"casey@example.org"}"#);
    assert!(asked[0].0.headers.contains(&("accept", "application/json".to_owned())));
    for (request, _) in &asked[1..] {
        assert_eq!(request.method, Method::Get);
        assert_eq!(request.url, format!("{POLL}?wait=60"));
        assert!(request.timeout > Duration::from_secs(60));
    }
    drop(asked);
    assert_eq!(
        script.pauses(),
        [0, 1, 1],
        "no busy loop where the relay answers a poll at once"
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_bounded_by_the_offer_and_by_the_time_left() {
    let script = Script::new(vec![announced(60), pending()]);
    let error = outcome(&script, Duration::from_millis(2_500)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodeTimeout);
    assert_eq!(
        script.urls()[1..],
        [format!("{POLL}?wait=2"), format!("{POLL}?wait=1"), POLL.to_owned()]
    );
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_is_answered_too_late_is_the_last() {
    let script = Script::delayed(Duration::from_secs(60), vec![announced(60), pending()]);
    let error = outcome(&script, Duration::from_secs(90)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodeTimeout);
    assert_eq!(
        script.urls()[1..],
        [format!("{POLL}?wait=60"), format!("{POLL}?wait=30")]
    );
}

#[tokio::test(start_paused = true)]
async fn a_presigned_url_is_left_as_it_is() {
    let url = "https://bucket.s3.eu-west-1.amazonaws.com/k%2Fx?X-Amz-Credential=A%2F20261121&X-Amz-Signature=00ff";
    let text = Script::new(vec![answer(200, &format!(" {url}\r\n")), pending(), complete("467266")]);
    let json = format!(r#"{{"status":"pending","poll_url":"{url}","expires_at":"2026-11-21T12:05:00Z"}}"#);
    let json = Script::new(vec![answer(200, &json), pending(), complete("467266")]);
    for script in [text, json] {
        assert_eq!(outcome(&script, LONG).await.unwrap().expose(), "467266");
        assert_eq!(script.urls()[1..], [url, url]);
        assert_eq!(script.pauses(), [0, 1]);
        let asked = script.asked.lock().unwrap();
        assert!(
            asked[1].0.headers.iter().all(|(name, _)| *name != "authorization"),
            "S3 accepts only one of the two"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_token_is_a_bearer_of_the_announcement_only() {
    let script = Script::new(vec![announced(0), complete("467266")]);
    let source = script.source().token("SECRET".into());
    source
        .prepare("casey@example.org")
        .await
        .unwrap()
        .code(LONG)
        .await
        .unwrap();
    let asked = script.asked.lock().unwrap();
    assert!(
        asked[0]
            .0
            .headers
            .contains(&("authorization", "Bearer SECRET".to_owned()))
    );
    assert!(asked[1].0.headers.iter().all(|(name, _)| *name != "authorization"));
    assert_eq!(format!("{source:?}"), "RelaySource(https://relay.example)");
}

#[tokio::test(start_paused = true)]
async fn the_poll_url_is_read_until_the_request_ends() {
    // The request lasts five minutes by the relay's clock. The clock of this machine does not matter.
    let script = Script::new(vec![announced(0), pending()]);
    let started = Instant::now();
    let error = outcome(&script, LONG).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodeExpired);
    assert!(error.is_retryable());
    assert_eq!(started.elapsed().as_secs(), 304);

    let script = Script::new(vec![answer(200, POLL), pending()]);
    let started = Instant::now();
    assert_eq!(
        outcome(&script, Duration::MAX).await.unwrap_err().kind(),
        ErrorKind::CodeExpired
    );
    assert_eq!(
        started.elapsed().as_secs(),
        899,
        "the longest lifetime, where none is given"
    );
}

#[tokio::test(start_paused = true)]
async fn a_403_is_the_end_of_a_request_and_before_that_a_fault() {
    let mut script = vec![announced(0)];
    script.extend(std::iter::repeat_with(pending).take(299));
    script.push(answer(
        403,
        "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
    ));
    let error = outcome(&Script::new(script), LONG).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodeExpired);

    let error = outcome(&Script::new(vec![announced(0), answer(403, "")]), LONG)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodeSource);
    assert!(error.to_string().contains("clock"), "{error}");

    let error = outcome(&Script::new(vec![answer(200, POLL), answer(403, "")]), LONG)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodeExpired, "where no end was given");
}

#[tokio::test(start_paused = true)]
async fn a_failed_poll_is_followed_by_another() {
    let script = Script::new(vec![
        announced(0),
        with_header(429, "", "retry-after", "7"),
        with_header(503, "", "retry-after", "0"),
        answer(500, ""),
        Err(ErrorKind::Network),
        pending(),
        complete("467266"),
    ]);
    assert_eq!(outcome(&script, LONG).await.unwrap().expose(), "467266");
    assert_eq!(script.pauses(), [0, 7, 1, 2, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn polls_that_always_fail_end_with_their_error() {
    let script = Script::new(vec![announced(0), with_header(429, "", "retry-after", "99999")]);
    let started = Instant::now();
    let error = outcome(&script, LONG).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodeTimeout);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(99_999)));
    assert_eq!(started.elapsed(), Duration::ZERO, "no wait beyond the end");

    let script = Script::new(vec![announced(0), Err(ErrorKind::Network)]);
    let error = outcome(&script, Duration::from_secs(30)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodeTimeout);
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "scripted");
    assert_eq!(script.urls().len(), 31);
}

#[tokio::test(start_paused = true)]
async fn each_wrong_answer_of_the_poll_url_has_its_error() {
    for (poll, expected) in [
        (
            answer(200, r#"{"status":"error","message":"two different codes in one mail"}"#),
            "two different codes",
        ),
        (
            answer(200, r#"{"status":"error","message":"467266 casey@example.org"}"#),
            "no reason",
        ),
        (answer(200, r#"{"status":"error"}"#), "no reason"),
        (answer(200, r#"{"status":"complete"}"#), "six digits"),
        (answer(200, r#"{"status":"complete","code":"4672"}"#), "six digits"),
        (answer(200, r#"{"status":"complete","code":467266}"#), "no status"),
        (answer(200, r#"{"status":"maybe"}"#), "none of"),
        (answer(200, "<html>"), "no status"),
        (answer(404, ""), "knows nothing"),
        (answer(302, ""), "HTTP 302"),
        (Err(ErrorKind::UnexpectedAnswer), "scripted"),
    ] {
        let error = outcome(&Script::new(vec![announced(0), poll]), LONG).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!error.to_string().contains("467266"), "{error}");
        assert!(
            matches!(error.kind(), ErrorKind::CodeSource | ErrorKind::UnexpectedAnswer),
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn each_wrong_answer_to_the_announcement_has_its_error() {
    let problem = r#"{"title":"t","status":400,"detail":"the address has no domain"}"#;
    for (announced, expected) in [
        (answer(400, problem), "HTTP 400 (the address has no domain)"),
        (answer(401, ""), "wants an access token"),
        (answer(403, ""), "does not take this access token"),
        (answer(404, "<html>"), "knows nothing"),
        (answer(302, ""), "HTTP 302"),
        (answer(200, ""), "no poll URL"),
        (answer(200, "{}"), "no poll URL"),
        (answer(200, "hello"), "no poll URL"),
        (answer(200, r#"{"poll_url":7}"#), "no poll URL"),
        (answer(200, r#"{"poll_url":"file:///etc/passwd"}"#), "no poll URL"),
        (
            answer(200, &format!("https://relay.example/{}", "x".repeat(9_000))),
            "no poll URL",
        ),
        (answer(200, "http://relay.example/poll/SECRET"), "not encrypted"),
    ] {
        let script = Script::new(vec![announced]);
        let error = script.source().prepare("casey@example.org").await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::CodeSource);
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(script.urls().len(), 1, "{expected}: asked once");
    }
}

#[tokio::test(start_paused = true)]
async fn an_announcement_is_repeated_for_a_while() {
    let later = || with_header(429, "", "retry-after", "12");
    let script = Script::new(vec![later(), later(), Err(ErrorKind::Network), announced(0)]);
    assert!(script.source().prepare("casey@example.org").await.is_ok());
    // The wait after an announcement that did not reach the relay is three seconds.
    assert_eq!(script.pauses(), [12, 12, 3]);

    let script = Script::new(vec![later()]);
    let error = script.source().prepare("casey@example.org").await.err().unwrap();
    assert_eq!(script.pauses(), [12, 12]);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(12)));
    assert!(error.is_retryable());

    // A proxy in front of a relay that is away sends no Retry-After.
    let script = Script::new(vec![answer(502, "<html>Bad Gateway"), announced(0)]);
    assert!(script.source().prepare("casey@example.org").await.is_ok());
    assert_eq!(script.pauses(), [3]);
    for (status, passes) in [
        (429, true),
        (500, true),
        (502, true),
        (504, true),
        (403, false),
        (404, false),
    ] {
        let script = Script::new(vec![answer(status, "")]);
        let error = script.source().prepare("casey@example.org").await.err().unwrap();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::CodeSource, passes),
            "{status}"
        );
        assert_eq!(error.retry_after(), passes.then_some(Duration::from_secs(60)));
    }

    let script = Script::new(vec![Err(ErrorKind::Network)]);
    let error = script.source().prepare("casey@example.org").await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert_eq!(script.urls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn another_code_comes_only_from_a_relay_that_overwrites() {
    // A relay that numbers its requests gives no other code.
    let script = Script::new(vec![announced(0), complete("111111")]);
    let mut request = script.source().prepare("casey@example.org").await.unwrap();
    request.code(LONG).await.unwrap();
    assert_eq!(request.another(LONG).await.unwrap(), None);
    assert_eq!(script.urls().len(), 2);

    // Another relay may have read a stale mail first.
    let script = Script::new(vec![
        answer(200, POLL),
        complete("111111"),
        complete("111111"),
        complete("222222"),
    ]);
    let mut request = script.source().prepare("casey@example.org").await.unwrap();
    request.code(LONG).await.unwrap();
    assert_eq!(request.another(LONG).await.unwrap().unwrap().expose(), "222222");

    let script = Script::new(vec![answer(200, POLL), complete("111111")]);
    let mut request = script.source().prepare("casey@example.org").await.unwrap();
    request.code(LONG).await.unwrap();
    let started = Instant::now();
    assert_eq!(request.another(LONG).await.unwrap(), None);
    assert_eq!(started.elapsed().as_secs(), 14);
}

#[test]
fn a_prestage_url_is_a_url() {
    for text in [
        "",
        "relay.example/prepare-arlo-mfa",
        "file:///x",
        "mailto:casey@example.org",
    ] {
        let error = RelaySource::with_transport(text, Script::new(vec![pending()])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(!error.to_string().contains("relay.example"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_login_is_cancelled_if_the_relay_gave_a_url_for_it() {
    let announced = |to: &str| format!(r#"{{"poll_url":"{POLL}","cancel_url":"{to}/x","request_id":"req_1"}}"#);
    let in_clear = POLL.replace("https:", "http:");
    assert_ne!(in_clear, POLL);
    for (body, cancelled) in [
        (announced(POLL).as_str(), true),
        (POLL, false),
        (announced(&in_clear).as_str(), false),
    ] {
        let script = Script::new(vec![Ok(Response::new(200, Vec::new(), body.as_bytes().to_vec()))]);
        let mut pending = script.source().prepare("casey@example.org").await.unwrap();
        pending.cancel().await;
        let asked = script.asked.lock().unwrap();
        let last = asked.last().map(|(request, _)| (request.method, request.url.clone()));
        assert_eq!(asked.len() == 2, cancelled, "{body}");
        let expected = (Method::Delete, format!("{POLL}/x"));
        assert_eq!(last == Some(expected), cancelled, "{body}");
    }
}
