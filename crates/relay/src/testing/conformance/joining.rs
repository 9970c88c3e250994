//! Strangers who join, and how many may.

use jiff::{SignedDuration, Timestamp};

use super::support::{Member, code, later, network, now};
use crate::audit::{AuditKind, ClientNetwork};
use crate::enrolment::MadeBy;
use crate::invitation::{Invitation, InvitationId};
use crate::joining::{JoinLimits, Joining};
use crate::mail_event::MailEvent;
use crate::ports::{AdmitOutcome, ManageInvitations, TakeOutcome, WebStore};

pub(super) const MANY: JoinLimits = JoinLimits {
    in_all: 100,
    a_day: 100,
    of_network: 100,
};

/// One who has made his enrolment himself.
pub(super) fn stranger(seed: u8, at: Timestamp) -> Member {
    let mut member = Member::new("casey", seed);
    member.enrolment.made_by = MadeBy::Account {
        unused_until: Some(at.saturating_add(SignedDuration::from_hours(720)).unwrap()),
    };
    member.enrolment.created_at = at;
    member
}

pub(super) fn joining(member: &Member, limits: JoinLimits) -> Joining<'_> {
    Joining {
        enrolment: &member.enrolment,
        invitation: None,
        network: Some(network()),
        limits,
    }
}

fn invitation(n: u8, uses: u32) -> Invitation {
    Invitation {
        id: InvitationId::from_bytes([n; 10]),
        uses,
        used: 0,
        created_at: later(n.into()),
        expires_at: later(3600),
    }
}

pub(super) async fn joined(store: &impl WebStore, seed: u8, at: Timestamp) -> Member {
    let member = stranger(seed, at);
    let outcome = store.admit(&joining(&member, MANY)).await.unwrap();
    assert_eq!(outcome, AdmitOutcome::Admitted);
    member
}

/// With every field as it was, and from where he came among his events.
pub(super) async fn a_stranger_joins(store: impl WebStore + ManageInvitations) {
    let casey = joined(&store, 0, now()).await;
    assert_eq!(casey.record(&store).await.enrolment, casey.enrolment);
    assert_eq!(store.list().await.unwrap(), std::slice::from_ref(&casey.enrolment));
    let events = store.status(&casey.id()).await.unwrap().events;
    let enrolled: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.at, event.network))
        .collect();
    assert_eq!(enrolled, [(AuditKind::Enrolled, now(), Some(network()))]);
    casey.staged(&store, now()).await;
}

/// And no more, each of them counted.
pub(super) async fn an_invitation_lets_so_many_join(store: impl WebStore + ManageInvitations) {
    let (two, other) = (invitation(1, 2), invitation(2, 1));
    for invitation in [&other, &two] {
        store.invite(invitation).await.unwrap();
    }
    assert_eq!(store.invitations().await.unwrap(), [two, other]);
    for (seed, expected) in [
        (0, AdmitOutcome::Admitted),
        (1, AdmitOutcome::Admitted),
        (2, AdmitOutcome::InvitationOver),
    ] {
        let member = stranger(seed, now());
        let joining = Joining {
            invitation: Some(two.id),
            ..joining(&member, MANY)
        };
        assert_eq!(store.admit(&joining).await.unwrap(), expected);
    }
    assert_eq!(store.list().await.unwrap().len(), 2);
    assert_eq!(
        store.invitations().await.unwrap(),
        [Invitation { used: 2, ..two }, other]
    );
}

/// Unknown, expired or withdrawn.
pub(super) async fn an_invitation_that_is_over_lets_nobody_join(store: impl WebStore + ManageInvitations) {
    let (expired, withdrawn, unknown) = (invitation(1, 5), invitation(2, 5), invitation(3, 5));
    for invitation in [&expired, &withdrawn] {
        store.invite(invitation).await.unwrap();
    }
    assert!(store.withdraw(&withdrawn.id).await.unwrap());
    assert!(!store.withdraw(&withdrawn.id).await.unwrap());
    for (seed, invitation, at) in [(0, expired, later(3600)), (1, withdrawn, now()), (2, unknown, now())] {
        let member = stranger(seed, at);
        let joining = Joining {
            invitation: Some(invitation.id),
            ..joining(&member, MANY)
        };
        let outcome = store.admit(&joining).await.unwrap();
        assert_eq!(outcome, AdmitOutcome::InvitationOver, "{seed}");
    }
    assert_eq!(store.list().await.unwrap(), []);
}

