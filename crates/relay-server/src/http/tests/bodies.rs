//! Calls with a body: when they can be displaced, and what becomes of a body that nobody reads.

use super::*;

/// Begins a call, of whose body nothing comes.
pub(super) async fn begin(server: &Server, address: [u8; 4], path: &str) -> TcpStream {
    let mut stream = connect_from(server, address).await;
    let head = format!("POST {path} HTTP/1.1\r\nHost: relay\r\nContent-Length: 5\r\n\r\n");
    send(&mut stream, &head).await;
    soon(server.begun.notified()).await;
    stream
}

#[tokio::test]
async fn calls_without_their_body_keep_nobody_out() {
    let server = start(3, |_| {}).await;
    let mut held = Vec::new();
    for network in 1..=3 {
        held.push(begin(&server, [127, 0, network, 1], "/read").await);
    }
    let mut new = connect_from(&server, [127, 0, 9, 1]).await;
    ask(&mut new, "/", "hello").await;
    assert_eq!(rest(&mut held[0]).await, "");
    send(&mut held[1], "whole").await;
    until(&mut held[1], "whole").await;
}

#[tokio::test]
async fn a_body_after_a_good_token_is_displaced_last() {
    let server = start(3, |_| {}).await;
    let mut member = begin(&server, [127, 0, 1, 1], "/member").await;
    send(&mut member, "ho").await;
    let mut held = Vec::new();
    for network in 2..6 {
        held.push(begin(&server, [127, 0, network, 1], "/read").await);
    }
    assert_eq!(rest(&mut held[0]).await, "");
    send(&mut member, "use").await;
    until(&mut member, "house").await;
}

#[tokio::test]
async fn a_call_whose_body_has_come_is_not_displaced() {
    let server = start(1, |_| {}).await;
    let mut waiting = connect(&server).await;
    let head = "POST /echo_later HTTP/1.1\r\nHost: relay\r\n";
    for body in [
        "Content-Length: 2\r\n\r\nhi",
        "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    ] {
        send(&mut waiting, &format!("{head}{body}")).await;
        soon(server.begun.notified()).await;
        let mut other = connect_from(&server, [127, 0, 9, 1]).await;
        assert!(rest(&mut other).await.starts_with("HTTP/1.1 503 "));
        server.go_on.notify_one();
        until(&mut waiting, "hi").await;
    }
}

#[tokio::test]
async fn who_sends_all_before_he_reads_sees_the_answer() {
    let server = start(4, |_| {}).await;
    let body = "a".repeat(7_000_000);
    for length in [
        "Content-Length: 7000000\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n6acfc0\r\n",
    ] {
        let mut stream = connect(&server).await;
        send(
            &mut stream,
            &format!("POST /refuse HTTP/1.1\r\nHost: relay\r\n{length}"),
        )
        .await;
        send(&mut stream, &body).await;
        let answer = until(&mut stream, "\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    }
}

#[tokio::test]
async fn who_still_sends_what_nobody_reads_keeps_nobody_out() {
    let server = start(1, |_| {}).await;
    let mut refused = connect(&server).await;
    send(
        &mut refused,
        "POST /refuse HTTP/1.1\r\nHost: relay\r\nContent-Length: 7\r\n\r\n",
    )
    .await;
    until(&mut refused, "\r\n\r\n").await;
    let mut other = connect_from(&server, [127, 0, 9, 1]).await;
    ask(&mut other, "/", "hello").await;
}
