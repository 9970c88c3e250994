//! Which addresses take mail, and what a token opens.

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
        // What asks no store says the same of the mailbox.
        let may = setup.relay.may_take(&recipient);
        match expected {
            Acceptance::Accepted => assert!(may, "{address}"),
            Acceptance::UnknownMailbox => assert!(!may, "{address}"),
            Acceptance::NotOurDomain => {}
        }
    }
}

#[tokio::test]
async fn a_token_opens_its_own_account_alone() {
    let setup = Setup::new().await;
    let (relay, enroller) = (&setup.relay, setup.relay.enroller());
    let robin = enrol(relay, "robin@example.org", None).await;
    let prestage = |account, token| relay.prestage(account, shown(token));
    assert!(matches!(
        prestage(&setup.casey.account, &robin.token).await,
        Err(Refusal::Denied)
    ));
    assert!(matches!(
        relay.authorize(&robin.account, shown(&setup.casey.token)).await,
        Err(Refusal::Denied)
    ));
    let (token, rotated) = enroller.replace_token(&robin.id, Some(&robin.account)).await.unwrap();
    assert_eq!(enroller.local_part(&rotated), robin.local_part);
    assert!(matches!(
        prestage(&robin.account, &robin.token).await,
        Err(Refusal::Denied)
    ));
    prestage(&robin.account, &token).await.unwrap();
    assert!(matches!(
        enroller.replace_token(&robin.id, Some(&setup.casey.account)).await,
        Err(Refusal::NotEnrolled)
    ));
    enroller.revoke(&robin.id).await.unwrap();
    assert!(matches!(prestage(&robin.account, &token).await, Err(Refusal::Denied)));
    assert!(matches!(
        enroller.replace_token(&robin.id, None).await,
        Err(Refusal::NotEnrolled)
    ));
}

#[tokio::test]
async fn an_owner_sees_from_which_network_a_mail_came() {
    let setup = Setup::new().await;
    let address = setup.relay.enroller().relay_address(&setup.casey.local_part);
    let delivery = Delivery {
        reverse_path: None,
        client: Some("192.0.2.77".parse().unwrap()),
        raw: &setup.raw(&code_mail("467266")).into(),
    };
    receive(&setup.relay, &address, delivery, &nothing()).await;
    let (_, status) = setup.relay.status(None, shown(&setup.casey.token)).await.unwrap();
    let networks: Vec<_> = status.events.iter().filter_map(|event| event.network).collect();
    assert_eq!(
        networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["192.0.2.0/24"]
    );
}
