//! Which mail of the account's own mailbox is wanted, and what becomes of it.

use super::*;
use crate::ports::FindEnrolments;

const GMAIL: &str = "forwarding-noreply@google.com";
const ARLO: &str = "do_not_reply@arlo.com";

impl Setup {
    async fn wanted(&self, from: Option<&str>, age: i64) -> Option<Wanted> {
        let date = self.clock.now() - SignedDuration::from_secs(age);
        self.relay.wants(&self.casey.account, from, Some(date)).await.unwrap()
    }

    async fn found(&self, mail: &TestMail) -> MailboxReceipt {
        let wanted = self.wanted(Some(ARLO), mail.age).await.unwrap();
        let raw = self.raw(mail).into();
        self.relay
            .receive_from_mailbox(wanted, &raw, &nothing(), &Inline)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_mail_is_wanted_by_its_writer_and_its_date() {
    let setup = Setup::new().await;
    for (from, age, expected) in [
        (Some(ARLO), 0, true),
        (Some("casey@gmail.com"), 0, true),
        (Some("ca.sey+x@googlemail.com"), 0, true),
        (Some("robin@example.org"), 0, false),
        (Some("alerts@arlo.com"), 0, false),
        (Some("nobody"), 0, false),
        (None, 0, false),
        // The longest life of a request, a minute for clocks that differ, and a second.
        (Some(ARLO), 961, true),
        (Some(ARLO), 962, false),
        (Some("casey@gmail.com"), 962, false),
        (Some(ARLO), -3600, true),
        // A provider's question waits for its owner.
        (Some(GMAIL), 86_400, true),
    ] {
        assert_eq!(setup.wanted(from, age).await.is_some(), expected, "{from:?} {age}");
    }
    let undated = setup.relay.wants(&setup.casey.account, Some(ARLO), None).await.unwrap();
    assert!(undated.is_some());
}

#[tokio::test]
async fn only_the_mail_of_an_enrolled_account_is_wanted() {
    let setup = Setup::new().await;
    let robin = Account::parse("robin@example.org").unwrap();
    assert!(setup.relay.wants(&robin, Some(ARLO), None).await.unwrap().is_none());
    assert!(!setup.relay.is_enrolled(&robin).await.unwrap());
    assert!(setup.relay.is_enrolled(&setup.casey.account).await.unwrap());
    let hidden = Sender::parse("hidden+a@icloud.example").unwrap();
    enrol(&setup.relay, "robin@example.org", Some(hidden)).await;
    for (from, expected) in [("hidden+a@icloud.example", true), ("hidden+b@icloud.example", false)] {
        let wanted = setup.relay.wants(&robin, Some(from), None).await.unwrap();
        assert_eq!(wanted.is_some(), expected, "{from}");
    }
}

#[tokio::test]
async fn a_code_is_taken_and_a_persons_mail_is_left_alone() {
    let setup = Setup::new().await;
    let staged = setup.prestage().await;
    let persons = TestMail {
        body: "See you tomorrow.\r\n".to_owned(),
        ..code_mail("")
    };
    let found = setup.found(&persons).await;
    assert_eq!((found.receipt, found.dispose), (None, false));
    let found = setup.found(&code_mail("111111")).await;
    assert_eq!(found.receipt.unwrap().request, Some(staged.request_id));
    assert!(found.dispose);
    // Neither was the operator's, and the first was not counted.
    assert!(setup.relay.store().forwarded().is_empty());
    let status = setup.relay.enroller().status_of(&setup.casey.id).await;
    let events: Vec<MailEvent> = status.unwrap().mail.iter().map(|tally| tally.event).collect();
    assert_eq!(events, [MailEvent::CodeDelivered]);
}

#[tokio::test]
async fn a_providers_question_is_counted_and_left_in_the_mailbox() {
    let setup = Setup::new().await;
    let wanted = setup.wanted(Some(GMAIL), 0).await.unwrap();
    let question = "Subject: (#40271863) Gmail Forwarding Confirmation - Receive Mail from casey@gmail.com\r\n\
        From: Gmail Team <forwarding-noreply@google.com>\r\nTo: x@relay.example\r\n\r\n\
        Confirmation code: 40271863\r\n";
    let raw = Bytes::from_static(question.as_bytes());
    let found = setup
        .relay
        .receive_from_mailbox(wanted, &raw, &nothing(), &Inline)
        .await
        .unwrap();
    let event = found.receipt.and_then(|receipt| receipt.event);
    assert_eq!((event, found.dispose), (Some(MailEvent::ForwardingConfirmation), false));
}

#[tokio::test]
async fn what_is_no_mail_for_one_enrolment_may_be_a_code_for_another() {
    let setup = Setup::new().await;
    let staged = setup.prestage().await;
    let raw = setup.raw(&code_mail("467266")).into();
    let find = async |id| setup.relay.store().find(id).await.unwrap().unwrap();
    let other = enrol(&setup.relay, "casey@gmail.com", None).await;
    let other = find(&other.id).await;
    let own = find(&setup.casey.id).await;
    let read = setup
        .relay
        .read_for(&own.enrolment, &raw, arlo_mail::read, &Inline)
        .await;
    let reads = vec![(other, None), (own, read.unwrap())];
    let receipt = setup.relay.take_in(reads, &raw, None).await.unwrap();
    assert_eq!(receipt.request, Some(staged.request_id));
}