/// However they come.
pub(super) async fn of_many_strangers_at_once_no_more_join_than_are_invited(store: impl WebStore + ManageInvitations) {
    let three = invitation(1, 3);
    store.invite(&three).await.unwrap();
    let members = [0, 1, 2, 3, 4, 5, 6, 7].map(|seed| stranger(seed, now()));
    let admit = |member| {
        let (store, joining) = (&store, joining(member, MANY));
        async move {
            let invitation = Some(three.id);
            store.admit(&Joining { invitation, ..joining }).await.unwrap()
        }
    };
    let [a, b, c, d, e, f, g, h] = &members;
    let outcomes = tokio::join!(
        admit(a),
        admit(b),
        admit(c),
        admit(d),
        admit(e),
        admit(f),
        admit(g),
        admit(h)
    );
    let outcomes: [AdmitOutcome; 8] = outcomes.into();
    let admitted = outcomes.iter().filter(|outcome| **outcome == AdmitOutcome::Admitted);
    assert_eq!(admitted.count(), 3, "{outcomes:?}");
    assert_eq!(store.list().await.unwrap().len(), 3);
}

/// The next day has room again.
pub(super) async fn a_day_has_room_for_so_many_strangers(store: impl WebStore + ManageInvitations) {
    let limits = JoinLimits { a_day: 2, ..MANY };
    let tomorrow = joining(&stranger(0, now()), limits).tomorrow();
    for (seed, at, expected) in [
        (0, now(), AdmitOutcome::Admitted),
        (1, later(1), AdmitOutcome::Admitted),
        (2, later(2), AdmitOutcome::TooMany),
        (3, tomorrow, AdmitOutcome::Admitted),
        // A clock that was put back.
        (4, later(3), AdmitOutcome::TooMany),
    ] {
        let member = stranger(seed, at);
        let outcome = store.admit(&joining(&member, limits)).await.unwrap();
        assert_eq!(outcome, expected, "{seed}");
    }
}

/// The others have their own.
pub(super) async fn a_network_has_room_for_so_many_strangers(store: impl WebStore + ManageInvitations) {
    let limits = JoinLimits { of_network: 1, ..MANY };
    let other = ClientNetwork::parse("2001:db8:1::/48");
    for (seed, network, expected) in [
        (0, Some(network()), AdmitOutcome::Admitted),
        (1, Some(network()), AdmitOutcome::TooMany),
        (2, other, AdmitOutcome::Admitted),
        (3, None, AdmitOutcome::Admitted),
        (4, None, AdmitOutcome::Admitted),
        (5, other, AdmitOutcome::TooMany),
    ] {
        let member = stranger(seed, now());
        let joining = Joining {
            network,
            ..joining(&member, limits)
        };
        assert_eq!(store.admit(&joining).await.unwrap(), expected, "{seed}");
    }
}

/// Those that the operator made are none of them, and who leaves makes room.
pub(super) async fn in_all_there_is_room_for_so_many_strangers(store: impl WebStore + ManageInvitations) {
    let limits = JoinLimits { in_all: 1, ..MANY };
    Member::enrolled(&store, "robin", 0).await;
    let first = stranger(1, now());
    let admit = async |member: &Member| store.admit(&joining(member, limits)).await.unwrap();
    assert_eq!(admit(&first).await, AdmitOutcome::Admitted);
    let second = stranger(2, later(1));
    assert_eq!(admit(&second).await, AdmitOutcome::Full);
    assert!(store.remove(&first.id()).await.unwrap());
    assert_eq!(admit(&second).await, AdmitOutcome::Admitted);
}

