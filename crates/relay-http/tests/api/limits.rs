//! What one caller may use, and what the others still get.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use bytes::Bytes;
use client_limits::{Client, ClientLimits, Rate};
use http_body::Frame;
use relay_http::Limits;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::forms::FORM;
use crate::world::{Answer, EMAIL, JSON, STRANGE_TOKEN, World, enrol, request, send};

const MESSAGE: &[(&str, &str)] = &[("content-type", "message/rfc822")];
const PRESTAGE: &str = r#"{"email":"casey@example.org"}"#;

/// A body that comes piece by piece, and ends when its sender is dropped.
struct Pieces(mpsc::UnboundedReceiver<Bytes>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0
            .poll_recv(context)
            .map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

pub(crate) fn pieces() -> (mpsc::UnboundedSender<Bytes>, Body) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (sender, Body::new(Pieces(receiver)))
}

fn filler(bytes: usize) -> Bytes {
    vec![b'a'; bytes].into()
}

fn with_client(mut request: Request<Body>, address: [u8; 4]) -> Request<Body> {
    request.extensions_mut().insert(Client::new(Some(address.into())));
    request
}

fn all(limit: usize) -> ClientLimits {
    ClientLimits {
        narrow: limit,
        wide: limit,
        all: limit,
    }
}

fn once_a_minute(burst: u32) -> Rate {
    Rate {
        burst,
        every: Duration::from_secs(60),
    }
}

pub(crate) fn spawn(world: &World, request: Request<Body>) -> JoinHandle<Answer> {
    let router = world.router.clone();
    tokio::spawn(async move { send(&router, request).await })
}

