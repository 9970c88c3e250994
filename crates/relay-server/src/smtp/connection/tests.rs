//! Connections over a pipe in memory, with the clock stopped where time matters.

use std::future::pending;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use proptest::prelude::*;
use relay::SystemClock;
use relay::ports::Clock;
use tokio::io::{AsyncReadExt, DuplexStream, duplex};
use tokio::task::JoinHandle;

use super::*;
use crate::connections::{Connections, Counts};
use crate::smtp::data::definition;
use crate::smtp::{Acceptance, Limits, Recipient};

const TO_DATA: &str = "EHLO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ours@relay.example>\r\nDATA\r\n";

/// Takes everything; `slow` never answers.
#[derive(Default, Clone)]
struct Recorder(Arc<Mutex<Vec<Message>>>);

impl Deliver for Recorder {
    async fn accepts(&self, recipient: &Recipient) -> Result<Acceptance, Unavailable> {
        match recipient.local_part() {
            "slow" => pending().await,
            _ => Ok(Acceptance::Accepted),
        }
    }

    fn is_open(&self, recipient: &Recipient) -> bool {
        recipient.local_part() == "postmaster"
    }

    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    async fn receive(&self, message: &Message, _: &Recipient) -> Result<(), Unavailable> {
        if message.raw.ends_with(b"slow\r\n") {
            pending::<()>().await;
        }
        self.0.lock().unwrap().push(message.clone());
        Ok(())
    }
}

/// A connection being served, seen from the client.
struct Client {
    stream: DuplexStream,
    recorder: Recorder,
    closing: watch::Sender<bool>,
    server: JoinHandle<()>,
}

fn connect(limits: Limits) -> Client {
    let (stream, server) = duplex(4096);
    let memory = Memory::new(&limits);
    let places = Connections::new(limits.connections, limits.connections_reserved, Counts::default());
    let recorder = Recorder::default();
    let shared = Shared {
        delivery: recorder.clone(),
        profile: Profile {
            protocol: Protocol::Smtp,
            hostname: "relay.example".to_owned(),
            identity: None,
            limits,
        },
        tls: None,
        memory,
    };
    let address = Some(IpAddr::from([192, 0, 2, 1]));
    let place = places.take(crate::smtp::connection::Client::new(address)).unwrap();
    let closing = watch::Sender::new(false);
    let receiver = closing.subscribe();
    let server = tokio::spawn(async move { serve(server, address, &shared, &place, receiver).await });
    Client {
        stream,
        recorder,
        closing,
        server,
    }
}

impl Client {
    async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Everything up to the server's end, without closing first.
    async fn rest(&mut self) -> String {
        let mut text = String::new();
        self.stream.read_to_string(&mut text).await.unwrap();
        text
    }

