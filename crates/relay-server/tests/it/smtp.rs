//! The SMTP listener as clients use it: bytes over a socket, and a client of another project.

use std::sync::atomic::Ordering;

use crate::smtp_support::{RECIPIENT, Recorder, Server, soon};
use lettre::address::Envelope;
use lettre::transport::smtp::client::Tls;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use relay_server::smtp::Limits;

#[tokio::test]
async fn a_mail_is_taken_with_its_envelope_and_trace() {
    let server = Server::start().await;
    let mut client = server.connect_to_data().await;
    client.send("Subject: hello\r\n\r\n..dot\r\nbody\r\n.\r\n").await;
    client.expect("250 2.0.0").await;
    client.ask("QUIT", "221 2.0.0").await;
    client.expect_end().await;

    let messages = server.recorder.taken();
    let [message] = messages.as_slice() else {
        panic!("{messages:?}");
    };
    assert_eq!(message.reverse_path.as_deref(), Some("casey@example.org"));
    assert_eq!(
        format!(
            "{}@{}",
            message.recipients[0].local_part(),
            message.recipients[0].domain().unwrap()
        ),
        RECIPIENT
    );
    assert_eq!(message.helo, "client.example");
    assert!(message.client.unwrap().is_loopback() && !message.tls && !message.smtputf8);
    let raw = String::from_utf8(message.raw.to_vec()).unwrap();
    assert!(
        raw.starts_with("Return-Path: <casey@example.org>\r\nReceived: from client.example ([127.0.0.1])\r\n\tby relay.example with ESMTP;\r\n\t"),
        "{raw}"
    );
    assert!(
        raw.ends_with(" +0000\r\nSubject: hello\r\n\r\n.dot\r\nbody\r\n"),
        "{raw}"
    );
    assert!(!raw.contains("ours"), "the relay address is a secret");
}

#[tokio::test]
async fn extensions_are_announced() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let reply = client.ask("EHLO client.example", "250-relay.example\r\n").await;
    let mut offered: Vec<&str> = reply.lines().skip(1).map(|line| &line[4..]).collect();
    offered.sort_unstable();
    assert_eq!(
        offered,
        [
            "8BITMIME",
            "ENHANCEDSTATUSCODES",
            "PIPELINING",
            "SIZE 26214400",
            "SMTPUTF8"
        ]
    );
    client.ask("HELO client.example", "250 relay.example\r\n").await;
    client.ask("STARTTLS", "502 5.5.1").await;
}

#[tokio::test]
async fn pipelined_commands_and_message_in_one_packet() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let mail = |text: &str| {
        format!("MAIL FROM:<>\r\nRCPT TO:<nobody@relay.example>\r\nRCPT TO:<{RECIPIENT}>\r\nDATA\r\n{text}\r\n.\r\n")
    };
    client
        .send(format!("EHLO a\r\n{}{}QUIT\r\n", mail("first"), mail("second")))
        .await;
    client.expect("250-").await;
    for _ in 0..2 {
        for code in ["250 2.1.0", "550 5.1.1", "250 2.1.5", "354", "250 2.0.0"] {
            client.expect(code).await;
        }
    }
    client.expect("221").await;
    client.expect_end().await;
    assert_eq!(server.recorder.contents(), [b"first\r\n", &b"second\r\n"[..]]);
    assert_eq!(server.recorder.taken()[0].reverse_path, None);
}

#[tokio::test]
async fn never_a_relay_for_others() {
    let server = Server::limited(|limits| limits.errors = 100).await;
    let mut client = server.connect().await;
    client.ask("EHLO client.example", "250").await;
    client.ask("MAIL FROM:<ours@relay.example>", "250").await;
    for (path, code) in [
        ("someone@other.example", "550 5.7.1"),
        ("ours@sub.relay.example", "550 5.7.1"),
        ("ours@[127.0.0.1]", "550 5.7.1"),
        ("@relay.example:someone@other.example", "550 5.7.1"),
        ("ours@relay.example@other.example", "501 5.1.3"),
        ("\"ours@relay.example\"@other.example", "550 5.7.1"),
        ("someone%other.example@relay.example", "550 5.1.1"),
        ("other.example!someone@relay.example", "550 5.1.1"),
        ("\"someone@other.example\"@relay.example", "550 5.1.1"),
        ("\"some one\"@relay.example", "550 5.1.1"),
        ("nobody@relay.example", "550 5.1.1"),
        ("nobody", "501 5.1.3"),
        ("", "501 5.1.3"),
        ("someone@other.example> NOTIFY=NEVER <x", "555 5.5.4"),
    ] {
        client.ask(&format!("RCPT TO:<{path}>"), code).await;
    }
    client.ask("DATA", "554 5.5.1").await;
    for path in [
        "OURS@Relay.EXAMPLE",
        "\"ours2\"@relay.example",
        "@other.example:ours3@relay.example",
        "Postmaster",
    ] {
        client.ask(&format!("RCPT TO:<{path}>"), "250 2.1.5").await;
    }
}

