//! `serve` while the machine fails: standard error and standard output that cannot be written.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Instant;

use crate::support::{PATIENCE, Serving, arlo_mail, command};

/// Calls and mails that the relay has to take: more than any buffer for the log holds.
const CALLS: usize = 3000;
const MAILS: usize = 30;

/// Something to write to that takes nothing.
fn full() -> Stdio {
    fs::OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

/// A pipe whose reader is gone.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A pipe that is full, and its reader, who does not read.
fn stalled() -> (Stdio, std::io::PipeReader) {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut filler = writer.try_clone().unwrap();
    // A pipe holds 64 KiB: a write of more would wait for the reader.
    filler.write_all(&[b'.'; 64 * 1024]).unwrap();
    (writer.into(), reader)
}

/// `serve` whose `ready` line nobody has to read: its addresses are taken from the data directory.
fn serve(data_dir: &Path, stdout: Stdio, stderr: Stdio) -> Serving {
    let child = command()
        .args([
            "serve",
            "--http",
            "127.0.0.1:0",
            "--smtp",
            "127.0.0.1:0",
            "--log",
            "debug",
        ])
        .args(["--data-dir".as_ref(), data_dir])
        .stdout(stdout)
        .stderr(stderr)
        .spawn()
        .unwrap();
    Serving::adopt(child, data_dir)
}

/// It serves many calls and mails, and ends in order.
fn works_for_long(serving: Serving, data_dir: &Path) {
    let casey = serving.enroll(data_dir, "casey@gmail.com");
    let relay_address = casey["relay_address"].as_str().unwrap();
    for n in 0..MAILS {
        let url = serving.prestage(&casey);
        let code = format!("{}", 482_900 + n);
        let answer = serving.send(relay_address, &arlo_mail(&code, &n.to_string()));
        assert!(answer.starts_with("250"), "{answer}");
        assert_eq!(serving.poll(&url, "").1["code"], code);
        many_refused_calls(&serving.http, CALLS / MAILS);
    }
    assert_eq!(serving.get("/healthz").0, 200);
    assert_eq!(serving.end(), 0);
}

/// Calls on one connection that are refused.
fn many_refused_calls(http: &str, calls: usize) {
    let mut stream = TcpStream::connect(http).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut text = "GET /nowhere HTTP/1.1\r\nHost: relay\r\n\r\n".repeat(calls - 1);
    text.push_str("GET /nowhere HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n");
    let mut sender = stream.try_clone().unwrap();
    let sending = thread::spawn(move || sender.write_all(text.as_bytes()).unwrap());
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    sending.join().unwrap();
    assert_eq!(answers.matches("HTTP/1.1 404").count(), calls);
}

#[test]
fn it_serves_with_a_log_on_a_full_disk() {
    let dir = tempfile::tempdir().unwrap();
    works_for_long(serve(dir.path(), Stdio::null(), full()), dir.path());
}

#[test]
fn it_serves_with_a_log_whose_reader_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    works_for_long(serve(dir.path(), Stdio::null(), unread()), dir.path());
}

#[test]
fn it_serves_with_a_log_whose_reader_does_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let (stderr, _reader) = stalled();
    works_for_long(serve(dir.path(), Stdio::null(), stderr), dir.path());
}

#[test]
fn it_serves_where_nobody_hears_that_it_is_ready() {
    for stdout in [full(), unread()] {
        let dir = tempfile::tempdir().unwrap();
        let serving = serve(dir.path(), stdout, Stdio::null());
        assert_eq!(serving.get("/healthz").0, 200);
        assert_eq!(serving.end(), 0);
    }
    let dir = tempfile::tempdir().unwrap();
    let (stdout, _reader) = stalled();
    let serving = serve(dir.path(), stdout, Stdio::null());
    assert_eq!(serving.get("/healthz").0, 200);
    assert_eq!(serving.end(), 0);
}

#[test]
fn it_says_why_it_cannot_start_to_whoever_listens_and_ends_also_where_nobody_does() {
    let dir = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (stderr, _reader) = stalled();
    let mut child = command()
        .args(["serve", "--smtp", "127.0.0.1:0", "--http", &address, "--data-dir"])
        .arg(dir.path())
        .stderr(stderr)
        .spawn()
        .unwrap();
    assert_eq!(ended(&mut child), 1);
}

fn ended(child: &mut Child) -> i32 {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap();
        }
        assert!(began.elapsed() < PATIENCE, "it does not end");
        thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn what_waits_is_written_once_the_log_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let (stderr, mut reader) = stalled();
    let serving = serve(dir.path(), Stdio::null(), stderr);
    for path in ["/healthz", "/nowhere", "/status", "/prepare-arlo-mfa"] {
        serving.get(path);
    }
    let reading = thread::spawn(move || {
        let mut log = String::new();
        reader.read_to_string(&mut log).unwrap();
        log
    });
    assert_eq!(serving.end(), 0);
    let log = reading.join().unwrap();
    for line in ["serving", "status=200", "status=404", "draining"] {
        assert!(log.contains(line), "{log}");
    }
}

#[test]
fn what_strangers_cause_is_logged_at_a_pace_that_fills_no_disk() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &[]);
    let began = Instant::now();
    for _ in 0..5 {
        many_refused_calls(&serving.http, 1000);
    }
    let seconds = began.elapsed().as_secs() + 1;
    let log = serving.stop().stderr;
    let lines = log.lines().filter(|line| line.contains("status=404")).count() as u64;
    assert!(
        (1..=seconds + 1).contains(&lines),
        "{lines} lines in {seconds} seconds: {log}"
    );
}

#[test]
fn a_crash_leaves_no_core_file() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &[]);
    let limits = fs::read_to_string(format!("/proc/{}/limits", serving.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let (soft, hard) = (core.split_whitespace().nth(4), core.split_whitespace().nth(5));
    assert_eq!((soft, hard), (Some("0"), Some("0")), "{core}");
}

#[test]
fn the_health_of_each_part_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("lmtp.sock");
    let serving = Serving::start(&dir.path().join("data"), &["--lmtp", socket.to_str().unwrap()]);
    let (status, health) = serving.get("/healthz");
    let health: serde_json::Value = serde_json::from_str(&health).unwrap();
    assert_eq!((status, &health["status"]), (200, &"ok".into()), "{health}");
    let checks = serde_json::json!({ "http": "ok", "lmtp": "ok", "smtp": "ok", "store": "ok", "sweeper": "ok" });
    assert_eq!(health["checks"], checks);
}
