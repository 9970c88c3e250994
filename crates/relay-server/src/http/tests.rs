//! Over sockets: which clients are accepted, which connections are displaced, and how long a client may be slow.

mod bodies;
mod stopping;
mod tls;

use std::io;
use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::{get, post};
use axum::{Extension, Router};
use client_limits::Client;
use relay_http::Known;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::*;
use crate::supervisor::listen;

/// After this long without an answer a test has failed.
const DEADLINE: Duration = Duration::from_secs(20);

struct Server {
    address: SocketAddr,
    /// Lets one call to `/wait` go on.
    go_on: Arc<Notify>,
    /// Notified when a call to `/wait`, `/read` or `/member` has begun.
    begun: Arc<Notify>,
    /// Ends the listener.
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn start(places: usize, change: impl FnOnce(&mut Limits)) -> Server {
    start_with(None, &[], places, change).await
}

/// With named proxies.
async fn start_behind(proxies: &[&str], places: usize, change: impl FnOnce(&mut Limits)) -> Server {
    start_with(None, proxies, places, change).await
}

async fn start_with(
    tls: Option<TlsAcceptor>,
    proxies: &[&str],
    places: usize,
    change: impl FnOnce(&mut Limits),
) -> Server {
    let mut limits = Limits::with_connections(places);
    limits.trusts_local = false;
    limits.connections.narrow = places + 1;
    limits.connections.wide = places + 1;
    change(&mut limits);
    let (go_on, begun) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let wait = {
        let (go_on, begun) = (Arc::clone(&go_on), Arc::clone(&begun));
        async move || {
            begun.notify_one();
            go_on.notified().await;
            "waited"
        }
    };
    let read = {
        let begun = Arc::clone(&begun);
        async move |Extension(token): Extension<Known>, uri: Uri, body: Body| {
            if uri.path() == "/member" {
                token.set();
            }
            begun.notify_one();
            to_bytes(body, usize::MAX).await.unwrap_or_default()
        }
    };
    let router = Router::new()
        .route("/", get(async || "hello"))
        .route("/echo", post(async |body: String| body))
        .route("/large", get(async || "a".repeat(1 << 20)))
        .route("/wait", get(wait.clone()))
        .route(
            "/echo_later",
            post(async move |body: String| {
                wait().await;
                body
            }),
        )
        .route("/read", post(read.clone()))
        .route("/member", post(read))
        .route("/refuse", post(async || StatusCode::PAYLOAD_TOO_LARGE))
        .route("/caller", get(caller));
    let proxies: Vec<_> = proxies.iter().map(|network| network.parse().unwrap()).collect();
    let (stop, stopped) = oneshot::channel();
    let front = Front::new(router, Proxies::new(&proxies), limits, Counts::default());
    let (listener, address) = listen("HTTP", ([127, 0, 0, 1], 0).into(), None).await.unwrap();
    let listener = Accepting::new(listener);
    Server {
        address,
        go_on,
        begun,
        stop: Some(stop),
        task: tokio::spawn(serve(listener, front, tls, async {
            // An error means that the test is over.
            let _ = stopped.await;
        })),
    }
}

/// Whose call it is, for which host, and what of a proxy's fields is left.
async fn caller(Extension(client): Extension<Client>, headers: HeaderMap) -> String {
    let client = client
        .narrow()
        .map_or("nobody".to_owned(), |address| address.to_string());
    let host = headers.get("host").map_or("", |host| host.to_str().unwrap());
    format!(
        "{client} {host} {}!",
        headers
            .keys()
            .filter(|name| name.as_str().contains("forwarded"))
            .count()
    )
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(DEADLINE, future).await.expect("no answer in time")
}

async fn connect_from(server: &Server, address: [u8; 4]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((address, 0).into()).unwrap();
    soon(socket.connect(server.address)).await.unwrap()
}

async fn connect(server: &Server) -> TcpStream {
    connect_from(server, [127, 0, 0, 1]).await
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), text: &str) {
    soon(stream.write_all(text.as_bytes())).await.unwrap();
}

/// Sends a request, and reads until the answer ends so.
async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), path: &str, end: &str) -> String {
    send(stream, &format!("GET {path} HTTP/1.1\r\nHost: relay\r\n\r\n")).await;
    until(stream, end).await
}

async fn until(stream: &mut (impl AsyncRead + Unpin), end: &str) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(end.as_bytes()) {
        let read = soon(stream.read_buf(&mut answer)).await.unwrap();
        assert!(read > 0, "{:?} instead of {end}", String::from_utf8_lossy(&answer));
    }
    String::from_utf8(answer).unwrap()
}

