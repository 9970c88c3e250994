//! What an enrolment's mail came to, and the store's own health.

use arlo_mail::Provider;

use super::support::{Member, account, later, now, other_mail};
use crate::enrolment::{Confirmation, Kept, MAX_OTHER_MAIL, MailEvent, OTHER_MAIL_KEPT, OtherMail, Status, Tally};
use crate::ports::WebStore;

/// With the time of the last.
pub(super) async fn mail_is_counted_by_event(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let hash = casey.enrolment.account;
    assert_eq!(store.status(&hash).await.unwrap(), Status::default());
    for (event, at) in [
        (MailEvent::NotFromArlo, 0),
        (MailEvent::CodeDelivered, 1),
        (MailEvent::NotFromArlo, 2),
    ] {
        store.record(&hash, event, None, later(at)).await.unwrap();
    }
    assert_eq!(
        store.status(&hash).await.unwrap().mail,
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
    let hash = casey.enrolment.account;
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
        store
            .record(&hash, event, Some(Kept::Confirmation(newest)), newest.at)
            .await
            .unwrap();
    }
    store.record(&hash, MailEvent::NoCode, None, later(3)).await.unwrap();
    assert_eq!(store.status(&hash).await.unwrap().confirmation, Some(second));
    let bare = Confirmation {
        code: None,
        link: None,
        ..confirmation("", 4)
    };
    store
        .record(&hash, event, Some(Kept::Confirmation(&bare)), later(4))
        .await
        .unwrap();
    assert_eq!(store.status(&hash).await.unwrap().confirmation, Some(bare));
}

/// Newest first, with every field as it was; neither the confirmation nor a mail without anything to keep touches
/// it.
pub(super) async fn the_newest_other_mail_is_kept_for_a_week(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let hash = casey.enrolment.account;
    let event = MailEvent::NotFromArlo;
    let mails: Vec<OtherMail> = (0..9).map(|n| other_mail(n, later(n))).collect();
    for (n, mail) in mails.iter().enumerate() {
        store
            .record(&hash, event, Some(Kept::OtherMail(mail)), mail.at)
            .await
            .unwrap();
        store.record(&hash, MailEvent::NoCode, None, mail.at).await.unwrap();
        let newest: Vec<OtherMail> = mails[..=n].iter().rev().take(MAX_OTHER_MAIL).cloned().collect();
        let status = store.status(&hash).await.unwrap();
        assert_eq!(status.other_mail, newest, "{n}");
        for (kept, newest) in status.other_mail.iter().zip(&newest) {
            assert_eq!((&kept.sender, &kept.subject), (&newest.sender, &newest.subject));
        }
    }
    let status = store.status(&hash).await.unwrap();
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

/// One that was enrolled again does not see what came before.
pub(super) async fn other_mail_goes_with_its_enrolment(store: impl WebStore) {
    let casey = Member::enrolled(&store, "casey", 0).await;
    let hash = casey.enrolment.account;
    let (event, mail) = (MailEvent::NotFromArlo, other_mail(1, now()));
    store
        .record(&hash, event, Some(Kept::OtherMail(&mail)), mail.at)
        .await
        .unwrap();
    store.remove(&hash).await.unwrap();
    store
        .record(&hash, event, Some(Kept::OtherMail(&mail)), mail.at)
        .await
        .unwrap();
    Member::enrolled(&store, "casey", 0).await;
    assert_eq!(store.status(&hash).await.unwrap(), Status::default());
}

/// A mail that arrives while its account is revoked.
pub(super) async fn nothing_is_counted_without_an_enrolment(store: impl WebStore) {
    store
        .record(&account("casey"), MailEvent::NoCode, None, now())
        .await
        .unwrap();
    assert_eq!(store.status(&account("casey")).await.unwrap(), Status::default());
    let casey = Member::enrolled(&store, "casey", 0).await;
    assert_eq!(store.status(&casey.enrolment.account).await.unwrap(), Status::default());
}

/// The check of `/healthz`.
pub(super) async fn a_store_that_is_there_is_healthy(store: impl WebStore) {
    store.check().await.unwrap();
}
