//! Which login a mail ends, and what becomes of mail that ends none.

use super::*;
use crate::audit::AuditKind;
use crate::request::MAX_PENDING;

#[tokio::test]
async fn two_logins_at_once_each_get_their_own_code() {
    let setup = Setup::new().await;
    let first = setup.prestage().await;
    setup.clock.advance(SignedDuration::from_secs(2));
    let second = setup.prestage().await;
    setup.clock.advance(SignedDuration::from_secs(1));
    // The mails come in the other order.
    let (late, early) = (
        TestMail {
            age: 3,
            id: 2,
            ..code_mail("111111")
        },
        TestMail {
            age: 1,
            ..code_mail("222222")
        },
    );
    setup.to_own_address(&early).await;
    setup.to_own_address(&late).await;
    assert_eq!(setup.state(&first).await, complete("111111"));
    assert_eq!(setup.state(&second).await, complete("222222"));
}

#[tokio::test]
async fn a_login_that_was_given_up_does_not_take_the_code_of_the_next() {
    let setup = Setup::new().await;
    let given_up = setup.prestage().await;
    setup.clock.advance(SignedDuration::from_secs(4));
    let next = setup.prestage().await;
    setup.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(
        setup.to_own_address(&code_mail("222222")).await.request,
        Some(next.request_id)
    );
    assert_eq!(setup.state(&given_up).await, RequestState::Pending);
}

#[tokio::test]
async fn a_mail_whose_login_is_ended_by_another_meanwhile_ends_the_next() {
    let setup = Setup::new().await;
    let first = setup.prestage().await;
    setup.clock.advance(SignedDuration::from_secs(1));
    let second = setup.prestage().await;
    let address = setup.relay.enroller().relay_address(&setup.casey.local_part);
    let before = setup.relay.look_up(&Recipient::new(&address)).await.unwrap().unwrap();
    assert_eq!(
        setup.to_own_address(&code_mail("111111")).await.request,
        Some(second.request_id)
    );
    let late = TestMail {
        id: 2,
        ..code_mail("222222")
    };
    let delivery = Delivery {
        reverse_path: None,
        client: None,
        raw: &setup.raw(&late).into(),
    };
    let receipt = setup
        .relay
        .receive(before, delivery, &nothing(), &Inline)
        .await
        .unwrap();
    assert_eq!(receipt.request, Some(first.request_id));
}

/// Whoever hands it in has shown the old token, which is void.
#[tokio::test]
async fn a_mail_that_came_before_a_new_token_ends_no_login_of_it() {
    let setup = Setup::new().await;
    setup.prestage().await;
    let address = setup.relay.enroller().relay_address(&setup.casey.local_part);
    let before = setup.relay.look_up(&Recipient::new(&address)).await.unwrap().unwrap();
    let enroller = setup.relay.enroller();
    let (token, _) = enroller.replace_token(&setup.casey.id, None).await.unwrap();
    let account = &setup.casey.account;
    let staged = setup.relay.prestage(account, shown(&token)).await.unwrap();
    let delivery = Delivery {
        reverse_path: None,
        client: None,
        raw: &setup.raw(&code_mail("111111")).into(),
    };
    let receipt = setup.relay.receive(before, delivery, &nothing(), &Inline).await;
    assert_eq!(receipt.unwrap().request, None);
    assert_eq!(setup.state(&staged).await, RequestState::Pending);
}

#[tokio::test]
async fn a_clock_that_is_set_back_loses_no_code() {
    let setup = Setup::new().await;
    let staged = setup.prestage().await;
    setup.clock.advance(SignedDuration::from_secs(-120));
    assert_eq!(
        setup.to_own_address(&code_mail("111111")).await.request,
        Some(staged.request_id)
    );
    let setup = Setup::new().await;
    setup.clock.advance(SignedDuration::from_secs(3600));
    for _ in 0..MAX_PENDING {
        setup.prestage().await;
    }
    setup.clock.advance(SignedDuration::from_secs(-3600));
    let staged = setup.prestage().await;
    setup.clock.advance(SignedDuration::from_secs(2));
    assert_eq!(
        setup.to_own_address(&code_mail("111111")).await.request,
        Some(staged.request_id)
    );
}

