use jiff::SignedDuration;

use super::*;
use crate::audit::{AuditEvent, AuditKind};
use crate::enroller::NewEnrolment;
use crate::keys::DeploymentKey;
use crate::mail_event::MailEvent;
use crate::ports::{Clock, MailTaken, TakeMail};
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

/// Its address of before was made with the only key that there is.
#[tokio::test]
async fn no_former_key_is_needed_where_the_key_was_never_changed() {
    let (settings, clock) = settings();
    let (store, keys) = (MemoryStore::default(), settings.deployment.keys.clone());
    let relay = Relay::new(settings, store.clone());
    let account = arlo_mail::Account::parse("casey@example.org").unwrap();
    let new = NewEnrolment::for_account(&account);
    let id = relay.enroller().enrol(new).await.unwrap().id;
    let overlap = SignedDuration::from_hours(1);
    relay.enroller().replace_address(&id, overlap).await.unwrap();
    let read = Overview::read(&store, &keys, clock.now()).await.unwrap();
    assert_eq!((read.has_former_key, read.need_former_key), (false, 0));
}

#[tokio::test]
async fn open_invitations_are_counted() {
    let (settings, clock) = settings();
    let (store, keys) = (MemoryStore::default(), settings.deployment.keys.clone());
    let relay = Relay::new(settings, store.clone());
    let open = async || {
        let read = Overview::read(&store, &keys, clock.now()).await.unwrap();
        read.open_invitations
    };
    assert_eq!(open().await, 0);
    relay.enroller().invite(1, SignedDuration::from_hours(1)).await.unwrap();
    assert_eq!(open().await, 1);
    clock.advance(SignedDuration::from_hours(1));
    assert_eq!(open().await, 0);
}

#[tokio::test]
async fn the_newest_mail_of_any_enrolment_is_shown() {
    let (settings, clock) = settings();
    let (store, keys) = (MemoryStore::default(), settings.deployment.keys.clone());
    let relay = Relay::new(settings, store.clone());
    let account = arlo_mail::Account::parse("casey@example.org").unwrap();
    let enrol = async || {
        let new = NewEnrolment::for_account(&account);
        relay.enroller().enrol(new).await.unwrap().id
    };
    let (first, second, _) = (enrol().await, enrol().await, enrol().await);
    let last = async || Overview::read(&store, &keys, clock.now()).await.unwrap().last_mail;
    assert_eq!(last().await, None);
    for (id, mail) in [
        (first, MailEvent::NothingWaiting),
        (second, MailEvent::NotFromArlo),
        (first, MailEvent::CodeDelivered),
    ] {
        clock.advance(SignedDuration::from_secs(1));
        let event = AuditEvent {
            at: clock.now(),
            kind: AuditKind::Mail(mail),
            network: None,
        };
        store.take(&MailTaken::only(id, event)).await.unwrap();
        let tally = last().await.unwrap();
        assert_eq!((tally.event, tally.last_at), (mail, clock.now()));
    }
}
