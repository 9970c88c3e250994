//! With a scripted transport and a stopped clock: the requests, their times, and the results.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::*;

const ACCOUNT: &str = "casey+arlo@example.org";
const TOKEN: &str = "t&k=n +%";
const SOON: Duration = Duration::from_secs(60);

type Answer = Result<Response, ErrorKind>;

/// Gives its answers in order, the last one for all further requests, and records each request with its time.
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<(String, Instant)>>,
}

impl Script {
    fn new(answers: Vec<Answer>) -> Arc<Self> {
        let (answers, asked) = (Mutex::new(answers.into()), Mutex::default());
        Arc::new(Self { answers, asked })
    }

    fn source(self: &Arc<Self>) -> RestApiSource {
        let transport = Arc::clone(self) as Arc<dyn Transport>;
        RestApiSource::with_transport("relay.example/pre/", TOKEN.into(), transport).unwrap()
    }

    /// The requested paths.
    fn paths(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let path = |url: &String| Url::parse(url).unwrap().path().to_owned();
        asked.iter().map(|(url, _)| path(url)).collect()
    }

    fn pauses(&self) -> Vec<u64> {
        let asked = self.asked.lock().unwrap();
        asked.windows(2).map(|pair| (pair[1].1 - pair[0].1).as_secs()).collect()
    }

    async fn login(self: &Arc<Self>) -> Result<Code, Error> {
        let source = self.source();
        source.prepare(ACCOUNT).await?.code(SOON).await
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        assert!(request.method == Method::Get && request.timeout >= Duration::from_secs(10));
        self.asked.lock().unwrap().push((request.url, Instant::now()));
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 {
            answers.pop_front().unwrap()
        } else {
            answers[0].clone()
        };
        Box::pin(async { answer.map_err(|kind| Error::new(kind, "scripted")) })
    }
}

fn answer(status: u16, body: &str) -> Answer {
    Ok(Response::new(status, Vec::new(), body.as_bytes().to_vec()))
}

fn redirect(status: u16, to: &str) -> Answer {
    Ok(Response::new(status, vec![("location".into(), to.into())], Vec::new()))
}

const CLEARED: &str = r#"{"meta":{"code":200},"data":{"success":true}}"#;
const NOT_YET: &str = r#"{"meta":{"code":400},"data":{"success":false,"error":"no code yet","code":null}}"#;
const FOUND: &str = r#"{"meta":{"code":200},"data":{"success":true,"code":"012345"}}"#;

#[tokio::test(start_paused = true)]
async fn a_login_clears_and_then_polls_until_the_code_is_there() {
    let script = Script::new(vec![
        answer(200, CLEARED),
        answer(200, NOT_YET),
        answer(200, NOT_YET),
        answer(200, FOUND),
    ]);
    assert_eq!(script.login().await.unwrap().expose(), "012345");
    assert_eq!(script.paths(), ["/pre/clear", "/pre/get", "/pre/get", "/pre/get"]);
    assert_eq!(script.pauses(), [0, 3, 3]);
    let (url, _) = script.asked.lock().unwrap()[0].clone();
    assert_eq!(
        url,
        "https://relay.example/pre/clear?email=casey%2Barlo%40example.org&token=t%26k%3Dn%20%2B%25"
    );
}

