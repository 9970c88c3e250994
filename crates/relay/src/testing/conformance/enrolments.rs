//! Enrolments: found, listed, changed, ended.

use jiff::SignedDuration;

use super::support::{Member, account, event, keys, later, now, state};
use crate::audit::AuditKind;
use crate::enroller::Enroller;
use crate::enrolment::{Addresses, Enrolment, Label};
use crate::error::Refusal;
use crate::identity::{AccessToken, AddressVersion};
use crate::keys::{DeploymentKey, Keys};
use crate::mail_event::MailEvent;
use crate::ports::{Record, TakeOutcome, WebStore};
use crate::request::{RequestState, StageOutcome};
use crate::status::Status;
use crate::testing::settings;

fn empty(member: &Member) -> Record {
    Record {
        enrolment: member.enrolment.clone(),
        pending: Vec::new(),
        seen: Vec::new(),
        wrong_token_at: None,
    }
}

/// With every field as it was.
pub(super) async fn an_enrolment_is_found_by_its_id(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let robin = Member::enrolled(&store, "robin", 1).await;
    for member in [&casey, &robin] {
        assert_eq!(store.find(&member.id()).await.unwrap(), Some(empty(member)));
    }
    assert_eq!(store.find(&Member::new("alex", 2).id()).await.unwrap(), None);
}

/// Each with what waits of its own, oldest first. Those that take mail at their own relay addresses alone are left out
/// where the shared address asks.
pub(super) async fn an_account_may_have_several_enrolments(store: impl WebStore) {
    let mut younger = Member::new("casey", 1);
    younger.enrolment.created_at = later(1);
    let older = Member::new("casey", 2);
    let mut own_address_only = Member::new("casey", 3);
    own_address_only.enrolment.own_address_only = true;
    for member in [&younger, &older, &own_address_only] {
        store.add(&member.enrolment).await.unwrap();
    }
    Member::enrolled(&store, "robin", 4).await;
    let request = younger.staged(&store, later(5)).await;
    let found = store.at_shared_address(&account("casey")).await.unwrap();
    let ids: Vec<_> = found.iter().map(|record| record.enrolment.id).collect();
    assert_eq!(ids, [older.id(), younger.id()]);
    assert_eq!(found[0], empty(&older));
    assert_eq!(found[1].pending, [super::support::pending(&request)]);
    let mut all = [older.enrolment, own_address_only.enrolment, younger.enrolment];
    all.sort_by_key(|enrolment| (enrolment.created_at, enrolment.id));
    assert_eq!(store.of_account(&account("casey")).await.unwrap(), all);
    assert_eq!(store.at_shared_address(&account("alex")).await.unwrap(), []);
    assert_eq!(store.of_account(&account("alex")).await.unwrap(), []);
}

/// Where the deployment's key was changed since.
pub(super) async fn an_account_is_found_under_the_former_key(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 1).await;
    let (old, new) = (DeploymentKey::new([7; 32]), DeploymentKey::new([8; 32]));
    let address = arlo_mail::Account::parse("casey@example.org").unwrap();
    let both = Keys::new(&new).with_former(&old).hashes(&address);
    assert_eq!(store.at_shared_address(&both).await.unwrap(), [empty(&casey)]);
    assert_eq!(
        store.of_account(&both).await.unwrap(),
        std::slice::from_ref(&casey.enrolment)
    );
    let new_alone = Keys::new(&new).hashes(&address);
    assert_eq!(store.at_shared_address(&new_alone).await.unwrap(), []);
    let mut request = casey.request(now());
    request.account = both;
    assert_eq!(store.stage(&request).await.unwrap(), StageOutcome::Accepted);
}

/// By the time of their making.
pub(super) async fn enrolments_are_listed_oldest_first(store: impl WebStore) {
    assert_eq!(store.list().await.unwrap(), []);
    let mut younger = Member::new("casey", 0).enrolment;
    younger.created_at = later(10);
    younger.sender = None;
    let older = Member::new("robin", 1).enrolment;
    for enrolment in [&younger, &older] {
        store.add(enrolment).await.unwrap();
    }
    assert_eq!(store.list().await.unwrap(), [older, younger]);
}

