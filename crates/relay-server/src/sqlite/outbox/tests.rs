use relay::ports::{Clock, Sweep};
use relay::{EnrolmentId, SystemClock};

use super::*;
use crate::sqlite::tests::{at, for_operator, fresh, open};

#[tokio::test]
async fn mail_for_the_operator_waits_until_it_is_done_with() {
    let (store, dir) = fresh().await;
    let now = || SystemClock.now();
    assert!(store.next_for_operator(now()).await.unwrap().is_none());
    store
        .forward(for_operator(
            b"Subject: x\r\n\r\n",
            ForwardReason::ForwardingConfirmation,
        ))
        .await
        .unwrap();
    let store = {
        drop(store);
        open(dir.path())
    };
    let queued = store.next_for_operator(now()).await.unwrap().unwrap();
    assert_eq!(
        (queued.raw.as_slice(), queued.about),
        (&b"Subject: x\r\n\r\n"[..], ForwardReason::ForwardingConfirmation)
    );
    let in_an_hour = now().saturating_add(SignedDuration::from_hours(1)).unwrap();
    store.retry_for_operator(queued.id, in_an_hour).await.unwrap();
    assert!(store.next_for_operator(now()).await.unwrap().is_none());
    let later = now().saturating_add(SignedDuration::from_hours(2)).unwrap();
    assert_eq!(store.next_for_operator(later).await.unwrap().unwrap().attempts, 1);
    store.done_for_operator(queued.id).await.unwrap();
    assert!(store.next_for_operator(later).await.unwrap().is_none());
}

#[tokio::test]
async fn mail_for_the_operator_that_finds_no_room_is_dropped_and_counted() {
    let (store, _dir) = fresh().await;
    let mail = |writer, raw| ForOperator {
        writer,
        ..for_operator(raw, ForwardReason::NoCode)
    };
    let enrolled = |n| Writer::Enrolment(EnrolmentId::from_bytes([n; 10]));
    // 15 of 16 MiB wait already: mail of writers that are not enrolled may fill three quarters.
    let fill = store.write(|db| {
        db.execute(
            "INSERT INTO outbox (about, raw, queued_at, next_at) VALUES ('no-code', zeroblob(15 * 1024 * 1024), 0, 0)",
            [],
        )
    });
    fill.await.unwrap();
    store.forward(mail(Writer::Unknown, b"a: b\r\n\r\n")).await.unwrap();
    let three_quarters = vec![b'x'; 768 * 1024];
    for n in 0..2 {
        store.forward(mail(enrolled(n), &three_quarters)).await.unwrap();
    }
    store.sweep(at(1)).await.unwrap();
    let expected = Outbox {
        mails: 2,
        bytes: 15 * 1024 * 1024 + 768 * 1024,
        dropped: 2,
        dropped_at: Some(at(1)),
    };
    assert_eq!(store.outbox().await.unwrap(), expected);
    let queued = store.next_for_operator(at(0)).await.unwrap().unwrap();
    store.done_for_operator(queued.id).await.unwrap();
    let left = store.outbox().await.unwrap();
    assert_eq!((left.mails, left.bytes), (1, 768 * 1024));
}

#[tokio::test]
async fn one_writer_cannot_fill_the_outbox() {
    let (store, _dir) = fresh().await;
    let client = Writer::Client("192.0.2.1".parse().unwrap());
    for _ in 0..500 {
        let mail = for_operator(b"a: b\r\n\r\n", ForwardReason::NoCode);
        store.forward(ForOperator { writer: client, ..mail }).await.unwrap();
    }
    assert_eq!(store.outbox().await.unwrap().mails, 20);
}

#[tokio::test]
async fn mail_that_a_clock_ahead_put_off_is_due() {
    let (store, _dir) = fresh().await;
    let mail = ForOperator {
        received_at: at(0),
        ..for_operator(b"a: b\r\n\r\n", ForwardReason::NoCode)
    };
    store.forward(mail).await.unwrap();
    let id = store.next_for_operator(at(0)).await.unwrap().unwrap().id;
    store.retry_for_operator(id, at(365 * 24 * 3600)).await.unwrap();
    assert_eq!(store.next_for_operator(at(60)).await.unwrap().unwrap().id, id);
    store.retry_for_operator(id, at(3600)).await.unwrap();
    assert!(store.next_for_operator(at(60)).await.unwrap().is_none());
}
