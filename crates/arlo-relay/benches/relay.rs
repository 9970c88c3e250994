//! What the relay on one machine takes: time to be ready, memory, time from a mail's `250` to the waiting client, and
//! mails a second with the processor time of one.
//!
//! `cargo bench -p arlo-relay` prints the figures with the machine's cores. Nothing here fails: docs/ARCHITECTURE.md
//! has the last ones.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Barrier;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Serving, arlo_mail};
use tokio::net::TcpSocket;

const STARTS: usize = 20;
const WAITERS: usize = 100;
const ROUNDS: usize = 10;
const PENDING: usize = 1000;
const CONNECTIONS: usize = 64;
/// One address may have some connections only: these are those of a few mail servers.
const CONNECTIONS_OF_ONE: usize = 8;
/// As many as one connection may send.
const MAILS_OF_ONE: usize = 100;

fn main() {
    // `cargo test --benches` asks for nothing but that it runs.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    println!("{} cores", thread::available_parallelism().unwrap());
    starts();
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start_quiet(dir.path());
    let members: Vec<Value> = (0..WAITERS)
        .map(|n| serving.enroll(dir.path(), &format!("casey{n}@example.org")))
        .collect();
    waits(&serving, &members);
    throughput(&serving, &members);
    memory(&serving, &members);
}

/// From the start of the process on an empty directory to its `ready` line.
fn starts() {
    let mut times: Vec<Duration> = (0..STARTS)
        .map(|_| {
            let dir = tempfile::tempdir().unwrap();
            let began = Instant::now();
            let serving = Serving::start_quiet(dir.path());
            let time = began.elapsed();
            drop(serving);
            time
        })
        .collect();
    report("ready on an empty directory", &mut times);
}

/// Each round: all wait, then a mail for each, one after the other.
fn waits(serving: &Serving, members: &[Value]) {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let urls: Vec<String> = members.iter().map(|member| serving.prestage(member)).collect();
        let (answers, answered) = mpsc::channel();
        let all_wait = Barrier::new(WAITERS + 1);
        thread::scope(|scope| {
            for (n, url) in urls.iter().enumerate() {
                let (answers, all_wait) = (answers.clone(), &all_wait);
                scope.spawn(move || {
                    let path = url.split_once("/poll/").unwrap().1;
                    let mut stream = TcpStream::connect(&serving.http).unwrap();
                    stream.set_nodelay(true).unwrap();
                    write!(stream, "GET /poll/{path}?wait=60 HTTP/1.1\r\nHost: relay\r\n\r\n").unwrap();
                    all_wait.wait();
                    let mut line = String::new();
                    BufReader::new(stream).read_line(&mut line).unwrap();
                    assert!(line.starts_with("HTTP/1.1 200"), "{line}");
                    answers.send((n, Instant::now())).unwrap();
                });
            }
            all_wait.wait();
            let mut client = Smtp::connect(&serving.smtp);
            let taken: Vec<Instant> = members
                .iter()
                .enumerate()
                .map(|(n, member)| {
                    let mail = arlo_mail(&format!("{:06}", round * WAITERS + n), &format!("{round}-{n}"));
                    client.send(member["relay_address"].as_str().unwrap(), &mail)
                })
                .collect();
            for (n, at) in answered.iter().take(WAITERS) {
                times.push(at.saturating_duration_since(taken[n]));
            }
        });
    }
    report(
        &format!("from 250 to the answer, {WAITERS} waiters, {} mails", times.len()),
        &mut times,
    );
}

/// All connections send at once, each to its member's own relay address. What a mail came to is on disk before its
/// `250`.
fn throughput(serving: &Serving, members: &[Value]) {
    let all_connected = Barrier::new(CONNECTIONS + 1);
    let (began, used) = thread::scope(|scope| {
        for (n, member) in members.iter().enumerate().take(CONNECTIONS) {
            let all_connected = &all_connected;
            scope.spawn(move || {
                let server = u8::try_from(1 + n / CONNECTIONS_OF_ONE).unwrap();
                let mut client = Smtp::connect_from(Ipv4Addr::new(127, 20, server, 1), &serving.smtp);
                let recipient = member["relay_address"].as_str().unwrap();
                all_connected.wait();
                for mail in 0..MAILS_OF_ONE {
                    client.send(
                        recipient,
                        &arlo_mail(&format!("{mail:06}"), &format!("many-{n}-{mail}")),
                    );
                }
            });
        }
        all_connected.wait();
        (Instant::now(), serving.processor())
    });
    let (time, used) = (began.elapsed(), serving.processor().saturating_sub(used));
    let mails = f64::from(u32::try_from(CONNECTIONS * MAILS_OF_ONE).unwrap());
    println!(
        "{mails} mails over {CONNECTIONS} connections: {:.0} a second, {:.3} ms of processor time each",
        mails / time.as_secs_f64(),
        used.as_secs_f64() * 1e3 / mails
    );
}

fn memory(serving: &Serving, members: &[Value]) {
    for n in 0..PENDING {
        serving.prestage(&members[n % members.len()]);
    }
    println!(
        "resident with {PENDING} pending requests: {:.1} MB",
        serving.resident() as f64 / 1e6
    );
}

/// One connection that sends mail after mail.
struct Smtp {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Smtp {
    fn connect(address: &str) -> Self {
        Self::over(TcpStream::connect(address).unwrap())
    }

    /// From this address, which one machine may choose on its loopback.
    fn connect_from(source: Ipv4Addr, address: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .unwrap();
        let stream = runtime.block_on(async {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(SocketAddr::new(IpAddr::V4(source), 0)).unwrap();
            socket.connect(address.parse().unwrap()).await.unwrap()
        });
        let stream = stream.into_std().unwrap();
        stream.set_nonblocking(false).unwrap();
        Self::over(stream)
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        let mut client = Self {
            reader: BufReader::new(stream.try_clone().unwrap()),
            stream,
        };
        client.say("");
        client.say("EHLO mail.example.org\r\n");
        client
    }

    fn say(&mut self, text: &str) -> String {
        self.stream.write_all(text.as_bytes()).unwrap();
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).unwrap();
            if line.get(3..4) != Some("-") {
                return line;
            }
        }
    }

    /// Gives the moment at which `250` was read.
    fn send(&mut self, recipient: &str, mail: &str) -> Instant {
        self.say("MAIL FROM:<bounce@example.org>\r\n");
        self.say(&format!("RCPT TO:<{recipient}>\r\n"));
        self.say("DATA\r\n");
        let reply = self.say(&format!("{mail}\r\n.\r\n"));
        let now = Instant::now();
        assert!(reply.starts_with("250"), "{reply}");
        now
    }
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!(
        "{what}: median {:.2} ms, 99th percentile {:.2} ms, worst {:.2} ms",
        at(50),
        at(99),
        at(100)
    );
}
