//! Which mail ends which login request.

use super::support::{Member, code, later, now, state};
use crate::ports::{EndOutcome, Ending, WebStore};
use crate::request::{Fault, NewRequest, RequestState, StageOutcome};

/// Two logins of one account at once each have their own.
pub(super) async fn a_code_ends_the_chosen_request_and_no_other(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
    let mut pending = store.pending(&casey.enrolment.account).await.unwrap();
    pending.sort_by_key(|p| p.staged_at);
    assert_eq!(
        pending.iter().map(|p| p.id).collect::<Vec<_>>(),
        [one.poll_key.request_id(), two.poll_key.request_id()]
    );
    assert_eq!(
        store
            .end(&casey.ending(1, Some(&one), Ok(code("012345"))))
            .await
            .unwrap(),
        EndOutcome::Done
    );
    assert_eq!(state(&store, &one).await, Some(RequestState::Complete(code("012345"))));
    assert_eq!(state(&store, &two).await, Some(RequestState::Pending));
    assert_eq!(
        store
            .end(&casey.ending(2, Some(&two), Ok(code("222222"))))
            .await
            .unwrap(),
        EndOutcome::Done
    );
    assert_eq!(state(&store, &one).await, Some(RequestState::Complete(code("012345"))));
    assert_eq!(state(&store, &two).await, Some(RequestState::Complete(code("222222"))));
    assert_eq!(store.pending(&casey.enrolment.account).await.unwrap(), []);
}

/// And says which.
pub(super) async fn a_fault_ends_a_request(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let ending = casey.ending(1, Some(&request), Err(Fault::ConflictingCodes));
    assert_eq!(store.end(&ending).await.unwrap(), EndOutcome::Done);
    assert_eq!(
        state(&store, &request).await,
        Some(RequestState::Error(Fault::ConflictingCodes))
    );
}

/// Until it is forgotten.
pub(super) async fn a_mail_is_taken_once(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
    assert_eq!(
        store
            .end(&casey.ending(1, Some(&one), Ok(code("111111"))))
            .await
            .unwrap(),
        EndOutcome::Done
    );
    let copy = casey.ending(1, Some(&two), Ok(code("111111")));
    assert_eq!(store.end(&copy).await.unwrap(), EndOutcome::Duplicate);
    assert_eq!(state(&store, &two).await, Some(RequestState::Pending));
    let much_later = Ending {
        now: later(3600),
        ..copy
    };
    assert_eq!(store.end(&much_later).await.unwrap(), EndOutcome::Done);
}

/// The Date keeps it out of later logins, and nobody fills a store with mail that does nothing.
pub(super) async fn a_mail_that_ends_nothing_leaves_nothing(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    for _ in 0..3 {
        assert_eq!(
            store.end(&casey.ending(1, None, Ok(code("111111")))).await.unwrap(),
            EndOutcome::Done
        );
    }
    let request = casey.staged(&store, now()).await;
    let taken = casey.ending(1, Some(&request), Ok(code("111111")));
    assert_eq!(store.end(&taken).await.unwrap(), EndOutcome::Done);
    // A copy that finds nothing to end is known as a copy all the same, until it is forgotten.
    let copy = casey.ending(1, None, Ok(code("111111")));
    assert_eq!(store.end(&copy).await.unwrap(), EndOutcome::Duplicate);
    let much_later = Ending {
        now: later(3600),
        ..copy
    };
    assert_eq!(store.end(&much_later).await.unwrap(), EndOutcome::Done);
}

/// Two accounts may be sent the same mail.
pub(super) async fn a_mail_of_one_account_is_nothing_to_another(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let robin = Member::enrolled(&store, "robin", 1).await;
    let (one, two) = (casey.staged(&store, now()).await, robin.staged(&store, now()).await);
    assert_eq!(
        store
            .end(&casey.ending(1, Some(&one), Ok(code("111111"))))
            .await
            .unwrap(),
        EndOutcome::Done
    );
    assert_eq!(state(&store, &two).await, Some(RequestState::Pending));
    assert_eq!(
        store
            .end(&robin.ending(1, Some(&two), Ok(code("222222"))))
            .await
            .unwrap(),
        EndOutcome::Done
    );
    assert_eq!(state(&store, &one).await, Some(RequestState::Complete(code("111111"))));
}

/// The mail that lost is not marked as seen: it may end another.
pub(super) async fn an_ended_or_replaced_request_is_not_ended_again(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
    assert_eq!(
        store
            .end(&casey.ending(1, Some(&one), Ok(code("111111"))))
            .await
            .unwrap(),
        EndOutcome::Done
    );
    let late = casey.ending(2, Some(&one), Ok(code("222222")));
    assert_eq!(store.end(&late).await.unwrap(), EndOutcome::NotPending);
    assert_eq!(state(&store, &one).await, Some(RequestState::Complete(code("111111"))));
    let again = NewRequest {
        staged_at: later(60),
        ..two.clone()
    };
    assert_eq!(store.stage(&again).await.unwrap(), StageOutcome::Accepted);
    assert_eq!(
        store
            .end(&casey.ending(2, Some(&two), Ok(code("222222"))))
            .await
            .unwrap(),
        EndOutcome::NotPending
    );
    assert_eq!(state(&store, &again).await, Some(RequestState::Pending));
    let unknown = casey.ending(2, Some(&casey.request(now())), Ok(code("222222")));
    assert_eq!(store.end(&unknown).await.unwrap(), EndOutcome::NotPending);
    assert_eq!(
        store
            .end(&casey.ending(2, Some(&again), Ok(code("222222"))))
            .await
            .unwrap(),
        EndOutcome::Done
    );
}

/// The others learn that the request is no longer pending.
pub(super) async fn of_many_mails_at_once_one_ends_the_request(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let [a, b, c, d] = [1, 2, 3, 4].map(|mail| casey.ending(mail, Some(&request), Ok(code("111111"))));
    let outcomes = tokio::join!(store.end(&a), store.end(&b), store.end(&c), store.end(&d));
    let outcomes = [outcomes.0, outcomes.1, outcomes.2, outcomes.3].map(Result::unwrap);
    assert_eq!(
        outcomes.iter().filter(|s| **s == EndOutcome::Done).count(),
        1,
        "{outcomes:?}"
    );
    assert_eq!(
        outcomes.iter().filter(|s| **s == EndOutcome::NotPending).count(),
        3,
        "{outcomes:?}"
    );
}

/// Whichever request each copy was about to end.
pub(super) async fn of_many_copies_at_once_one_is_taken(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
    let three = casey.staged(&store, later(2)).await;
    let [a, b, c] = [&one, &two, &three].map(|r| casey.ending(1, Some(r), Ok(code("111111"))));
    let outcomes = tokio::join!(store.end(&a), store.end(&b), store.end(&c));
    let outcomes = [outcomes.0, outcomes.1, outcomes.2].map(Result::unwrap);
    assert_eq!(
        outcomes.iter().filter(|s| **s == EndOutcome::Done).count(),
        1,
        "{outcomes:?}"
    );
    assert_eq!(
        outcomes.iter().filter(|s| **s == EndOutcome::Duplicate).count(),
        2,
        "{outcomes:?}"
    );
}
