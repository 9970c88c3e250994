//! What a stop waits for.

use super::bodies::begin;
use super::*;

#[tokio::test]
async fn a_stop_waits_for_whole_calls_and_for_nobody_who_has_not_asked() {
    let mut server = start(8, |limits| {
        limits.header = Duration::from_secs(3600);
        limits.drain = Duration::from_secs(3600);
    })
    .await;
    let mut silent = connect(&server).await;
    let mut half = connect(&server).await;
    ask(&mut half, "/", "hello").await;
    send(&mut half, "GET / HTTP/1.1\r\nHo").await;
    let mut unfinished = begin(&server, [127, 0, 0, 1], "/read").await;
    let mut member = begin(&server, [127, 0, 0, 1], "/member").await;
    let mut waiting = connect(&server).await;
    send(&mut waiting, "GET /wait HTTP/1.1\r\nHost: relay\r\n\r\n").await;
    soon(server.begun.notified()).await;

    server.stop();
    for stream in [&mut silent, &mut half, &mut unfinished] {
        assert_eq!(rest(stream).await, "");
    }
    send(&mut member, "mails").await;
    until(&mut member, "mails").await;
    server.go_on.notify_one();
    until(&mut waiting, "waited").await;
    soon(&mut server.task).await.unwrap();
}

#[tokio::test]
async fn a_stop_lets_a_client_take_its_answer() {
    let mut server = start(8, |limits| limits.drain = Duration::from_secs(3600)).await;
    let mut slow = connect(&server).await;
    // Far more than the system takes in for a client that reads nothing.
    send(&mut slow, &"GET /large HTTP/1.1\r\nHost: relay\r\n\r\n".repeat(16)).await;
    soon(slow.readable()).await.unwrap();

    server.stop();
    let taken = rest(&mut slow).await;
    assert!(taken.ends_with(&"a".repeat(1 << 20)));
    soon(&mut server.task).await.unwrap();
}
