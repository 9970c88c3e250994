//! What is seen from outside: whether it lives and is ready, what the host may count, and the id of each call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::Method;
use client_limits::Client;
use insta::assert_snapshot;
use relay::{Receipt, RequestId};
use relay_http::{Answered, Api, Observe, WaitEnd, at_its_own_address, router};

use crate::world::{EMAIL, JSON, STRANGE_TOKEN, World, parts, request, send};

#[tokio::test(start_paused = true)]
async fn it_is_alive_whatever_its_store_does_and_ready_until_it_drains() {
    let world = World::new().await;
    assert_snapshot!(world.get("/livez").await, @r#"
    200 application/json
    {"status":"ok"}
    "#);
    assert_snapshot!(world.get("/readyz").await, @r#"
    200 application/json
    {"status":"ok","version":"1.2.3","checks":{"accepting":"ok","store":"ok"}}
    "#);
    world.draining.send_replace(true);
    assert_snapshot!(world.get("/readyz").await, @r#"
    503 application/problem+json
    retry-after: 5
    {"title":"Service Unavailable","status":503,"detail":"The relay cannot do this at the moment. Try again later.","checks":{"accepting":"failing","store":"ok"}}
    "#);
    assert_eq!(world.get("/livez").await.status, 200);
    assert_eq!(world.get("/healthz").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn every_answer_has_an_id_of_its_own() {
    let world = World::new().await;
    let mut ids = std::collections::BTreeSet::new();
    let paths = [
        "/livez",
        "/nothing",
        "/poll/x",
        "//livez",
        &world.uri("/get"),
        &format!("/get?email={EMAIL}&token=x"),
    ];
    for path in paths {
        for sent in [&[][..], &[("x-request-id", "mine")]] {
            let answer = send(&world.router, request(Method::GET, path, sent, "")).await;
            let id = answer.header("x-request-id").to_owned();
            assert_eq!(id.len(), 16, "{path}: {id}");
            assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{path}: {id}");
            ids.insert(id);
        }
    }
    assert_eq!(ids.len(), 2 * paths.len());

    // A call that is turned away before it reaches a route has one too.
    let (relay, http, _draining) = parts(relay::testing::MemoryStore::default(), |_| {});
    let url = http.public_url.clone();
    let guarded = at_its_own_address(router(Arc::new(Api::new(relay, http))), &url);
    let refused = send(
        &guarded,
        request(Method::GET, "/livez", &[("host", "a"), ("host", "b")], ""),
    )
    .await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.header("x-request-id").len(), 16);
}

/// Writes down what it is told.
#[derive(Debug, Default)]
struct Told(Mutex<Vec<String>>);

impl Told {
    fn note(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Observe for Told {
    fn answered(&self, call: &Answered<'_>) {
        let limit = call.limit.map_or("", |limit| limit.name());
        self.note(
            format!("{} {} {} {limit}", call.method, call.route, call.status)
                .trim_end()
                .to_owned(),
        );
    }

    fn mail(&self, receipt: &Receipt) {
        self.note(format!("mail {}", receipt.outcome()));
    }

    fn wait_began(&self) {
        self.note("waits".to_owned());
    }

    fn wait_ended(&self, _: &RequestId, took: Duration, end: WaitEnd) {
        self.note(format!("waited {} s: {}", took.as_secs(), end.name()));
    }
}

async fn watched() -> (World, Arc<Told>) {
    let told = Arc::<Told>::default();
    let observer: Arc<dyn Observe> = Arc::clone(&told) as Arc<dyn Observe>;
    let world = World::observed(observer).await;
    (world, told)
}

#[tokio::test(start_paused = true)]
async fn the_host_is_told_of_calls_by_route_and_never_by_what_is_in_them() {
    let (world, told) = watched().await;
    world.prestaged().await;
    assert_eq!(told.taken(), ["POST /prepare-arlo-mfa/{token} 200"]);
    world.get("/poll/x").await;
    world.get("/nothing/here").await;
    let brew = Method::from_bytes(b"BREW").unwrap();
    send(&world.router, request(brew, "/livez", &[], "")).await;
    world.get(&format!("/get?email={EMAIL}&token={STRANGE_TOKEN}")).await;
    let mail = "From: robin@example.org\r\n\r\nhello\r\n";
    world
        .post(&world.uri("/mail"), &[("content-type", "message/rfc822")], mail)
        .await;
    assert_eq!(
        told.taken(),
        [
            "GET /poll/{key} 403",
            "GET unknown 404",
            "other /livez 405",
            "GET /get 200",
            "mail not-from-arlo",
            "POST /mail 200",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_host_is_told_of_limits_also_where_every_answer_is_200() {
    let (world, told) = watched().await;
    let refused = format!("/clear?email={EMAIL}&token={STRANGE_TOKEN}");
    let post = format!("/prepare-arlo-mfa/{}", world.token);
    loop {
        world.post(&post, JSON, r#"{"email":"casey@example.org"}"#).await;
        let calls = told.taken();
        if calls == ["POST /prepare-arlo-mfa/{token} 429 pending"] {
            break;
        }
        assert_eq!(calls, ["POST /prepare-arlo-mfa/{token} 200"]);
    }
    // A token that is refused again and again.
    loop {
        let mut call = request(Method::GET, &refused, &[], "");
        call.extensions_mut().insert(Client::new(Some([192, 0, 2, 7].into())));
        send(&world.router, call).await;
        let calls = told.taken();
        if calls == ["GET /clear 200 rate"] {
            break;
        }
        assert_eq!(calls, ["GET /clear 200"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_host_is_told_of_waits_and_how_they_end() {
    let (world, told) = watched().await;
    let path = world.prestaged().await;
    told.taken();
    let wait = format!("{path}?wait=7");
    world.get(&wait).await;
    assert_eq!(told.taken(), ["waits", "waited 7 s: over", "GET /poll/{key} 200"]);
    let gone = tokio::time::timeout(Duration::from_secs(3), world.get(&wait)).await;
    assert!(gone.is_err());
    assert_eq!(told.taken(), ["waits", "waited 3 s: gone"]);
    let (_, _) = tokio::join!(world.get(&wait), async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        world.add_code("482913").await;
    });
    assert_eq!(told.taken(), ["waits", "waited 2 s: answered", "GET /poll/{key} 200"]);
    // What has ended already is not waited for.
    world.get(&wait).await;
    assert_eq!(told.taken(), ["GET /poll/{key} 200"]);
}
