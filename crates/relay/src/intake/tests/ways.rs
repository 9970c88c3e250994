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

#[tokio::test]
async fn the_shared_address_needs_a_proof() {
    let caf = Some("casey+caf_=arlo=relay.example@gmail.com");
    let delivered = "Delivered-To: ca.sey+arlo@gmail.com\r\n";
    let forwarded = "X-Forwarded-For: casey@gmail.com arlo@relay.example\r\n";
    let hidden = "hidden@privaterelay.appleid.example";
    for (to, more, reverse_path, verdicts, taken) in [
        ("casey@gmail.com", "", None, dkim("arlo.com"), true),
        (hidden, delivered, None, dkim("arlo.com"), true),
        (hidden, forwarded, None, dkim("arlo.com"), true),
        (hidden, "", caf, dkim("arlo.com"), true),
        ("casey@gmail.com", "", caf, spf("gmail.com"), true),
        ("casey@gmail.com", "", None, dkim("gmail.com"), true),
        // Nothing proven, another's signature, another's provider, another customer of the same provider.
        ("casey@gmail.com", "", caf, nothing(), false),
        ("casey@gmail.com", "", None, dkim("arlo.com.evil.example"), false),
        (
            "casey@gmail.com",
            "",
            Some("casey@evil.example"),
            spf("evil.example"),
            false,
        ),
        (
            "casey@gmail.com",
            "",
            Some("mallory+caf_=arlo=relay.example@gmail.com"),
            spf("gmail.com"),
            false,
        ),
    ] {
        let house = House::new().await;
        let staged = house.prestage().await;
        let letter = Letter {
            to,
            more,
            reverse_path,
            ..letter("467266")
        };
        let receipt = house.shared(&letter, &verdicts).await;
        let expected = if taken {
            MailEvent::CodeDelivered
        } else {
            MailEvent::NotAuthenticated
        };
        assert_eq!(
            receipt.event,
            Some(expected),
            "{to} {more} {reverse_path:?} {verdicts:?}"
        );
        assert_eq!(house.state(&staged).await == complete("467266"), taken);
        let (_, status) = house
            .relay
            .status(&house.casey.account, &house.casey.token)
            .await
            .unwrap();
        assert_eq!(
            status.mail.iter().map(|t| (t.event, t.count)).collect::<Vec<_>>(),
            [(expected, 1)]
        );
    }
}

#[tokio::test]
async fn a_signed_mail_that_names_nobody_here_is_nobodys() {
    let house = House::new().await;
    let staged = house.prestage().await;
    let stranger = Letter {
        to: "robin@example.org",
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
    let hidden = Account::parse("arlo_x1@icloud.example").unwrap();
    let casey = relay
        .enrol(&Account::parse("casey@gmail.com").unwrap(), Some(hidden))
        .await
        .unwrap();
    let robin = relay
        .enrol(&Account::parse("robin@example.org").unwrap(), None)
        .await
        .unwrap();
    let raw =
        b"From: arlo_x1@icloud.example\r\nTo: casey@gmail.com\r\nSubject: Your code\r\n\r\nYour code is:\r\n467266\r\n";
    for (member, expected) in [(&casey, MailEvent::NothingWaiting), (&robin, MailEvent::NotFromArlo)] {
        let recipient = Recipient::new(&relay.relay_address(&member.mailbox));
        let delivery = Delivery {
            recipient: &recipient,
            reverse_path: None,
            client: None,
            raw: &Bytes::from_static(raw),
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
    for (secret, letter, verdicts, expected) in [
        (true, &own, nothing(), Some(MailEvent::CodeDelivered)),
        (true, &anothers, nothing(), Some(MailEvent::ForwardedByAnother)),
        (false, &own, dkim("gmail.com"), Some(MailEvent::CodeDelivered)),
        (false, &own, nothing(), Some(MailEvent::NotAuthenticated)),
        // Arlo's signature on another's mail proves nothing about the forwarder.
        (false, &own, dkim("arlo.com"), Some(MailEvent::NotAuthenticated)),
        (false, &anothers, dkim("gmail.com"), None),
    ] {
        let house = House::new().await;
        let staged = house.prestage().await;
        let receipt = if secret {
            house.secretly(letter).await
        } else {
            house.shared(letter, &verdicts).await
        };
        assert_eq!(receipt.event, expected, "secret address {secret}, {verdicts:?}");
        let taken = expected == Some(MailEvent::CodeDelivered);
        assert_eq!(house.state(&staged).await == complete("467266"), taken);
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
