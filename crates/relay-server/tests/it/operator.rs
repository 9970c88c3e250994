//! The operator's mail, over a real socket to a smarthost that notes what it is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use mail_parser::{MessageParser, MimeHeaders};
use relay::Domain;
use relay::operator_mail::Address;
use relay_server::operator::{Credentials, ForwardReason, OperatorMail, Settings, is_loop};
use relay_server::{StartError, StartErrorKind};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const ORIGINAL: &[u8] =
    b"From: someone@example.org\r\nSubject: Hello\r\n\r\nA line.\r\n.\r\n..\r\n--boundary\r\nThe end.\r\n";

/// What one client said, and the mail it sent with the dots taken out again.
#[derive(Clone, Default)]
struct Noted {
    commands: Arc<Mutex<Vec<String>>>,
    mails: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// A smarthost that answers commands beginning with `verb` with `reply`, and all others with what is usual.
async fn smarthost(verb: &'static str, reply: &'static str) -> (SocketAddr, Noted) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let noted = Noted::default();
    let told = noted.clone();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let _ = serve(BufReader::new(socket), &told, verb, reply).await;
        }
    });
    (address, noted)
}

async fn serve(mut client: BufReader<TcpStream>, noted: &Noted, verb: &str, reply: &str) -> std::io::Result<()> {
    let greeting = if verb == "CONNECT" { reply } else { "220 sink" };
    client.write_all(format!("{greeting}\r\n").as_bytes()).await?;
    let mut line = String::new();
    while client.read_line(&mut line).await? > 0 {
        let command = std::mem::take(&mut line).trim_end().to_owned();
        noted.commands.lock().unwrap().push(command.clone());
        let usual = match command.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-sink\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        let answer = if command.starts_with(verb) { reply } else { usual };
        client.write_all(format!("{answer}\r\n").as_bytes()).await?;
        if answer == "354 go on" {
            let mut data = Vec::new();
            while !data.ends_with(b"\r\n.\r\n") {
                data.push(client.read_u8().await?);
            }
            data.truncate(data.len() - 3);
            noted.mails.lock().unwrap().push(unstuffed(&data));
            let answer = if verb == "." { reply } else { "250 taken" };
            client.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
    }
    Ok(())
}

/// Takes out the dots of RFC 5321 section 4.5.2.
fn unstuffed(data: &[u8]) -> Vec<u8> {
    data.split_inclusive(|byte| *byte == b'\n')
        .flat_map(|line| line.strip_prefix(b".").unwrap_or(line))
        .copied()
        .collect()
}

fn settings(url: &str) -> Settings {
    Settings {
        to: Address::parse("operator@example.org").unwrap(),
        smarthost: url.parse().unwrap(),
        credentials: None,
    }
}

fn operator(address: SocketAddr) -> OperatorMail {
    at_our_domain(settings(&format!("smtp://{address}"))).unwrap()
}

fn at_our_domain(settings: Settings) -> Result<OperatorMail, StartError> {
    OperatorMail::new(settings, &Domain::parse("relay.example").unwrap())
}

fn received() -> Timestamp {
    "2026-11-21T22:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn the_original_arrives_untouched() {
    let (address, noted) = smarthost("-", "").await;
    let long = [b"Subject: long\r\n\r\n".as_slice(), &b"x".repeat(2000), b"\r\n"].concat();
    for (original, media_type) in [
        (ORIGINAL, "message/rfc822"),
        (b"Subject: no last line end\r\n\r\nThe end.", "message/rfc822"),
        (b"Subject: =?utf-8?Q?=C3=A9?=\r\n\r\n", "message/rfc822"),
        (b"Subject: latin\r\n\r\n\xa9 2026\r\n", "application/octet-stream"),
        (b"Subject: unix\n\nText\n", "application/octet-stream"),
        (b"\0\x01\xff", "application/octet-stream"),
        (&long, "application/octet-stream"),
    ] {
        operator(address)
            .forward(original, ForwardReason::NoCode, received())
            .await
            .unwrap();
        let arrived = noted.mails.lock().unwrap().pop().unwrap();
        assert!(arrived.is_ascii());
        assert!(arrived.split(|byte| *byte == b'\n').all(|line| line.len() <= 999));
        let mail = MessageParser::new().parse(&arrived).unwrap();
        let attached = mail.attachment(0).unwrap();
        assert_eq!(attached.attachment_name(), Some("original.eml"));
        let content_type = attached.content_type().unwrap();
        assert_eq!(
            format!("{}/{}", content_type.ctype(), content_type.subtype().unwrap()),
            media_type
        );
        let body = match attached.message() {
            Some(message) => message.raw_message(),
            None => attached.contents(),
        };
        assert_eq!(body.escape_ascii().to_string(), original.escape_ascii().to_string());
        assert_eq!(mail.attachment_count(), 1);
    }
}

#[tokio::test]
async fn the_mail_says_what_it_is_and_causes_no_answer() {
    let (address, noted) = smarthost("-", "").await;
    for (reason, subject) in [
        (ForwardReason::NoCode, "[arlo-relay] A mail that is no Arlo code"),
        (
            ForwardReason::ForwardingConfirmation,
            "[arlo-relay] Gmail asks to confirm forwarding",
        ),
    ] {
        operator(address).forward(ORIGINAL, reason, received()).await.unwrap();
        let arrived = noted.mails.lock().unwrap().pop().unwrap();
        assert!(is_loop(&arrived));
        assert!(!is_loop(ORIGINAL));
        let mail = MessageParser::new().parse(&arrived).unwrap();
        assert_eq!(mail.subject(), Some(subject));
        assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-11-21T22:00:00Z");
        assert_eq!(mail.header_raw("Auto-Submitted").map(str::trim), Some("auto-forwarded"));
        assert_eq!(
            mail.from().unwrap().first().unwrap().address(),
            Some("postmaster@relay.example")
        );
        assert_eq!(
            mail.to().unwrap().first().unwrap().address(),
            Some("operator@example.org")
        );
        let text = mail.body_text(0).unwrap();
        assert!(text.contains("2026-11-21 at 22:00:00 UTC"), "{text}");
        assert!(!text.contains('@'), "{text}");
    }
    let commands = noted.commands.lock().unwrap().clone();
    assert!(commands.contains(&"EHLO relay.example".to_owned()), "{commands:?}");
    assert!(
        commands.iter().any(|command| command.starts_with("MAIL FROM:<>")),
        "{commands:?}"
    );
    assert!(
        commands.contains(&"RCPT TO:<operator@example.org>".to_owned()),
        "{commands:?}"
    );
    assert!(
        commands.iter().all(|command| !command.starts_with("AUTH")),
        "{commands:?}"
    );
}

#[tokio::test]
async fn a_retry_is_the_same_mail() {
    let (address, noted) = smarthost("-", "").await;
    let operator = operator(address);
    let later = received() + jiff::SignedDuration::from_secs(1);
    for (original, received) in [
        (ORIGINAL, received()),
        (ORIGINAL, received()),
        (ORIGINAL, later),
        (b"other: mail\r\n\r\n", received()),
    ] {
        operator
            .forward(original, ForwardReason::NoCode, received)
            .await
            .unwrap();
    }
    let mails = noted.mails.lock().unwrap().clone();
    let ids: Vec<String> = mails
        .iter()
        .map(|mail| {
            MessageParser::new()
                .parse(mail)
                .unwrap()
                .message_id()
                .unwrap()
                .to_owned()
        })
        .collect();
    let [first, again, other_time, other_mail] = ids.as_slice() else {
        panic!("{ids:?}");
    };
    assert_eq!(first, again);
    assert_ne!(first, other_time);
    assert_ne!(first, other_mail);
    assert!(first.ends_with(".arlo-relay@relay.example"), "{first}");
}

#[tokio::test]
async fn a_refusal_says_whether_to_try_again() {
    for (verb, reply, permanent) in [
        ("CONNECT", "554 not you", true),
        ("CONNECT", "421 busy", false),
        ("CONNECT", "hello operator@example.org", false),
        ("RCPT", "550 5.1.1 <operator@example.org> unknown", true),
        ("RCPT", "450 4.2.1 <operator@example.org> greylisted", false),
        ("MAIL", "530 5.7.0 log in first", false),
        ("DATA", "554 no operator@example.org here", true),
        (".", "552 too big for operator@example.org", true),
        (".", "452 full", false),
    ] {
        let (address, _) = smarthost(verb, reply).await;
        let error = operator(address)
            .forward(ORIGINAL, ForwardReason::NoCode, received())
            .await
            .unwrap_err();
        assert_eq!(error.is_permanent(), permanent, "{verb} {reply}: {error}");
        assert_eq!(
            error.reply_code(),
            reply.get(..3).and_then(|code| code.parse().ok()),
            "{error}"
        );
        assert_eq!(error.is_login_refused(), reply.starts_with("530"), "{error}");
        let source = std::error::Error::source(&error).map(ToString::to_string);
        let shown = format!("{error} {error:?} {source:?}");
        assert!(!shown.contains('@'), "{shown}");
    }
}

#[tokio::test]
async fn the_password_goes_to_the_smarthost_and_nowhere_else() {
    let login = |url: &str| Settings {
        credentials: Some(Credentials::new("operator".to_owned(), "secret".into())),
        ..settings(url)
    };
    let (address, noted) = smarthost("-", "").await;
    let settings = login(&format!("smtp://{address}"));
    assert!(!format!("{settings:?}").contains("secret"));
    let operator = at_our_domain(settings).unwrap();
    assert!(!format!("{operator:?}").contains("secret"));
    operator
        .forward(ORIGINAL, ForwardReason::NoCode, received())
        .await
        .unwrap();
    let commands = noted.commands.lock().unwrap().clone();
    // NUL operator NUL secret
    assert!(
        commands.contains(&"AUTH PLAIN AG9wZXJhdG9yAHNlY3JldA==".to_owned()),
        "{commands:?}"
    );

    let (address, _) = smarthost("AUTH", "535 5.7.8 operator: wrong password").await;
    let operator = at_our_domain(login(&format!("smtp://{address}"))).unwrap();
    let error = operator
        .forward(ORIGINAL, ForwardReason::NoCode, received())
        .await
        .unwrap_err();
    assert!(error.is_login_refused() && !error.is_permanent(), "{error}");
}

#[tokio::test]
async fn no_smarthost_or_no_tls_there_is_tried_again() {
    // Bound, so that nobody else gets the port, but listened to by nobody.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let closed_address = closed.local_addr().unwrap();
    let (plain, noted) = smarthost("-", "").await;
    for url in [
        format!("smtp://{closed_address}"),
        format!("smtps://{plain}"),
        format!("smtp+starttls://{plain}"),
    ] {
        let operator = at_our_domain(settings(&url)).unwrap();
        let error = operator
            .forward(ORIGINAL, ForwardReason::NoCode, received())
            .await
            .unwrap_err();
        assert!(!error.is_permanent(), "{url}: {error}");
        assert_eq!(error.reply_code(), None, "{url}: {error}");
    }
    assert!(noted.mails.lock().unwrap().is_empty());
}

#[test]
fn a_password_that_would_cross_the_network_in_clear_is_named() {
    let settings = Settings {
        credentials: Some(Credentials::new("operator".to_owned(), "secret".into())),
        ..settings("smtp://mail.example.org")
    };
    let error = at_our_domain(settings).unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::Setting);
    assert!(error.to_string().contains("only over TLS"), "{error}");
}
