//! Login requests: made, read, given up.

use super::support::{Member, code, later, now, state};
use crate::identity::TokenHash;
use crate::ports::{TakeOutcome, WebStore};
use crate::request::{MAX_PENDING, NewRequest, RequestState, StageOutcome};

/// Not without an enrolment, not with another's token.
pub(super) async fn a_request_is_staged_only_with_the_enrolments_token(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let robin = Member::enrolled(&store, "robin", 1).await;
    let stranger = Member::new("alex", 2);
    assert_eq!(
        store.stage(&stranger.request(now())).await.unwrap(),
        StageOutcome::NotEnrolled
    );
    let crossed = NewRequest {
        token: robin.enrolment.token,
        ..casey.request(now())
    };
    assert_eq!(store.stage(&crossed).await.unwrap(), StageOutcome::NotEnrolled);
    let unknown = NewRequest {
        token: TokenHash::from_bytes([9; 32]),
        ..casey.request(now())
    };
    assert_eq!(store.stage(&unknown).await.unwrap(), StageOutcome::NotEnrolled);
    let anothers = NewRequest {
        account: robin.account,
        ..casey.request(now())
    };
    assert_eq!(store.stage(&anothers).await.unwrap(), StageOutcome::NotEnrolled);
    assert_eq!(casey.pending(&store).await, []);
    casey.staged(&store, now()).await;
}

/// With every field as it was.
pub(super) async fn a_request_is_read_by_its_key_alone(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let new = casey.staged(&store, now()).await;
    let read = store.read(&new.poll_key).await.unwrap().unwrap();
    assert_eq!(read.id, new.poll_key.request_id());
    assert_eq!(
        (read.enrolment, read.staged_at, read.expires_at),
        (casey.id(), new.staged_at, new.expires_at)
    );
    assert_eq!(read.state, RequestState::Pending);
    assert_eq!(store.read(&casey.request(now()).poll_key).await.unwrap(), None);
}

/// What was read by the key before is gone.
pub(super) async fn a_request_staged_again_with_its_key_begins_anew(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let first = casey.staged(&store, now()).await;
    assert_eq!(
        store.take(&casey.ending(1, &first, Ok(code("111111")))).await.unwrap(),
        TakeOutcome::Done
    );
    let again = NewRequest {
        staged_at: later(60),
        expires_at: later(360),
        ..first.clone()
    };
    assert_eq!(store.stage(&again).await.unwrap(), StageOutcome::Accepted);
    let read = store.read(&first.poll_key).await.unwrap().unwrap();
    assert_eq!(
        (read.staged_at, read.expires_at, read.state),
        (later(60), later(360), RequestState::Pending)
    );
    assert_eq!(casey.pending(&store).await.len(), 1);
}

/// What expired or ended gives its place back, and another account's never counts.
pub(super) async fn an_account_has_room_for_so_many_pending_requests(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let mut requests = Vec::new();
    for second in 0..MAX_PENDING {
        requests.push(casey.staged(&store, later(i64::try_from(second).unwrap())).await);
    }
    assert_eq!(
        store.stage(&casey.request(later(20))).await.unwrap(),
        StageOutcome::Full(later(300))
    );
    let robin = Member::enrolled(&store, "robin", 1).await;
    robin.staged(&store, later(20)).await;
    // A request that begins anew takes its own place.
    let again = NewRequest {
        staged_at: later(21),
        ..requests[3].clone()
    };
    assert_eq!(store.stage(&again).await.unwrap(), StageOutcome::Accepted);
    let ended = casey.ending(1, &requests[1], Ok(code("111111")));
    assert_eq!(store.take(&ended).await.unwrap(), TakeOutcome::Done);
    casey.staged(&store, later(22)).await;
    assert!(matches!(
        store.stage(&casey.request(later(299))).await.unwrap(),
        StageOutcome::Full(_)
    ));
    // The first has expired, though nothing swept it away.
    casey.staged(&store, later(300)).await;
}

/// Nothing is refused because the clock was once an hour ahead, and nothing is dropped without need.
pub(super) async fn requests_of_a_clock_that_was_ahead_give_way(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let mut ahead = Vec::new();
    for second in 0..MAX_PENDING {
        ahead.push(casey.staged(&store, later(3600 + i64::try_from(second).unwrap())).await);
    }
    for second in 0..MAX_PENDING {
        casey.staged(&store, later(i64::try_from(second).unwrap())).await;
        let pending = casey.pending(&store).await;
        let left = pending
            .iter()
            .filter(|p| ahead.iter().any(|a| a.poll_key.request_id() == p.id))
            .count();
        assert_eq!((pending.len(), left), (MAX_PENDING, MAX_PENDING - 1 - second));
    }
    assert_eq!(
        store.stage(&casey.request(later(20))).await.unwrap(),
        StageOutcome::Full(later(300))
    );
}

/// A second time, and for a key that reads nothing, it is as good as done.
pub(super) async fn a_cancelled_request_is_gone_and_takes_no_mail(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (given_up, other) = (casey.staged(&store, now()).await, casey.staged(&store, now()).await);
    store.cancel(&given_up.poll_key).await.unwrap();
    assert_eq!(state(&store, &given_up).await, None);
    assert_eq!(casey.pending(&store).await.len(), 1);
    let late = casey.ending(1, &given_up, Ok(code("111111")));
    assert_eq!(store.take(&late).await.unwrap(), TakeOutcome::Outdated);
    store.cancel(&given_up.poll_key).await.unwrap();
    store.cancel(&casey.request(now()).poll_key).await.unwrap();
    assert_eq!(state(&store, &other).await, Some(RequestState::Pending));
}
