//! Which mail ends which login request.

use super::support::{Member, code, later, now, pending, state};
use crate::mail_event::MailEvent;
use crate::ports::{Ending, MailTaken, TakeOutcome, WebStore};
use crate::request::{Fault, NewRequest, RequestState, StageOutcome};

async fn take(store: &impl WebStore, mail: &MailTaken<'_>) -> TakeOutcome {
    store.take(mail).await.unwrap()
}

/// Two logins at once each have their own.
pub(super) async fn a_code_ends_the_chosen_request_and_no_other(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
    assert_eq!(casey.pending(&store).await, [pending(&one), pending(&two)]);
    let first = casey.ending(1, &one, Ok(code("012345")));
    assert_eq!(take(&store, &first).await, TakeOutcome::Done);
    assert_eq!(state(&store, &one).await, Some(RequestState::Complete(code("012345"))));
    assert_eq!(state(&store, &two).await, Some(RequestState::Pending));
    let second = casey.ending(2, &two, Ok(code("222222")));
    assert_eq!(take(&store, &second).await, TakeOutcome::Done);
    assert_eq!(state(&store, &one).await, Some(RequestState::Complete(code("012345"))));
    assert_eq!(state(&store, &two).await, Some(RequestState::Complete(code("222222"))));
    assert_eq!(casey.pending(&store).await, []);
}

/// And says which.
pub(super) async fn a_fault_ends_a_request(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let ending = casey.ending(1, &request, Err(Fault::ConflictingCodes));
    assert_eq!(take(&store, &ending).await, TakeOutcome::Done);
    assert_eq!(
        state(&store, &request).await,
        Some(RequestState::Error(Fault::ConflictingCodes))
    );
}

/// Until it is forgotten. What is remembered of it says what it ended.
pub(super) async fn a_mail_is_taken_once(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
    let taken = casey.ending(1, &one, Ok(code("111111")));
    assert_eq!(take(&store, &taken).await, TakeOutcome::Done);
    let record = casey.record(&store).await;
    assert_eq!(record.seen.len(), 1);
    assert_eq!(
        (record.seen[0].until, record.seen[0].request),
        (later(3600), pending(&one))
    );
    let mut copy = casey.ending(1, &two, Ok(code("111111")));
    assert_eq!(take(&store, &copy).await, TakeOutcome::Outdated);
    assert_eq!(state(&store, &two).await, Some(RequestState::Pending));
    assert!(casey.remembers(&store, 1, later(3599)).await);
    assert!(!casey.remembers(&store, 1, later(3600)).await);
    copy.event.at = later(3600);
    assert_eq!(take(&store, &copy).await, TakeOutcome::Done);
}

/// The Date keeps it out of later logins, and nobody fills a store with mail that does nothing.
pub(super) async fn a_mail_that_ends_nothing_is_not_remembered(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    for _ in 0..3 {
        casey.count(&store, MailEvent::NothingWaiting, None, now()).await;
    }
    assert_eq!(casey.record(&store).await.seen, []);
}

/// Two enrolments may be sent the same mail.
pub(super) async fn a_mail_of_one_enrolment_is_nothing_to_another(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let twin = Member::enrolled(&store, "casey", 1).await;
    let (one, two) = (casey.staged(&store, now()).await, twin.staged(&store, now()).await);
    let first = casey.ending(1, &one, Ok(code("111111")));
    assert_eq!(take(&store, &first).await, TakeOutcome::Done);
    assert_eq!(state(&store, &two).await, Some(RequestState::Pending));
    let crossed = twin.ending(2, &one, Ok(code("333333")));
    assert_eq!(take(&store, &crossed).await, TakeOutcome::Outdated);
    let second = twin.ending(1, &two, Ok(code("222222")));
    assert_eq!(take(&store, &second).await, TakeOutcome::Done);
    assert_eq!(state(&store, &one).await, Some(RequestState::Complete(code("111111"))));
}

/// The mail that lost is not remembered: it may end another.
pub(super) async fn an_ended_or_replaced_request_is_not_ended_again(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
    let first = casey.ending(1, &one, Ok(code("111111")));
    assert_eq!(take(&store, &first).await, TakeOutcome::Done);
    let late = casey.ending(2, &one, Ok(code("222222")));
    assert_eq!(take(&store, &late).await, TakeOutcome::Outdated);
    assert_eq!(state(&store, &one).await, Some(RequestState::Complete(code("111111"))));
    let again = NewRequest {
        staged_at: later(60),
        ..two.clone()
    };
    assert_eq!(store.stage(&again).await.unwrap(), StageOutcome::Accepted);
    let replaced = casey.ending(2, &two, Ok(code("222222")));
    assert_eq!(take(&store, &replaced).await, TakeOutcome::Outdated);
    assert_eq!(state(&store, &again).await, Some(RequestState::Pending));
    let unknown = casey.ending(2, &casey.request(now()), Ok(code("222222")));
    assert_eq!(take(&store, &unknown).await, TakeOutcome::Outdated);
    let second = casey.ending(2, &again, Ok(code("222222")));
    assert_eq!(take(&store, &second).await, TakeOutcome::Done);
}

