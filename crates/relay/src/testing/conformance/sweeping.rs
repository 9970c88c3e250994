//! What has expired is dropped, and nothing else.

use super::support::{Member, code, later, now, other_mail, state};
use crate::mail_event::MailEvent;
use crate::ports::{Sweep, TakeOutcome, WebStore};
use crate::request::RequestState;
use crate::status::{Kept, OTHER_MAIL_KEPT};

/// And leaves what is younger.
pub(super) async fn the_sweep_drops_other_mail_after_a_week(store: impl WebStore + Sweep) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let id = casey.id();
    for n in [0, 100] {
        let mail = other_mail(n, later(n));
        casey
            .count(&store, MailEvent::NoCode, Some(Kept::OtherMail(&mail)), mail.at)
            .await;
    }
    let week = OTHER_MAIL_KEPT.as_secs();
    assert_eq!(store.sweep(later(week - 1)).await.unwrap(), 0);
    assert_eq!(store.sweep(later(week)).await.unwrap(), 1);
    assert_eq!(
        store.status(&id).await.unwrap().other_mail,
        [other_mail(100, later(100))]
    );
    assert_eq!(store.sweep(later(week + 100)).await.unwrap(), 1);
    assert_eq!(store.status(&id).await.unwrap().other_mail, []);
    assert_eq!(store.list().await.unwrap(), [casey.enrolment]);
}

/// Requests and seen mails, each at its own time.
pub(super) async fn the_sweep_drops_what_has_expired_and_nothing_else(store: impl WebStore + Sweep) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let (old, young) = (
        casey.staged(&store, now()).await,
        casey.staged(&store, later(100)).await,
    );
    let taken = casey.ending(1, &old, Ok(code("111111")));
    assert_eq!(store.take(&taken).await.unwrap(), TakeOutcome::Done);
    assert_eq!(store.sweep(later(299)).await.unwrap(), 0);
    assert_eq!(store.sweep(later(300)).await.unwrap(), 1);
    assert_eq!(state(&store, &old).await, None);
    assert_eq!(state(&store, &young).await, Some(RequestState::Pending));
    assert!(casey.remembers(&store, 1, later(300)).await);
    assert_eq!(store.sweep(later(3600)).await.unwrap(), 2);
    assert_eq!(store.list().await.unwrap(), [casey.enrolment]);
}
