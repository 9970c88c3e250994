//! What the account itself forwards by hand, and whose mail gives codes.

use super::*;

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
    let to_casey = |mail: &TestMail| TestMail {
        to: "casey@gmail.com",
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
        (
            signed(&to_casey(&own), "arlo.com", "From:To:Date"),
            dkim("arlo.com"),
            false,
        ),
        // Another customer of the same provider: as himself, or in Arlo's name.
        (signed(&anothers, "gmail.com", "From:Date"), dkim("gmail.com"), false),
        (by(&anothers, "casey@gmail.com"), spf(), false),
        (by(&to_casey(&anothers), "casey@gmail.com"), spf(), false),
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
    let casey = enrol(&relay, "casey@gmail.com", Some(hidden)).await;
    let robin = enrol(&relay, "robin@example.org", None).await;
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
        let address = relay.enroller().relay_address(&member.local_part);
        let delivery = Delivery {
            reverse_path: None,
            client: None,
            raw,
        };
        assert_eq!(
            receive(&relay, &address, delivery, &nothing()).await.event,
            Some(expected)
        );
    }
}
