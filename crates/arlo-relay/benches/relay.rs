//! What the relay on one machine takes: time to be ready, memory, and time from a mail's `250` to the waiting client.
//!
//! `cargo bench -p arlo-relay` prints the figures with the machine's cores. Nothing here fails: see the README for what
//! they should be.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Barrier;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Serving, arlo_mail};

const STARTS: usize = 20;
const WAITERS: usize = 100;
const ROUNDS: usize = 10;
const PENDING: usize = 1000;

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
        let stream = TcpStream::connect(address).unwrap();
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
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
    println!(
        "{what}: median {:.2} ms, 99th percentile {:.2} ms, worst {:.2} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
