//! A client that keeps the rules is served, however many connections and however much memory others use.

use std::net::SocketAddr;

use crate::smtp_support::{Client, RECIPIENT, Recorder, Server, soon};
use relay_server::smtp::Limits;
use tokio::net::{TcpSocket, TcpStream};

/// A server with this few places. One client may use all of them.
async fn server_with(places: usize, change: impl FnOnce(&mut Limits)) -> Server {
    Server::limited(|limits| {
        limits.connections.all = places;
        limits.connections_reserved = 0;
        change(limits);
    })
    .await
}

/// Connects from another address of this machine, and reads no greeting.
async fn dial_from(server: &Server, address: [u8; 4]) -> Client<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((address, 0))).unwrap();
    Client::new(socket.connect(server.address).await.unwrap())
}

async fn deliver(client: &mut Client<TcpStream>) {
    client.open_data().await;
    client.send("mail\r\n.\r\n").await;
    client.expect("250 2.0.0").await;
}

/// Names a recipient, and begins no message.
async fn name(client: &mut Client<TcpStream>, recipient: &str) {
    client.ask("EHLO a", "250").await;
    client.ask("MAIL FROM:<>", "250").await;
    client.ask(&format!("RCPT TO:<{recipient}>"), "250").await;
}

#[tokio::test]
async fn connections_that_do_nothing_keep_no_mail_out() {
    let server = server_with(4, |_| {}).await;
    let mut holders = Vec::new();
    for _ in 0..4 {
        let mut holder = server.connect().await;
        holder.ask("NOOP", "250").await;
        holders.push(holder);
    }
    let mut honest = server.connect().await;
    holders[0].expect("421 4.7.0").await;
    holders[0].expect_end().await;
    deliver(&mut honest).await;
    assert_eq!(server.recorder.taken().len(), 1);
}

#[tokio::test]
async fn a_connection_that_names_a_secret_address_is_not_displaced() {
    let server = server_with(3, |_| {}).await;
    let mut secret = server.connect().await;
    name(&mut secret, RECIPIENT).await;
    let mut open = server.connect().await;
    name(&mut open, "postmaster").await;
    let mut idle = server.connect().await;
    idle.ask("EHLO a", "250").await;

    let mut first = server.connect().await;
    idle.expect("421 4.7.0").await;
    name(&mut first, RECIPIENT).await;
    let mut second = server.connect().await;
    open.expect("421 4.7.0").await;
    name(&mut second, RECIPIENT).await;

    let mut third = server.dial().await;
    third.expect("421 4.7.0").await;
    third.expect_end().await;
    for client in [&mut secret, &mut first, &mut second] {
        client.ask("DATA", "354").await;
        client.send("mail\r\n.\r\n").await;
        client.expect("250 2.0.0").await;
    }
}

#[tokio::test]
async fn a_network_that_names_secret_addresses_with_many_connections_keeps_nobody_out() {
    let server = server_with(10, |_| {}).await;
    let mut sender = dial_from(&server, [127, 0, 1, 1]).await;
    sender.expect("220").await;
    name(&mut sender, RECIPIENT).await;
    let mut many = Vec::new();
    for host in 1..10 {
        let mut client = dial_from(&server, [127, 0, 2, host]).await;
        client.expect("220").await;
        name(&mut client, RECIPIENT).await;
        many.push(client);
    }
    many[0].ask("DATA", "354").await;
    many[0].send("a message without an end").await;

    let mut new = dial_from(&server, [127, 0, 3, 1]).await;
    new.expect("220").await;
    many[0].expect("421 4.7.0").await;
    deliver(&mut new).await;
    sender.ask("DATA", "354").await;
    sender.send("mail\r\n.\r\n").await;
    sender.expect("250 2.0.0").await;
    assert_eq!(server.recorder.taken().len(), 2);
}

#[tokio::test]
async fn the_network_that_holds_most_is_displaced() {
    let server = server_with(4, |_| {}).await;
    let mut alone = dial_from(&server, [127, 0, 1, 1]).await;
    alone.expect("220").await;
    let mut many = Vec::new();
    for host in 1..4 {
        let mut client = dial_from(&server, [127, 0, 2, host]).await;
        client.expect("220").await;
        many.push(client);
    }
    let mut new = dial_from(&server, [127, 0, 3, 1]).await;
    new.expect("220").await;
    many[0].expect("421 4.7.0").await;
    deliver(&mut alone).await;
    deliver(&mut new).await;
}

