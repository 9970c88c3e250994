use super::*;
use crate::relay::Relay;
use crate::testing::{MemoryStore, settings};

#[tokio::test]
async fn the_operator_sees_whom_he_enrolled() {
    let (settings, clock) = settings();
    let enroller = Relay::new(settings, MemoryStore::default());
    let enroller = enroller.enroller();
    let account = |name: &str| Account::parse(&format!("{name}@example.org")).unwrap();
    let mut ids = Vec::new();
    for name in ["casey", "robin", "casey"] {
        ids.push(
            enroller
                .enrol(NewEnrolment::for_account(&account(name)))
                .await
                .unwrap()
                .id,
        );
        clock.advance(SignedDuration::from_secs(1));
    }
    let seen = |enrolments: Vec<Enrolment>| enrolments.iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(seen(enroller.enrolments().await.unwrap()), ids);
    let caseys = enroller.of_account(&account("casey")).await.unwrap();
    assert_eq!(seen(caseys), [ids[0], ids[2]]);
    enroller.revoke(&ids[0]).await.unwrap();
    assert!(matches!(enroller.revoke(&ids[0]).await, Err(Refusal::NotEnrolled)));
    let caseys = enroller.of_account(&account("casey")).await.unwrap();
    assert_eq!(seen(caseys), [ids[2]]);
}

#[tokio::test]
async fn the_operator_sees_the_invitations_that_are_open() {
    let (settings, clock) = settings();
    let enroller = Relay::new(settings, MemoryStore::default());
    let enroller = enroller.enroller();
    let hours = SignedDuration::from_hours;
    let (_, short) = enroller.invite(1, hours(1)).await.unwrap();
    let (_, long) = enroller.invite(1, hours(2)).await.unwrap();
    assert_eq!(enroller.invitations().await.unwrap(), [short, long]);
    clock.advance(hours(1));
    assert_eq!(enroller.invitations().await.unwrap(), [long]);
    enroller.withdraw(&long.id).await.unwrap();
    assert_eq!(enroller.invitations().await.unwrap(), []);
}

/// The first one was promised mail for an hour.
#[tokio::test]
async fn an_address_is_not_replaced_twice_within_the_overlap() {
    let (settings, clock) = settings();
    let relay = Relay::new(settings, MemoryStore::default());
    let enroller = relay.enroller();
    let account = Account::parse("casey@example.org").unwrap();
    let new = NewEnrolment::for_account(&account);
    let id = enroller.enrol(new).await.unwrap().id;
    let hour = SignedDuration::from_hours(1);
    let until = enroller.now().saturating_add(hour).unwrap();
    enroller.replace_address(&id, hour).await.unwrap();
    let takes = async || {
        let enrolment = enroller.by_id(&id).await.unwrap();
        [0, 1, 2, 3].map(|version| enrolment.takes_mail_at(version, enroller.now()))
    };
    let refused = enroller.replace_address(&id, hour).await.unwrap_err();
    assert!(matches!(refused, Refusal::AddressOverlaps { until: named } if named == until));
    let said = refused.to_string();
    assert!(
        said.contains(&until.to_string()) && said.contains("--overlap 0"),
        "{said}"
    );
    assert_eq!(takes().await, [true, true, false, false]);
    enroller.replace_address(&id, SignedDuration::ZERO).await.unwrap();
    assert_eq!(takes().await, [false, false, true, false]);
    enroller.replace_address(&id, hour).await.unwrap();
    clock.advance(hour);
    enroller.replace_address(&id, hour).await.unwrap();
    assert_eq!(takes().await, [false, false, false, true]);
}

/// Between the look at the old token and the change, another may have replaced it.
#[tokio::test]
async fn a_token_that_was_replaced_meanwhile_replaces_none() {
    let (settings, _) = settings();
    let relay = Relay::new(settings, MemoryStore::default());
    let enroller = relay.enroller();
    let account = Account::parse("casey@example.org").unwrap();
    let id = enroller.enrol(NewEnrolment::for_account(&account)).await.unwrap().id;
    let read = enroller.by_id(&id).await.unwrap();
    let (_, replaced) = enroller.replace_token(&id, None).await.unwrap();
    let refused = enroller.replace_token_of(read, None, None).await;
    assert!(matches!(refused, Err(Refusal::Changed)));
    assert_eq!(enroller.by_id(&id).await.unwrap(), replaced);
}
