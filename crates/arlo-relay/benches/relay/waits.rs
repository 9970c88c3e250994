//! From a mail to the client that waits for its code, with few and with many who wait.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::figures::Figures;
use crate::smtp::Smtp;
use crate::support::arlo_mail;
use crate::target::{Member, Target};

/// How many wait at once, and how many rounds there are of that.
const WAITING: [(usize, usize); 3] = [(1, 200), (100, 10), (10_000, 1)];
/// Mails of one round.
const MAILS: usize = 1_000;
/// Calls that are made at once before all wait.
const AT_ONCE: usize = 32;
/// Time for the relay to read what all who wait have sent.
const SETTLE: Duration = Duration::from_secs(1);
/// As many as one connection may send.
const MAILS_OF_ONE: usize = 100;

pub(crate) async fn run(target: &Target, figures: &Figures) {
    for (waiters, rounds) in WAITING {
        let members = &target.members[..waiters.min(target.members.len())];
        if members.len() < waiters {
            continue;
        }
        let (mut from_data, mut from_250) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            let all = waiting(target, members).await;
            for (sent, taken, answered) in mails(target, members, round, all).await {
                from_data.push(answered.saturating_duration_since(sent));
                from_250.push(answered.saturating_duration_since(taken));
            }
        }
        let of = format!("{waiters} waiting");
        figures.times(&format!("from 250 to the answer, {of}"), from_250);
        figures.times(&format!("from the end of DATA to the answer, {of}"), from_data);
        if waiters == 10_000 {
            figures.value(&format!("resident, {of}"), "MB", target.resident() as f64 / 1e6);
        }
    }
}

/// A connection for each member, on which the poll has been sent.
async fn waiting(target: &Target, members: &[Member]) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for some in members.chunks(AT_ONCE) {
        let calls = some.iter().map(|member| async {
            let path = target.prestage(member).await;
            let mut stream = TcpStream::connect(target.http).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let call = format!("GET {path}?wait=60 HTTP/1.1\r\nHost: relay\r\n\r\n");
            stream.write_all(call.as_bytes()).await.unwrap();
            stream
        });
        streams.extend(futures_util::future::join_all(calls).await);
    }
    if members.len() > 1 {
        tokio::time::sleep(SETTLE).await;
    }
    streams
}

/// A mail for each of the first members, one after the other: when it was sent, taken and answered.
async fn mails(
    target: &Target,
    members: &[Member],
    round: usize,
    streams: Vec<TcpStream>,
) -> Vec<(Instant, Instant, Instant)> {
    let mut answers = JoinSet::new();
    for (n, mut stream) in streams.into_iter().enumerate() {
        answers.spawn(async move {
            let mut line = [0; 12];
            stream.read_exact(&mut line).await.unwrap();
            let at = Instant::now();
            assert_eq!(&line, b"HTTP/1.1 200");
            (n, at)
        });
    }
    // They wait before the first mail is sent.
    tokio::task::yield_now().await;
    let mut sent = Vec::new();
    for (block, some) in members[..MAILS.min(members.len())].chunks(MAILS_OF_ONE).enumerate() {
        let mut client = Smtp::connect_from(Ipv4Addr::LOCALHOST, target.smtp).await;
        for (n, member) in some.iter().enumerate() {
            let number = block * MAILS_OF_ONE + n;
            let mail = arlo_mail(&format!("{number:06}"), &format!("{round}-{number}-{}", members.len()));
            sent.push(client.send(&member.relay_address, &mail).await);
        }
    }
    let mut times = Vec::new();
    while times.len() < sent.len() {
        let (n, at) = answers.join_next().await.unwrap().unwrap();
        let (sent, taken) = sent[n];
        times.push((sent, taken, at));
    }
    times
}
