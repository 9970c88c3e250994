//! What the relay on one machine takes: time to be ready, from a mail's `250` to the waiting client, mails a second
//! with the processor time of one, and memory.
//!
//! `cargo bench -p arlo-relay` prints the figures with the machine's cores. `-- PART…` measures these parts alone, and
//! `-- --json` prints a JSON object in each line. Nothing here fails for a figure. `./bench.sh` runs it beside others.
//!
//! With `BENCH_RELAY` set to a JSON file, another relay is measured that somebody has started: see [`target`].

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program for developers"
)]

#[path = "../../tests/support/mod.rs"]
mod support;

mod figures;
mod large;
mod smtp;
mod target;
mod waits;

use std::env;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use support::{Serving, arlo_mail};
use tokio::sync::Barrier;

use figures::Figures;
use smtp::Smtp;
use target::Target;

const STARTS: usize = 20;
const CONNECTIONS: usize = 64;
/// One address may have some connections only: these are those of a few mail servers.
const CONNECTIONS_OF_ONE: usize = 8;
/// As many as one connection may send.
const MAILS_OF_ONE: usize = 100;
/// How often all connections send: what else the machine does hits one of these more than another.
const ROUNDS: usize = 5;
/// Of how many members, at most, mails are sent and waited for.
const MEMBERS: usize = 10_000;
/// What is measured where no part is named. `large` fills a database for minutes.
const USUAL: [&str; 3] = ["starts", "waits", "throughput"];

fn main() {
    // `cargo test --benches` asks for nothing but that it runs.
    if env::args().any(|arg| arg == "--test") {
        return;
    }
    let arguments: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let figures = Figures::new(arguments.iter().any(|arg| arg == "--json"));
    let named: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    let parts = if named.is_empty() { USUAL.to_vec() } else { named };
    let has = |part: &str| parts.contains(&part);
    // Waiting clients are of one thread, so that they take little of the two cores.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let another = env::var_os("BENCH_RELAY");
    if has("starts") && another.is_none() {
        starts(&figures);
    }
    if has("waits") || has("throughput") {
        let target = runtime.block_on(async {
            match &another {
                Some(file) => Target::named(file.as_ref()),
                None => Target::started(MEMBERS).await,
            }
        });
        // First, since whoever waited before would hang up meanwhile.
        if has("throughput") {
            runtime.block_on(throughput(&target, &figures));
        }
        if has("waits") {
            runtime.block_on(waits::run(&target, &figures));
        }
    }
    if has("large") && another.is_none() {
        runtime.block_on(large::run(&figures));
    }
}

/// From the start of the process on an empty directory to its `ready` line.
fn starts(figures: &Figures) {
    let times = (0..STARTS).map(|_| {
        let dir = tempfile::tempdir().unwrap();
        let began = Instant::now();
        let serving = Serving::start_quiet(dir.path());
        let time = began.elapsed();
        drop(serving);
        time
    });
    figures.times("ready on an empty directory", times.collect());
}

/// All connections send at once, each to its member's own relay address. What a mail came to is on disk before its
/// `250`. The figures are the medians of some rounds.
async fn throughput(target: &Target, figures: &Figures) {
    let (mut speeds, mut costs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (time, used) = send_from_all(target, round).await;
        let mails = (CONNECTIONS * MAILS_OF_ONE) as f64;
        speeds.push(mails / time.as_secs_f64());
        costs.push(used.as_secs_f64() * 1e3 / mails);
    }
    let name = format!("mails over {CONNECTIONS} connections");
    figures.value(&name, "a second", median(speeds));
    figures.value("processor time of one of these mails", "ms", median(costs));
}

/// One round: how long it took, and the processor time of the relay.
async fn send_from_all(target: &Target, round: usize) -> (Duration, Duration) {
    let all_connected = Arc::new(Barrier::new(CONNECTIONS + 1));
    let mut sending = tokio::task::JoinSet::new();
    for (n, member) in target.members.iter().enumerate().take(CONNECTIONS) {
        let server = u8::try_from(1 + n / CONNECTIONS_OF_ONE).unwrap();
        let source = Ipv4Addr::new(127, 20, server, 1);
        let (address, recipient) = (target.smtp, member.relay_address.clone());
        let all_connected = Arc::clone(&all_connected);
        sending.spawn(async move {
            let mut client = Smtp::connect_from(source, address).await;
            all_connected.wait().await;
            for mail in 0..MAILS_OF_ONE {
                let mail = arlo_mail(&format!("{mail:06}"), &format!("many-{round}-{n}-{mail}"));
                client.send(&recipient, &mail).await;
            }
        });
    }
    all_connected.wait().await;
    let (began, used) = (Instant::now(), target.processor());
    while let Some(sent) = sending.join_next().await {
        sent.unwrap();
    }
    (began.elapsed(), target.processor().saturating_sub(used))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
