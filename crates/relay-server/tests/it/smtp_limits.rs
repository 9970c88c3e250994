//! What the SMTP listener does when there is too much of something, and when it stops.

use crate::smtp_support::{Client, RECIPIENT, Recorder, Server, soon};
use relay_server::StartErrorKind;
use relay_server::smtp::{Config, Limits, bind};
use tokio::net::TcpStream;

async fn begin_mail(client: &mut Client<TcpStream>) {
    client.ask("MAIL FROM:<>", "250").await;
    client.ask(&format!("RCPT TO:<{RECIPIENT}>"), "250").await;
    client.ask("DATA", "354").await;
}

#[tokio::test]
async fn too_large_is_read_to_its_end_and_refused() {
    let server = Server::limited(|limits| limits.message = 1000).await;
    let mut client = server.connect().await;
    client.ask("EHLO a", "250").await;
    client.ask("MAIL FROM:<> SIZE=1001", "552 5.3.4").await;

    begin_mail(&mut client).await;
    client.send("a".repeat(100_000) + "\r\n.\r\n").await;
    client.expect("552 5.3.4").await;

    begin_mail(&mut client).await;
    client.send("a".repeat(999) + "\r\n.\r\n").await;
    client.expect("552 5.3.4").await;

    begin_mail(&mut client).await;
    client.send("a".repeat(998) + "\r\n.\r\n").await;
    client.expect("250 2.0.0").await;
    assert_eq!(server.recorder.contents(), [("a".repeat(998) + "\r\n").into_bytes()]);
}

#[tokio::test]
async fn hundred_mebibytes_are_refused() {
    let server = Server::start().await;
    let mut client = server.connect_to_data().await;
    let line = "a".repeat(1022) + "\r\n";
    let mebibyte = line.repeat(1024);
    for _ in 0..100 {
        client.send(&mebibyte).await;
    }
    client.send(".\r\n").await;
    client.expect("552 5.3.4").await;
    client.ask("NOOP", "250").await;
    assert!(server.recorder.taken().is_empty());
}

#[tokio::test]
async fn memory_is_shared_by_all() {
    let mut limits = Limits::default();
    limits.message = 100_000;
    limits.memory.all = 150_000;
    let server = Server::with(Recorder::gated(), limits, None).await;
    let (gate, waiting) = (
        server.recorder.gate.as_ref().unwrap(),
        server.recorder.waiting.as_ref().unwrap(),
    );
    let mail = "a".repeat(90_000) + "\r\n.\r\n";

    let mut first = server.connect_to_data().await;
    first.send(&mail).await;
    soon(waiting.acquire()).await.unwrap().forget();

    let mut second = server.connect_to_data().await;
    second.send(&mail).await;
    second.expect("452 4.3.1").await;
    second.ask("MAIL FROM:<> SIZE=90000", "452 4.3.1").await;
    second.ask("MAIL FROM:<> SIZE=1000", "250").await;

    gate.add_permits(2);
    first.expect("250 2.0.0").await;
    second.ask("RSET", "250").await;
    begin_mail(&mut second).await;
    second.send(&mail).await;
    second.expect("250 2.0.0").await;
    assert_eq!(server.recorder.taken().len(), 2);
}

#[tokio::test]
async fn too_many_recipients_are_for_the_next_message() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.ask("EHLO a", "250").await;
    client.ask("MAIL FROM:<>", "250").await;
    for number in 0..100 {
        client
            .ask(&format!("RCPT TO:<ours{number}@relay.example>"), "250 2.1.5")
            .await;
    }
    client.ask("RCPT TO:<ours100@relay.example>", "452 4.5.3").await;
    client.ask("RCPT TO:<ours7@relay.example>", "250 2.1.5").await;
    client.ask("DATA", "354").await;
    client.send("mail\r\n.\r\n").await;
    client.expect("250 2.0.0").await;
    assert_eq!(server.recorder.taken()[0].recipients.len(), 100);
}

#[tokio::test]
async fn errors_and_idle_commands_have_an_end() {
    let server = Server::limited(|limits| limits.commands = 30).await;
    let mut client = server.connect().await;
    for _ in 0..20 {
        client.ask("NONSENSE", "500 5.5.2").await;
    }
    client.ask("NONSENSE", "421 4.7.0").await;
    client.expect_end().await;

    let mut client = server.connect().await;
    for _ in 0..30 {
        client.ask("NOOP", "250").await;
    }
    client.ask("NOOP", "421 4.7.0").await;
    client.expect_end().await;

    let mut client = server.connect().await;
    client.send(vec![b'A'; 100_000]).await;
    client.expect("421 4.7.0").await;
}

#[tokio::test]
async fn shutdown_lets_messages_end_and_sends_the_others_away() {
    let server = Server::with(Recorder::gated(), Limits::default(), None).await;
    let address = server.address;
    let mut idle = server.connect().await;
    idle.ask("EHLO a", "250").await;
    let mut sending = server.connect_to_data().await;
    sending.send("first half, ").await;
    let mut waiting = server.connect_to_data().await;
    waiting.send("whole\r\n.\r\n").await;
    soon(server.recorder.waiting.as_ref().unwrap().acquire())
        .await
        .unwrap()
        .forget();

    let (task, recorder) = server.stop();
    idle.expect("421 4.3.2").await;
    idle.expect_end().await;
    assert!(TcpStream::connect(address).await.is_err(), "still accepts");

    recorder.gate.as_ref().unwrap().add_permits(2);
    sending.send("second half\r\n.\r\nNOOP\r\n").await;
    for client in [&mut waiting, &mut sending] {
        client.expect("250 2.0.0").await;
        client.expect("421 4.3.2").await;
        client.expect_end().await;
    }
    drop((idle, sending, waiting));
    soon(task).await.unwrap();
    let mut contents = recorder.contents();
    contents.sort();
    assert_eq!(contents, [&b"first half, second half\r\n"[..], b"whole\r\n"]);
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever() {
    let mut limits = Limits::default();
    limits.drain = std::time::Duration::from_millis(50);
    let server = Server::with(Recorder::gated(), limits, None).await;
    let mut client = server.connect_to_data().await;
    client.send("no end").await;
    let (task, recorder) = server.stop();
    soon(task).await.unwrap();
    client.expect_end().await;
    assert!(recorder.taken().is_empty());
}

#[tokio::test]
async fn what_cannot_be_listened_on_is_named() {
    let server = Server::start().await;
    let config = |hostname: &str| Config {
        address: server.address,
        hostname: hostname.to_owned(),
        identity: None,
        limits: Limits::default(),
    };
    let error = bind(config("relay.example")).await.unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::Address);
    let cause = std::error::Error::source(&error).unwrap();
    assert_eq!(
        error.to_string(),
        format!("cannot listen for SMTP on {}: {cause}", server.address)
    );

    for hostname in ["", "relay example", "relay\r\n250 example"] {
        let error = bind(config(hostname)).await.unwrap_err();
        assert_eq!(error.kind(), StartErrorKind::Setting);
    }
}
