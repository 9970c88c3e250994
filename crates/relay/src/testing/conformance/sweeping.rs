//! What has expired is dropped, and nothing else.

use super::support::{Member, code, later, now, other_mail, state};
use crate::enrolment::{Kept, MailEvent, OTHER_MAIL_KEPT};
use crate::ports::{EndOutcome, Ending, MAX_SEEN, Sweep, WebStore};
use crate::request::RequestState;

/// And the newest of them.
pub(super) async fn so_many_mails_of_an_account_are_remembered(store: impl WebStore + Sweep) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let robin = Member::enrolled(&store, "robin", 1).await;
    let others = robin.staged(&store, now()).await;
    assert_eq!(
        store
            .end(&robin.ending(0, Some(&others), Ok(code("111111"))))
            .await
            .unwrap(),
        EndOutcome::Done
    );
    let count = u8::try_from(MAX_SEEN).unwrap() + 3;
    for mail in 0..count {
        let request = casey.staged(&store, now()).await;
        let until = later(3600 + i64::from(mail));
        let taken = Ending {
            seen_until: until,
            ..casey.ending(mail, Some(&request), Ok(code("111111")))
        };
        assert_eq!(store.end(&taken).await.unwrap(), EndOutcome::Done);
    }
    for (mail, expected) in [
        (0, EndOutcome::Done),
        (2, EndOutcome::Done),
        (3, EndOutcome::Duplicate),
        (count - 1, EndOutcome::Duplicate),
    ] {
        let copy = casey.ending(mail, None, Ok(code("111111")));
        assert_eq!(store.end(&copy).await.unwrap(), expected, "{mail}");
    }
    let copy = robin.ending(0, None, Ok(code("111111")));
    assert_eq!(store.end(&copy).await.unwrap(), EndOutcome::Duplicate);
}

/// And leaves what is younger.
pub(super) async fn the_sweep_drops_other_mail_after_a_week(store: impl WebStore + Sweep) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let hash = casey.enrolment.account;
    for n in [0, 100] {
        let mail = other_mail(n, later(n));
        store
            .record(&hash, MailEvent::NoCode, Some(Kept::OtherMail(&mail)), mail.at)
            .await
            .unwrap();
    }
    let week = OTHER_MAIL_KEPT.as_secs();
    assert_eq!(store.sweep(later(week - 1)).await.unwrap(), 0);
    assert_eq!(store.sweep(later(week)).await.unwrap(), 1);
    assert_eq!(
        store.status(&hash).await.unwrap().other_mail,
        [other_mail(100, later(100))]
    );
    assert_eq!(store.sweep(later(week + 100)).await.unwrap(), 1);
    assert_eq!(store.status(&hash).await.unwrap().other_mail, []);
    assert_eq!(store.list().await.unwrap(), [casey.enrolment]);
}

/// Requests and seen mails, each at its own time.
pub(super) async fn the_sweep_drops_what_has_expired_and_nothing_else(store: impl WebStore + Sweep) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (old, young) = (
        casey.staged(&store, now()).await,
        casey.staged(&store, later(100)).await,
    );
    store
        .end(&casey.ending(1, Some(&old), Ok(code("111111"))))
        .await
        .unwrap();
    assert_eq!(store.sweep(later(299)).await.unwrap(), 0);
    assert_eq!(store.sweep(later(300)).await.unwrap(), 1);
    assert_eq!(state(&store, &old).await, None);
    assert_eq!(state(&store, &young).await, Some(RequestState::Pending));
    let copy = casey.ending(1, Some(&young), Ok(code("111111")));
    assert_eq!(store.end(&copy).await.unwrap(), EndOutcome::Duplicate);
    assert_eq!(store.sweep(later(3600)).await.unwrap(), 2);
    assert_eq!(store.list().await.unwrap(), [casey.enrolment]);
}
