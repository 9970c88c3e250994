use jiff::SignedDuration;

use super::*;
use crate::enroller::NewEnrolment;
use crate::keys::DeploymentKey;
use crate::ports::Clock;
use crate::relay::Relay;
use crate::testing::{MemoryStore, settings};

#[tokio::test]
async fn the_former_key_is_needed_until_all_is_made_anew() {
    let (mut settings, clock) = settings();
    let store = MemoryStore::default();
    let account = arlo_mail::Account::parse("casey@example.org").unwrap();
    let (old, new) = (DeploymentKey::new([1; 32]), DeploymentKey::new([2; 32]));
    settings.deployment.keys = Keys::new(&old);
    let before = Relay::new(settings.clone(), store.clone());
    let id = before
        .enroller()
        .enrol(NewEnrolment::for_account(&account))
        .await
        .unwrap()
        .id;
    let keys = Keys::new(&new).with_former(&old);
    settings.deployment.keys = keys.clone();
    let after = Relay::new(settings, store.clone());
    let need = async |keys: &Keys| {
        let read = Overview::read(&store, keys, clock.now()).await.unwrap();
        assert_eq!(read.enrolments, 1);
        (read.has_former_key, read.need_former_key)
    };
    assert_eq!(need(&Keys::new(&old)).await, (false, 0));
    assert_eq!(need(&keys).await, (true, 1));
    let overlap = SignedDuration::from_hours(1);
    after.enroller().replace_address(&id, overlap).await.unwrap();
    after.enroller().replace_token(&id, Some(&account)).await.unwrap();
    // Its address of before takes mail for an hour, and is proven by the former key.
    clock.advance(SignedDuration::from_mins(59));
    assert_eq!(need(&keys).await, (true, 1));
    clock.advance(SignedDuration::from_mins(1));
    assert_eq!(need(&keys).await, (true, 0));
}
