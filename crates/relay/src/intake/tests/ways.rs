//! The table of section "which mail may give a code": each way, each refusal, and who may use it.

use super::*;

#[tokio::test]
async fn the_secret_address_needs_no_proof() {
    let house = House::new().await;
    let staged = house.prestage().await;
    let receipt = house.secretly(&letter("012345")).await;
    assert_eq!(receipt.event, Some(MailEvent::CodeDelivered));
    assert_eq!(receipt.request, Some(staged.request_id));
    assert_eq!(house.state(&staged).await, complete("012345"));
}

/// Tries a mail at the shared address; whether it ended the login. One that does not leaves no trace.
async fn ends_a_login(letter: &Letter, verdicts: &FixedVerdicts) -> bool {
    let house = House::new().await;
    let staged = house.prestage().await;
    let receipt = house.shared(letter, verdicts).await;
    let (_, status) = house
        .relay
        .status(&house.casey.account, &house.casey.token)
        .await
        .unwrap();
    let counted: Vec<_> = status.mail.iter().map(|t| (t.event, t.count)).collect();
    let ended = house.state(&staged).await == complete("467266");
    if ended {
        assert_eq!(receipt.request, Some(staged.request_id));
        assert_eq!(counted, [(MailEvent::CodeDelivered, 1)]);
    } else {
        assert_eq!(house.state(&staged).await, State::Pending);
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
        let letter = Letter {
            to,
            more: more.clone().leak(),
            ..letter("467266")
        };
        assert_eq!(ends_a_login(&letter, &verdicts).await, taken, "{to} {more}");
        // The envelope names nobody.
        let letter = Letter {
            reverse_path: Some("casey+caf_=x=y@gmail.com"),
            ..letter
        };
        assert_eq!(ends_a_login(&letter, &verdicts).await, taken, "{to} {more}");
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
        let letter = Letter {
            to,
            more,
            reverse_path,
            ..letter("467266")
        };
        assert_eq!(
            ends_a_login(&letter, &verdicts).await,
            taken,
            "{to} {more} {reverse_path:?}"
        );
    }
}

#[tokio::test]
async fn a_signed_mail_under_another_message_id_is_the_same_mail() {
    let house = House::new().await;
    let first = house.prestage().await;
    house.clock.advance(SignedDuration::from_secs(1));
    let signed = Letter {
        more: ARLO_SIGNED,
        ..letter("467266")
    };
    let receipt = house.shared(&signed, &dkim("arlo.com")).await;
    assert_eq!(receipt.request, Some(first.request_id));
    let second = house.prestage().await;
    let copies: [&str; 3] = [
        ARLO_SIGNED,
        "DKIM-Signature: v=1; a=rsa-sha256; d=arlo.com; s=x; h=From:To:Subject:Date; bh=aGFz\r\n aA==; b=c2ln\r\n",
        "DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=x; h=From:To; bh=eA==; b=eA==\r\n\
         DKIM-Signature: v=1; a=rsa-sha256; d=arlo.com; s=x; h=From:To:Subject:Date; bh=aGFzaA==; b=c2ln\r\n",
    ];
    for (id, more) in (2..).zip(copies) {
        let copy = Letter {
            id,
            more,
            ..signed.clone()
        };
        let receipt = house.shared(&copy, &dkim("arlo.com")).await;
        assert_eq!(receipt.event, Some(MailEvent::Duplicate), "{more}");
        // To the enrolment's own address, where nothing is looked up, the signature stands for itself.
        assert_eq!(house.secretly(&copy).await.event, Some(MailEvent::Duplicate), "{more}");
    }
    assert_eq!(house.state(&second).await, State::Pending);
    // Arlo's next mail has another text, or another date.
    let next = Letter {
        more: ARLO_SIGNED,
        id: 9,
        ..letter("222222")
    };
    assert_eq!(
        house.shared(&next, &dkim("arlo.com")).await.request,
        Some(second.request_id)
    );
}

