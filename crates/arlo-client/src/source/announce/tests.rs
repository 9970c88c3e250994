//! With the clock stopped: how often an announcement is sent, and when.

use std::sync::Mutex;

use super::*;

/// Announces to a side that gives these answers, the last one to all further tries. Gives the result and the seconds
/// between the tries.
async fn announce(answers: &[Result<Response, ErrorKind>]) -> (Result<u16, ErrorKind>, Vec<u64>) {
    let sent = Mutex::new(Vec::new());
    let result = announce_with_patience(|| {
        let mut sent = sent.lock().unwrap();
        let answer = answers[sent.len().min(answers.len() - 1)].clone();
        sent.push(Instant::now());
        std::future::ready(answer.map_err(|kind| Error::new(kind, "scripted")))
    })
    .await;
    let sent = sent.into_inner().unwrap();
    let waits = sent.windows(2).map(|pair| (pair[1] - pair[0]).as_secs()).collect();
    (result.map(|answer| answer.status).map_err(|error| error.kind()), waits)
}

fn answer(status: u16) -> Result<Response, ErrorKind> {
    Ok(Response::new(status, Vec::new(), Vec::new()))
}

fn later(status: u16, retry_after: &str) -> Result<Response, ErrorKind> {
    let headers = vec![("retry-after".to_owned(), retry_after.to_owned())];
    Ok(Response::new(status, headers, Vec::new()))
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_given_at_once() {
    for status in [200, 302, 401, 403, 404] {
        assert_eq!(announce(&[answer(status)]).await, (Ok(status), vec![]));
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_is_asked_for_is_kept_and_is_a_second_at_least() {
    let script = [
        later(429, "12"),
        later(503, "0"),
        later(429, "1"),
        answer(503),
        answer(200),
    ];
    assert_eq!(announce(&script).await, (Ok(200), vec![12, 1, 1, 3]));
}

#[tokio::test(start_paused = true)]
async fn patience_ends_after_half_a_minute() {
    for status in [429, 500, 502, 503, 504, 520] {
        assert_eq!(announce(&[answer(status)]).await, (Ok(status), vec![3; 10]));
    }
    assert_eq!(
        announce(&[answer(502), answer(502), answer(200)]).await,
        (Ok(200), vec![3, 3])
    );
    assert_eq!(announce(&[later(503, "12")]).await, (Ok(503), vec![12, 12]));
    assert_eq!(announce(&[later(429, "31")]).await, (Ok(429), vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_side_that_cannot_be_reached_is_tried_three_times() {
    let away = || Err(ErrorKind::Network);
    assert_eq!(announce(&[away()]).await, (Err(ErrorKind::Network), vec![3, 3]));
    assert_eq!(announce(&[away(), away(), answer(200)]).await, (Ok(200), vec![3, 3]));
    let other = || Err(ErrorKind::UnexpectedAnswer);
    assert_eq!(announce(&[other()]).await, (Err(ErrorKind::UnexpectedAnswer), vec![]));
}

#[test]
fn a_side_that_is_out_of_order_is_asked_again_after_a_minute_or_when_it_says() {
    for (answer, expected) in [
        (answer(429), Some(60)),
        (answer(500), Some(60)),
        (answer(504), Some(60)),
        (later(503, "7"), Some(7)),
        (answer(200), None),
        (answer(403), None),
    ] {
        let answer = answer.unwrap();
        let wait = wait_after(&answer).map(|wait| wait.as_secs());
        assert_eq!(wait, expected, "{}", answer.status);
    }
}