/// Everything until the server closes.
async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut answer = Vec::new();
    // Data that was sent and not read makes the end a reset.
    let _ = soon(stream.read_to_end(&mut answer)).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn times_shorten_when_places_are_scarce() {
    // The ordinary time never ends, the short one at once.
    let server = start(4, |limits| {
        limits.header = Duration::from_secs(3600);
        limits.header_pressed = Duration::from_millis(1);
    })
    .await;
    let mut early = Vec::new();
    for _ in 0..2 {
        let mut stream = connect(&server).await;
        ask(&mut stream, "/", "hello").await;
        early.push(stream);
    }
    let mut late = connect(&server).await;
    assert_eq!(rest(&mut late).await, "");
    for stream in &mut early {
        ask(stream, "/", "hello").await;
    }
}

#[tokio::test]
async fn idle_connections_keep_nobody_out() {
    let server = start(3, |_| {}).await;
    let mut idle = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(&server).await;
        ask(&mut stream, "/", "hello").await;
        idle.push(stream);
    }
    let mut new = connect(&server).await;
    ask(&mut new, "/", "hello").await;
    assert_eq!(rest(&mut idle[0]).await, "");
    ask(&mut idle[1], "/", "hello").await;
}

#[tokio::test]
async fn a_request_under_way_is_not_displaced() {
    let server = start(2, |_| {}).await;
    let mut waiting = connect(&server).await;
    send(&mut waiting, "GET /wait HTTP/1.1\r\nHost: relay\r\n\r\n").await;
    soon(server.begun.notified()).await;
    for _ in 0..5 {
        let mut other = connect(&server).await;
        ask(&mut other, "/", "hello").await;
    }
    let mut second = connect(&server).await;
    send(&mut second, "GET /wait HTTP/1.1\r\nHost: relay\r\n\r\n").await;
    soon(server.begun.notified()).await;

    let mut third = connect(&server).await;
    let refusal = rest(&mut third).await;
    assert!(
        refusal.starts_with("HTTP/1.1 503 ") && refusal.contains("\r\nconnection: close\r\n"),
        "{refusal}"
    );
    assert_is_whole(&refusal);
    server.go_on.notify_one();
    until(&mut waiting, "waited").await;
}

