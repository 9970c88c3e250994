use jiff::SignedDuration;

use super::*;
use crate::enroller::NewEnrolment;
use crate::testing::{MemoryStore, settings};

#[tokio::test]
async fn a_login_that_is_given_up_is_gone() {
    let relay = Relay::new(settings().0, MemoryStore::default());
    let account = Account::parse("casey@example.org").unwrap();
    let casey = relay
        .enroller()
        .enrol(NewEnrolment::for_account(&account))
        .await
        .unwrap();
    let shown = Shown {
        token: &casey.token,
        network: None,
    };
    let [given_up, other] = [(); 2].map(|()| relay.prestage(&account, shown));
    let (given_up, other) = (given_up.await.unwrap(), other.await.unwrap());
    relay.cancel(&given_up.poll_key).await.unwrap();
    assert!(matches!(relay.poll(&given_up.poll_key).await, Err(Refusal::Gone)));
    assert!(relay.poll(&other.poll_key).await.is_ok());
}

/// A store that is away.
struct Away;

impl CheckHealth for Away {
    async fn check(&self) -> Result<(), PortError> {
        Err(PortError::away("the store is away", "of a test"))
    }
}

#[tokio::test]
async fn a_relay_is_as_healthy_as_its_store() {
    assert!(Relay::new(settings().0, MemoryStore::default()).check().await.is_ok());
    assert!(Relay::new(settings().0, Away).check().await.is_err());
}

#[tokio::test]
async fn a_wrong_token_is_noted_once_a_minute() {
    let (settings, clock) = settings();
    let relay = Relay::new(settings, MemoryStore::default());
    let account = Account::parse("casey@example.org").unwrap();
    let casey = relay
        .enroller()
        .enrol(NewEnrolment::for_account(&account))
        .await
        .unwrap();
    let (token, _) = relay.enroller().replace_token(&casey.id, None).await.unwrap();
    let shown = |token| Shown { token, network: None };
    for (seconds_later, noted) in [(0, 1), (0, 1), (59, 1), (1, 2), (60, 3), (-3600, 4)] {
        clock.advance(SignedDuration::from_secs(seconds_later));
        let refused = relay.authorize(&account, shown(&casey.token)).await;
        assert!(matches!(refused, Err(Refusal::Denied)));
        let (_, status) = relay.status(None, shown(&token)).await.unwrap();
        let wrong = status.events.iter().filter(|event| event.kind == AuditKind::WrongToken);
        assert_eq!(wrong.count(), noted, "{seconds_later}");
    }
}
