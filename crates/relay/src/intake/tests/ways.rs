//! The table of section "which mail may give a code": each way, each refusal, and who may use it.

use super::*;

#[tokio::test]
async fn the_secret_address_needs_no_proof() {
    let setup = Setup::new().await;
    let staged = setup.prestage().await;
    let receipt = setup.to_own_address(&code_mail("012345")).await;
    assert_eq!(receipt.event, Some(MailEvent::CodeDelivered));
    assert_eq!(receipt.request, Some(staged.request_id));
    assert_eq!(setup.state(&staged).await, complete("012345"));
}

/// Tries a mail at the shared address; whether it ended the login. One that does not leaves no trace.
async fn ends_a_login(mail: &TestMail, verdicts: &FixedVerdicts) -> bool {
    let setup = Setup::new().await;
    let staged = setup.prestage().await;
    let receipt = setup.to_shared_address(mail, verdicts).await;
    let (_, status) = setup
        .relay
        .status(&setup.casey.account, &setup.casey.token)
        .await
        .unwrap();
    let counted: Vec<_> = status.mail.iter().map(|t| (t.event, t.count)).collect();
    let ended = setup.state(&staged).await == complete("467266");
    if ended {
        assert_eq!(receipt.request, Some(staged.request_id));
        assert_eq!(counted, [(MailEvent::CodeDelivered, 1)]);
    } else {
        assert_eq!(setup.state(&staged).await, RequestState::Pending);
        assert_eq!((receipt.event, receipt.account), (None, None));
        assert_eq!(counted, []);
    }
    ended
}

#[tokio::test]
async fn arlos_signature_proves_for_whom_its_to_names() {
    let unsigned = |field: &'static str| ARLO_SIGNED.replace(field, "");
    for (to, more, verdicts, taken) in [
        // Gmail's automatic forward keeps Arlo's signature; so does any that changes nothing.
        ("casey@gmail.com", ARLO_SIGNED.to_owned(), dkim("arlo.com"), true),
        (
            "Ca.Sey+arlo@googlemail.com",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            true,
        ),
        (
            "Casey <casey@gmail.com>, robin@example.org",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            true,
        ),
        (
            "robin@example.org, Casey <casey@gmail.com>",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            true,
        ),
        // More people than a code is written to.
        (
            "casey@gmail.com, a@x.example, b@x.example, c@x.example, d@x.example",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            false,
        ),
        (
            "casey@gmail.com, nonsense@",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            false,
        ),
        // It does not verify, or is another's, or there is none.
        ("casey@gmail.com", ARLO_SIGNED.to_owned(), nothing(), false),
        (
            "casey@gmail.com",
            ARLO_SIGNED.replace("arlo.com", "arlo.com.evil.example"),
            dkim("arlo.com.evil.example"),
            false,
        ),
        (
            "casey@gmail.com",
            ARLO_SIGNED.replace("arlo.com", "mail.arlo.com"),
            dkim("mail.arlo.com"),
            false,
        ),
        (
            "casey@gmail.com",
            ARLO_SIGNED.replace("arlo.com", "evil.example"),
            dkim("evil.example"),
            false,
        ),
        ("casey@gmail.com", String::new(), dkim("arlo.com"), false),
        // It does not cover what it has to.
        ("casey@gmail.com", unsigned(":To"), dkim("arlo.com"), false),
        ("casey@gmail.com", unsigned(":Date"), dkim("arlo.com"), false),
        (
            "casey@gmail.com",
            ARLO_SIGNED.replace("s=x;", "s=x; l=10;"),
            dkim("arlo.com"),
            false,
        ),
        // A genuine mail for somebody else, sent on with a word for the account that nothing covers.
        (
            "mallory@gmail.com",
            ARLO_SIGNED.to_owned() + "X-Forwarded-For: casey@gmail.com\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "mallory@gmail.com",
            ARLO_SIGNED.to_owned() + "Delivered-To: casey@gmail.com\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "mallory@gmail.com",
            ARLO_SIGNED.to_owned() + "To: casey@gmail.com\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "mallory@gmail.com",
            ARLO_SIGNED.to_owned() + "Cc: casey@gmail.com\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "mallory@gmail.com",
            ARLO_SIGNED.to_owned() + "Resent-To: casey@gmail.com\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "\"casey@gmail.com\" <mallory@gmail.com>",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            false,
        ),
        (
            "casey@gmail.com (mallory) <mallory@gmail.com>",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            false,
        ),
        (
            "casey@gmail.com@evil.example",
            ARLO_SIGNED.to_owned(),
            dkim("arlo.com"),
            false,
        ),
        // A second field of one kind: the signature covers one and a reader may read the other.
        (
            "casey@gmail.com",
            ARLO_SIGNED.to_owned() + "To: casey@gmail.com\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "casey@gmail.com",
            ARLO_SIGNED.to_owned() + "Subject: Your code is 111111\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "casey@gmail.com",
            ARLO_SIGNED.to_owned() + "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n",
            dkim("arlo.com"),
            false,
        ),
        (
            "casey@gmail.com",
            ARLO_SIGNED.to_owned() + "Content-Type: text/html\r\nContent-Type: text/plain\r\n",
            dkim("arlo.com"),
            false,
        ),
        // A line that the reader passes over.
        (
            "casey@gmail.com",
            ARLO_SIGNED.to_owned() + "no field\r\n",
            dkim("arlo.com"),
            false,
        ),
    ] {
        let mail = TestMail {
            to,
            more: more.clone().leak(),
            ..code_mail("467266")
        };
        assert_eq!(ends_a_login(&mail, &verdicts).await, taken, "{to} {more}");
        // The envelope names nobody.
        let mail = TestMail {
            reverse_path: Some("casey+caf_=x=y@gmail.com"),
            ..mail
        };
        assert_eq!(ends_a_login(&mail, &verdicts).await, taken, "{to} {more}");
    }
}

