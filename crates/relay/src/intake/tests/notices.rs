//! What is kept of a mail that is no code.

use arlo_mail::Links;

use super::*;
use crate::status::Status;

const BODY: &str = "To allow it: https://post.example/allow/7f3c or https://mail.zoho.eu/allow/8d";

fn question() -> TestMail {
    TestMail {
        from: "Post <care@post.example>",
        body: BODY.to_owned(),
        ..code_mail("")
    }
}

async fn status(setup: &Setup) -> Status {
    setup.relay.status(None, shown(&setup.casey.token)).await.unwrap().1
}

async fn links(setup: &Setup) -> Vec<String> {
    let kept = status(setup).await.other_mail;
    let links = kept.iter().flat_map(|mail| &mail.links);
    links.map(|link| link.url().to_owned()).collect()
}

#[tokio::test]
async fn a_providers_question_is_kept_for_a_week() {
    let setup = Setup::new().await;
    assert_eq!(
        setup.to_own_address(&question()).await.event,
        Some(MailEvent::NotFromArlo)
    );
    let [kept] = &*status(&setup).await.other_mail else {
        panic!()
    };
    assert_eq!(kept.sender, "care@post.example");
    assert_eq!(
        links(&setup).await,
        ["https://post.example/allow/7f3c", "https://mail.zoho.eu/allow/8d"]
    );
    setup.clock.advance(SignedDuration::from_hours(7 * 24 - 1));
    assert_eq!(status(&setup).await.other_mail.len(), 1);
    setup.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(status(&setup).await.other_mail, []);
}

#[tokio::test]
async fn where_anybody_may_enrol_only_links_of_providers_are_kept() {
    let mut setup = Setup::new().await;
    setup.relay.links = Links::OfProviders;
    setup.to_own_address(&question()).await;
    assert_eq!(links(&setup).await, ["https://mail.zoho.eu/allow/8d"]);
}

#[tokio::test]
async fn of_a_code_and_of_what_came_another_way_nothing_is_kept() {
    let setup = Setup::new().await;
    setup.to_own_address(&code_mail("482913")).await;
    let by_another = TestMail {
        body: format!("From: do_not_reply@arlo.com\r\nDate: x\r\n\r\nYour code is\r\n482913\r\n{BODY}"),
        ..question()
    };
    let event = setup.to_own_address(&by_another).await.event;
    assert_eq!(event, Some(MailEvent::ForwardedByAnother));
    setup.to_shared_address(&question(), &nothing()).await;
    let raw = Bytes::from(format!("From: casey@gmail.com\r\nSubject: mine\r\n\r\n{BODY}"));
    let account = &setup.casey.account;
    let wanted = setup
        .relay
        .wants(account, Some("casey@gmail.com"), None)
        .await
        .unwrap()
        .unwrap();
    setup
        .relay
        .receive_from_mailbox(wanted, &raw, &nothing(), &Inline)
        .await
        .unwrap();
    assert_eq!(status(&setup).await.other_mail, []);
}