#[tokio::test]
async fn a_second_copy_ends_nothing() {
    let setup = Setup::new().await;
    let first = setup.prestage().await;
    let second = setup.prestage().await;
    setup.to_own_address(&code_mail("111111")).await;
    // The copy took another road: other headers, the other address.
    let copy = TestMail {
        reverse_path: Some("casey@gmail.com"),
        more: "Received: from elsewhere\r\nX-Forwarded-To: x@y.example\r\n",
        ..code_mail("111111")
    };
    assert_eq!(setup.to_own_address(&copy).await.event, Some(MailEvent::Duplicate));
    assert_eq!(
        setup.to_shared_address(&copy, &spf()).await.event,
        Some(MailEvent::Duplicate)
    );
    let states = [setup.state(&first).await, setup.state(&second).await];
    assert_eq!(states.iter().filter(|s| **s == complete("111111")).count(), 1);
    assert_eq!(states.iter().filter(|s| **s == RequestState::Pending).count(), 1);
}

#[tokio::test]
async fn a_copy_ends_nothing_for_as_long_as_it_could() {
    let setup = Setup::new().await;
    setup.prestage().await;
    setup.clock.advance(SignedDuration::from_secs(200));
    assert_eq!(
        setup.to_own_address(&code_mail("111111")).await.event,
        Some(MailEvent::CodeDelivered)
    );
    // Near enough to the mail's Date for a clock that differs, and pending when the request that it ended is gone.
    setup.clock.advance(SignedDuration::from_secs(55));
    let next = setup.prestage().await;
    setup.clock.advance(SignedDuration::from_secs(200));
    let copy = TestMail {
        age: 255,
        ..code_mail("111111")
    };
    assert_eq!(setup.to_own_address(&copy).await.event, Some(MailEvent::Duplicate));
    assert_eq!(setup.state(&next).await, RequestState::Pending);
}

#[tokio::test]
async fn a_mail_from_before_the_login_ends_nothing() {
    let setup = Setup::new().await;
    setup.clock.advance(SignedDuration::from_secs(600));
    let staged = setup.prestage().await;
    let stale = TestMail {
        age: 61,
        ..code_mail("111111")
    };
    assert_eq!(
        setup.to_own_address(&stale).await.event,
        Some(MailEvent::NothingWaiting)
    );
    assert_eq!(setup.state(&staged).await, RequestState::Pending);
    let skewed = TestMail {
        age: 60,
        id: 2,
        ..code_mail("222222")
    };
    assert_eq!(
        setup.to_own_address(&skewed).await.event,
        Some(MailEvent::CodeDelivered)
    );
}

#[tokio::test]
async fn an_expired_login_gets_nothing_and_reads_nothing() {
    let setup = Setup::new().await;
    let staged = setup.prestage().await;
    setup.clock.advance(SignedDuration::from_secs(300));
    assert_eq!(
        setup.to_own_address(&code_mail("111111")).await.event,
        Some(MailEvent::NothingWaiting)
    );
    assert!(matches!(setup.relay.poll(&staged.poll_key).await, Err(Refusal::Gone)));
}

#[tokio::test]
async fn two_codes_in_one_mail_end_the_login_without_a_guess() {
    let setup = Setup::new().await;
    let staged = setup.prestage().await;
    let double = TestMail {
        body: "111111\r\n\r\n222222\r\n".to_owned(),
        ..code_mail("")
    };
    assert_eq!(
        setup.to_own_address(&double).await.event,
        Some(MailEvent::ConflictingCodes)
    );
    assert_eq!(setup.state(&staged).await, RequestState::Error(Fault::ConflictingCodes));
}

