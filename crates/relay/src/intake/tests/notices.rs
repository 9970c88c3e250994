//! What is kept of a mail that is no code.

use arlo_mail::Links;

use super::*;
use crate::enrolment::Status;

const BODY: &str = "To allow it: https://post.example/allow/7f3c or https://mail.zoho.eu/allow/8d";

fn question() -> Letter {
    Letter {
        from: "Post <care@post.example>",
        body: BODY.to_owned(),
        ..letter("")
    }
}

async fn status(house: &House) -> Status {
    let casey = &house.casey;
    house.relay.status(&casey.account, &casey.token).await.unwrap().1
}

async fn links(house: &House) -> Vec<String> {
    let kept = status(house).await.other_mail;
    let links = kept.iter().flat_map(|mail| &mail.links);
    links.map(|link| link.url().to_owned()).collect()
}

#[tokio::test]
async fn a_providers_question_is_kept_for_a_week() {
    let house = House::new().await;
    assert_eq!(house.secretly(&question()).await.event, Some(MailEvent::NotFromArlo));
    let [kept] = &*status(&house).await.other_mail else {
        panic!()
    };
    assert_eq!(kept.sender, "care@post.example");
    assert_eq!(
        links(&house).await,
        ["https://post.example/allow/7f3c", "https://mail.zoho.eu/allow/8d"]
    );
    house.clock.advance(SignedDuration::from_hours(7 * 24 - 1));
    assert_eq!(status(&house).await.other_mail.len(), 1);
    house.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(status(&house).await.other_mail, []);
}

#[tokio::test]
async fn where_anybody_may_enrol_only_links_of_providers_are_kept() {
    let mut house = House::new().await;
    house.relay.settings.links = Links::OfProviders;
    house.secretly(&question()).await;
    assert_eq!(links(&house).await, ["https://mail.zoho.eu/allow/8d"]);
}

#[tokio::test]
async fn of_a_code_and_of_what_came_another_way_nothing_is_kept() {
    let house = House::new().await;
    house.secretly(&letter("482913")).await;
    let by_another = Letter {
        body: format!("From: do_not_reply@arlo.com\r\nDate: x\r\n\r\nYour code is\r\n482913\r\n{BODY}"),
        ..question()
    };
    let event = house.secretly(&by_another).await.event;
    assert_eq!(event, Some(MailEvent::ForwardedByAnother));
    house.shared(&question(), &nothing()).await;
    let enrolment = house
        .relay
        .store()
        .by_mailbox(&house.casey.mailbox)
        .await
        .unwrap()
        .unwrap();
    let raw = Bytes::from(format!("From: casey@gmail.com\r\nSubject: mine\r\n\r\n{BODY}"));
    house
        .relay
        .receive_from_mailbox(&enrolment, &raw, &Inline)
        .await
        .unwrap();
    assert_eq!(status(&house).await.other_mail, []);
}
