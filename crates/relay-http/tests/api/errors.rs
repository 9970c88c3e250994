use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use insta::assert_snapshot;
use relay_http::{Api, prestage_router, web_router};

use crate::mail::Stalled;
use crate::world::{JSON, World, parts, request, send};

#[tokio::test(start_paused = true)]
async fn an_unknown_path_is_a_problem() {
    let world = World::new().await;
    let unknown = world.get("/nothing/here?token=x").await;
    assert_snapshot!(unknown, @r#"
    404 application/problem+json
    {"title":"Not Found","status":404,"detail":"There is nothing at this path; /openapi.json lists what there is."}
    "#);
    for path in [
        "/poll",
        "/poll/",
        "/get/",
        "/prepare-arlo-mfa/",
        "/prepare-arlo-mfa/a/b",
        "//",
        "/%ff",
        "/.env",
    ] {
        assert_eq!(world.get(path).await.to_string(), unknown.to_string(), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_method_is_told_the_right_one() {
    let world = World::new().await;
    let mut answers = String::new();
    for (method, path) in [
        (Method::GET, "/prepare-arlo-mfa"),
        (Method::POST, "/poll/x"),
        (Method::DELETE, "/add"),
        (Method::OPTIONS, "/mail"),
        (Method::from_bytes(b"BREW").unwrap(), "/healthz"),
    ] {
        let answer = send(&world.router, request(method.clone(), path, &[], "")).await;
        assert_eq!(answer.status, 405);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        answers += &format!("{method} {path} => {}\n", answer.header("allow"));
    }
    assert_snapshot!(answers, @r"
    GET /prepare-arlo-mfa => POST
    POST /poll/x => GET,HEAD,DELETE
    DELETE /add => GET,HEAD,POST
    OPTIONS /mail => POST
    BREW /healthz => GET,HEAD
    ");
}

#[tokio::test(start_paused = true)]
async fn a_body_has_its_limits() {
    let world = World::new().await;
    let uri = world.uri("prepare-arlo-mfa");
    let large = format!(r#"{{"email":"casey@example.org","x":"{}"}}"#, "a".repeat(64 * 1024));
    assert_snapshot!(world.post(&uri, JSON, large.clone()).await, @r#"
    413 application/problem+json
    {"title":"Payload Too Large","status":413,"detail":"The body is larger than the 65536 bytes that this call takes."}
    "#);
    let full = &large[..64 * 1024];
    assert_eq!(
        world.post(&uri, JSON, full.to_owned()).await.status,
        400,
        "read, and no JSON"
    );
    assert_snapshot!(world.post(&uri, JSON, Body::new(Stalled::default())).await, @r#"
    408 application/problem+json
    {"title":"Request Timeout","status":408,"detail":"The body took too long to arrive."}
    "#);
}

#[tokio::test(start_paused = true)]
async fn no_answer_is_kept_or_embedded() {
    let world = World::new().await;
    let poll = world.prestaged().await;
    for path in [
        poll.as_str(),
        "/",
        "/register",
        "/healthz",
        "/openapi.json",
        "/nothing",
        "/get",
        "/status",
    ] {
        let answer = world.get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        // A page of ours has no secret in its URL, and a browser that sends its form has to name its origin.
        let referrer = if path == "/" { "same-origin" } else { "no-referrer" };
        assert_eq!(answer.header("referrer-policy"), referrer, "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[tokio::test(start_paused = true)]
async fn each_half_serves_its_own_calls() {
    let (relay, http, _draining) = parts(relay::testing::MemoryStore::default(), |_| {});
    let api = Arc::new(Api::new(relay, http));
    let (prestage, web) = (prestage_router(Arc::clone(&api)), web_router(api));
    let call = |router, method, path| {
        let request = request(method, path, &[], "");
        async move { send(router, request).await.status.as_u16() }
    };
    assert_eq!(call(&prestage, Method::POST, "/prepare-arlo-mfa").await, 401);
    assert_eq!(call(&prestage, Method::GET, "/healthz").await, 404);
    assert_eq!(call(&web, Method::GET, "/healthz").await, 200);
    assert_eq!(call(&web, Method::POST, "/prepare-arlo-mfa").await, 404);
    // On AWS the web half is asked, where a single machine asks both.
    for path in ["/prepare-arlo-mfa", "/prepare-arlo-mfa/x"] {
        for method in [Method::GET, Method::DELETE, Method::OPTIONS] {
            let answer = send(&web, request(method.clone(), path, &[], "")).await;
            let said = (
                answer.status.as_u16(),
                answer.header("allow"),
                answer.header("content-type"),
            );
            assert_eq!(said, (405, "POST", "application/problem+json"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_slash_too_many_after_the_base_url_is_forgiven() {
    let world = World::new().await;
    for path in ["//healthz", "///healthz?a=//b"] {
        assert_eq!(world.get(path).await.status, 200, "{path}");
    }
    for path in ["//", "//?a=b", "/healthz//", "//nothing"] {
        assert_eq!(world.get(path).await.status, 404, "{path}");
    }
}
