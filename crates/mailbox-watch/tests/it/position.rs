//! How far the mailbox was read, after broken connections, new UIDs and mail that cannot be read.

use mailbox_watch::{ErrorKind, Position, Start};

use crate::server::{LOGIN, NOTHING_NEW, ONE_NEW, OPEN, Server, kind, uids};

#[tokio::test]
async fn a_connection_that_breaks_loses_no_mail() {
    let broken = [
        LOGIN,
        OPEN,
        "C UID FETCH 10:*\nS * 4 FETCH (UID 12 BODY[HEADER.FIELDS (FROM DATE)] {2000}\nS From: a\nX",
    ]
    .concat();
    let bye = [
        LOGIN,
        OPEN.replace("UIDNEXT 10", "UIDNEXT 13").as_str(),
        NOTHING_NEW,
        "C IDLE\nS + go\nS * BYE restart\nX",
    ]
    .concat();
    let whole = [LOGIN, OPEN, ONE_NEW].concat();
    let server = Server::start(&[broken, bye, whole]).await;
    let mut watcher = server.watcher(Start::Now);
    assert_eq!(kind(watcher.arrivals().await), ErrorKind::Disconnected);
    assert_eq!(kind(watcher.arrivals().await), ErrorKind::Disconnected);
    assert_eq!(uids(&watcher.arrivals().await.unwrap()), [12]);
    assert_eq!(server.count("connection"), 3);
}

#[tokio::test]
async fn uids_with_a_new_meaning_are_read_anew() {
    let first = [LOGIN, OPEN, ONE_NEW, "C IDLE\nX"].concat();
    let second = [
        LOGIN,
        OPEN.replace("UIDVALIDITY 7", "UIDVALIDITY 8").as_str(),
        "C UID FETCH 1:*\nS * 1 FETCH (UID 3 BODY[HEADER.FIELDS (FROM DATE)] \"\")\nS $ OK\n",
    ]
    .concat();
    let server = Server::start(&[first, second]).await;
    let mut watcher = server.watcher(Start::Now);
    let old = watcher.arrivals().await.unwrap();
    // The connection is lost while the old mail is being read.
    assert!(watcher.mail(&old[0]).await.is_err());
    assert_eq!(watcher.mail(&old[0]).await.unwrap(), None);
    watcher.done(&old[0]);
    assert_eq!(
        watcher.position(),
        Some(Position {
            uid_validity: 8,
            uid: 0
        })
    );
    assert_eq!(uids(&watcher.arrivals().await.unwrap()), [3]);
}

#[tokio::test]
async fn it_continues_at_its_position_and_skips_a_huge_backlog() {
    let opened = |next: &str| [LOGIN, &OPEN.replace("UIDNEXT 10", next)].concat();
    for (next, start, expected) in [
        (
            "UIDNEXT 10",
            Start::At(Position {
                uid_validity: 7,
                uid: 4,
            }),
            4,
        ),
        (
            "UIDNEXT 10",
            Start::At(Position {
                uid_validity: 6,
                uid: 4,
            }),
            0,
        ),
        ("UIDNEXT 10", Start::Recent, 0),
        ("UIDNEXT 1000", Start::Recent, 949),
        (
            "UIDNEXT 4294967295",
            Start::At(Position {
                uid_validity: 7,
                uid: 4,
            }),
            4_294_965_294,
        ),
    ] {
        let server = Server::start(&[opened(next)]).await;
        let mut watcher = server.watcher(start);
        watcher.open().await.unwrap();
        assert_eq!(watcher.position().unwrap().uid, expected, "{next} {start:?}");
    }
}

#[tokio::test]
async fn a_mail_that_the_server_cannot_send_is_skipped_at_last() {
    let poison = [LOGIN, OPEN, "C UID FETCH 12\nX"].concat();
    let server = Server::start(&[[LOGIN, OPEN, ONE_NEW, "C UID FETCH 12\nX"].concat(), poison]).await;
    let mut watcher = server.watcher(Start::Now);
    let arrival = watcher.arrivals().await.unwrap().remove(0);
    assert_eq!(kind(watcher.mail(&arrival).await), ErrorKind::Disconnected);
    assert_eq!(kind(watcher.mail(&arrival).await), ErrorKind::Disconnected);
    assert_eq!(watcher.mail(&arrival).await.unwrap(), None);
}

#[tokio::test]
async fn lists_that_the_server_sends_count_no_failure_of_a_mail_and_drop_those_of_lists() {
    let poison = [LOGIN, OPEN, ONE_NEW, "C UID FETCH 12\nX"].concat();
    let server = Server::start(&[poison]).await;
    let mut watcher = server.watcher(Start::Now);
    for _ in 0..2 {
        let arrival = watcher.arrivals().await.unwrap().remove(0);
        assert_eq!(kind(watcher.mail(&arrival).await), ErrorKind::Disconnected);
    }
    let arrival = watcher.arrivals().await.unwrap().remove(0);
    assert_eq!(watcher.mail(&arrival).await.unwrap(), None, "skipped, with a warning");

    let good_then_broken = [
        LOGIN,
        OPEN,
        NOTHING_NEW,
        "C IDLE\nS + go\nS * 4 EXISTS\nC DONE\nS $ OK\nC UID FETCH 10:*\nX",
    ]
    .concat();
    let whole = [LOGIN, &OPEN.replace("UIDNEXT 10", "UIDNEXT 13"), ONE_NEW].concat();
    let scripts: Vec<_> = std::iter::repeat_n(good_then_broken, 3).chain([whole]).collect();
    let server = Server::start(&scripts).await;
    let mut watcher = server.watcher(Start::Now);
    for _ in 0..3 {
        assert_eq!(kind(watcher.arrivals().await), ErrorKind::Disconnected);
    }
    assert_eq!(uids(&watcher.arrivals().await.unwrap()), [12]);
    assert_eq!(server.count("UNEXPECTED"), 0);
}

#[tokio::test]
async fn malformed_answers_do_not_stop_it_for_ever() {
    let open = OPEN.replace("UIDNEXT 10", "UIDNEXT 12");
    let poison = [LOGIN, &open, "C UID FETCH 10:*\nS * 4 FETCH (UID 10 ((((((((((((((\n"].concat();
    let start = Start::At(Position {
        uid_validity: 7,
        uid: 9,
    });
    let whole = [
        LOGIN,
        &open,
        "C UID FETCH 12:*\nS * 4 FETCH (UID 12 BODY[HEADER.FIELDS (FROM DATE)] \"\")\nS $ OK\n",
    ]
    .concat();
    let server = Server::start(&[poison.clone(), poison.clone(), poison, whole]).await;
    let mut watcher = server.watcher(start);
    for _ in 0..3 {
        assert_eq!(kind(watcher.arrivals().await), ErrorKind::Malformed);
    }
    assert_eq!(uids(&watcher.arrivals().await.unwrap()), [12]);
    assert_eq!(server.count("UNEXPECTED"), 0);
}
