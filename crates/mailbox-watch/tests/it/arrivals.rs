//! New mail: how the watcher learns of it, and what it does to the mailbox.

use std::time::Duration;

use mailbox_watch::{Access, Disposal, Position, Start, Watcher};

use crate::server::{LOGIN, NO_IDLE, NOTHING_NEW, ONE_NEW, OPEN, Server, pace, uids};

#[tokio::test]
async fn idle_reports_new_mail_and_nothing_is_changed() {
    let idle = "C IDLE\nS + idling\nS * OK Still here\nS * 4 EXISTS\nC DONE\nS $ OK idled\n";
    let body = "C UID FETCH 12 (UID BODY.PEEK[]<0.1048576>)\nS * 4 FETCH (UID 12 BODY[]<0> {23}\nS From: a@example.org\nS \nS )\nS $ OK\n";
    let server = Server::start(&[[LOGIN, OPEN, NOTHING_NEW, idle, ONE_NEW, body].concat()]).await;
    let mut watcher = server.watcher(Start::Now);
    watcher.open().await.unwrap();
    assert_eq!(
        watcher.position(),
        Some(Position {
            uid_validity: 7,
            uid: 9
        })
    );
    let arrivals = watcher.arrivals().await.unwrap();
    assert_eq!(uids(&arrivals), [12]);
    assert_eq!(arrivals[0].header.from.as_deref(), Some("a@example.org"));
    let mail = watcher.mail(&arrivals[0]).await.unwrap().unwrap();
    assert!(mail.starts_with(b"From: a@example.org\r\n"), "{mail:?}");
    watcher.done(&arrivals[0]);
    watcher.dispose(&arrivals[0], Disposal::Keep).await.unwrap();
    assert_eq!(watcher.position().unwrap().uid, 12);
    assert_eq!(
        server.count("UNEXPECTED") + server.count("STORE") + server.count("SELECT"),
        0
    );
}

#[tokio::test]
async fn a_server_without_idle_is_polled() {
    let noop = "C NOOP\nS * 4 EXISTS\nS $ OK\n";
    let server = Server::start(&[[NO_IDLE, OPEN, NOTHING_NEW, noop, NOTHING_NEW, noop, ONE_NEW].concat()]).await;
    assert_eq!(uids(&server.watcher(Start::Now).arrivals().await.unwrap()), [12]);
    assert_eq!((server.count("NOOP"), server.count("IDLE")), (2, 0));
}

#[tokio::test]
async fn a_server_that_refuses_idle_is_polled() {
    let refused = "C IDLE\nS $ BAD\nC NOOP\nS $ OK\n".replace("C NOOP", "C UID FETCH 10:*\nS $ OK\nC NOOP");
    let server = Server::start(&[[LOGIN, OPEN, NOTHING_NEW, &refused, ONE_NEW].concat()]).await;
    assert_eq!(uids(&server.watcher(Start::Now).arrivals().await.unwrap()), [12]);
}

#[tokio::test]
async fn many_reports_of_no_mail_make_no_busy_loop() {
    let reports = "S * 4 EXISTS\n".repeat(500);
    let idle = format!("C IDLE\nS + go\n{reports}C DONE\nS $ OK\n");
    let server = Server::start(&[[LOGIN, OPEN, NOTHING_NEW, &idle, NOTHING_NEW, &idle, ONE_NEW].concat()]).await;
    let mut pace = pace();
    pace.least = Duration::from_secs(1);
    let began = std::time::Instant::now();
    let mut watcher = Watcher::new(server.settings.clone(), pace, Start::Now);
    assert_eq!(uids(&watcher.arrivals().await.unwrap()), [12]);
    assert_eq!(server.count("IDLE"), 2);
    // The second wait begins no sooner, however slow the machine is.
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn mail_is_marked_or_deleted_only_on_request() {
    let open = OPEN.replace("EXAMINE", "SELECT");
    let delete = "C UID STORE 12 +FLAGS.SILENT (\\Deleted)\nS $ OK\nC UID EXPUNGE 12\nS * 4 EXPUNGE\nS $ OK\nC UID STORE 12 +FLAGS.SILENT (\\Seen)\nS $ OK\n";
    let mut server = Server::start(&[[LOGIN, &open, ONE_NEW, delete].concat()]).await;
    server.settings.access = Access::ReadWrite;
    let mut watcher = server.watcher(Start::Now);
    let arrival = watcher.arrivals().await.unwrap().remove(0);
    watcher.dispose(&arrival, Disposal::Delete).await.unwrap();
    watcher.dispose(&arrival, Disposal::MarkSeen).await.unwrap();
    assert_eq!(server.count("UNEXPECTED"), 0);
}