/// What was not done is not counted either.
pub(super) async fn an_outdated_mail_changes_nothing(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let before = store.status(&casey.id()).await.unwrap();
    let unknown = casey.ending(2, &casey.request(now()), Ok(code("222222")));
    assert_eq!(take(&store, &unknown).await, TakeOutcome::Outdated);
    assert_eq!(store.status(&casey.id()).await.unwrap(), before);
    assert!(!casey.remembers(&store, 2, now()).await);
}

/// The others learn that the request is no longer pending.
pub(super) async fn of_many_mails_at_once_one_ends_the_request(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let [a, b, c, d] = [1, 2, 3, 4].map(|mail| casey.ending(mail, &request, Ok(code("111111"))));
    let outcomes = tokio::join!(store.take(&a), store.take(&b), store.take(&c), store.take(&d));
    let outcomes = [outcomes.0, outcomes.1, outcomes.2, outcomes.3].map(Result::unwrap);
    let done = outcomes.iter().filter(|one| **one == TakeOutcome::Done).count();
    let outdated = outcomes.iter().filter(|one| **one == TakeOutcome::Outdated).count();
    assert_eq!((done, outdated), (1, 3), "{outcomes:?}");
    assert_eq!(store.status(&casey.id()).await.unwrap().mail[0].count, 1);
}

/// Whichever request each copy was about to end.
pub(super) async fn of_many_copies_at_once_one_is_taken(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
    let three = casey.staged(&store, later(2)).await;
    let [a, b, c] = [&one, &two, &three].map(|r| casey.ending(1, r, Ok(code("111111"))));
    let outcomes = tokio::join!(store.take(&a), store.take(&b), store.take(&c));
    let outcomes = [outcomes.0, outcomes.1, outcomes.2].map(Result::unwrap);
    let done = outcomes.iter().filter(|one| **one == TakeOutcome::Done).count();
    let outdated = outcomes.iter().filter(|one| **one == TakeOutcome::Outdated).count();
    assert_eq!((done, outdated), (1, 2), "{outcomes:?}");
}

/// Logins that begin while mails end others lose nothing.
pub(super) async fn logins_and_mails_at_once_do_not_disturb_each_other(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (one, two) = (casey.staged(&store, now()).await, casey.staged(&store, later(1)).await);
    let (three, four) = (casey.request(later(2)), casey.request(later(3)));
    let (a, b) = (
        casey.ending(1, &one, Ok(code("111111"))),
        casey.ending(2, &two, Ok(code("222222"))),
    );
    let (three_staged, first, four_staged, second) =
        tokio::join!(store.stage(&three), store.take(&a), store.stage(&four), store.take(&b));
    assert_eq!(
        [three_staged.unwrap(), four_staged.unwrap()],
        [StageOutcome::Accepted; 2]
    );
    assert_eq!([first.unwrap(), second.unwrap()], [TakeOutcome::Done; 2]);
    assert_eq!(casey.pending(&store).await, [pending(&three), pending(&four)]);
    assert_eq!(state(&store, &one).await, Some(RequestState::Complete(code("111111"))));
    assert_eq!(state(&store, &two).await, Some(RequestState::Complete(code("222222"))));
}

/// A mail that comes again makes good what was cut off, and harms no login that began since.
pub(super) async fn a_copy_finishes_what_was_cut_off(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, now()).await;
    let taken = casey.ending(1, &request, Ok(code("111111")));
    assert_eq!(take(&store, &taken).await, TakeOutcome::Done);
    let seen = casey.record(&store).await.seen[0];
    let outcome = Ok(code("111111"));
    store.finish(&casey.id(), &seen, &outcome, now()).await.unwrap();
    assert_eq!(
        state(&store, &request).await,
        Some(RequestState::Complete(code("111111")))
    );
    let again = NewRequest {
        staged_at: later(60),
        ..request.clone()
    };
    assert_eq!(store.stage(&again).await.unwrap(), StageOutcome::Accepted);
    store.finish(&casey.id(), &seen, &outcome, now()).await.unwrap();
    assert_eq!(state(&store, &again).await, Some(RequestState::Pending));
    assert_eq!(casey.pending(&store).await, [pending(&again)]);
}

/// Of an enrolment the newest are remembered, so that what is kept of it stays small.
pub(super) async fn so_many_mails_of_an_enrolment_are_remembered(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let twin = Member::enrolled(&store, "casey", 1).await;
    let others = twin.staged(&store, now()).await;
    let first = twin.ending(0, &others, Ok(code("111111")));
    assert_eq!(take(&store, &first).await, TakeOutcome::Done);
    let count = u8::try_from(crate::ports::MAX_SEEN).unwrap() + 3;
    for mail in 0..count {
        let request = casey.staged(&store, now()).await;
        let mut taken = casey.ending(mail, &request, Ok(code("111111")));
        let until = later(3600 + i64::from(mail));
        taken.ends = taken.ends.map(|ends| Ending {
            seen_until: until,
            ..ends
        });
        assert_eq!(take(&store, &taken).await, TakeOutcome::Done);
    }
    for (mail, expected) in [(0, false), (2, false), (3, true), (count - 1, true)] {
        assert_eq!(casey.remembers(&store, mail, now()).await, expected, "{mail}");
    }
    assert!(twin.remembers(&store, 0, now()).await);
}
