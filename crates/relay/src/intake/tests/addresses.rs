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