#[tokio::test]
async fn what_is_no_code_goes_to_the_operator_and_leaves_the_login_alone() {
    let setup = Setup::new().await;
    let staged = setup.prestage().await;
    let order = TestMail {
        from: "shop@example.org",
        body: "Thank you for order 482913".to_owned(),
        ..code_mail("")
    };
    setup.to_own_address(&order).await;
    let question = "DKIM-Signature: v=1; a=rsa-sha256; d=google.com; s=x; h=From:To:Subject; bh=aGFzaA==; b=c2ln\r\n\
         Date: Fri, 15 Jan 2027 08:00:00 +0000\r\nFrom: Gmail Team <forwarding-noreply@google.com>\r\nTo: x@relay.example\r\n\
         Subject: (#123456789) Gmail Forwarding Confirmation - Receive Mail from casey@gmail.com\r\nMessage-ID: <9@google.com>\r\n\r\n\
         casey@gmail.com has requested to automatically forward mail to your email address x@relay.example.\r\n\
         Confirmation code: 123456789\r\n\r\nhttps://mail-settings.google.com/mail/vf-%5Babc%5D-def\r\n";
    let address = setup.relay.enroller().relay_address(&setup.casey.local_part);
    let delivery = Delivery {
        reverse_path: None,
        client: None,
        raw: &Bytes::from_static(question.as_bytes()),
    };
    let receipt = receive(&setup.relay, &address, delivery, &nothing()).await;
    assert_eq!(receipt.event, Some(MailEvent::ForwardingConfirmation));
    let about: Vec<_> = setup
        .relay
        .store()
        .forwarded()
        .into_iter()
        .map(|(_, about)| about)
        .collect();
    assert_eq!(about, [ForwardReason::NoCode, ForwardReason::ForwardingConfirmation]);
    let (_, status) = setup.relay.status(None, shown(&setup.casey.token)).await.unwrap();
    let kept = status.confirmation.unwrap();
    assert_eq!(kept.code.as_deref(), Some("123456789"));
    assert!(
        kept.link
            .unwrap()
            .starts_with("https://mail-settings.google.com/mail/vf-")
    );
    assert_eq!(setup.state(&staged).await, RequestState::Pending);
    // To the shared address the same question needs Google's signature to become anyone's status.
    let shared = "arlo@relay.example";
    let receipt = receive(&setup.relay, shared, delivery, &nothing()).await;
    assert_eq!(receipt.enrolment, None);
    let receipt = receive(&setup.relay, shared, delivery, &dkim("google.com")).await;
    assert_eq!(receipt.event, Some(MailEvent::ForwardingConfirmation));
}

#[tokio::test]
async fn a_mail_counts_also_where_the_operator_cannot_be_sent_a_copy() {
    let setup = Setup::new().await;
    setup.relay.store().lose_operator();
    let order = TestMail {
        from: "shop@example.org",
        body: "Thank you for order 482913".to_owned(),
        ..code_mail("")
    };
    assert_eq!(setup.to_own_address(&order).await.event, Some(MailEvent::NotFromArlo));
    let (_, status) = setup.relay.status(None, shown(&setup.casey.token)).await.unwrap();
    let counted: Vec<_> = status.mail.iter().map(|tally| (tally.event, tally.count)).collect();
    assert_eq!(counted, [(MailEvent::NotFromArlo, 1)]);
}

#[tokio::test]
async fn a_code_without_a_mail_needs_the_token_and_a_waiting_login() {
    let setup = Setup::new().await;
    let code = || Code::parse("482913").unwrap();
    let (account, token) = (&setup.casey.account, shown(&setup.casey.token));
    assert!(matches!(
        setup.relay.add_code(account, token, code()).await,
        Err(Refusal::Gone)
    ));
    let staged = setup.relay.clear(account, token).await.unwrap();
    let stranger = enrol(&setup.relay, "robin@example.org", None).await.token;
    assert!(matches!(
        setup.relay.add_code(account, shown(&stranger), code()).await,
        Err(Refusal::Denied)
    ));
    assert_eq!(
        setup.relay.add_code(account, token, code()).await.unwrap(),
        staged.request_id
    );
    let state = setup
        .relay
        .rest_api_state(account, token)
        .await
        .unwrap()
        .map(|r| r.state);
    assert_eq!(state, Some(complete("482913")));
}

#[tokio::test]
async fn clients_of_one_account_have_logins_of_their_own() {
    let setup = Setup::new().await;
    let other = enrol(&setup.relay, "casey@gmail.com", None).await;
    let one = setup.prestage().await;
    setup.clock.advance(SignedDuration::from_secs(20));
    let two = setup.relay.prestage(&other.account, shown(&other.token)).await.unwrap();
    let to_first = setup.to_own_address(&code_mail("111111")).await;
    assert_eq!(
        (to_first.enrolment, to_first.request),
        (Some(setup.casey.id), Some(one.request_id))
    );
    assert_eq!(setup.state(&two).await, RequestState::Pending);
    let address = setup.relay.enroller().relay_address(&other.local_part);
    let to_second = setup.deliver_to(&address, &code_mail("111111"), &nothing()).await;
    assert_eq!(
        (to_second.enrolment, to_second.request),
        (Some(other.id), Some(two.request_id))
    );
}