#[tokio::test]
async fn what_no_signature_tells_apart_is_told_by_message_id_date_and_text() {
    for (copy, expected) in [
        (letter("111111"), MailEvent::Duplicate),
        (
            Letter {
                more: "X-Added: yes\r\n",
                ..letter("111111")
            },
            MailEvent::Duplicate,
        ),
        (
            Letter {
                id: 2,
                ..letter("111111")
            },
            MailEvent::CodeDelivered,
        ),
        (
            Letter {
                age: 1,
                ..letter("111111")
            },
            MailEvent::CodeDelivered,
        ),
        (letter("222222"), MailEvent::CodeDelivered),
    ] {
        let house = House::new().await;
        house.clock.advance(SignedDuration::from_secs(5));
        house.prestage().await;
        house.prestage().await;
        house.secretly(&letter("111111")).await;
        assert_eq!(house.secretly(&copy).await.event, Some(expected), "{}", copy.id);
    }
}

#[tokio::test]
async fn a_mail_that_names_two_accounts_goes_to_each_of_them() {
    let house = House::new().await;
    let robin = house
        .relay
        .enrol(&Account::parse("robin@example.org").unwrap(), None)
        .await
        .unwrap();
    let waiting = house.relay.prestage(&robin.account, &robin.token).await.unwrap();
    let both = Letter {
        to: "casey@gmail.com, robin@example.org",
        more: ARLO_SIGNED,
        ..letter("467266")
    };
    let receipt = house.shared(&both, &dkim("arlo.com")).await;
    assert_eq!(receipt.request, Some(waiting.request_id));
}

#[tokio::test]
async fn an_enrolment_may_stay_out_of_the_shared_address() {
    let (settings, _) = settings();
    let relay = Relay::new(settings, MemoryStore::default());
    let account = Account::parse("casey@gmail.com").unwrap();
    let casey = relay.enrol_own_address_only(&account, None).await.unwrap();
    let staged = relay.prestage(&casey.account, &casey.token).await.unwrap();
    let raw = Bytes::from(format!(
        "{ARLO_SIGNED}From: do_not_reply@arlo.com\r\nTo: casey@gmail.com\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\n\
         Subject: Your code\r\n\r\nYour code is:\r\n\r\n467266\r\n"
    ));
    for (address, expected) in [
        ("arlo@relay.example".to_owned(), None),
        (relay.relay_address(&casey.mailbox), Some(staged.request_id)),
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
    let long = |bytes: usize| Letter {
        more: ARLO_SIGNED,
        body: letter("467266").body + &format!("{}\r\n", "x".repeat(76)).repeat(bytes / 78),
        ..letter("")
    };
    assert!(ends_a_login(&long(200 * 1024), &dkim("arlo.com")).await);
    assert!(!ends_a_login(&long(300 * 1024), &dkim("arlo.com")).await);
}

#[tokio::test]
async fn the_store_is_not_asked_before_something_is_proven() {
    let house = House::new().await;
    for (to, more, path) in [
        ("casey@gmail.com", ARLO_SIGNED, None),
        ("nobody@gmail.com", ARLO_SIGNED, None),
        ("casey@gmail.com", "", Some("casey@gmail.com")),
        ("nobody@gmail.com", "", Some("nobody@gmail.com")),
    ] {
        let letter = Letter {
            to,
            more,
            reverse_path: path,
            ..letter("467266")
        };
        let before = house.relay.store().asked();
        let receipt = house.shared(&letter, &nothing()).await;
        assert_eq!((receipt.event, receipt.account), (None, None));
        assert_eq!(house.relay.store().asked(), before, "{to} {more}");
    }
}

#[tokio::test]
async fn a_signed_mail_that_names_nobody_here_is_nobodys() {
    let house = House::new().await;
    let staged = house.prestage().await;
    let stranger = Letter {
        to: "robin@example.org",
        more: ARLO_SIGNED,
        ..letter("467266")
    };
    let receipt = house.shared(&stranger, &dkim("arlo.com")).await;
    assert_eq!((receipt.event, receipt.account), (None, None));
    assert_eq!(house.state(&staged).await, State::Pending);
}

#[tokio::test]
async fn only_arlo_gives_codes() {
    let house = House::new().await;
    let staged = house.prestage().await;
    for (id, from) in [
        "alerts@arlo.com",
        "do_not_reply@arlo.com.evil.example",
        "\"do_not_reply@arlo.com\" <x@evil.example>",
        "do_not_reply@arlo.com, x@evil.example",
    ]
    .into_iter()
    .enumerate()
    {
        let receipt = house
            .secretly(&Letter {
                from,
                id: u32::try_from(id).unwrap(),
                ..letter("467266")
            })
            .await;
        assert_eq!(receipt.event, Some(MailEvent::NotFromArlo), "{from}");
    }
    assert_eq!(house.state(&staged).await, State::Pending);
}

#[tokio::test]
async fn a_sender_of_the_enrolment_counts_for_it_alone() {
    let (settings, _) = settings();
    let relay = Relay::new(settings, MemoryStore::default());
    let hidden = Sender::parse("lark+do_not_reply.at.arlo.com+q7@hide.example").unwrap();
    let casey = relay
        .enrol(&Account::parse("casey@gmail.com").unwrap(), Some(hidden))
        .await
        .unwrap();
    let robin = relay
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
        let recipient = Recipient::new(&relay.relay_address(&member.mailbox));
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
        Letter {
        from,
        to: "arlo@relay.example",
        body: "---------- Forwarded message ---------\r\nFrom: Arlo <do_not_reply@arlo.com>\r\nDate: Fri, 15 Jan 2027 at 08:00\r\n\
               Subject: Your one-time authentication code from Arlo\r\nTo: <casey@gmail.com>\r\n\r\n467266\r\n"
            .to_owned(),
        ..letter("")
    }
    };
    let own = inline("Casey <casey@gmail.com>");
    let anothers = inline("Mallory <mallory@gmail.com>");
    for (letter, expected) in [
        (&own, MailEvent::CodeDelivered),
        (&anothers, MailEvent::ForwardedByAnother),
    ] {
        let house = House::new().await;
        house.prestage().await;
        assert_eq!(house.secretly(letter).await.event, Some(expected));
    }
    let signed = |letter: &Letter, domain: &str, fields: &str| Letter {
        more: format!("DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=x; h={fields}; bh=aGFzaA==; b=c2ln\r\n").leak(),
        ..letter.clone()
    };
    let by = |letter: &Letter, path: &'static str| Letter {
        reverse_path: Some(path),
        ..letter.clone()
    };
    let arlos = Letter {
        from: "Arlo <do_not_reply@arlo.com>",
        ..letter("467266")
    };
    for (letter, verdicts, taken) in [
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
            ends_a_login(&letter, &verdicts).await,
            taken,
            "{:?} {}",
            letter.reverse_path,
            letter.more
        );
    }
}

