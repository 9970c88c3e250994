//! Bodies and queries of the HTTP API: whatever a client sends, the answer is never a failure of the relay.

#![no_main]

use std::sync::Arc;

use arlo_mail::Account;
use axum::body::Body;
use axum::http::{Request, StatusCode, Uri};
use http_body_util::BodyExt;
use libfuzzer_sys::fuzz_target;
use relay::testing::{MemoryStore, settings};
use relay::{NewEnrolment, Registration, Relay};
use relay_http::{Api, PublicUrl, Settings, router};
use tokio::sync::watch;
use tower::ServiceExt;

/// Calls that read a body: the method, the path, and the type of the body. `TOKEN` becomes the token of the enrolment.
const CALLS: &[(&str, &str, &str)] = &[
    ("POST", "/prepare-arlo-mfa/TOKEN", "application/json"),
    ("POST", "/prepare-arlo-mfa/TOKEN", "text/plain"),
    ("POST", "/mail?token=TOKEN", "multipart/form-data; boundary=b"),
    ("POST", "/mail?token=TOKEN", "message/rfc822"),
    (
        "POST",
        "/add?token=TOKEN&email=casey@example.org",
        "application/x-www-form-urlencoded",
    ),
    ("POST", "/add?token=TOKEN&email=casey@example.org", "application/json"),
    ("POST", "/enrolments", "application/json"),
    ("POST", "/join", "application/x-www-form-urlencoded"),
    ("POST", "/manage", "application/x-www-form-urlencoded"),
];
/// Calls whose query is made from the input.
const QUERIES: &[(&str, &str)] = &[
    ("GET", "/add?token=TOKEN&"),
    ("GET", "/clear?token=TOKEN&"),
    ("GET", "/get?token=TOKEN&"),
    ("GET", "/register_done?"),
    ("GET", "/poll/"),
    ("POST", "/prepare-arlo-mfa/"),
];

fuzz_target!(|input: &[u8]| {
    let Some((&which, rest)) = input.split_first() else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    // The digit 0 is the first call, so that the seeds are text.
    runtime.block_on(call(usize::from(which.wrapping_sub(b'0')), rest));
});

async fn call(which: usize, input: &[u8]) {
    let (mut rules, _) = settings();
    rules.registration = Registration::Open;
    let relay = Relay::new(rules, MemoryStore::default());
    let account = Account::parse("casey@example.org").expect("an address");
    let new = NewEnrolment::for_account(&account);
    let credentials = relay.enroller().enrol(new).await.expect("an enrolment");
    let (_draining, shutdown) = watch::channel(false);
    let http = Settings {
        public_url: PublicUrl::parse("https://relay.example").expect("a URL"),
        version: "0",
        shutdown,
    };
    let router = router(Arc::new(Api::new(relay, http)));
    let token = credentials.token.expose();
    let Some(request) = request(which, input, token) else {
        return;
    };
    let answer = router.oneshot(request).await.expect("an answer");
    assert_ne!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    // A form shows again what was written into it, the token too where it is not the field for one.
    assert!(contains(input, token) || !contains(&body, token), "a token in an answer");
}

fn contains(text: &[u8], token: &str) -> bool {
    text.windows(token.len()).any(|window| window == token.as_bytes())
}

fn request(which: usize, input: &[u8], token: &str) -> Option<Request<Body>> {
    let which = which % (CALLS.len() + QUERIES.len());
    if let Some((method, path, kind)) = CALLS.get(which) {
        let builder = Request::builder().method(*method).uri(path.replace("TOKEN", token));
        return builder
            .header("content-type", *kind)
            .body(Body::from(input.to_vec()))
            .ok();
    }
    let (method, start) = QUERIES.get(which - CALLS.len())?;
    let text = std::str::from_utf8(input).ok()?;
    let uri: Uri = format!("{}{text}", start.replace("TOKEN", token)).parse().ok()?;
    Request::builder().method(*method).uri(uri).body(Body::empty()).ok()
}