#[tokio::test]
async fn spf_proves_for_the_mailbox_of_the_reverse_path() {
    let forwarded = "X-Forwarded-For: casey@gmail.com arlo@relay.example\r\n";
    let hidden = "hidden@privaterelay.appleid.example";
    for (to, more, reverse_path, verdicts, taken) in [
        (
            "casey@gmail.com",
            "",
            Some("casey+caf_=arlo=relay.example@gmail.com"),
            spf(),
            true,
        ),
        ("casey@gmail.com", "", Some("Ca.Sey@googlemail.com"), spf(), true),
        (
            hidden,
            forwarded,
            Some("casey+caf_=arlo=relay.example@gmail.com"),
            spf(),
            true,
        ),
        (
            hidden,
            "Delivered-To: casey@gmail.com\r\n",
            Some("casey@gmail.com"),
            spf(),
            true,
        ),
        (
            "casey@gmail.com",
            "",
            Some("casey+caf_=arlo=relay.example@gmail.com"),
            nothing(),
            false,
        ),
        // Another mailbox of the same provider, and names that are nobody's.
        ("casey@gmail.com", "", Some("mallory@gmail.com"), spf(), false),
        (
            "casey@gmail.com",
            "",
            Some("mallory+caf_=arlo=relay.example@gmail.com"),
            spf(),
            false,
        ),
        ("casey@gmail.com", "", Some("mallory+casey@gmail.com"), spf(), false),
        ("casey@gmail.com", "", Some("bounces+casey@gmail.com"), spf(), false),
        ("casey@gmail.com", "", Some("bounces+mallory@gmail.com"), spf(), false),
        (
            "casey@gmail.com",
            "",
            Some("SRS0=HHH=TT=gmail.com=casey@gmail.com"),
            spf(),
            false,
        ),
        (
            "casey@gmail.com",
            "",
            Some("srs1+HHH=x==HHH=TT=gmail.com=casey@gmail.com"),
            spf(),
            false,
        ),
        ("casey@gmail.com", "", Some("prvs=1234=casey@gmail.com"), spf(), false),
        // A domain above or below.
        ("casey@gmail.com", "", Some("casey@x.gmail.com"), spf(), false),
        ("casey@gmail.com", "", Some("casey@com"), spf(), false),
        (
            "casey@gmail.com",
            "",
            Some("casey@gmail.com.evil.example"),
            spf(),
            false,
        ),
        // Without a reverse-path SPF judges the server's own name: nobody's mailbox.
        ("casey@gmail.com", "", None, spf(), false),
        ("casey@gmail.com", "", Some(""), spf(), false),
    ] {
        let mail = TestMail {
            to,
            more,
            reverse_path,
            ..code_mail("467266")
        };
        assert_eq!(
            ends_a_login(&mail, &verdicts).await,
            taken,
            "{to} {more} {reverse_path:?}"
        );
    }
}

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

