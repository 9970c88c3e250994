//! Which mail ends which login request.

use super::support::{Member, code, later, now, state};
use crate::ports::{Settled, Settlement, WebStore};
use crate::request::{Fault, NewRequest, Pending, Staging, State};

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
            .settle(&casey.settlement(1, Some(&one), Ok(code("012345"))))
            .await
            .unwrap(),
        Settled::Done
    );
    assert_eq!(state(&store, &one).await, Some(State::Complete(code("012345"))));
    assert_eq!(state(&store, &two).await, Some(State::Pending));
    assert_eq!(
        store
            .settle(&casey.settlement(2, Some(&two), Ok(code("222222"))))
            .await
            .unwrap(),
        Settled::Done
    );
    assert_eq!(state(&store, &one).await, Some(State::Complete(code("012345"))));
    assert_eq!(state(&store, &two).await, Some(State::Complete(code("222222"))));
    assert_eq!(store.pending(&casey.enrolment.account).await.unwrap(), []);
}

/// And says which.
pub(super) async fn a_fault_ends_a_request(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let settlement = casey.settlement(1, Some(&request), Err(Fault::ConflictingCodes));
    assert_eq!(store.settle(&settlement).await.unwrap(), Settled::Done);
    assert_eq!(
        state(&store, &request).await,
        Some(State::Error(Fault::ConflictingCodes))
    );
}

/// Until it is forgotten.
pub(super) async fn a_mail_is_taken_once(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
    assert_eq!(
        store
            .settle(&casey.settlement(1, Some(&one), Ok(code("111111"))))
            .await
            .unwrap(),
        Settled::Done
    );
    let copy = casey.settlement(1, Some(&two), Ok(code("111111")));
    assert_eq!(store.settle(&copy).await.unwrap(), Settled::Duplicate);
    assert_eq!(state(&store, &two).await, Some(State::Pending));
    let much_later = Settlement {
        now: later(3600),
        ..copy
    };
    assert_eq!(store.settle(&much_later).await.unwrap(), Settled::Done);
}

/// The Date keeps it out of later logins, and nobody fills a store with mail that does nothing.
pub(super) async fn a_mail_that_ends_nothing_leaves_nothing(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    for _ in 0..3 {
        assert_eq!(
            store
                .settle(&casey.settlement(1, None, Ok(code("111111"))))
                .await
                .unwrap(),
            Settled::Done
        );
    }
    let request = casey.staged(&store, now()).await;
    let taken = casey.settlement(1, Some(&request), Ok(code("111111")));
    assert_eq!(store.settle(&taken).await.unwrap(), Settled::Done);
    // A copy that finds nothing to end is known as a copy all the same, until it is forgotten.
    let copy = casey.settlement(1, None, Ok(code("111111")));
    assert_eq!(store.settle(&copy).await.unwrap(), Settled::Duplicate);
    let much_later = Settlement {
        now: later(3600),
        ..copy
    };
    assert_eq!(store.settle(&much_later).await.unwrap(), Settled::Done);
}

/// Two accounts may be sent the same mail.
pub(super) async fn a_mail_of_one_account_is_nothing_to_another(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let robin = Member::enrolled(&store, "robin", 1).await;
    let (one, two) = (casey.staged(&store, now()).await, robin.staged(&store, now()).await);
    assert_eq!(
        store
            .settle(&casey.settlement(1, Some(&one), Ok(code("111111"))))
            .await
            .unwrap(),
        Settled::Done
    );
    assert_eq!(state(&store, &two).await, Some(State::Pending));
    assert_eq!(
        store
            .settle(&robin.settlement(1, Some(&two), Ok(code("222222"))))
            .await
            .unwrap(),
        Settled::Done
    );
    assert_eq!(state(&store, &one).await, Some(State::Complete(code("111111"))));
}

/// The mail that lost is not marked as seen: it may end another.
pub(super) async fn an_ended_or_replaced_request_is_not_ended_again(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
    assert_eq!(
        store
            .settle(&casey.settlement(1, Some(&one), Ok(code("111111"))))
            .await
            .unwrap(),
        Settled::Done
    );
    let late = casey.settlement(2, Some(&one), Ok(code("222222")));
    assert_eq!(store.settle(&late).await.unwrap(), Settled::Lost);
    assert_eq!(state(&store, &one).await, Some(State::Complete(code("111111"))));
    let again = NewRequest {
        staged_at: later(60),
        ..two.clone()
    };
    assert_eq!(store.stage(&again).await.unwrap(), Staging::Staged);
    assert_eq!(
        store
            .settle(&casey.settlement(2, Some(&two), Ok(code("222222"))))
            .await
            .unwrap(),
        Settled::Lost
    );
    assert_eq!(state(&store, &again).await, Some(State::Pending));
    let unknown = casey.settlement(2, Some(&casey.request(now())), Ok(code("222222")));
    assert_eq!(store.settle(&unknown).await.unwrap(), Settled::Lost);
    assert_eq!(
        store
            .settle(&casey.settlement(2, Some(&again), Ok(code("222222"))))
            .await
            .unwrap(),
        Settled::Done
    );
}

/// And the others are told that they lost.
pub(super) async fn of_many_mails_at_once_one_ends_the_request(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let [a, b, c, d] = [1, 2, 3, 4].map(|mail| casey.settlement(mail, Some(&request), Ok(code("111111"))));
    let settled = tokio::join!(store.settle(&a), store.settle(&b), store.settle(&c), store.settle(&d));
    let settled = [settled.0, settled.1, settled.2, settled.3].map(Result::unwrap);
    assert_eq!(
        settled.iter().filter(|s| **s == Settled::Done).count(),
        1,
        "{settled:?}"
    );
    assert_eq!(
        settled.iter().filter(|s| **s == Settled::Lost).count(),
        3,
        "{settled:?}"
    );
}

/// Whichever request each copy was about to end.
pub(super) async fn of_many_copies_at_once_one_is_taken(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
    let three = casey.staged(&store, later(2)).await;
    let [a, b, c] = [&one, &two, &three].map(|r| casey.settlement(1, Some(r), Ok(code("111111"))));
    let settled = tokio::join!(store.settle(&a), store.settle(&b), store.settle(&c));
    let settled = [settled.0, settled.1, settled.2].map(Result::unwrap);
    assert_eq!(
        settled.iter().filter(|s| **s == Settled::Done).count(),
        1,
        "{settled:?}"
    );
    assert_eq!(
        settled.iter().filter(|s| **s == Settled::Duplicate).count(),
        2,
        "{settled:?}"
    );
}
