//! Which mails are copies of one mail.

use super::*;

#[tokio::test]
async fn a_signed_mail_under_another_message_id_is_the_same_mail() {
    let setup = Setup::new().await;
    let first = setup.prestage().await;
    setup.clock.advance(SignedDuration::from_secs(1));
    let signed = TestMail {
        more: ARLO_SIGNED,
        ..code_mail("467266")
    };
    let receipt = setup.to_shared_address(&signed, &dkim("arlo.com")).await;
    assert_eq!(receipt.request, Some(first.request_id));
    let second = setup.prestage().await;
    let copies: [&str; 3] = [
        ARLO_SIGNED,
        "DKIM-Signature: v=1; a=rsa-sha256; d=arlo.com; s=x; h=From:To:Subject:Date; bh=aGFz\r\n aA==; b=c2ln\r\n",
        "DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=x; h=From:To; bh=eA==; b=eA==\r\n\
         DKIM-Signature: v=1; a=rsa-sha256; d=arlo.com; s=x; h=From:To:Subject:Date; bh=aGFzaA==; b=c2ln\r\n",
    ];
    for (id, more) in (2..).zip(copies) {
        let copy = TestMail {
            id,
            more,
            ..signed.clone()
        };
        let receipt = setup.to_shared_address(&copy, &dkim("arlo.com")).await;
        assert_eq!(receipt.event, Some(MailEvent::Duplicate), "{more}");
        // To the enrolment's own address, where nothing is looked up, the signature stands for itself.
        assert_eq!(
            setup.to_own_address(&copy).await.event,
            Some(MailEvent::Duplicate),
            "{more}"
        );
    }
    assert_eq!(setup.state(&second).await, RequestState::Pending);
    // Arlo's next mail has another text, or another date.
    let next = TestMail {
        more: ARLO_SIGNED,
        id: 9,
        ..code_mail("222222")
    };
    assert_eq!(
        setup.to_shared_address(&next, &dkim("arlo.com")).await.request,
        Some(second.request_id)
    );
}

#[tokio::test]
async fn what_no_signature_tells_apart_is_told_by_message_id_date_and_text() {
    for (copy, expected) in [
        (code_mail("111111"), MailEvent::Duplicate),
        (
            TestMail {
                more: "X-Added: yes\r\n",
                ..code_mail("111111")
            },
            MailEvent::Duplicate,
        ),
        (
            TestMail {
                id: 2,
                ..code_mail("111111")
            },
            MailEvent::CodeDelivered,
        ),
        (
            TestMail {
                age: 1,
                ..code_mail("111111")
            },
            MailEvent::CodeDelivered,
        ),
        (code_mail("222222"), MailEvent::CodeDelivered),
    ] {
        let setup = Setup::new().await;
        setup.clock.advance(SignedDuration::from_secs(5));
        setup.prestage().await;
        setup.prestage().await;
        setup.to_own_address(&code_mail("111111")).await;
        assert_eq!(setup.to_own_address(&copy).await.event, Some(expected), "{}", copy.id);
    }
}

/// Nothing in it tells when it was written, so that its memory alone keeps it from a later login.
#[tokio::test]
async fn a_copy_of_a_mail_without_a_date_ends_no_later_login() {
    let setup = Setup::new().await;
    let first = setup.prestage().await;
    let undated = String::from_utf8(setup.raw(&code_mail("111111"))).unwrap();
    let undated: String = undated
        .split_inclusive("\r\n")
        .filter(|line| !line.starts_with("Date:"))
        .collect();
    let raw: Bytes = undated.into_bytes().into();
    let receive = async || {
        let delivery = Delivery {
            reverse_path: None,
            client: None,
            raw: &raw,
        };
        let address = setup.relay.enroller().relay_address(&setup.casey.local_part);
        receive(&setup.relay, &address, delivery, &nothing()).await
    };
    assert_eq!(receive().await.request, Some(first.request_id));
    setup.clock.advance(SignedDuration::from_hours(23));
    let later = setup.prestage().await;
    assert_eq!(receive().await.event, Some(MailEvent::Duplicate));
    assert_eq!(setup.state(&later).await, RequestState::Pending);
}