#[tokio::test]
async fn a_mail_that_names_two_accounts_goes_to_each_of_them() {
    let setup = Setup::new().await;
    let robin = setup
        .relay
        .enroller()
        .enrol(&Account::parse("robin@example.org").unwrap(), None)
        .await
        .unwrap();
    let waiting = setup.relay.prestage(&robin.account, &robin.token).await.unwrap();
    let both = TestMail {
        to: "casey@gmail.com, robin@example.org",
        more: ARLO_SIGNED,
        ..code_mail("467266")
    };
    let receipt = setup.to_shared_address(&both, &dkim("arlo.com")).await;
    assert_eq!(receipt.request, Some(waiting.request_id));
}

#[tokio::test]
async fn an_enrolment_may_stay_out_of_the_shared_address() {
    let (settings, _) = settings();
    let relay = Relay::new(settings, MemoryStore::default());
    let account = Account::parse("casey@gmail.com").unwrap();
    let casey = relay.enroller().enrol_own_address_only(&account, None).await.unwrap();
    let staged = relay.prestage(&casey.account, &casey.token).await.unwrap();
    let raw = Bytes::from(format!(
        "{ARLO_SIGNED}From: do_not_reply@arlo.com\r\nTo: casey@gmail.com\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\n\
         Subject: Your code\r\n\r\nYour code is:\r\n\r\n467266\r\n"
    ));
    for (address, expected) in [
        ("arlo@relay.example".to_owned(), None),
        (
            relay.enroller().relay_address(&casey.local_part),
            Some(staged.request_id),
        ),
    ] {
        let delivery = Delivery {
            recipient: &Recipient::new(&address),
            reverse_path: None,
            client: None,
            raw: &raw,
        };
        let receipt = relay.receive(delivery, &dkim("arlo.com"), &Inline).await.unwrap();
        assert_eq!(receipt.request, expected);
    }
}

#[tokio::test]
async fn what_is_too_long_for_the_shared_address_proves_nothing() {
    let long = |bytes: usize| TestMail {
        more: ARLO_SIGNED,
        body: code_mail("467266").body + &format!("{}\r\n", "x".repeat(76)).repeat(bytes / 78),
        ..code_mail("")
    };
    assert!(ends_a_login(&long(200 * 1024), &dkim("arlo.com")).await);
    assert!(!ends_a_login(&long(300 * 1024), &dkim("arlo.com")).await);
}

#[tokio::test]
async fn the_store_is_not_asked_before_something_is_proven() {
    let setup = Setup::new().await;
    for (to, more, path) in [
        ("casey@gmail.com", ARLO_SIGNED, None),
        ("nobody@gmail.com", ARLO_SIGNED, None),
        ("casey@gmail.com", "", Some("casey@gmail.com")),
        ("nobody@gmail.com", "", Some("nobody@gmail.com")),
    ] {
        let mail = TestMail {
            to,
            more,
            reverse_path: path,
            ..code_mail("467266")
        };
        let before = setup.relay.store().asked();
        let receipt = setup.to_shared_address(&mail, &nothing()).await;
        assert_eq!((receipt.event, receipt.account), (None, None));
        assert_eq!(setup.relay.store().asked(), before, "{to} {more}");
    }
}

#[tokio::test]
async fn a_signed_mail_that_names_nobody_here_is_nobodys() {
    let setup = Setup::new().await;
    let staged = setup.prestage().await;
    let stranger = TestMail {
        to: "robin@example.org",
        more: ARLO_SIGNED,
        ..code_mail("467266")
    };
    let receipt = setup.to_shared_address(&stranger, &dkim("arlo.com")).await;
    assert_eq!((receipt.event, receipt.account), (None, None));
    assert_eq!(setup.state(&staged).await, RequestState::Pending);
}