    /// Reads until the last line begins so.
    async fn until(&mut self, start: &str) -> String {
        let mut text = Vec::new();
        loop {
            let shown = String::from_utf8_lossy(&text);
            if last_line(&shown).starts_with(start) && shown.ends_with('\n') {
                return shown.into_owned();
            }
            assert!(
                self.stream.read_buf(&mut text).await.unwrap() > 0,
                "no {start} in {text:?}"
            );
        }
    }
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn silent_client_is_told_421() {
    let mut client = connect(Limits::default());
    let start = Instant::now();
    assert!(last_line(&client.rest().await).starts_with("421 4.4.2"));
    assert_eq!(start.elapsed(), Limits::default().idle);
}

#[tokio::test(start_paused = true)]
async fn dripping_a_command_gains_no_time() {
    let mut client = connect(Limits::default());
    client.until("220").await;
    let start = Instant::now();
    // A byte every ten seconds would keep a time limit on single reads from ever being reached.
    let drip = async {
        while client.stream.write_all(b"N").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
    };
    drip.await;
    assert_eq!(
        start.elapsed().as_secs() / 10,
        1 + Limits::default().idle.as_secs() / 10
    );
    assert!(last_line(&client.rest().await).starts_with("421 4.4.2"));
}

/// Sends again and again until the server ends the connection; its answer, and how long that took.
async fn repeat(mut client: Client, every: u64, text: &str) -> (Duration, String) {
    let start = Instant::now();
    let mut answer = String::new();
    loop {
        tokio::select! {
            biased;
            read = client.stream.read_to_string(&mut answer) => break read.map(drop).unwrap(),
            () = tokio::time::sleep(Duration::from_secs(every)) => client.send(text).await,
        }
    }
    assert!(last_line(&answer).starts_with("421 4.4.2"), "{answer}");
    (start.elapsed(), answer)
}

#[tokio::test(start_paused = true)]
async fn a_message_has_a_least_rate() {
    for (every, text, expected) in [
        (10, "aaaaaaa", Limits::default().data_grace),
        // Half of the rate doubles the time of grace, and all of it lasts to the end.
        (2, &"a".repeat(1024), Limits::default().data_grace * 2),
        (1, &"a".repeat(1024), Limits::default().data),
        (1, &"a".repeat(100_000), Limits::default().data),
    ] {
        let mut client = connect(Limits::default());
        client.send(TO_DATA).await;
        client.until("354").await;
        let recorder = client.recorder.clone();
        let (elapsed, _) = repeat(client, every, text).await;
        assert!(
            elapsed.as_secs().abs_diff(expected.as_secs()) <= 2,
            "{} bytes each {every} s: {elapsed:?}",
            text.len()
        );
        assert!(recorder.0.lock().unwrap().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn noop_gains_no_time() {
    for text in [
        "NOOP\r\n",
        "RSET\r\n",
        "EHLO a\r\n",
        "MAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nRSET\r\n",
    ] {
        let client = connect(Limits::default());
        let (elapsed, _) = repeat(client, 30, text).await;
        assert_eq!(elapsed, Limits::default().transaction, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn to_name_a_secret_address_again_gains_no_time() {
    let again = "RSET\r\nMAIL FROM:<>\r\nRCPT TO:<ours@relay.example>\r\n";
    let time = Limits::default().transaction;
    let mut client = connect(Limits::default());
    client.send(&format!("EHLO a\r\n{again}")).await;
    client.until("250 2.1.5").await;
    assert_eq!(repeat(client, 40, again).await.0, time);

    let mut client = connect(Limits::default());
    client.send(&format!("{TO_DATA}text\r\n.\r\n")).await;
    client.until("250 2.0.0").await;
    let (elapsed, _) = repeat(client, 40, again).await;
    assert_eq!(
        elapsed,
        Duration::from_secs(40) + time,
        "the next message has the time anew"
    );
}

#[tokio::test(start_paused = true)]
async fn times_shorten_when_places_are_scarce() {
    // Of one place, one is more than half.
    let mut limits = Limits::default();
    limits.connections.all = 1;
    let client = connect(limits.clone());
    assert_eq!(repeat(client, 3, "NOOP\r\n").await.0, limits.pressed);

    let mut client = connect(limits.clone());
    client
        .send("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<ours@relay.example>\r\n")
        .await;
    client.until("250 2.1.5").await;
    assert_eq!(
        repeat(client, 1000, "").await.0,
        limits.idle,
        "a secret address keeps its time"
    );
}

#[tokio::test(start_paused = true)]
async fn session_has_an_end() {
    let limits = Limits {
        messages: usize::MAX,
        ..Limits::default()
    };
    let session = limits.session;
    let client = connect(limits);
    let message = format!("{TO_DATA}text\r\n.\r\n");
    assert_eq!(repeat(client, 30, &message).await.0, session);
}

#[tokio::test(start_paused = true)]
async fn slow_relay_is_451() {
    let mut client = connect(Limits::default());
    client
        .send("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<slow@relay.example>\r\nRCPT TO:<ours@relay.example>\r\nDATA\r\n")
        .await;
    assert!(client.until("354").await.contains("\n451 4.3.0 "));
    client.send("slow\r\n.\r\nQUIT\r\n").await;
    assert!(client.until("221").await.starts_with("451 4.3.0 "));
    client.server.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn client_that_reads_nothing_is_dropped() {
    let mut client = connect(Limits {
        commands: usize::MAX,
        ..Limits::default()
    });
    // The pipe holds 4096 bytes each way; replies to these are more.
    let flood = "NOOP\r\n".repeat(10_000);
    let written = timeout(Duration::from_secs(600), client.stream.write_all(flood.as_bytes())).await;
    assert!(matches!(written, Ok(Err(_))), "{written:?}");
    client.server.await.unwrap();
}

#[tokio::test]
async fn waiting_client_is_told_of_the_shutdown() {
    let mut client = connect(Limits::default());
    client.send("EHLO a\r\nMAIL FROM:<>\r\n").await;
    client.until("250 2.1.0").await;
    client.closing.send_replace(true);
    assert!(client.rest().await.starts_with("421 4.3.2"));
}

#[tokio::test]
async fn endless_message_is_given_up() {
    let mut client = connect(Limits {
        message: 1000,
        discard: 10_000,
        ..Limits::default()
    });
    client.send(TO_DATA).await;
    client.until("354").await;
    let (mut reader, mut writer) = tokio::io::split(client.stream);
    let mut answer = String::new();
    let flood = async {
        let line = "a".repeat(998) + "\r\n";
        for _ in 0..1000 {
            if writer.write_all(line.as_bytes()).await.is_err() {
                return;
            }
        }
        let _ = writer.shutdown().await;
    };
    tokio::join!(flood, async { reader.read_to_string(&mut answer).await.unwrap() });
    assert!(answer.starts_with("552 5.3.4"), "{answer}");
    assert!(client.recorder.0.lock().unwrap().is_empty());
}

fn token() -> impl Strategy<Value = Vec<u8>> {
    const WORDS: &[&str] = &[
        "EHLO a\r\n",
        "MAIL FROM:<a@b.example>\r\n",
        "RCPT TO:<ours@relay.example>\r\n",
        "DATA\r\n",
        TO_DATA,
        "RSET\r\n",
        "NOOP\r\n",
        "NOOP\n",
        "\r\n.\r\n",
        "\n.\n",
        "\n.\r\n",
        "\r\n.\n",
        "\r.\r",
        ".",
        "..",
        "text",
    ];
    prop_oneof![
        prop::sample::select(WORDS).prop_map(|word| word.as_bytes().to_vec()),
        prop::collection::vec(prop::sample::select(&b"\r\n.\0 \xff!"[..]), 0..6),
        prop::collection::vec(128..=255_u8, 0..40),
    ]
}

/// What was delivered when the input was sent in pieces of these sizes, over and over.
fn deliver(input: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = connect(Limits::default());
        let (mut reader, mut writer) = tokio::io::split(client.stream);
        let send = async {
            let mut rest = input;
            for &size in sizes.iter().cycle() {
                let (piece, later) = rest.split_at(size.min(rest.len()));
                if rest.is_empty() || writer.write_all(piece).await.is_err() {
                    break;
                }
                tokio::task::yield_now().await;
                rest = later;
            }
            let _ = writer.shutdown().await;
        };
        let mut replies = Vec::new();
        let (read, ()) = tokio::join!(reader.read_to_end(&mut replies), send);
        read.unwrap();
        client.server.await.expect("no panic");
        let messages = client.recorder.0.lock().unwrap();
        messages.iter().map(|message| content(&message.raw)).collect()
    })
}

/// A message without our three trace lines and their continuations.
fn content(raw: &[u8]) -> Vec<u8> {
    let mut lines = raw.splitn(5, |&byte| byte == b'\n');
    lines.nth(4).unwrap().to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn only_a_proper_end_delivers(
        tokens in prop::collection::vec(token(), 0..25),
        sizes in prop::collection::vec(1..60_usize, 1..8),
    ) {
        let input = [TO_DATA.as_bytes(), &tokens.concat()].concat();
        let delivered = deliver(&input, &sizes);
        prop_assert_eq!(&delivered, &deliver(&input, &[usize::MAX]), "depends on how it was cut");
        let possible: Vec<Vec<u8>> = (0..input.len())
            .filter(|&at| input[at..].starts_with(b"DATA\r\n"))
            .filter_map(|at| definition(&input[at + 6..]))
            .map(|(content, _)| content)
            .collect();
        for message in &delivered {
            prop_assert!(possible.contains(message), "{message:?} was never ended");
        }
        let first = definition(&input[TO_DATA.len()..]).map(|(content, _)| content);
        prop_assert_eq!(delivered.first(), first.as_ref());
    }
}
