//! The executable, as a program in another language starts it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arlo-sim"));
    command
        .args(["--smtp", "127.0.0.1:9", "--deliver-to", "k3y@relay.localhost"])
        .args(arguments);
    command
        .env("ARLO_PASSWORD", "correct horse")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts it. Gives the address in its line on standard output.
fn start(arguments: &[&str]) -> (Child, String) {
    let mut child = command(arguments).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line
        .trim_end()
        .strip_prefix("ready http=http://")
        .expect(&line)
        .to_owned();
    (child, address)
}

fn fails(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

#[test]
fn it_serves_with_its_faults_until_sigterm() {
    let (mut child, address) = start(&[
        "--account",
        "casey@gmail.com",
        "--fault",
        "two-mails",
        "--fault",
        "cloudflare-403",
    ]);
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /api/getFactors HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");

    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(child.wait().unwrap().success());
}

#[test]
fn it_ends_with_standard_input_on_request() {
    let (mut child, _) = start(&["--account", "casey@gmail.com", "--until-eof"]);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_wrong_setting_is_named() {
    let wrong = fails(&["--account", "casey@gmail.com", "--fault", "nonsense"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        String::from_utf8(wrong.stderr).unwrap().contains("stale-mail-first"),
        "the error lists the names"
    );

    let wrong = fails(&["--account", "casey"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        String::from_utf8(wrong.stderr)
            .unwrap()
            .contains("must be an ASCII mail address")
    );

    let wrong = command(&["--account", "casey@gmail.com"])
        .env_remove("ARLO_PASSWORD")
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("ARLO_PASSWORD"));
    assert!(wrong.stdout.is_empty());
}
