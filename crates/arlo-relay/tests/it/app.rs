//! `app`, as the container of the Home Assistant app runs it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use crate::support::command;
use serde_json::json;

/// Starts the app with this account until it is ready, and gives what is then in the session file.
fn session_after_start(data: &std::path::Path, account: &str) -> Option<String> {
    let options = data.join("options.json");
    let text = json!({ "arlo_account": account, "arlo_password": "x", "public_url": "http://relay.localhost" });
    fs::write(&options, text.to_string()).unwrap();
    let any = "127.0.0.1:0";
    let mut child = command()
        .args(["app", "--http", any, "--smtp", any, "--ingress", any])
        .args(["--options".as_ref(), options.as_path()])
        .args(["--data-dir".as_ref(), data])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut ready).unwrap();
    let kept = fs::read_to_string(data.join("session.json")).ok();
    // It ends the processes that it has begun.
    let asked = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    let ended = child.wait().unwrap();
    assert!(
        ready.starts_with("ready ") && asked.success() && ended.success(),
        "{log}"
    );
    assert!(!log.contains("casey") && !log.contains("2_token"), "{log}");
    kept
}

#[test]
fn the_session_file_follows_the_account() {
    let data = tempfile::tempdir().unwrap();
    let session = json!({ "version": 1, "account": "casey@gmail.com", "session": { "token": "2_token" } }).to_string();
    fs::write(data.path().join("session.json"), &session).unwrap();
    assert_eq!(
        session_after_start(data.path(), "Casey@gmail.com").as_ref(),
        Some(&session)
    );
    assert_eq!(session_after_start(data.path(), "other@gmail.com"), None);
}