#[tokio::test]
async fn smuggled_ends_end_nothing() {
    for smuggled in [
        "\n.\n",
        "\n.\r\n",
        "\r.\r",
        "\r.\r\n",
        "\r\n.\n",
        "\r\n.\r",
        "\r\n\0.\r\n",
        "\r\n.\r\r\n",
        "\r\n.\0\r\n",
    ] {
        let message =
            format!("Subject: a\r\n\r\nx{smuggled}MAIL FROM:<>\r\nRCPT TO:<{RECIPIENT}>\r\nDATA\r\nsmuggled\r\n.\r\n");
        for piece in [1, 2, 3, 5, message.len()] {
            let server = Server::start().await;
            let mut client = server.connect_to_data().await;
            for bytes in message.as_bytes().chunks(piece) {
                client.send(bytes).await;
            }
            client.expect("250 2.0.0").await;
            client.ask("NOOP", "250 2.0.0").await;
            let contents = server.recorder.contents();
            assert_eq!(contents.len(), 1, "{smuggled:?} in pieces of {piece}");
            assert!(contents[0].ends_with(b"DATA\r\nsmuggled\r\n"));
        }
    }
}

#[tokio::test]
async fn commands_end_with_crlf() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.send("EHLO client.example\nMAIL FROM:<>\r\n").await;
    client.expect("521 5.5.2").await;
    client.expect_end().await;

    let mut client = server.connect().await;
    client.ask("EHLO a", "250").await;
    client
        .ask("MAIL FROM:<>\rRCPT TO:<ours@relay.example>", "500 5.5.2")
        .await;
    client.ask("MAIL FROM:<>\0", "500 5.5.2").await;
    client.ask(&"A".repeat(2000), "500 5.5.2").await;
    client.ask("MAIL FROM:<>", "250").await;
    client.ask("POST / HTTP/1.1", "521 5.5.1").await;
    client.expect_end().await;
}

#[tokio::test]
async fn odd_mails_are_taken_as_they_are() {
    let server = Server::start().await;
    let header = format!("X-Long: {}\r\n\r\nbody\r\n", "a".repeat(1_000_000));
    let mails = [
        String::new(),
        "no header at all\r\n".to_owned(),
        "\0\0\0\r\n\0\r\n".to_owned(),
        "bare\nline\rends\r\n".to_owned(),
        header,
        "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n".repeat(10_000),
    ];
    let mut client = server.connect().await;
    client.ask("EHLO a", "250").await;
    for mail in &mails {
        client.ask("MAIL FROM:<>", "250").await;
        client.ask("RCPT TO:<ours@relay.example>", "250").await;
        client.ask("DATA", "354").await;
        client.send(format!("{mail}.\r\n")).await;
        client.expect("250 2.0.0").await;
    }
    let contents = server.recorder.contents();
    assert!(contents.iter().eq(mails.iter().map(String::as_bytes)));
}

#[tokio::test]
async fn relay_that_is_away_loses_nothing() {
    let server = Server::start().await;
    let mut client = server.connect_to_data().await;
    server.recorder.down.store(true, Ordering::SeqCst);
    client.send("mail\r\n.\r\n").await;
    client.expect("451 4.3.0").await;
    client.ask("MAIL FROM:<>", "250").await;
    client.ask("RCPT TO:<ours@relay.example>", "451 4.3.0").await;
    client.ask("DATA", "554").await;
    assert!(server.recorder.taken().is_empty());

    server.recorder.down.store(false, Ordering::SeqCst);
    client.ask("RCPT TO:<ours@relay.example>", "250").await;
    client.ask("DATA", "354").await;
    client.send("mail\r\n.\r\n").await;
    client.expect("250 2.0.0").await;
    assert_eq!(server.recorder.contents(), [b"mail\r\n"]);
}

#[tokio::test]
async fn reply_waits_for_the_relay() {
    let server = Server::with(Recorder::gated(), Limits::default(), None).await;
    let mut client = server.connect_to_data().await;
    client.send("mail\r\n.\r\n").await;
    let (gate, waiting) = (
        server.recorder.gate.as_ref().unwrap(),
        server.recorder.waiting.as_ref().unwrap(),
    );
    soon(waiting.acquire()).await.unwrap().forget();
    server.recorder.down.store(true, Ordering::SeqCst);
    gate.add_permits(1);
    client.expect("451 4.3.0").await;
}

#[tokio::test]
async fn half_a_message_is_none() {
    let server = Server::start().await;
    for text in ["", "Subject: a\r\n\r\nbody", "body\r\n.", "body\r\n.\r"] {
        let mut client = server.connect_to_data().await;
        client.send(text).await;
        client.hang_up().await;
    }
    assert!(server.recorder.taken().is_empty());
}

#[tokio::test]
async fn a_client_from_elsewhere_delivers() {
    let server = Server::start().await;
    let transport: AsyncSmtpTransport<Tokio1Executor> =
        AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
            .port(server.address.port())
            .tls(Tls::None)
            .build();
    let envelope =
        |to: &str| Envelope::new(Some("casey@example.org".parse().unwrap()), vec![to.parse().unwrap()]).unwrap();
    let mail = "Subject: Grüße\r\n\r\n.\r\n..\r\nKöln";
    for _ in 0..3 {
        soon(transport.send_raw(&envelope(RECIPIENT), mail.as_bytes()))
            .await
            .unwrap();
    }
    let error = soon(transport.send_raw(&envelope("nobody@relay.example"), mail.as_bytes()))
        .await
        .unwrap_err();
    assert!(error.is_permanent(), "{error}");
    server.recorder.down.store(true, Ordering::SeqCst);
    let error = soon(transport.send_raw(&envelope(RECIPIENT), mail.as_bytes()))
        .await
        .unwrap_err();
    assert!(error.is_transient(), "{error}");

    // The client puts a CRLF of its own before the final dot.
    let mail = format!("{mail}\r\n").into_bytes();
    assert!(server.recorder.contents().iter().eq([&mail; 3]));
}
