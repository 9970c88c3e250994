//! `NO` to a FETCH: the mail is asked for again, and other mail does not wait for it.

use mailbox_watch::{ErrorKind, Start};

use crate::server::{LOGIN, ONE_NEW, OPEN, Server, kind, uids};

/// The response with the header of the mail with this UID.
fn header(uid: u32) -> String {
    format!("S * 4 FETCH (UID {uid} BODY[HEADER.FIELDS (FROM DATE)] \"\")\n")
}

const NOT_NOW: &str = "S $ NO [SERVERBUG] one message cannot be read just now\n";

#[tokio::test]
async fn a_refused_fetch_is_tried_again_on_the_same_connection() {
    for refusal in [
        NOT_NOW,
        "S $ NO Some messages could not be FETCHed (Failure)\n",
        "S $ NO [EXPUNGEISSUED] gone\n",
    ] {
        let refused = ["C UID FETCH 10:*\n", refusal].concat();
        let body = [
            "C UID FETCH 12\n",
            refusal,
            "C UID FETCH 12\nS * 4 FETCH (UID 12 BODY[]<0> \"x\")\nS $ OK\n",
        ]
        .concat();
        let script = [LOGIN, OPEN, &refused, &refused, &refused, ONE_NEW, &body].concat();
        let server = Server::start(&[script]).await;
        let mut watcher = server.watcher(Start::Now);
        for _ in 0..3 {
            let error = watcher.arrivals().await.unwrap_err();
            assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::NotNow, true));
        }
        let arrival = watcher.arrivals().await.unwrap().remove(0);
        assert_eq!(kind(watcher.mail(&arrival).await), ErrorKind::NotNow);
        assert_eq!(watcher.mail(&arrival).await.unwrap().unwrap(), b"x");
        assert_eq!((server.count("connection"), server.count("UNEXPECTED")), (1, 0));
    }
}

#[tokio::test]
async fn mails_before_a_refusal_are_kept_and_the_rest_is_not_lost() {
    let some = ["C UID FETCH 10:*\n", &header(11), &header(12), NOT_NOW].concat();
    let all = ["C UID FETCH 10:*\n", &header(10), &header(11), &header(12), "S $ OK\n"].concat();
    let rest = "C UID FETCH 11:*\nS * 5 FETCH (UID 12 BODY[HEADER.FIELDS (FROM DATE)] \"\")\nS $ OK\nC IDLE\nX";
    let server = Server::start(&[[LOGIN, OPEN, &some, &some, &all, rest].concat()]).await;
    let mut watcher = server.watcher(Start::Now);
    let arrivals = watcher.arrivals().await.unwrap();
    assert_eq!(uids(&arrivals), [11, 12]);
    watcher.done(&arrivals[0]);
    watcher.done(&arrivals[1]);
    assert_eq!(watcher.position().unwrap().uid, 9, "10 was not sent yet");
    assert_eq!(kind(watcher.arrivals().await), ErrorKind::NotNow);
    let arrivals = watcher.arrivals().await.unwrap();
    assert_eq!(uids(&arrivals), [10], "the others are done");
    watcher.done(&arrivals[0]);
    assert_eq!(kind(watcher.arrivals().await), ErrorKind::Disconnected);
    assert_eq!(watcher.position().unwrap().uid, 12);
    assert_eq!(server.count("UNEXPECTED"), 0);
}

#[tokio::test]
async fn a_mail_that_is_always_refused_delays_no_other() {
    let some = ["C UID FETCH 10:*\n", &header(11), NOT_NOW].concat();
    let next = ["C UID FETCH 12:*\n", &header(12), "S $ OK\n"].concat();
    let body = ["C UID FETCH 12\n", NOT_NOW].concat().repeat(12);
    let server = Server::start(&[[LOGIN, OPEN, &some.repeat(12), &next, &body].concat()]).await;
    let mut watcher = server.watcher(Start::Now);
    let arrivals = watcher.arrivals().await.unwrap();
    watcher.done(&arrivals[0]);
    let mut refused = 0;
    let arrival = loop {
        match watcher.arrivals().await {
            Ok(mut arrivals) => break arrivals.remove(0),
            Err(error) => assert_eq!(error.kind(), ErrorKind::NotNow),
        }
        refused += 1;
    };
    assert_eq!((refused, arrival.at.uid), (11, 12));
    for _ in 0..11 {
        assert_eq!(kind(watcher.mail(&arrival).await), ErrorKind::NotNow);
    }
    assert_eq!(watcher.mail(&arrival).await.unwrap(), None, "skipped, with a warning");
    assert_eq!((server.count("connection"), server.count("UNEXPECTED")), (1, 0));
}