#[tokio::test]
async fn only_arlo_gives_codes() {
    let setup = Setup::new().await;
    let staged = setup.prestage().await;
    for (id, from) in [
        "alerts@arlo.com",
        "do_not_reply@arlo.com.evil.example",
        "\"do_not_reply@arlo.com\" <x@evil.example>",
        "do_not_reply@arlo.com, x@evil.example",
    ]
    .into_iter()
    .enumerate()
    {
        let receipt = setup
            .to_own_address(&TestMail {
                from,
                id: u32::try_from(id).unwrap(),
                ..code_mail("467266")
            })
            .await;
        assert_eq!(receipt.event, Some(MailEvent::NotFromArlo), "{from}");
    }
    assert_eq!(setup.state(&staged).await, RequestState::Pending);
}

#[tokio::test]
async fn a_sender_of_the_enrolment_counts_for_it_alone() {
    let (settings, _) = settings();
    let relay = Relay::new(settings, MemoryStore::default());
    let hidden = Sender::parse("lark+do_not_reply.at.arlo.com+q7@hide.example").unwrap();
    let casey = relay
        .enroller()
        .enrol(&Account::parse("casey@gmail.com").unwrap(), Some(hidden))
        .await
        .unwrap();
    let robin = relay
        .enroller()
        .enrol(&Account::parse("robin@example.org").unwrap(), None)
        .await
        .unwrap();
    let from = |author: &str| {
        let mail = "To: casey@gmail.com\r\nSubject: Your code\r\n\r\nYour code is:\r\n467266\r\n";
        Bytes::from(format!("From: {author}\r\n{mail}"))
    };
    let arlos = from("Arlo <lark+do_not_reply.at.arlo.com+q7@hide.example>");
    // The same service's alias for another writer to the same person.
    let shops = from("Shop <lark+service.at.shop.example+z2@hide.example>");
    let bare = from("lark@hide.example");
    for (member, raw, expected) in [
        (&casey, &arlos, MailEvent::NothingWaiting),
        (&casey, &shops, MailEvent::NotFromArlo),
        (&casey, &bare, MailEvent::NotFromArlo),
        (&robin, &arlos, MailEvent::NotFromArlo),
    ] {
        let recipient = Recipient::new(&relay.enroller().relay_address(&member.local_part));
        let delivery = Delivery {
            recipient: &recipient,
            reverse_path: None,
            client: None,
            raw,
        };
        assert_eq!(
            relay.receive(delivery, &nothing(), &Inline).await.unwrap().event,
            Some(expected)
        );
    }
}