#[tokio::test]
async fn a_client_and_its_network_have_a_limit() {
    let server = server_with(9, |limits| {
        limits.connections.narrow = 2;
        limits.connections.wide = 3;
    })
    .await;
    let mut held = Vec::new();
    for (host, greeting) in [(1, "220"), (1, "220"), (1, "421 4.7.0"), (2, "220"), (3, "421 4.7.0")] {
        let mut client = dial_from(&server, [127, 0, 1, host]).await;
        client.expect(greeting).await;
        held.push(client);
    }
    dial_from(&server, [127, 0, 2, 1]).await.expect("220").await;

    held.swap_remove(0).hang_up().await;
    // The place is free a moment after the client hangs up: try until it is.
    let admitted = async {
        loop {
            let reply = dial_from(&server, [127, 0, 1, 3]).await.reply().await;
            if reply.starts_with("220") {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    soon(admitted).await;
}

#[tokio::test]
async fn places_are_kept_for_those_that_delivered_before() {
    let server = server_with(3, |limits| limits.connections_reserved = 1).await;
    let mut known = dial_from(&server, [127, 0, 1, 1]).await;
    known.expect("220").await;
    deliver(&mut known).await;
    known.hang_up().await;

    let mut held = Vec::new();
    for network in 2..4 {
        let mut client = dial_from(&server, [127, 0, network, 1]).await;
        client.expect("220").await;
        name(&mut client, RECIPIENT).await;
        held.push(client);
    }
    dial_from(&server, [127, 0, 4, 1]).await.expect("421 4.7.0").await;
    let mut known = dial_from(&server, [127, 0, 1, 2]).await;
    known.expect("220").await;
    deliver(&mut known).await;
}

#[tokio::test]
async fn memory_that_others_hold_keeps_no_code_out() {
    let mut limits = Limits::default();
    limits.memory.all = 200_000;
    let server = Server::with(Recorder::default(), limits, None).await;
    let half = "a".repeat(100_000);
    let mut others = Vec::new();
    for answer in ["", "452 4.3.1"] {
        let mut other = server.connect().await;
        name(&mut other, "postmaster").await;
        other.ask("DATA", "354").await;
        other.send(&half).await;
        other.send(&half[..50_000]).await;
        if !answer.is_empty() {
            // All its bytes have been read when its refusal is there.
            other.send("\r\n.\r\n").await;
            other.expect(answer).await;
        }
        others.push(other);
    }
    let mut honest = server.connect().await;
    honest.open_data().await;
    honest.send(half[..60_000].to_owned() + "\r\n.\r\n").await;
    honest.expect("250 2.0.0").await;
}

#[tokio::test]
async fn one_client_has_a_share_of_the_memory() {
    let mut limits = Limits::default();
    limits.memory.narrow = 100_000;
    limits.memory.wide = 120_000;
    let server = Server::with(Recorder::gated(), limits, None).await;
    let waiting = server.recorder.waiting.as_ref().unwrap();
    let mail = "a".repeat(90_000) + "\r\n.\r\n";
    for (address, taken) in [
        ([127, 0, 1, 1], true),
        ([127, 0, 1, 1], false),
        ([127, 0, 1, 2], false),
        ([127, 0, 2, 1], true),
    ] {
        let mut client = dial_from(&server, address).await;
        client.expect("220").await;
        client.open_data().await;
        client.send(&mail).await;
        if taken {
            soon(waiting.acquire()).await.unwrap().forget();
            // It waits at the gate with its memory until the end.
            tokio::spawn(async move { client.reply().await });
        } else {
            client.expect("452 4.3.1").await;
        }
    }
}

#[tokio::test]
async fn of_a_large_message_the_start_is_kept() {
    let server = Server::start().await;
    let mut client = server.connect_to_data().await;
    let line = "a".repeat(1022) + "\r\n";
    client.send(line.repeat(3 * 1024) + ".\r\n").await;
    client.expect("250 2.0.0").await;
    assert_eq!(server.recorder.contents(), [line.repeat(1024).into_bytes()]);
}

#[tokio::test]
async fn an_address_that_everybody_knows_takes_less() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let large = "a".repeat(300_000) + "\r\n.\r\n";
    name(&mut client, "postmaster").await;
    client.ask("DATA", "354").await;
    client.send(&large).await;
    client.expect("552 5.3.4").await;

    name(&mut client, "postmaster").await;
    client.ask(&format!("RCPT TO:<{RECIPIENT}>"), "250").await;
    client.ask("DATA", "354").await;
    client.send(&large).await;
    client.expect("250 2.0.0").await;
    assert_eq!(server.recorder.taken().len(), 1, "only the secret address took it");
}