/// It has what every answer has, and says when to come back.
fn assert_is_whole(refusal: &str) {
    let names = [
        "cache-control: no-store",
        "x-request-id: ",
        "content-type: application/problem+json",
        "retry-after: 5",
    ];
    for name in names {
        assert!(refusal.contains(&format!("\r\n{name}")), "{name}: {refusal}");
    }
    let body = refusal.split_once("\r\n\r\n").unwrap().1;
    assert!(
        refusal.contains(&format!("\r\ncontent-length: {}\r\n", body.len())),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_long_header_is_refused() {
    let server = start(4, |_| {}).await;
    for (length, status) in [(7_500, "HTTP/1.1 200 "), (8_500, "HTTP/1.1 431 ")] {
        let mut stream = connect(&server).await;
        let field = "a".repeat(length);
        let header = format!("GET / HTTP/1.1\r\nHost: relay\r\nConnection: close\r\nCookie: {field}\r\n\r\n");
        send(&mut stream, &header).await;
        let answer = rest(&mut stream).await;
        assert!(answer.starts_with(status), "{length}: {answer}");
    }
}

#[tokio::test]
async fn a_client_and_its_network_have_a_limit() {
    let server = start(8, |limits| {
        limits.connections.narrow = 2;
        limits.connections.wide = 3;
    })
    .await;
    let mut held = Vec::new();
    for (network, host, fits) in [
        (1, 1, true),
        (1, 1, true),
        (1, 1, false),
        (1, 2, true),
        (1, 3, false),
        (2, 1, true),
    ] {
        let mut stream = connect_from(&server, [127, 0, network, host]).await;
        if fits {
            ask(&mut stream, "/", "hello").await;
            held.push(stream);
        } else {
            assert!(rest(&mut stream).await.starts_with("HTTP/1.1 503 "));
        }
    }
}

#[tokio::test]
async fn a_proxy_on_this_machine_has_no_limit_of_its_own() {
    let server = start(8, |limits| {
        limits.trusts_local = true;
        limits.connections.narrow = 1;
        limits.connections.wide = 1;
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..8 {
        let mut stream = connect(&server).await;
        ask(&mut stream, "/", "hello").await;
        held.push(stream);
    }
}

#[tokio::test]
async fn a_client_that_takes_no_answer_is_dropped() {
    let server = start(1, |limits| limits.answer = Duration::from_millis(100)).await;
    let mut stream = connect(&server).await;
    // Far more than the system takes in for a client that reads nothing.
    let flood = "GET /large HTTP/1.1\r\nHost: relay\r\n\r\n".repeat(64);
    send(&mut stream, &flood).await;
    let mut gone = stream.into_std().unwrap();
    let dropped = async {
        // Writing fails once the server has closed; no answer is read meanwhile.
        while gone.write_all(b"G").is_ok()
            || gone
                .write(b"G")
                .is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
        {
            sleep(Duration::from_millis(10)).await;
        }
    };
    soon(dropped).await;
}

#[tokio::test]
async fn a_connection_has_an_end() {
    let server = start(1, |limits| limits.life = Duration::ZERO).await;
    let mut stream = connect(&server).await;
    send(&mut stream, "GET / HTTP/1.1\r\nHost: relay\r\n\r\n").await;
    let answer = rest(&mut stream).await;
    assert!(
        answer.ends_with("hello") && answer.contains("connection: close"),
        "{answer}"
    );
}

#[tokio::test]
async fn nothing_follows_a_body_whose_length_could_be_read_twice() {
    let server = start(4, |_| {}).await;
    let next = "GET / HTTP/1.1\r\nHost: relay\r\n\r\n";
    for lengths in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
        "Transfer-Encoding: chunked",
    ] {
        let mut stream = connect(&server).await;
        let body = "3\r\nabc\r\n0\r\n\r\n";
        send(
            &mut stream,
            &format!("POST /echo HTTP/1.1\r\nHost: relay\r\n{lengths}\r\n\r\n{body}{next}"),
        )
        .await;
        let answer = rest(&mut stream).await;
        assert!(
            answer.ends_with("abc") && answer.contains("connection: close"),
            "{answer}"
        );
    }
}

/// Sends a request with these fields, and reads the answer of `/caller`.
async fn ask_as(stream: &mut TcpStream, fields: &str) -> String {
    send(stream, &format!("GET /caller HTTP/1.1\r\nHost: relay\r\n{fields}\r\n")).await;
    let answer = until(stream, "!").await;
    answer.rsplit("\r\n").next().unwrap().to_owned()
}

const PASSED_ON: &str = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Host: relay.example\r\n";

#[tokio::test]
async fn only_a_named_proxy_is_believed() {
    let server = start_behind(&["127.0.0.7"], 8, |_| {}).await;
    let mut proxy = connect_from(&server, [127, 0, 0, 7]).await;
    assert_eq!(ask_as(&mut proxy, PASSED_ON).await, "203.0.113.9 relay.example 0!");
    assert_eq!(
        ask_as(&mut proxy, "Forwarded: for=192.0.2.1\r\n").await,
        "192.0.2.1 relay 0!"
    );
    assert_eq!(ask_as(&mut proxy, "").await, "127.0.0.7 relay 0!");
    assert_eq!(ask_as(&mut proxy, "X-Forwarded-For: x\r\n").await, "127.0.0.7 relay 0!");
    let mut other = connect_from(&server, [127, 0, 0, 8]).await;
    assert_eq!(ask_as(&mut other, PASSED_ON).await, "127.0.0.8 relay 0!");
}

#[tokio::test]
async fn a_client_gains_nothing_by_fields_that_contradict_the_proxys() {
    let server = start_behind(&["127.0.0.1"], 8, |limits| limits.trusts_local = true).await;
    let mut proxy = connect(&server).await;
    assert_eq!(
        ask_as(&mut proxy, "").await,
        "nobody relay 0!",
        "a program of this machine"
    );
    let forged = format!("{PASSED_ON}Forwarded: for=127.0.0.1\r\n");
    assert_eq!(ask_as(&mut proxy, &forged).await, "127.0.0.1 relay 0!");
}

#[tokio::test]
async fn limits_hold_for_each_client_of_a_named_proxy_and_not_for_the_proxy() {
    let server = start_behind(&["127.0.0.1"], 8, |limits| {
        limits.trusts_local = true;
        limits.connections.narrow = 1;
        limits.connections.wide = 1;
        limits.passed_on.narrow = 1;
        limits.passed_on.wide = 1;
    })
    .await;
    let mut waiting = connect(&server).await;
    send(
        &mut waiting,
        &format!("GET /wait HTTP/1.1\r\nHost: relay\r\n{PASSED_ON}\r\n"),
    )
    .await;
    soon(server.begun.notified()).await;
    // Another connection of the proxy has a place. The same client has none, and the next one has.
    let mut second = connect(&server).await;
    send(
        &mut second,
        &format!("GET /caller HTTP/1.1\r\nHost: relay\r\n{PASSED_ON}\r\n"),
    )
    .await;
    let refusal = until(&mut second, "later.\"}").await;
    assert!(refusal.starts_with("HTTP/1.1 503 "), "{refusal}");
    assert_is_whole(&refusal);
    let other = "X-Forwarded-For: 198.51.100.7\r\n";
    assert_eq!(ask_as(&mut second, other).await, "198.51.100.7 relay 0!");
    server.go_on.notify_one();
    until(&mut waiting, "waited").await;
    assert_eq!(ask_as(&mut second, PASSED_ON).await, "203.0.113.9 relay.example 0!");
}