/// No use of an invitation, no place of a day or a network.
pub(super) async fn what_is_refused_uses_nothing_up(store: impl WebStore + ManageInvitations) {
    let one = invitation(1, 1);
    store.invite(&one).await.unwrap();
    let admit = async |seed, limits, invitation: Option<Invitation>| {
        let member = stranger(seed, now());
        let invitation = invitation.map(|invitation| invitation.id);
        let joining = Joining {
            invitation,
            ..joining(&member, limits)
        };
        store.admit(&joining).await.unwrap()
    };
    let none = JoinLimits { in_all: 0, ..MANY };
    assert_eq!(admit(0, none, Some(one)).await, AdmitOutcome::Full);
    let closed_today = JoinLimits { a_day: 0, ..MANY };
    assert_eq!(admit(1, closed_today, Some(one)).await, AdmitOutcome::TooMany);
    let no_network = JoinLimits { of_network: 0, ..MANY };
    assert_eq!(admit(2, no_network, Some(one)).await, AdmitOutcome::TooMany);
    assert_eq!(
        admit(3, MANY, Some(invitation(2, 1))).await,
        AdmitOutcome::InvitationOver
    );
    assert_eq!(store.list().await.unwrap(), []);
    let last = JoinLimits {
        in_all: 1,
        a_day: 1,
        of_network: 1,
    };
    assert_eq!(admit(4, last, Some(one)).await, AdmitOutcome::Admitted);
}

/// However often, and at the same moment: the others fail, and use up no place.
pub(super) async fn an_enrolment_is_admitted_once(store: impl WebStore + ManageInvitations) {
    let two = invitation(1, 2);
    store.invite(&two).await.unwrap();
    let limits = JoinLimits {
        in_all: 2,
        a_day: 2,
        of_network: 2,
    };
    let admit = async |member: &Member| {
        let joining = Joining {
            invitation: Some(two.id),
            ..joining(member, limits)
        };
        store.admit(&joining).await
    };
    let casey = stranger(0, now());
    let outcomes: [_; 2] = tokio::join!(admit(&casey), admit(&casey)).into();
    let admitted = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(AdmitOutcome::Admitted)));
    assert_eq!(admitted.count(), 1, "{outcomes:?}");
    assert_eq!(store.list().await.unwrap(), std::slice::from_ref(&casey.enrolment));
    let robin = stranger(1, now());
    assert_eq!(admit(&robin).await.unwrap(), AdmitOutcome::Admitted);
    assert_eq!(store.invitations().await.unwrap(), [Invitation { used: 2, ..two }]);
}

/// With its old token it would be good once more. It uses up no place, and only its id is there.
pub(super) async fn an_enrolment_that_has_gone_is_not_admitted_again(store: impl WebStore + ManageInvitations) {
    let two = invitation(1, 2);
    store.invite(&two).await.unwrap();
    let limits = JoinLimits { a_day: 2, ..MANY };
    let admit = async |member: &Member| {
        let joining = Joining {
            invitation: Some(two.id),
            ..joining(member, limits)
        };
        store.admit(&joining).await.unwrap()
    };
    let casey = stranger(0, now());
    assert_eq!(admit(&casey).await, AdmitOutcome::Admitted);
    assert!(store.remove(&casey.id()).await.unwrap());
    assert_eq!(admit(&casey).await, AdmitOutcome::Left);
    assert_eq!(store.find(&casey.id()).await.unwrap(), None);
    assert_eq!(store.list().await.unwrap(), []);
    assert!(!store.remove(&casey.id()).await.unwrap());
    assert_eq!(admit(&stranger(1, now())).await, AdmitOutcome::Admitted);
    assert_eq!(store.invitations().await.unwrap(), [Invitation { used: 2, ..two }]);
}

/// A login that is only begun is no mail.
pub(super) async fn an_enrolment_that_a_mail_reaches_stays(store: impl WebStore + ManageInvitations) {
    let casey = joined(&store, 0, now()).await;
    let request = casey.staged(&store, now()).await;
    assert_eq!(casey.record(&store).await.enrolment, casey.enrolment);
    let mut used = casey.enrolment.clone();
    used.made_by = used.made_by.used();
    let taken = casey.ending(1, &request, Ok(code("111111")));
    assert_eq!(store.take(&taken).await.unwrap(), TakeOutcome::Done);
    assert_eq!(casey.record(&store).await.enrolment, used);
    casey.count(&store, MailEvent::NoCode, None, later(1)).await;
    assert_eq!(casey.record(&store).await.enrolment, used);
    assert_ne!(used.made_by, MadeBy::Operator);
}