#[tokio::test]
async fn only_addresses_of_this_relay_are_accepted() {
    let house = House::new().await;
    let secret = house.casey.mailbox.expose().to_owned();
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
        assert_eq!(house.relay.accepts(&recipient).await.unwrap(), expected, "{address}");
    }
}

#[tokio::test]
async fn a_token_opens_its_own_account_alone() {
    let house = House::new().await;
    let robin = house
        .relay
        .enrol(&Account::parse("robin@example.org").unwrap(), None)
        .await
        .unwrap();
    assert!(matches!(
        house.relay.prestage(&house.casey.account, &robin.token).await,
        Err(Refusal::Denied)
    ));
    assert!(matches!(
        house.relay.status(&robin.account, &house.casey.token).await,
        Err(Refusal::Denied)
    ));
    let rotated = house.relay.rotate(&robin.account).await.unwrap();
    assert_eq!(rotated.mailbox, robin.mailbox);
    assert!(matches!(
        house.relay.prestage(&robin.account, &robin.token).await,
        Err(Refusal::Denied)
    ));
    house.relay.prestage(&robin.account, &rotated.token).await.unwrap();
    house.relay.revoke(&robin.account).await.unwrap();
    assert!(matches!(
        house.relay.prestage(&robin.account, &rotated.token).await,
        Err(Refusal::Denied)
    ));
    assert!(matches!(
        house.relay.rotate(&robin.account).await,
        Err(Refusal::NotEnrolled)
    ));
}
