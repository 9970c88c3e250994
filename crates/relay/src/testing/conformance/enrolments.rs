//! Enrolments: found, listed, changed, ended.

use super::support::{Member, account, later, now, state};
use crate::enrolment::{Enrolment, MailEvent, Status};
use crate::ports::WebStore;
use crate::request::{RequestState, StageOutcome};
use crate::secret::AccessToken;

/// By each of its three keys, with every field as it was.
pub(super) async fn an_enrolment_is_found_by_account_token_and_address(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let e = &casey.enrolment;
    assert_eq!(store.by_account(&e.account).await.unwrap().as_ref(), Some(e));
    assert_eq!(store.by_token(&e.token).await.unwrap().as_ref(), Some(e));
    assert_eq!(store.by_local_part(&e.local_part).await.unwrap().as_ref(), Some(e));
    let stranger = Member::new("robin", 1).enrolment;
    assert_eq!(store.by_account(&stranger.account).await.unwrap(), None);
    assert_eq!(store.by_token(&stranger.token).await.unwrap(), None);
    assert_eq!(store.by_local_part(&stranger.local_part).await.unwrap(), None);
}

/// The second attempt changes nothing.
pub(super) async fn an_account_is_enrolled_once(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let again = Member::new("casey", 1);
    assert!(!store.add(&again.enrolment).await.unwrap());
    assert_eq!(store.list().await.unwrap(), [casey.enrolment]);
    assert_eq!(store.by_token(&again.enrolment.token).await.unwrap(), None);
}

/// By the time of their making.
pub(super) async fn enrolments_are_listed_oldest_first(store: impl WebStore) {
    assert_eq!(store.list().await.unwrap(), []);
    let mut younger = Member::new("casey", 0).enrolment;
    younger.created_at = later(10);
    younger.sender = None;
    let older = Member::new("robin", 1).enrolment;
    for enrolment in [&younger, &older] {
        assert!(store.add(enrolment).await.unwrap());
    }
    assert_eq!(store.list().await.unwrap(), [older, younger]);
}

/// Nobody who knew the old token can read on.
pub(super) async fn a_new_token_replaces_the_old_one_and_ends_what_it_began(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let new = AccessToken::generate(&casey.random).unwrap().hash();
    assert!(
        store
            .replace_token(&casey.enrolment.account, &new, later(5))
            .await
            .unwrap()
    );
    assert_eq!(store.by_token(&casey.enrolment.token).await.unwrap(), None);
    let found = store.by_token(&new).await.unwrap().unwrap();
    assert_eq!(
        found,
        Enrolment {
            token: new,
            rotated_at: Some(later(5)),
            ..casey.enrolment.clone()
        }
    );
    assert_eq!(state(&store, &request).await, None);
    assert_eq!(
        store.stage(&casey.request(now())).await.unwrap(),
        StageOutcome::NotEnrolled
    );
    assert!(!store.replace_token(&account("robin"), &new, now()).await.unwrap());
}

/// No request, no status, no way back in; another account's stay.
pub(super) async fn a_removed_enrolment_leaves_nothing(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let robin = Member::enrolled(&store, "robin", 1).await;
    let request = casey.staged(&store, now()).await;
    let other = robin.staged(&store, now()).await;
    store
        .record(&casey.enrolment.account, MailEvent::NoCode, None, now())
        .await
        .unwrap();
    assert!(store.remove(&casey.enrolment.account).await.unwrap());
    assert!(!store.remove(&casey.enrolment.account).await.unwrap());
    assert_eq!(store.by_local_part(&casey.enrolment.local_part).await.unwrap(), None);
    assert_eq!(state(&store, &request).await, None);
    assert_eq!(store.status(&casey.enrolment.account).await.unwrap(), Status::default());
    assert_eq!(
        store.stage(&casey.request(now())).await.unwrap(),
        StageOutcome::NotEnrolled
    );
    assert_eq!(state(&store, &other).await, Some(RequestState::Pending));
    // Enrolled anew, it begins anew.
    assert!(store.add(&casey.enrolment).await.unwrap());
    assert_eq!(store.pending(&casey.enrolment.account).await.unwrap(), []);
}
