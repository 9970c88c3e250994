use std::time::Duration;

use arlo_mail::{Link, Provider};
use insta::assert_snapshot;
use relay::ports::{MailTaken, TakeMail as _};
use relay::{AuditEvent, AuditKind, Confirmation, Kept, MailEvent, OTHER_MAIL_KEPT, OtherMail};

use crate::world::{EMAIL, STRANGE_TOKEN, World};

impl World {
    async fn count(&self, event: MailEvent, kept: Kept<'_>) {
        let event = AuditEvent {
            at: self.relay.now(),
            kind: AuditKind::Mail(event),
            network: None,
        };
        let mail = MailTaken {
            kept: Some(kept),
            ..MailTaken::only(self.id, event)
        };
        self.store.take(&mail).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_enrolled_person_sees_how_the_mail_fares() {
    let world = World::new().await;
    let fresh = world.get(&world.uri("status")).await;
    let hidden = |answer: String| {
        let answer = answer.replace(&world.relay_address, "MAILBOX@relay.example");
        answer.replace(&world.id.to_string(), "ID")
    };
    assert_snapshot!(hidden(fresh.to_string()), @r#"
    200 application/json
    {"id":"ID","relay_address":"MAILBOX@relay.example","enrolled_at":"2027-01-15T08:00:00Z","mail":[],"events":[{"event":"enrolled","at":"2027-01-15T08:00:00Z"}]}
    "#);

    tokio::time::advance(Duration::from_secs(60)).await;
    let confirmation = Confirmation {
        provider: Provider::Gmail,
        code: Some("123456789".to_owned()),
        link: Some("https://mail.google.com/mail/vf-x".to_owned()),
        at: world.relay.now(),
    };
    let asked = MailEvent::ForwardingConfirmation;
    world.count(asked, Kept::Confirmation(&confirmation)).await;
    world.prestaged().await;
    world.add_code("482913").await;
    let world_token = world.token.clone();
    world.relay.enroller().replace_token(&world.id, None).await.unwrap();
    // The old token reads nothing any more.
    assert_eq!(world.get(&world.uri("status")).await.status, 403);

    let (token, _) = world.relay.enroller().replace_token(&world.id, None).await.unwrap();
    let uri = format!("/status?token={}", token.expose());
    assert_ne!(token.expose(), world_token);
    let answer = world.get(&uri).await.to_string();
    assert_snapshot!(hidden(answer), @r#"
    200 application/json
    {"id":"ID","relay_address":"MAILBOX@relay.example","enrolled_at":"2027-01-15T08:00:00Z","token_rotated_at":"2027-01-15T08:01:00Z","mail":[{"event":"code-delivered","count":1,"last_at":"2027-01-15T08:01:00Z"},{"event":"forwarding-confirmation","count":1,"last_at":"2027-01-15T08:01:00Z"}],"confirmation":{"provider":"gmail","confirmation_code":"123456789","link":"https://mail.google.com/mail/vf-x","received_at":"2027-01-15T08:01:00Z"},"events":[{"event":"token-replaced","at":"2027-01-15T08:01:00Z"},{"event":"wrong-token","at":"2027-01-15T08:01:00Z"},{"event":"token-replaced","at":"2027-01-15T08:01:00Z"},{"event":"code-delivered","at":"2027-01-15T08:01:00Z"},{"event":"prestaged","at":"2027-01-15T08:01:00Z"},{"event":"forwarding-confirmation","at":"2027-01-15T08:01:00Z"},{"event":"enrolled","at":"2027-01-15T08:00:00Z"}]}
    "#);
}

/// A stranger's words come as they are: it is the page that shows them as text.
#[tokio::test(start_paused = true)]
async fn what_came_beside_codes_is_shown_for_a_week() {
    let world = World::new().await;
    let mail = OtherMail {
        sender: "care@post.example".to_owned(),
        subject: "<b onclick=x>\"&".to_owned(),
        links: vec![Link::parse("https://Post.example:8443/allow/7f3c?a=<").unwrap()],
        at: world.relay.now(),
    };
    world.count(MailEvent::NotFromArlo, Kept::OtherMail(&mail)).await;
    let shown = world.get(&world.uri("status")).await.json();
    assert_snapshot!(shown["other_mail"].to_string(), @r#"[{"links":[{"host":"post.example","url":"https://post.example:8443/allow/7f3c?a=%3C"}],"received_at":"2027-01-15T08:00:00Z","sender":"care@post.example","subject":"<b onclick=x>\"&"}]"#);
    tokio::time::advance(OTHER_MAIL_KEPT.unsigned_abs()).await;
    let shown = world.get(&world.uri("status")).await.json();
    assert_eq!(shown.get("other_mail"), None);
}

#[tokio::test(start_paused = true)]
async fn nobody_else_sees_it() {
    let world = World::new().await;
    for (uri, status) in [
        (format!("/status?email={EMAIL}"), 401),
        (format!("/status?email={EMAIL}&token={STRANGE_TOKEN}"), 403),
        (format!("/status?email=robin@example.org&token={}", world.token), 403),
        (format!("/status?email=nobody&token={}", world.token), 400),
    ] {
        let answer = world.get(&uri).await;
        assert_eq!(answer.status, status, "{uri}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}
