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