#[tokio::test]
async fn a_mail_to_the_shared_address_ends_the_nearest_login_of_all_that_the_operator_enrolled() {
    let setup = Setup::new().await;
    let other = enrol(&setup.relay, "casey@gmail.com", None).await;
    let account = other.account.clone();
    let strangers = NewEnrolment {
        own_address_only: true,
        ..NewEnrolment::for_account(&account)
    };
    let stranger = setup.relay.enroller().enrol(strangers).await.unwrap();
    let first = setup.prestage().await;
    setup.clock.advance(SignedDuration::from_secs(20));
    let second = setup.relay.prestage(&account, shown(&other.token)).await.unwrap();
    setup.clock.advance(SignedDuration::from_secs(1));
    let nearest = setup.relay.prestage(&account, shown(&stranger.token)).await.unwrap();
    let mail = |code, id, age| TestMail {
        more: ARLO_SIGNED,
        reverse_path: Some("casey@gmail.com"),
        id,
        age,
        ..code_mail(code)
    };
    for (age, expected) in [(0, &second), (20, &first)] {
        let mail = mail("111111", u32::try_from(age).unwrap(), age);
        let receipt = setup.to_shared_address(&mail, &spf()).await;
        assert_eq!(receipt.request, Some(expected.request_id), "{age}");
        let copy = setup.to_shared_address(&mail, &spf()).await;
        assert_eq!(copy.event, Some(MailEvent::Duplicate), "{age}");
    }
    assert_eq!(setup.state(&nearest).await, RequestState::Pending);
}

#[tokio::test]
async fn a_suspended_enrolment_is_as_good_as_none() {
    let setup = Setup::new().await;
    let enroller = setup.relay.enroller();
    setup.prestage().await;
    enroller.suspend(&setup.casey.id).await.unwrap();
    let recipient = Recipient::new(&enroller.relay_address(&setup.casey.local_part));
    assert_eq!(
        setup.relay.accepts(&recipient).await.unwrap(),
        Acceptance::UnknownMailbox
    );
    let (account, token) = (&setup.casey.account, shown(&setup.casey.token));
    assert!(matches!(
        setup.relay.prestage(account, token).await,
        Err(Refusal::Denied)
    ));
    assert!(matches!(setup.relay.status(None, token).await, Err(Refusal::Denied)));
    let mail = TestMail {
        reverse_path: Some("casey@gmail.com"),
        ..code_mail("111111")
    };
    assert_eq!(setup.to_shared_address(&mail, &spf()).await, Receipt::NOBODY);
    enroller.resume(&setup.casey.id).await.unwrap();
    assert_eq!(setup.relay.accepts(&recipient).await.unwrap(), Acceptance::Accepted);
    setup.prestage().await;
    // Its own token was no wrong one.
    let (_, status) = setup.relay.status(None, token).await.unwrap();
    assert!(status.events.iter().all(|event| event.kind != AuditKind::WrongToken));
}

#[tokio::test]
async fn a_replaced_address_takes_mail_as_long_as_the_operator_said() {
    let setup = Setup::new().await;
    let enroller = setup.relay.enroller();
    let overlap = SignedDuration::from_secs(60);
    let (new, _) = enroller.replace_address(&setup.casey.id, overlap).await.unwrap();
    assert_ne!(new, setup.casey.local_part);
    let accepted = async |local_part| {
        let recipient = Recipient::new(&enroller.relay_address(local_part));
        setup.relay.accepts(&recipient).await.unwrap() == Acceptance::Accepted
    };
    assert!(accepted(&setup.casey.local_part).await && accepted(&new).await);
    setup.clock.advance(overlap);
    assert!(!accepted(&setup.casey.local_part).await && accepted(&new).await);
}

#[tokio::test]
async fn what_was_made_up_is_turned_away_without_a_look_into_the_store() {
    let setup = Setup::new().await;
    let before = setup.relay.store().asked();
    let changed = |text: &str| {
        let (rest, last) = text.split_at(text.len() - 2);
        format!("{rest}{}{}", if last.starts_with('a') { 'b' } else { 'a' }, &last[1..])
    };
    let address = Recipient::new(&format!("{}@relay.example", changed(setup.casey.local_part.expose())));
    assert_eq!(setup.relay.accepts(&address).await.unwrap(), Acceptance::UnknownMailbox);
    let token = AccessToken::parse(&changed(setup.casey.token.expose())).unwrap();
    let account = &setup.casey.account;
    assert!(matches!(
        setup.relay.prestage(account, shown(&token)).await,
        Err(Refusal::Denied)
    ));
    assert!(matches!(
        setup.relay.authorize_token(shown(&token)).await,
        Err(Refusal::Denied)
    ));
    assert_eq!(setup.relay.store().asked(), before);
}