/// Lets everything run until it waits for something.
pub(crate) async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_strange_token_is_refused_before_the_body_is_read() {
    let world = World::new().await;
    for uri in [
        format!("/prepare-arlo-mfa/{STRANGE_TOKEN}"),
        format!("/add?email={EMAIL}&token={STRANGE_TOKEN}"),
        format!("/mail/{STRANGE_TOKEN}"),
    ] {
        let (_sender, body) = pieces();
        let start = tokio::time::Instant::now();
        let answer = world.post(&uri, JSON, body).await;
        assert!(answer.body.contains("This token does not give access"), "{answer}");
        assert_eq!(start.elapsed(), Duration::ZERO, "{uri}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_enrolment_hands_in_two_mails_at_once() {
    let world = World::new().await;
    let uri = format!("/mail/{}", world.token);
    let mut under_way = Vec::new();
    for _ in 0..2 {
        let (sender, body) = pieces();
        under_way.push((sender, spawn(&world, request(Method::POST, &uri, MESSAGE, body))));
    }
    settle().await;
    let third = world.post(&uri, MESSAGE, "From: a@b.example\r\n\r\n").await;
    assert_eq!(third.json()["data"]["status"], 429, "{}", third.body);
    assert_eq!(third.json()["data"]["retry_after"], 2);
    let (sender, answer) = under_way.pop().unwrap();
    sender.send("From: a@b.example\r\n\r\n".into()).unwrap();
    drop(sender);
    assert_eq!(answer.await.unwrap().json()["data"]["success"], true);
    let next = world.post(&uri, MESSAGE, "From: a@b.example\r\n\r\n").await;
    assert_eq!(next.json()["data"]["success"], true);
}

#[tokio::test(start_paused = true)]
async fn an_enrolment_has_a_number_of_bodies_under_way() {
    let mut limits = Limits::default();
    limits.bodies_at_once = 2;
    let world = World::limited(&limits).await;
    let prestage = format!("/prepare-arlo-mfa/{}", world.token);
    let add = format!("{}&code=482913", world.uri("add"));
    let (sender, body) = pieces();
    let first = spawn(&world, request(Method::POST, &prestage, JSON, body));
    let (_form, body) = pieces();
    let second = spawn(&world, request(Method::POST, &add, FORM, body));
    settle().await;
    let third = world.post(&prestage, JSON, PRESTAGE).await;
    assert_eq!(
        (third.status.as_u16(), third.header("retry-after")),
        (429, "2"),
        "{third}"
    );
    assert_eq!(world.post(&add, FORM, "").await.json()["data"]["status"], 429);
    let other = enrol(&world.relay, "robin@example.org").await;
    let uri = format!("/prepare-arlo-mfa/{}", other.token.expose());
    let answer = world.post(&uri, JSON, r#"{"email":"robin@example.org"}"#).await;
    assert_eq!(answer.status, 200, "another enrolment has its own: {answer}");

    sender.send(PRESTAGE.into()).unwrap();
    drop(sender);
    assert_eq!(first.await.unwrap().status, 200);
    assert_eq!(world.post(&prestage, JSON, PRESTAGE).await.status, 200);
    assert_eq!(second.await.unwrap().json()["data"]["status"], 408);
}

#[tokio::test(start_paused = true)]
async fn mails_share_one_memory() {
    let mut limits = Limits::default();
    limits.mail_bodies = all(100_000);
    let world = World::limited(&limits).await;
    let mail = format!("/mail/{}", world.token);
    let (sender, body) = pieces();
    let holder = spawn(&world, request(Method::POST, &mail, MESSAGE, body));
    sender.send(filler(90_000)).unwrap();
    settle().await;
    let refused = world.post(&mail, MESSAGE, filler(20_000)).await;
    assert_eq!(refused.json()["data"]["status"], 503, "{}", refused.body);
    let small = world.post(&mail, MESSAGE, filler(9_000)).await;
    assert_eq!(small.json()["data"]["success"], true, "{}", small.body);

    sender.send(filler(20_000)).unwrap();
    let full = holder.await.unwrap();
    assert_eq!(full.json()["data"]["status"], 503, "{}", full.body);
    let after = world.post(&mail, MESSAGE, filler(95_000)).await;
    assert_eq!(
        after.json()["data"]["success"],
        true,
        "all of it came back: {}",
        after.body
    );
}

#[tokio::test(start_paused = true)]
async fn other_bodies_share_one_memory() {
    let mut limits = Limits::default();
    limits.bodies = all(60_000);
    let world = World::limited(&limits).await;
    let prestage = format!("/prepare-arlo-mfa/{}", world.token);
    let (sender, body) = pieces();
    let holder = spawn(&world, request(Method::POST, &prestage, JSON, body));
    sender.send(filler(50_000)).unwrap();
    settle().await;
    let large = format!(r#"{{"email":"casey@example.org","x":"{}"}}"#, "a".repeat(20_000));
    let refused = world.post(&prestage, JSON, large).await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("retry-after")),
        (503, "5"),
        "{refused}"
    );
    let small = world.post(&prestage, JSON, PRESTAGE).await;
    assert_eq!(small.status, 200, "{small}");
    sender.send(filler(12_000)).unwrap();
    assert_eq!(holder.await.unwrap().status, 503);
}

#[tokio::test(start_paused = true)]
async fn mails_of_many_members_leave_memory_for_logins() {
    let world = World::new().await;
    let mut under_way = Vec::new();
    for number in 0..16 {
        let member = enrol(&world.relay, &format!("member{number}@example.org")).await;
        let uri = format!("/mail/{}", member.token.expose());
        for _ in 0..2 {
            let (sender, body) = pieces();
            sender.send(filler(1 << 20)).unwrap();
            let mail = request(Method::POST, &uri, MESSAGE, body);
            let answer = spawn(&world, with_client(mail, [192, 0, number / 4, number % 4 / 2]));
            under_way.push((sender, answer));
        }
    }
    settle().await;
    let refused = under_way.iter().filter(|(_, answer)| answer.is_finished()).count();
    assert!(
        (1..32).contains(&refused),
        "{refused}: the mails have used up their memory"
    );
    world.prestaged().await;
}

#[tokio::test(start_paused = true)]
async fn bodies_of_strangers_leave_memory_for_who_has_a_token() {
    let mut limits = Limits::default();
    limits.bodies = all(100_000);
    limits.mail_bodies = all(100_000);
    limits.bodies_of_strangers = all(100_000);
    let add = format!("/add?email={EMAIL}&code=482913");
    for (uri, headers) in [
        ("/join", FORM),
        ("/manage", FORM),
        ("/register_done", FORM),
        ("/enrolments", JSON),
        (add.as_str(), FORM),
    ] {
        let world = World::limited(&limits).await;
        let (senders, holders): (Vec<_>, Vec<_>) = (0..13)
            .map(|_| {
                let (sender, body) = pieces();
                sender.send(filler(8_000)).unwrap();
                (sender, spawn(&world, request(Method::POST, uri, headers, body)))
            })
            .collect();
        settle().await;
        let refused = holders.iter().filter(|holder| holder.is_finished()).count();
        assert_eq!(refused, 1, "{uri}: the strangers have used up their memory");
        assert_eq!(world.post("/manage", FORM, filler(8_000)).await.status, 503, "{uri}");

        world.prestaged().await;
        let added = world
            .post(&format!("{add}&token={}", world.token), FORM, filler(8_000))
            .await;
        assert_eq!(added.json()["data"]["success"], true, "{uri}: {}", added.body);
        let mail = world
            .post(&format!("/mail/{}", world.token), MESSAGE, filler(90_000))
            .await;
        assert_eq!(mail.json()["data"]["success"], true, "{uri}: {}", mail.body);

        drop(senders);
        for holder in holders {
            holder.await.unwrap();
        }
        assert_eq!(
            world.post("/manage", FORM, filler(8_000)).await.status,
            401,
            "{uri}: all of it came back"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_large_mail_the_start_is_kept() {
    let mut limits = Limits::default();
    limits.mail_bodies = all(1 << 20);
    let world = World::limited(&limits).await;
    let uri = format!("/mail/{}", world.token);
    let mut mail = b"From: a@b.example\r\n\r\n".to_vec();
    mail.resize(5 << 20, b'a');
    let form = [
        &b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n"[..],
        &mail,
        b"\r\n--b--\r\n",
    ]
    .concat();
    for (content_type, body) in [("message/rfc822", mail), ("multipart/form-data; boundary=b", form)] {
        let answer = world.post(&uri, &[("content-type", content_type)], body).await;
        assert_eq!(
            answer.json()["data"]["success"],
            true,
            "{content_type}: {}",
            answer.body
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_has_a_least_rate() {
    let world = World::new().await;
    let uri = format!("/mail/{}", world.token);
    let form = "multipart/form-data; boundary=b";
    for content_type in ["message/rfc822", form] {
        let (sender, body) = pieces();
        let answer = spawn(
            &world,
            request(Method::POST, &uri, &[("content-type", content_type)], body),
        );
        let start = tokio::time::Instant::now();
        if content_type == form {
            let head = "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n";
            sender.send(head.into()).unwrap();
        }
        while sender.send(filler(7)).is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let answer = answer.await.unwrap();
        assert_eq!(answer.json()["data"]["status"], 408, "{content_type}: {}", answer.body);
        assert!(start.elapsed() <= Duration::from_secs(12), "{content_type}");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_wait_have_a_limit() {
    for change in [
        (|limits: &mut Limits| limits.waits_of_request = 2) as fn(&mut Limits),
        |limits| limits.waits_of_enrolment = 2,
        |limits| limits.waits = all(2),
    ] {
        let mut limits = Limits::default();
        change(&mut limits);
        let world = World::limited(&limits).await;
        let poll = world.prestaged().await;
        let uri = format!("{poll}?wait=60");
        let waiting = [(); 2].map(|()| spawn(&world, request(Method::GET, &uri, &[], "")));
        settle().await;
        let third = world.get(&uri).await;
        assert_eq!(
            (third.status.as_u16(), third.header("retry-after")),
            (429, "2"),
            "{third}"
        );
        assert_eq!(
            world.get(&poll).await.json()["status"],
            "pending",
            "to ask needs no place"
        );
        world.add_code("482913").await;
        for answer in waiting {
            assert_eq!(answer.await.unwrap().json()["code"], "482913");
        }
        assert_eq!(world.get(&uri).await.json()["code"], "482913");
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_by_the_pyaarlo_api_is_told_that_there_is_no_code_yet() {
    let mut limits = Limits::default();
    limits.waits_of_request = 0;
    let world = World::limited(&limits).await;
    assert_eq!(world.get(&world.uri("clear")).await.json()["data"]["success"], true);
    let answer = world.get(&world.uri("get")).await;
    assert_eq!(answer.json()["data"]["error"], "no code yet", "{}", answer.body);
}

#[tokio::test(start_paused = true)]
async fn a_client_has_a_rate_and_its_network_four_times_that() {
    let mut limits = Limits::default();
    limits.calls = once_a_minute(2);
    let world = World::limited(&limits).await;
    let call = async |address| {
        let status = request(Method::GET, &world.uri("status"), &[], "");
        send(&world.router, with_client(status, address)).await
    };
    for host in 0..4 {
        assert_eq!(call([192, 0, 2, host]).await.status, 200);
        assert_eq!(call([192, 0, 2, host]).await.status, 200);
        let refused = call([192, 0, 2, host]).await;
        assert_eq!(
            (refused.status.as_u16(), refused.header("retry-after")),
            (429, "60"),
            "{refused}"
        );
    }
    assert_eq!(call([192, 0, 2, 99]).await.status, 429, "the network has its own limit");
    assert_eq!(call([198, 51, 100, 1]).await.status, 200);
    let cancel = request(Method::DELETE, "/poll/x", &[], "");
    assert_eq!(
        send(&world.router, with_client(cancel, [192, 0, 2, 0])).await.status,
        429
    );
    let poll = request(Method::GET, "/poll/x", &[], "");
    assert_eq!(send(&world.router, with_client(poll, [192, 0, 2, 0])).await.status, 429);
    for _ in 0..20 {
        assert_eq!(
            world.get(&world.uri("status")).await.status,
            200,
            "this machine has none"
        );
    }
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(call([192, 0, 2, 0]).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn bad_tokens_are_refused_more_slowly_after_a_while() {
    let mut limits = Limits::default();
    limits.refused = once_a_minute(3);
    let world = World::limited(&limits).await;
    let call = async |token: &str| {
        let uri = format!("/status?email={EMAIL}&token={token}");
        send(
            &world.router,
            with_client(request(Method::GET, &uri, &[], ""), [192, 0, 2, 1]),
        )
        .await
    };
    for (token, status) in [
        (STRANGE_TOKEN, 403),
        ("x", 403),
        (STRANGE_TOKEN, 403),
        (STRANGE_TOKEN, 429),
        ("x", 429),
    ] {
        assert_eq!(call(token).await.status, status, "{token}");
    }
    assert_eq!(call(&world.token).await.status, 200, "a good one is not");
}

#[tokio::test(start_paused = true)]
async fn an_enrolment_has_rates() {
    let mut limits = Limits::default();
    limits.prestages = once_a_minute(2);
    limits.codes = once_a_minute(2);
    limits.mails = once_a_minute(2);
    let world = World::limited(&limits).await;
    let prestage = format!("/prepare-arlo-mfa/{}", world.token);
    for status in [200, 200, 429, 429] {
        let answer = world.post(&prestage, JSON, PRESTAGE).await;
        assert_eq!(answer.status, status, "{answer}");
    }
    let refused = |answer: Answer| answer.json()["data"]["status"] == 429;
    assert!(
        refused(world.get(&world.uri("clear")).await),
        "it is the same to begin a login"
    );
    let code = format!("{}&code=482913", world.uri("add"));
    let mail = format!("/mail/{}", world.token);
    for expected in [false, false, true] {
        assert_eq!(refused(world.get(&code).await), expected);
        let answer = world.post(&mail, MESSAGE, "From: a@b.example\r\n\r\n").await;
        assert_eq!(refused(answer), expected);
    }
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(world.post(&prestage, JSON, PRESTAGE).await.status, 200);
}
