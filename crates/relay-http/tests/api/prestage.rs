use axum::http::Method;
use insta::assert_snapshot;

use crate::world::{EMAIL, JSON, STRANGE_TOKEN, World, request, send};

const BODY: &str = r#"{"email":"casey@example.org"}"#;

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[tokio::test(start_paused = true)]
async fn the_answer_is_the_poll_url_and_nothing_else() {
    let world = World::new().await;
    let bearer = bearer(&world.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("accept", "*/*"),
    ];
    let answer = world.post("/prepare-arlo-mfa", &headers, BODY).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let key = answer.body.strip_prefix("https://relay.example/v1/poll/").unwrap();
    assert_eq!(key.len(), 68);
    assert_eq!(world.get(&format!("/poll/{key}")).await.body, r#"{"status":"pending"}"#);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_asks_for_json_gets_it() {
    let world = World::new().await;
    let bearer = bearer(&world.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("accept", "application/json;q=0.9, text/plain"),
    ];
    let answer = world.post("/prepare-arlo-mfa", &headers, BODY).await;
    let mut json = answer.json();
    let poll_url = json["poll_url"].take();
    assert!(poll_url.as_str().unwrap().starts_with("https://relay.example/v1/poll/"));
    assert_eq!(json["cancel_url"].take(), poll_url);
    let id = json["request_id"].take();
    assert!(id.as_str().unwrap().starts_with("req_"));
    assert_snapshot!(json, @r#"{"cancel_url":null,"expires_at":"2027-01-15T08:05:00Z","poll_url":null,"request_id":null,"status":"pending","wait":60}"#);
}

#[tokio::test(start_paused = true)]
async fn without_long_poll_no_wait_is_offered() {
    let world = World::without_long_poll().await;
    let headers = [("accept", "application/json")];
    let answer = world.post(&world.uri("prepare-arlo-mfa"), &headers, BODY).await;
    assert_eq!(answer.json().get("wait"), None);
}

#[tokio::test(start_paused = true)]
async fn the_token_is_taken_from_three_places() {
    let world = World::new().await;
    let token = &world.token;
    for (uri, authorization) in [
        ("/prepare-arlo-mfa".to_owned(), bearer(token)),
        ("/prepare-arlo-mfa".to_owned(), format!("bearer  {token}")),
        (format!("/prepare-arlo-mfa?token={token}"), String::new()),
        (format!("/prepare-arlo-mfa/{token}"), "Basic dTpw".to_owned()),
        // The header goes first.
        (
            format!("/prepare-arlo-mfa/{STRANGE_TOKEN}?token={STRANGE_TOKEN}"),
            bearer(token),
        ),
    ] {
        let answer = world.post(&uri, &[("authorization", &authorization)], BODY).await;
        assert_eq!(answer.status, 200, "{uri} {authorization}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_token_the_call_says_how_to_show_one() {
    let world = World::new().await;
    // Not even the body is looked at.
    let answer = world.post("/prepare-arlo-mfa?token=", &[], "no json").await;
    assert_snapshot!(answer, @r#"
    401 application/problem+json
    www-authenticate: Bearer realm="arlo-relay"
    {"title":"Unauthorized","status":401,"detail":"An access token is needed: as Authorization: Bearer, as token= in the query, or as the last part of the path."}
    "#);
}

#[tokio::test(start_paused = true)]
async fn whether_an_account_is_enrolled_cannot_be_told() {
    let world = World::new().await;
    let mut answers = Vec::new();
    for (token, email) in [
        (world.token.as_str(), "robin@example.org"),
        (STRANGE_TOKEN, EMAIL),
        (STRANGE_TOKEN, "robin@example.org"),
        ("no-token-at-all", EMAIL),
    ] {
        let body = format!(r#"{{"email":"{email}"}}"#);
        let mut answer = world.post(&format!("/prepare-arlo-mfa/{token}"), JSON, body).await;
        // Each call has another one.
        answer.headers.remove("x-request-id").unwrap();
        answers.push(format!("{answer} {:?}", answer.headers));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert_snapshot!(answers[0], @r#"
    403 application/problem+json
    {"title":"Forbidden","status":403,"detail":"This token does not give access to this account."} {"content-type": "application/problem+json", "cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "content-security-policy": "default-src 'none'; frame-ancestors 'none'", "content-length": "94"}
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_label_and_another_spelling_are_the_same_account() {
    let world = World::new().await;
    for email in ["Casey+arlo@Example.ORG", "  casey@example.org  "] {
        let body = format!(r#"{{"email":"{email}"}}"#);
        let answer = world.post(&world.uri("prepare-arlo-mfa"), JSON, body).await;
        assert_eq!(answer.status, 200, "{email}");
    }
}

#[tokio::test(start_paused = true)]
async fn bad_bodies_are_refused_with_the_reason() {
    let world = World::new().await;
    let uri = world.uri("prepare-arlo-mfa");
    let long = format!(r#"{{"email":"{}@example.org"}}"#, "a".repeat(10_000));
    let mut answers = String::new();
    for body in [
        "",
        "email=casey@example.org",
        "{\"email\":\"casey@example.org\"",
        "\u{feff}{\"email\":\"casey@example.org\"}",
        "[]",
        "{}",
        "null",
        r#"["casey@example.org"]"#,
        r#"{"email":7}"#,
        r#"{"email":null}"#,
        r#"{"email":"a@b.c","email":"d@e.f"}"#,
        r#"{"email":""}"#,
        r#"{"email":"nobody"}"#,
        r#"{"email":"a b@example.org"}"#,
        r#"{"email":"a@exa mple.org"}"#,
        &long,
    ] {
        let answer = world.post(&uri, JSON, body.to_owned()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        answers += &format!("{} => {detail}\n", body.get(..40).unwrap_or(body));
    }
    assert_snapshot!(answers, @r#"
     => The body is not JSON.
    email=casey@example.org => The body is not JSON.
    {"email":"casey@example.org" => The body is not JSON.
    ﻿{"email":"casey@example.org"} => The JSON begins with a byte order mark, which RFC 8259 forbids.
    [] => The body needs the form {"email":"name@domain"}.
    {} => The body needs the form {"email":"name@domain"}.
    null => The body needs the form {"email":"name@domain"}.
    ["casey@example.org"] => The body needs the form {"email":"name@domain"}.
    {"email":7} => The body needs the form {"email":"name@domain"}.
    {"email":null} => The body needs the form {"email":"name@domain"}.
    {"email":"a@b.c","email":"d@e.f"} => The body needs the form {"email":"name@domain"}.
    {"email":""} => The address is empty.
    {"email":"nobody"} => The address needs the form name@domain.
    {"email":"a b@example.org"} => The address has a character that a mail address cannot have.
    {"email":"a@exa mple.org"} => The part of the address after the @ is not a domain name.
    {"email":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa => The address is longer than 254 bytes, or its part before the @ longer than 64.
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_utf_8_is_refused() {
    let world = World::new().await;
    let answer = world
        .post(&world.uri("prepare-arlo-mfa"), JSON, &b"{\"email\":\"\xff@x.org\"}"[..])
        .await;
    assert_eq!(answer.status, 400);
}

#[tokio::test(start_paused = true)]
async fn what_the_body_may_be() {
    let world = World::new().await;
    let uri = world.uri("prepare-arlo-mfa");
    for (content_type, expected) in [
        ("application/json; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
    ] {
        let answer = world.post(&uri, &[("content-type", content_type)], BODY).await;
        assert_eq!(answer.status, expected, "{content_type}");
    }
    let answer = send(&world.router, request(Method::POST, &uri, &[], BODY)).await;
    assert_eq!(answer.status, 200, "no content type");
}

#[tokio::test(start_paused = true)]
async fn the_seventeenth_login_at_once_has_to_wait() {
    let world = World::new().await;
    for _ in 0..relay::MAX_PENDING {
        world.prestaged().await;
    }
    tokio::time::advance(std::time::Duration::from_secs(100)).await;
    let answer = world.post(&world.uri("prepare-arlo-mfa"), JSON, BODY).await;
    assert_snapshot!(answer, @r#"
    429 application/problem+json
    retry-after: 200
    {"title":"Too Many Requests","status":429,"detail":"Too many logins of this enrolment wait for a code already; the oldest makes room when it expires."}
    "#);
    let after: u64 = answer.header("retry-after").parse().unwrap();
    tokio::time::advance(std::time::Duration::from_secs(after)).await;
    world.prestaged().await;
}