/// Nobody who knew the old token can read on.
pub(super) async fn a_new_token_replaces_the_old_one_and_ends_what_it_began(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let new = Enrolment {
        token: AccessToken::generate(&keys(), casey.id(), &casey.random)
            .unwrap()
            .hash(),
        rotated_at: Some(later(5)),
        ..casey.enrolment.clone()
    };
    let replaced = event(AuditKind::TokenReplaced, later(5));
    assert!(store.replace(&casey.enrolment, &new, &replaced).await.unwrap());
    assert_eq!(casey.record(&store).await.enrolment, new);
    assert_eq!(state(&store, &request).await, None);
    assert_eq!(casey.pending(&store).await, []);
    assert_eq!(
        store.stage(&casey.request(now())).await.unwrap(),
        StageOutcome::NotEnrolled
    );
    // What was read before is out of date.
    assert!(!store.replace(&casey.enrolment, &new, &replaced).await.unwrap());
    let robin = Member::new("robin", 1).enrolment;
    assert!(!store.replace(&robin, &robin, &replaced).await.unwrap());
}

/// Every field that may change, and nothing that waits is lost.
pub(super) async fn an_enrolment_is_changed_whole(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let mut read = casey.enrolment.clone();
    for (n, label) in [Some("a"), None].into_iter().enumerate() {
        let at = later(i64::try_from(n).unwrap());
        let new = Enrolment {
            label: label.and_then(Label::parse),
            account: account("robin").current(),
            address: read.address.replaced(at).unwrap(),
            sender: None,
            own_address_only: !read.own_address_only,
            require_dkim: !read.require_dkim,
            ..read.clone()
        };
        let replaced = event(AuditKind::AddressReplaced, at);
        assert!(store.replace(&read, &new, &replaced).await.unwrap());
        assert_eq!(casey.record(&store).await.enrolment, new);
        read = new;
    }
    assert_eq!(store.of_account(&account("casey")).await.unwrap(), []);
    assert_eq!(store.of_account(&account("robin")).await.unwrap().len(), 1);
    // It changed twice.
    assert_eq!(store.at_shared_address(&account("robin")).await.unwrap(), []);
    assert_eq!(state(&store, &request).await, Some(RequestState::Pending));
}

/// One that was given up would be good again.
pub(super) async fn the_last_relay_address_is_not_replaced(store: impl WebStore) {
    let mut casey = Member::new("casey", 0);
    casey.enrolment.address = Addresses {
        current: AddressVersion::MAX,
        former: Some((AddressVersion::MAX - 1, later(60))),
    };
    store.add(&casey.enrolment).await.unwrap();
    assert_eq!(casey.record(&store).await, empty(&casey));
    let enroller = Enroller::new(settings().0.deployment, store);
    let refused = enroller.replace_address(&casey.id(), SignedDuration::ZERO).await;
    assert!(matches!(refused, Err(Refusal::NoMoreAddresses)));
    assert_eq!(enroller.by_id(&casey.id()).await.unwrap(), casey.enrolment);
}

/// It begins nothing until it is resumed, and what it began is ended.
pub(super) async fn a_suspended_enrolment_does_nothing(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let suspended = Enrolment {
        suspended_at: Some(later(1)),
        ..casey.enrolment.clone()
    };
    let at = |kind| event(kind, later(1));
    let done = store
        .replace(&casey.enrolment, &suspended, &at(AuditKind::Suspended))
        .await;
    assert!(done.unwrap());
    assert_eq!(state(&store, &request).await, None);
    let refused = store.stage(&casey.request(later(2))).await.unwrap();
    assert_eq!(refused, StageOutcome::NotEnrolled);
    let done = store
        .replace(&suspended, &casey.enrolment, &at(AuditKind::Resumed))
        .await;
    assert!(done.unwrap());
    casey.staged(&store, later(2)).await;
}

/// No request, no status, no way back in; another's stay.
pub(super) async fn a_removed_enrolment_leaves_nothing(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let twin = Member::enrolled(&store, "casey", 1).await;
    let request = casey.staged(&store, now()).await;
    let other = twin.staged(&store, now()).await;
    casey.count(&store, MailEvent::NoCode, None, now()).await;
    assert!(store.remove(&casey.id()).await.unwrap());
    assert!(!store.remove(&casey.id()).await.unwrap());
    assert_eq!(store.find(&casey.id()).await.unwrap(), None);
    assert_eq!(store.of_account(&casey.account).await.unwrap().len(), 1);
    assert_eq!(state(&store, &request).await, None);
    assert_eq!(store.status(&casey.id()).await.unwrap(), Status::default());
    assert_eq!(
        store.stage(&casey.request(now())).await.unwrap(),
        StageOutcome::NotEnrolled
    );
    let late = casey.counted(MailEvent::NoCode, now());
    assert_eq!(store.take(&late).await.unwrap(), TakeOutcome::NotEnrolled);
    assert_eq!(store.find(&casey.id()).await.unwrap(), None);
    assert_eq!(state(&store, &other).await, Some(RequestState::Pending));
}
