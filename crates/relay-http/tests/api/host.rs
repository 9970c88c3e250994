//! Whose address a call is made to, and from whose page.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Version};
use insta::assert_snapshot;
use relay::Registration;
use relay_http::{PublicUrl, at_its_own_address};

use crate::world::{Answer, World, send};

async fn guarded() -> Router {
    let world = World::registering(Registration::Open).await;
    at_its_own_address(world.router, &PublicUrl::parse("https://Relay.example/v1").unwrap())
}

async fn status(router: &Router, version: Version, uri: &str, headers: &[(&str, &str)]) -> u16 {
    answer(router, version, uri, headers).await.status.as_u16()
}

async fn answer(router: &Router, version: Version, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = match uri.contains("email=") {
        true => Request::post(uri),
        false => Request::get(uri),
    }
    .version(version);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(router, request.body(Body::empty()).unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn a_call_names_one_host() {
    let router = guarded().await;
    for (version, headers, expected) in [
        (Version::HTTP_11, &[("host", "anything.example")][..], 200),
        (Version::HTTP_11, &[("host", "[::1]:8080")], 200),
        (Version::HTTP_10, &[], 200),
        (Version::HTTP_11, &[], 400),
        (Version::HTTP_11, &[("host", "")], 400),
        (Version::HTTP_11, &[("host", "a b")], 400),
        (Version::HTTP_11, &[("host", "user@relay.example")], 400),
        (Version::HTTP_11, &[("host", "a.example"), ("host", "b.example")], 400),
        (Version::HTTP_10, &[("host", "a.example"), ("host", "b.example")], 400),
    ] {
        assert_eq!(
            status(&router, version, "/healthz", headers).await,
            expected,
            "{version:?} {headers:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn joining_is_for_the_relays_own_pages_and_for_programs() {
    const ACCOUNT: &str = "/register_done?email=robin@example.org";
    let router = guarded().await;
    for (uri, headers, expected) in [
        (ACCOUNT, &[("host", "relay.example")][..], 200),
        (ACCOUNT, &[("host", "RELAY.example:443")], 200),
        (ACCOUNT, &[("host", "127.0.0.1:8080")], 200),
        (ACCOUNT, &[("host", "[::1]:8080")], 200),
        (ACCOUNT, &[("host", "localhost:8080")], 200),
        (
            ACCOUNT,
            &[("host", "relay.example"), ("sec-fetch-site", "same-origin")],
            200,
        ),
        (
            ACCOUNT,
            &[("host", "relay.example"), ("origin", "https://relay.example")],
            200,
        ),
        // Names that anybody can make lead here.
        (ACCOUNT, &[("host", "rebound.attacker.example")], 403),
        (ACCOUNT, &[("host", "relay.example.attacker.example")], 403),
        (ACCOUNT, &[("host", "127.0.0.1.attacker.example")], 403),
        (ACCOUNT, &[("host", "relay.localhost")], 403),
        // Pages of others.
        (
            ACCOUNT,
            &[("host", "relay.example"), ("sec-fetch-site", "cross-site")],
            403,
        ),
        (
            ACCOUNT,
            &[("host", "relay.example"), ("sec-fetch-site", "same-site")],
            403,
        ),
        (
            ACCOUNT,
            &[("host", "relay.example"), ("origin", "https://attacker.example")],
            403,
        ),
        (ACCOUNT, &[("host", "relay.example"), ("origin", "null")], 403),
        // However the path is written that leads there.
        (
            "//register_done?email=robin@example.org",
            &[("host", "attacker.example")],
            403,
        ),
        (
            "http://attacker.example/register_done?email=robin@example.org",
            &[("host", "relay.example")],
            403,
        ),
        ("/enrolments", &[("host", "attacker.example")], 403),
        ("/enrolments?email=x", &[("host", "attacker.example")], 403),
        ("/enrolments?email=x", &[("host", "relay.example")], 400),
        // What gives nothing away without a token is anybody's.
        (
            "/register",
            &[("host", "attacker.example"), ("sec-fetch-site", "cross-site")],
            303,
        ),
        ("/", &[("host", "attacker.example")], 200),
    ] {
        let answer = answer(&router, Version::HTTP_11, uri, headers).await;
        // A call of pyaarlo is HTTP 200 whatever happens.
        let status = match uri.contains("register_done") && answer.status == 200 {
            true => answer.json()["data"]["status"].as_u64().unwrap_or(200),
            false => answer.status.as_u16().into(),
        };
        assert_eq!(status, expected, "{uri} {headers:?}: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn pyaarlos_call_is_refused_in_its_envelope() {
    let headers = [("host", "attacker.example")];
    let uri = "/register_done?email=robin@example.org";
    let refused = answer(&guarded().await, Version::HTTP_11, uri, &headers).await;
    assert_snapshot!(refused, @r#"
    200 application/json
    {"meta":{"code":400},"data":{"success":false,"error":"Joining is possible at the relay's own address and from its own page only; the operator sets the address with --public-url.","code":null,"status":403}}
    "#);
    assert_eq!(refused.header("cache-control"), "no-store");
}