#[tokio::test(start_paused = true)]
async fn any_other_answer_is_no_code_yet() {
    for odd in [
        answer(200, ""),
        answer(200, "<html>"),
        answer(200, "null"),
        answer(200, r#"{"data":null}"#),
        answer(200, r#"{"data":{}}"#),
        answer(200, r#"{"data":{"code":null}}"#),
        answer(200, r#"{"data":{"code":"12345"}}"#),
        answer(200, r#"{"data":{"code":1234567}}"#),
        answer(200, r#"{"data":{"code":-1}}"#),
        answer(200, r#"{"data":[1]}"#),
        answer(404, r#"{"data":{"code":"999999"}}"#),
        answer(403, ""),
        answer(502, "<html>"),
        redirect(307, "/pre/elsewhere"),
        Err(ErrorKind::Network),
        Err(ErrorKind::UnexpectedAnswer),
    ] {
        let script = Script::new(vec![answer(200, CLEARED), odd.clone(), answer(200, FOUND)]);
        let code = script.login().await;
        assert_eq!(code.unwrap().expose(), "012345", "{odd:?}");
    }
    for (body, expected) in [
        (r#"{"data":{"code":467266}}"#, "467266"),
        (r#"{"data":{"code":12345}}"#, "012345"),
        (r#"{"data":{"code":" 467266\n"}}"#, "467266"),
        (r#"{"data":{"success":false,"code":"467266"}}"#, "467266"),
    ] {
        let script = Script::new(vec![answer(200, CLEARED), answer(200, body)]);
        assert_eq!(script.login().await.unwrap().expose(), expected, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_code_the_deadline_ends_it_with_the_servers_answer() {
    for last in [answer(200, NOT_YET), answer(500, ""), Err(ErrorKind::Network)] {
        let script = Script::new(vec![answer(200, CLEARED), last]);
        let error = script.login().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CodeTimeout);
        assert_eq!(script.paths().len(), 21, "one request every three seconds for a minute");
        assert!(std::error::Error::source(&error).is_some());
    }
    let later = Ok(Response::new(
        429,
        vec![("retry-after".into(), "30".into())],
        Vec::new(),
    ));
    let script = Script::new(vec![answer(200, CLEARED), later]);
    script.login().await.unwrap_err();
    assert_eq!(script.pauses(), [0, 30]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_at_the_start_ends_the_login() {
    let refused = r#"{"meta":{"code":400},"data":{"success":false,"error":"permission denied","code":null}}"#;
    for (first, said) in [
        (answer(200, refused), "permission denied"),
        (answer(401, ""), "token"),
        (answer(403, refused), "token"),
        (answer(500, "<html>"), "500"),
        (answer(503, ""), "503"),
        (answer(429, ""), "fewer"),
        (redirect(301, "http://relay.example/clear"), "safe"),
        (redirect(302, "/pre/clear"), "without end"),
    ] {
        let script = Script::new(vec![first.clone()]);
        let error = script.login().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CodeSource, "{first:?}");
        assert!(error.to_string().contains(said), "{error}");
        assert!(!format!("{error:?}").contains("casey"), "{error}");
        let passes = first.as_ref().is_ok_and(|answer| matches!(answer.status, 429 | 500..));
        assert_eq!(error.is_retryable(), passes, "{first:?}");
    }
    let script = Script::new(vec![Err(ErrorKind::Network)]);
    assert_eq!(script.login().await.unwrap_err().kind(), ErrorKind::Network);
    assert_eq!(script.pauses(), [3, 3]);
    // The server cannot be reached for a moment.
    let script = Script::new(vec![
        Err(ErrorKind::Network),
        answer(503, ""),
        answer(200, "ok"),
        answer(200, FOUND),
    ]);
    script.login().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_code_from_before_the_login_is_not_used() {
    let old = r#"{"data":{"code":"999999"}}"#;
    let script = Script::new(vec![
        answer(404, ""),
        answer(200, old),
        answer(200, old),
        answer(200, FOUND),
    ]);
    assert_eq!(script.login().await.unwrap().expose(), "012345");

    // Neither is a code that Arlo refused.
    let script = Script::new(vec![
        answer(200, CLEARED),
        answer(200, old),
        answer(200, old),
        answer(200, FOUND),
    ]);
    let source = script.source();
    let mut pending = source.prepare(ACCOUNT).await.unwrap();
    assert_eq!(pending.code(SOON).await.unwrap().expose(), "999999");
    assert_eq!(pending.another(SOON).await.unwrap().unwrap().expose(), "012345");
    let script = Script::new(vec![answer(200, CLEARED), answer(200, old)]);
    let source = script.source();
    let mut pending = source.prepare(ACCOUNT).await.unwrap();
    pending.code(SOON).await.unwrap();
    assert!(pending.another(SOON).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn the_code_may_be_kept_elsewhere() {
    let there = "https://bucket.example/x?signature=1%2B2";
    let script = Script::new(vec![answer(200, CLEARED), redirect(307, there), answer(200, FOUND)]);
    script.login().await.unwrap();
    assert_eq!(script.asked.lock().unwrap()[2].0, there, "exactly as it is written");
}

#[test]
fn a_host_is_a_name_or_a_url() {
    let transport: Arc<dyn Transport> = Script::new(vec![answer(200, "")]);
    let source = |host: &str| RestApiSource::with_transport(host, "SECRET".into(), Arc::clone(&transport));
    for (host, expected) in [
        ("relay.example", "https://relay.example/get"),
        (" relay.example:8443 ", "https://relay.example:8443/get"),
        ("relay.example/pre/v1/", "https://relay.example/pre/v1/get"),
        ("http://192.168.1.2:8080", "http://192.168.1.2:8080/get"),
        ("https://relay.example/", "https://relay.example/get"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/get"),
        ("localhost", "http://localhost/get"),
        ("[::1]:8080/x", "http://[::1]:8080/x/get"),
    ] {
        let source = source(host).unwrap();
        let url = source.url("get", "a").to_string();
        assert_eq!(url.split('?').next(), Some(expected), "{host}");
        assert!(!format!("{source:?}").contains("SECRET"));
    }
    for host in [
        "",
        "https://",
        "ftp://relay.example",
        "re lay",
        "user@relay.example",
        "relay.example?x=1",
        "relay#x",
    ] {
        assert_eq!(
            source(host).err().map(|error| error.kind()),
            Some(ErrorKind::Configuration),
            "{host}"
        );
    }
}
