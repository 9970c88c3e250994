//! What an enrolment's mail came to, and the store's own health.

use arlo_mail::Provider;

use super::support::{Member, code, event, later, network, now, other_mail};
use crate::audit::{AuditEvent, AuditKind, MAX_EVENTS};
use crate::enrolment::Enrolment;
use crate::identity::TokenHash;
use crate::mail_event::MailEvent;
use crate::ports::{MailTaken, WebStore};
use crate::request::{NewRequest, StageOutcome};
use crate::status::{Confirmation, Kept, MAX_OTHER_MAIL, OTHER_MAIL_KEPT, OtherMail, Tally};

/// With the time of the last.
pub(super) async fn mail_is_counted_by_event(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let id = casey.id();
    assert_eq!(store.status(&id).await.unwrap().mail, []);
    for (event, at) in [
        (MailEvent::NotFromArlo, 0),
        (MailEvent::CodeDelivered, 1),
        (MailEvent::NotFromArlo, 2),
    ] {
        casey.count(&store, event, None, later(at)).await;
    }
    assert_eq!(
        store.status(&id).await.unwrap().mail,
        [
            Tally {
                event: MailEvent::CodeDelivered,
                count: 1,
                last_at: later(1)
            },
            Tally {
                event: MailEvent::NotFromArlo,
                count: 2,
                last_at: later(2)
            },
        ]
    );
}

/// With every field as it was; what comes later without one leaves it.
pub(super) async fn the_newest_confirmation_is_kept(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let id = casey.id();
    let confirmation = |link: &str, at| Confirmation {
        provider: Provider::Gmail,
        code: Some("123456789".to_owned()),
        link: Some(link.to_owned()),
        at: later(at),
    };
    let event = MailEvent::ForwardingConfirmation;
    let (first, second) = (
        confirmation("https://mail.google.com/mail/vf-1", 1),
        confirmation("", 2),
    );
    for newest in [&first, &second] {
        casey
            .count(&store, event, Some(Kept::Confirmation(newest)), newest.at)
            .await;
    }
    casey.count(&store, MailEvent::NoCode, None, later(3)).await;
    assert_eq!(store.status(&id).await.unwrap().confirmation, Some(second));
    let bare = Confirmation {
        code: None,
        link: None,
        ..confirmation("", 4)
    };
    casey
        .count(&store, event, Some(Kept::Confirmation(&bare)), later(4))
        .await;
    assert_eq!(store.status(&id).await.unwrap().confirmation, Some(bare));
}

/// Newest first, with every field as it was; neither the confirmation nor a mail without anything to keep touches
/// it.
pub(super) async fn the_newest_other_mail_is_kept_for_a_week(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let id = casey.id();
    let event = MailEvent::NotFromArlo;
    let mails: Vec<OtherMail> = (0..9).map(|n| other_mail(n, later(n))).collect();
    for (n, mail) in mails.iter().enumerate() {
        casey.count(&store, event, Some(Kept::OtherMail(mail)), mail.at).await;
        casey.count(&store, MailEvent::NoCode, None, mail.at).await;
        let newest: Vec<OtherMail> = mails[..=n].iter().rev().take(MAX_OTHER_MAIL).cloned().collect();
        let status = store.status(&id).await.unwrap();
        assert_eq!(status.other_mail, newest, "{n}");
        for (kept, newest) in status.other_mail.iter().zip(&newest) {
            assert_eq!((&kept.sender, &kept.subject), (&newest.sender, &newest.subject));
        }
    }
    let status = store.status(&id).await.unwrap();
    assert_eq!(status.mail.iter().map(|tally| tally.count).collect::<Vec<_>>(), [9, 9]);
    assert_eq!(status.confirmation, None);
    let week = OTHER_MAIL_KEPT.as_secs();
    assert_eq!(status.clone().at(later(6 + week - 1)).other_mail.len(), 3);
    assert_eq!(
        status.clone().at(later(6 + week)).other_mail,
        [mails[8].clone(), mails[7].clone()]
    );
    assert_eq!(status.at(later(8 + week)).other_mail, []);
}

/// Newest first, with every field as it was.
pub(super) async fn the_last_events_are_kept(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let request = casey.staged(&store, later(1)).await;
    let taken = MailTaken {
        event: AuditEvent {
            at: later(2),
            kind: AuditKind::Mail(MailEvent::CodeDelivered),
            network: Some(network()),
        },
        ..casey.ending(1, &request, Ok(code("111111")))
    };
    store.take(&taken).await.unwrap();
    let expected = [
        taken.event,
        AuditEvent {
            network: Some(network()),
            ..event(AuditKind::Prestaged, later(1))
        },
        event(AuditKind::Enrolled, now()),
    ];
    assert_eq!(store.status(&casey.id()).await.unwrap().events, expected);
    for n in 0..=MAX_EVENTS {
        let at = later(3 + i64::try_from(n).unwrap());
        casey.count(&store, MailEvent::NoCode, None, at).await;
    }
    let status = store.status(&casey.id()).await.unwrap();
    assert_eq!(status.events.len(), MAX_EVENTS);
    assert_eq!(status.events[0].at, later(3 + 50));
    assert!(
        status
            .events
            .iter()
            .all(|e| e.kind == AuditKind::Mail(MailEvent::NoCode))
    );
    // The counts go on.
    assert_eq!(status.mail.iter().map(|tally| tally.count).collect::<Vec<_>>(), [1, 51]);
}

/// Where it is the enrolment's no more. Once a minute at most, so that nobody fills a store with it.
pub(super) async fn a_wrong_token_is_noted(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let wrong = |at| NewRequest {
        token: TokenHash::from_bytes([9; 32]),
        ..casey.request(later(at))
    };
    for at in [1, 2, 59, 61, 100] {
        store.stage(&wrong(at)).await.unwrap();
    }
    let events = store.status(&casey.id()).await.unwrap().events;
    let noted: Vec<_> = events.iter().filter(|e| e.kind == AuditKind::WrongToken).collect();
    assert_eq!(noted.iter().map(|e| e.at).collect::<Vec<_>>(), [later(61), later(1)]);
    assert_eq!(noted[0].network, Some(network()));
    assert_eq!(casey.record(&store).await.wrong_token_at, Some(later(61)));
    // One that is shown for something else is noted by the rules.
    let shown = MailTaken::only(casey.id(), event(AuditKind::WrongToken, later(200)));
    store.take(&shown).await.unwrap();
    assert_eq!(casey.record(&store).await.wrong_token_at, Some(later(200)));
    assert_eq!(store.status(&casey.id()).await.unwrap().mail, []);
    // Its own token is none, though it may not be used.
    let suspended = Enrolment {
        suspended_at: Some(later(300)),
        ..casey.enrolment.clone()
    };
    let suspending = event(AuditKind::Suspended, later(300));
    assert!(store.replace(&casey.enrolment, &suspended, &suspending).await.unwrap());
    let refused = store.stage(&casey.request(later(400))).await.unwrap();
    assert_eq!(refused, StageOutcome::NotEnrolled);
    assert_eq!(casey.record(&store).await.wrong_token_at, Some(later(200)));
}

/// The check of `/healthz`.
pub(super) async fn a_store_that_is_there_is_healthy(store: impl WebStore) {
    store.check().await.unwrap();
}
