//! What has expired is dropped, and nothing else.

use arlo_mail::Provider;

use super::joining::{MANY, joined, joining};
use super::support::{Member, code, later, now, other_mail, state};
use crate::invitation::{Invitation, InvitationId};
use crate::join_ticket::GOOD_FOR;
use crate::joining::UNUSED_KEPT;
use crate::mail_event::MailEvent;
use crate::ports::{AdmitOutcome, ManageInvitations, Sweep, TakeOutcome, WebStore};
use crate::request::RequestState;
use crate::status::{Confirmation, Kept, OTHER_MAIL_KEPT};

/// And leaves what is younger.
pub(super) async fn the_sweep_drops_other_mail_after_a_week(store: impl WebStore + ManageInvitations + Sweep) {
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

/// A provider's question is other mail too.
pub(super) async fn the_sweep_drops_a_confirmation_after_a_week(store: impl WebStore + ManageInvitations + Sweep) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let question = Confirmation {
        provider: Provider::Gmail,
        code: Some("123456789".to_owned()),
        link: None,
        at: now(),
    };
    let kept = Some(Kept::Confirmation(&question));
    casey
        .count(&store, MailEvent::ForwardingConfirmation, kept, now())
        .await;
    let week = OTHER_MAIL_KEPT.as_secs();
    assert_eq!(store.sweep(later(week - 1)).await.unwrap(), 0);
    assert_eq!(store.status(&casey.id()).await.unwrap().confirmation, Some(question));
    assert_eq!(store.sweep(later(week)).await.unwrap(), 1);
    assert_eq!(store.status(&casey.id()).await.unwrap().confirmation, None);
}

/// Requests and seen mails, each at its own time.
pub(super) async fn the_sweep_drops_what_has_expired_and_nothing_else(
    store: impl WebStore + ManageInvitations + Sweep,
) {
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

/// Of those alone that their accounts made themselves.
pub(super) async fn the_sweep_drops_enrolments_that_no_mail_reaches(store: impl WebStore + ManageInvitations + Sweep) {
    let (unused, used) = (joined(&store, 0, now()).await, joined(&store, 1, now()).await);
    let operators = Member::enrolled(&store, "robin", 2).await;
    unused.staged(&store, now()).await;
    used.count(&store, MailEvent::NoCode, None, later(1)).await;
    assert_eq!(store.sweep(later(400)).await.unwrap(), 1);
    let end = UNUSED_KEPT.as_secs();
    assert_eq!(store.sweep(later(end - 1)).await.unwrap(), 0);
    assert_eq!(store.list().await.unwrap().len(), 3);
    assert_eq!(store.sweep(later(end)).await.unwrap(), 1);
    assert_eq!(store.find(&unused.id()).await.unwrap(), None);
    for member in [&used, &operators] {
        assert!(store.find(&member.id()).await.unwrap().is_some());
    }
}

/// Whether they are used up or not.
pub(super) async fn the_sweep_drops_invitations_that_are_over(store: impl WebStore + ManageInvitations + Sweep) {
    let invitation = |n: u8| Invitation {
        id: InvitationId::from_bytes([n; 10]),
        uses: 1,
        used: 0,
        created_at: now(),
        expires_at: later(i64::from(n) * 100),
    };
    for n in [1, 2] {
        store.invite(&invitation(n)).await.unwrap();
    }
    assert_eq!(store.sweep(later(99)).await.unwrap(), 0);
    assert_eq!(store.sweep(later(100)).await.unwrap(), 1);
    assert_eq!(store.invitations().await.unwrap(), [invitation(2)]);
}

/// Once the form that made the enrolment is too old to make it again. Ids are not counted as dropped.
pub(super) async fn the_sweep_forgets_who_has_left(store: impl WebStore + ManageInvitations + Sweep) {
    let casey = joined(&store, 0, now()).await;
    assert!(store.remove(&casey.id()).await.unwrap());
    let end = GOOD_FOR.as_secs();
    for (at, expected) in [(end - 1, AdmitOutcome::Left), (end, AdmitOutcome::Admitted)] {
        assert_eq!(store.sweep(later(at)).await.unwrap(), 0);
        assert_eq!(store.admit(&joining(&casey, MANY)).await.unwrap(), expected);
    }
}
