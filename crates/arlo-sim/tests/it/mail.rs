//! The mail on the wire: its envelope, its header fields, its parts, and what happens after an SMTP failure.

use std::time::Duration;

use crate::common::{Client, EMAIL, PASSWORD, RELAY, Sink, cloud, until};
use arlo_sim::{Config, Factor, FactorKind, Sent, User};
use mail_parser::MimeHeaders;

#[tokio::test]
async fn gmail_forwards_it() {
    let (cloud, mut sink) = cloud().await;
    let client = Client::with_password(&cloud).await;
    client.start_mail().await;
    let mail = sink.mail().await;
    assert_eq!(mail.reverse_path, "casey+caf_=k3y=relay.localhost@gmail.com");
    assert_eq!(mail.recipients, [RELAY]);

    let message = mail.parsed();
    let from = message.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("Arlo"), Some("do_not_reply@arlo.com"))
    );
    assert_eq!(message.to().unwrap().first().unwrap().address(), Some(EMAIL));
    assert_eq!(message.subject(), Some("Your one-time authentication code from Arlo"));
    let field = |name| message.header_raw(name).map(str::trim);
    assert_eq!(field("X-Forwarded-To"), Some(RELAY));
    assert_eq!(field("X-Forwarded-For"), Some("casey@gmail.com k3y@relay.localhost"));
    assert_eq!(field("Delivered-To"), Some(EMAIL));
    for name in [
        "X-Received",
        "Return-Path",
        "ARC-Seal",
        "ARC-Message-Signature",
        "ARC-Authentication-Results",
    ] {
        assert!(field(name).is_some(), "{name}");
    }
    assert!(field("DKIM-Signature").unwrap().contains("d=arlo.com"));
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    assert!(
        message
            .date()
            .unwrap()
            .to_timestamp()
            .abs_diff(i64::try_from(now).unwrap())
            < 60
    );

    assert!(message.is_content_type("multipart", "alternative"));
    let code = mail.code();
    assert_eq!(cloud.pending_code(EMAIL), Some(code.clone()));
    let html = message.body_html(0).unwrap();
    assert!(
        html.lines().any(|line| line.trim() == format!("{code} </h1>")),
        "{html}"
    );
    assert!(
        html.contains("<h1 style=\"color:#1B5A8F;font-size:30px;\">")
            && html.contains("color: #333333")
            && html.contains('©')
    );
    let raw = String::from_utf8(mail.message).unwrap();
    assert!(raw.contains("Content-Transfer-Encoding: quoted-printable\r\n") && raw.contains("=C2=A9"));
    assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 998));
    assert_eq!(raw.matches('\n').count(), raw.matches("\r\n").count());
}

#[tokio::test]
async fn the_clock_of_the_cloud_dates_it() {
    let (cloud, mut sink) = cloud().await;
    let hours = Duration::from_secs(3 * 60 * 60);
    cloud.advance(hours);
    Client::with_password(&cloud).await.start_mail().await;
    let date = sink.mail().await.parsed().date().unwrap().to_timestamp();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    assert!((now + hours).as_secs().abs_diff(u64::try_from(date).unwrap()) < 60);
}

#[tokio::test]
async fn a_label_stays_in_the_original_and_not_in_the_forwarders_names() {
    let mut sink = Sink::start().await;
    let user = User::new("casey.jones+arlo@gmail.com", PASSWORD).deliver_to("a+b.c@relay.localhost");
    let cloud = arlo_sim::start(Config::new(sink.address, vec![user])).await.unwrap();
    let mut client = Client::new(&cloud);
    let data = client.password("casey.jones+arlo@gmail.com", PASSWORD).await;
    data["data"]["token"].as_str().unwrap().clone_into(&mut client.token);
    client.start_mail().await;
    let mail = sink.mail().await;
    assert_eq!(mail.reverse_path, "casey.jones+caf_=a+b.c=relay.localhost@gmail.com");
    let message = mail.parsed();
    assert_eq!(
        message.to().unwrap().first().unwrap().address(),
        Some("casey.jones+arlo@gmail.com")
    );
    assert_eq!(
        message.header_raw("Delivered-To").map(str::trim),
        Some("casey.jones@gmail.com")
    );
}

#[tokio::test]
async fn a_factor_that_is_another_address_gets_it_from_arlo_itself() {
    let mut sink = Sink::start().await;
    let relay = Factor::new(FactorKind::Email, RELAY, "Relay");
    let user = User::new(EMAIL, PASSWORD).factors(vec![relay]);
    let cloud = arlo_sim::start(Config::new(sink.address, vec![user])).await.unwrap();
    let client = Client::with_password(&cloud).await;
    client.start_mail().await;
    let mail = sink.mail().await;
    assert_eq!(
        (mail.reverse_path.as_str(), mail.recipients.as_slice()),
        ("do_not_reply@arlo.com", [RELAY.to_owned()].as_slice())
    );
    let message = mail.parsed();
    assert_eq!(message.to().unwrap().first().unwrap().address(), Some(RELAY));
    assert!(message.header_raw("X-Forwarded-To").is_none());
    assert_eq!(
        message.text_part(0).unwrap().content_type().unwrap().subtype(),
        Some("plain")
    );
}

#[tokio::test]
async fn a_mailbox_that_forwards_nothing_keeps_it() {
    let mut sink = Sink::start().await;
    let cloud = arlo_sim::start(Config::new(sink.address, vec![User::new(EMAIL, PASSWORD)]))
        .await
        .unwrap();
    let client = Client::with_password(&cloud).await;
    let challenge = client.start_mail().await;
    let code = cloud.pending_code(EMAIL).unwrap();
    assert_eq!(client.finish(&challenge, Some(&code)).await["meta"]["code"], 200);
    assert!(sink.is_empty());
    assert_eq!(cloud.sent(), Sent::default());
}

#[tokio::test]
async fn a_busy_server_is_tried_again_and_a_refusal_is_final() {
    let mut sink = Sink::answering(vec!["451 later", "451 later", "550 no such user"]).await;
    let user = User::new(EMAIL, PASSWORD).deliver_to(RELAY);
    let cloud = arlo_sim::start(Config::new(sink.address, vec![user])).await.unwrap();
    let client = Client::with_password(&cloud).await;
    client.start_mail().await;
    until(|| cloud.sent().failed == 1).await;
    assert_eq!(cloud.sent().accepted, 0);
    client.start_mail().await;
    sink.mail().await;
    until(|| cloud.sent().accepted == 1).await;
    assert_eq!(cloud.sent().failed, 1);
}

#[tokio::test]
async fn a_server_that_is_away_is_given_up_and_the_login_still_answers() {
    let away = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let user = User::new(EMAIL, PASSWORD).deliver_to(RELAY);
    let cloud = arlo_sim::start(Config::new(away, vec![user])).await.unwrap();
    let client = Client::with_password(&cloud).await;
    client.start_mail().await;
    until(|| cloud.sent().failed == 1).await;
}
