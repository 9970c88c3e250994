//! The form to manage an enrolment.

use std::sync::Arc;
use std::time::Duration;

use arlo_mail::{Link, Provider};
use jiff::SignedDuration;
use relay::ports::{FindEnrolments as _, MailTaken, TakeMail as _};
use relay::{AuditEvent, AuditKind, Confirmation, DeploymentKey, Kept, Keys, MailEvent, OtherMail, Overview};
use relay_http::{Api, router};

use crate::forms::{FORM, SCRIPT};
use crate::pages::{LANGUAGES, check};
use crate::world::{EMAIL, STRANGE_TOKEN, World, parts};

impl World {
    async fn take(&self, event: MailEvent, kept: Option<Kept<'_>>) {
        let event = AuditEvent {
            at: self.relay.now(),
            kind: AuditKind::Mail(event),
            network: None,
        };
        let mail = MailTaken {
            kept,
            ..MailTaken::only(self.id, event)
        };
        self.store.take(&mail).await.unwrap();
    }
}

/// The form names the account, which is proven by that.
#[tokio::test(start_paused = true)]
async fn a_new_token_by_the_page_needs_the_former_key_no_more() {
    let [old, new] = [1, 2].map(|byte| DeploymentKey::new([byte; 32]));
    let world = World::with(|rules| rules.deployment.keys = Keys::new(&old)).await;
    let keys = Keys::new(&new).with_former(&old);
    let (relay, http, _draining) = parts(world.store.clone(), |rules| rules.deployment.keys = keys.clone());
    let enroller = relay.enroller();
    enroller.replace_address(&world.id, SignedDuration::ZERO).await.unwrap();
    let changed = World {
        router: router(Arc::new(Api::new(relay.clone(), http))),
        ..world
    };
    let need = async || {
        let read = Overview::read(&changed.store, &keys, changed.relay.now())
            .await
            .unwrap();
        read.need_former_key
    };
    let of_another = format!("email=robin@example.org&token={}&action=token", changed.token);
    assert_eq!(changed.post("/manage", FORM, of_another).await.status, 403);
    assert_eq!(need().await, 1);
    assert_eq!(changed.manage("token", "").await.status, 200);
    assert_eq!(need().await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_others_wrote_is_text_and_its_links_are_looked_at() {
    let world = World::new().await;
    let mail = OtherMail {
        sender: SCRIPT.to_owned(),
        subject: "<b onclick=x>\"&".to_owned(),
        links: vec![Link::parse("https://post.example:8443/allow/7f3c?a=<\"'").unwrap()],
        at: world.relay.now(),
    };
    world.take(MailEvent::NotFromArlo, Some(Kept::OtherMail(&mail))).await;
    let question = |link: &str| Confirmation {
        provider: Provider::Gmail,
        code: Some("123456789".to_owned()),
        link: Some(link.to_owned()),
        at: world.relay.now(),
    };
    let good = question("https://mail.google.com/mail/vf-x");
    world
        .take(MailEvent::ForwardingConfirmation, Some(Kept::Confirmation(&good)))
        .await;
    for action in ["status", "live"] {
        let page = world.manage(action, "").await;
        assert!(page.body.contains("&lt;b onclick=x&gt;&quot;&amp;"));
        assert!(!page.body.contains("<script>alert"));
        assert!(page.body.contains("123456789"));
        assert!(
            page.body
                .contains("href=\"https://mail.google.com/mail/vf-x\" rel=\"noreferrer noopener\"")
        );
        assert!(page.body.contains("Open the page at <bdi>post.example</bdi>"));
        assert!(
            page.body
                .contains("Open a link only if you have just set up the forwarding yourself")
        );
    }
    let bad = question("javascript:alert(1)");
    world
        .take(MailEvent::ForwardingConfirmation, Some(Kept::Confirmation(&bad)))
        .await;
    assert!(!world.manage("status", "").await.body.contains("javascript:"));
}

#[tokio::test(start_paused = true)]
async fn a_test_is_announced_and_seen_to_end() {
    let world = World::new().await;
    let begun = world.manage("test", "").await;
    assert_eq!(begun.status, 200);
    check(&begun);
    let request = begun.body.split("name=\"request\" value=\"").nth(1).unwrap();
    let request = format!("&request={}", request.split('"').next().unwrap());
    assert!(
        begun
            .body
            .contains(&format!("mailto:{}?subject=Fwd", world.relay_address))
    );
    assert!(begun.body.contains("data-waits"));
    let waiting = world.manage("live", &request).await;
    assert!(waiting.body.contains("The relay waits for a code until"));

    tokio::time::advance(Duration::from_secs(7)).await;
    world.add_code("482913").await;
    for action in ["live", "status"] {
        let ended = world.manage(action, &request).await;
        assert!(
            ended
                .body
                .contains("<code translate=\"no\">482913</code></strong> came 7 seconds after the start.")
        );
        assert!(ended.body.contains("It is not the code of the test mail"));
    }
    // Another test takes the place of one that still waits.
    let again = world.manage("test", "").await;
    let second = again.body.split("name=\"request\" value=\"").nth(1).unwrap();
    let second = format!("&request={}", second.split('"').next().unwrap());
    world.manage("test", &second).await;
    assert!(world.manage("live", &second).await.body.contains("The time is over"));

    tokio::time::advance(Duration::from_secs(300)).await;
    let over = world.manage("live", &request).await;
    assert!(over.body.contains("The time is over") && !over.body.contains("482913"));
    // The key of another enrolment's login reads nothing here.
    let other = crate::world::enrol(&world.relay, "robin@example.org").await;
    let form = format!(
        "email=robin@example.org&token={}&action=live{request}",
        other.token.expose()
    );
    assert!(
        world
            .post("/manage", FORM, form)
            .await
            .body
            .contains("The time is over")
    );
}

#[tokio::test(start_paused = true)]
async fn the_status_says_what_came_and_why_it_was_refused() {
    let world = World::new().await;
    assert!(world.manage("status", "").await.body.contains("No mail has come yet."));
    for event in MailEvent::ALL {
        world.take(event, None).await;
    }
    for language in LANGUAGES {
        let page = world.manage("status", &format!("&lang={language}")).await;
        check(&page);
        assert_eq!(page.header("content-language"), language);
        for event in MailEvent::ALL {
            assert!(
                !page.body.contains(&format!("<td>{}</td>", event.name())),
                "{event:?} in {language}"
            );
        }
        assert_eq!(page.body.matches("<td>1</td>").count(), MailEvent::ALL.len());
    }
    // The button for another language goes before what the form has.
    let page = world.manage("status", "&lang=fr&switch=es").await;
    assert_eq!(page.header("content-language"), "es");
}

#[tokio::test(start_paused = true)]
async fn leaving_is_asked_and_then_done() {
    let world = World::new().await;
    let asked = world.manage("leave", "").await;
    check(&asked);
    assert!(asked.body.contains("Do you want to leave?"));
    assert!(world.store.find(&world.id).await.unwrap().is_some());
    let left = world.manage("leave-now", "").await;
    assert_eq!(left.status, 200);
    check(&left);
    assert!(!left.body.contains(&world.token));
    assert!(world.store.find(&world.id).await.unwrap().is_none());
    assert_eq!(world.manage("leave-now", "").await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn nobody_else_manages_it() {
    let world = World::new().await;
    let token = &world.token;
    for action in ["status", "live", "test", "token", "leave", "leave-now"] {
        for (form, status) in [
            (format!("email={EMAIL}"), 401),
            (format!("email={EMAIL}&token="), 401),
            (format!("email={EMAIL}&token={STRANGE_TOKEN}"), 403),
            (format!("email={EMAIL}&token=%00"), 403),
            (format!("email=robin@example.org&token={token}"), 403),
            (format!("email=nobody&token={token}"), 400),
            (format!("token={token}"), 400),
        ] {
            let answer = world.post("/manage", FORM, format!("{form}&action={action}")).await;
            assert_eq!(answer.status, status, "{action} {form}");
            check(&answer);
            assert!(!answer.body.contains(&world.relay_address) && !answer.body.contains(token.as_str()));
        }
    }
    assert_eq!(world.manage("unknown", "").await.status, 400);
    assert!(world.store.find(&world.id).await.unwrap().is_some());
    // A token in the URL is none: a page must not teach people to put it there.
    let answer = world
        .post(&format!("/manage?token={token}"), FORM, format!("email={EMAIL}"))
        .await;
    assert_eq!(answer.status, 401);
}