#[tokio::test]
async fn what_the_account_forwards_by_hand_counts_by_its_own_way() {
    let inline = |from| {
        TestMail {
        from,
        to: "arlo@relay.example",
        body: "---------- Forwarded message ---------\r\nFrom: Arlo <do_not_reply@arlo.com>\r\nDate: Fri, 15 Jan 2027 at 08:00\r\n\
               Subject: Your one-time authentication code from Arlo\r\nTo: <casey@gmail.com>\r\n\r\n467266\r\n"
            .to_owned(),
        ..code_mail("")
    }
    };
    let own = inline("Casey <casey@gmail.com>");
    let anothers = inline("Mallory <mallory@gmail.com>");
    for (mail, expected) in [
        (&own, MailEvent::CodeDelivered),
        (&anothers, MailEvent::ForwardedByAnother),
    ] {
        let setup = Setup::new().await;
        setup.prestage().await;
        assert_eq!(setup.to_own_address(mail).await.event, Some(expected));
    }
    let signed = |mail: &TestMail, domain: &str, fields: &str| TestMail {
        more: format!("DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=x; h={fields}; bh=aGFzaA==; b=c2ln\r\n").leak(),
        ..mail.clone()
    };
    let by = |mail: &TestMail, path: &'static str| TestMail {
        reverse_path: Some(path),
        ..mail.clone()
    };
    let arlos = TestMail {
        from: "Arlo <do_not_reply@arlo.com>",
        ..code_mail("467266")
    };
    for (mail, verdicts, taken) in [
        (signed(&own, "gmail.com", "From:Date:Subject"), dkim("gmail.com"), true),
        (
            signed(&own, "googlemail.com", "From:Date:Subject"),
            dkim("googlemail.com"),
            true,
        ),
        (by(&own, "casey@gmail.com"), spf(), true),
        (own.clone(), nothing(), false),
        (signed(&own, "gmail.com", "From:Date"), nothing(), false),
        (signed(&own, "gmail.com", "From:Subject"), dkim("gmail.com"), false),
        (by(&own, "mallory@gmail.com"), spf(), false),
        // A domain above or below, or Arlo's: it proves nothing about the forwarder.
        (signed(&own, "x.gmail.com", "From:Date"), dkim("x.gmail.com"), false),
        (signed(&own, "com", "From:Date"), dkim("com"), false),
        (signed(&own, "arlo.com", "From:To:Date"), dkim("arlo.com"), false),
        // Another customer of the same provider: as himself, or in Arlo's name.
        (signed(&anothers, "gmail.com", "From:Date"), dkim("gmail.com"), false),
        (by(&anothers, "casey@gmail.com"), spf(), false),
        (signed(&arlos, "gmail.com", "From:To:Date"), dkim("gmail.com"), false),
    ] {
        assert_eq!(
            ends_a_login(&mail, &verdicts).await,
            taken,
            "{:?} {}",
            mail.reverse_path,
            mail.more
        );
    }
}

#[tokio::test]
async fn only_addresses_of_this_relay_are_accepted() {
    let setup = Setup::new().await;
    let secret = setup.casey.local_part.expose().to_owned();
    for (address, expected) in [
        (format!("{secret}@relay.example"), Acceptance::Accepted),
        (format!("{}@RELAY.example", secret.to_uppercase()), Acceptance::Accepted),
        ("arlo@relay.example".to_owned(), Acceptance::Accepted),
        ("postmaster@relay.example".to_owned(), Acceptance::Accepted),
        ("postmaster".to_owned(), Acceptance::Accepted),
        ("a".repeat(32) + "@relay.example", Acceptance::UnknownMailbox),
        ("casey@relay.example".to_owned(), Acceptance::UnknownMailbox),
        (
            format!("{secret}%other.example@relay.example"),
            Acceptance::UnknownMailbox,
        ),
        (format!("{secret}@other.example"), Acceptance::NotOurDomain),
        ("casey@gmail.com".to_owned(), Acceptance::NotOurDomain),
    ] {
        let recipient = Recipient::new(&address);
        assert_eq!(setup.relay.accepts(&recipient).await.unwrap(), expected, "{address}");
    }
}

#[tokio::test]
async fn a_token_opens_its_own_account_alone() {
    let setup = Setup::new().await;
    let robin = setup
        .relay
        .enroller()
        .enrol(&Account::parse("robin@example.org").unwrap(), None)
        .await
        .unwrap();
    assert!(matches!(
        setup.relay.prestage(&setup.casey.account, &robin.token).await,
        Err(Refusal::Denied)
    ));
    assert!(matches!(
        setup.relay.status(&robin.account, &setup.casey.token).await,
        Err(Refusal::Denied)
    ));
    let rotated = setup.relay.enroller().rotate(&robin.account).await.unwrap();
    assert_eq!(rotated.local_part, robin.local_part);
    assert!(matches!(
        setup.relay.prestage(&robin.account, &robin.token).await,
        Err(Refusal::Denied)
    ));
    setup.relay.prestage(&robin.account, &rotated.token).await.unwrap();
    setup.relay.enroller().revoke(&robin.account).await.unwrap();
    assert!(matches!(
        setup.relay.prestage(&robin.account, &rotated.token).await,
        Err(Refusal::Denied)
    ));
    assert!(matches!(
        setup.relay.enroller().rotate(&robin.account).await,
        Err(Refusal::NotEnrolled)
    ));
}
