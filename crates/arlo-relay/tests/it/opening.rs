//! What `watch`, `record` and `mqtt` do where Arlo cannot be reached, or refuses, when they start.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Ran, command};
use arlo_sim::{Config, User};

const ACCOUNT: &str = "casey@gmail.com";
const PASSWORD: &str = "correct horse";

/// The commands that go on, and their arguments.
fn that_go_on(directory: &Path) -> [Vec<String>; 3] {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    [
        words(&["watch"]),
        words(&["record", "--to", &format!("{}/media/${{s}}", directory.display())]),
        words(&["mqtt", "--broker", "mqtt://127.0.0.1:1"]),
    ]
}

fn with_account(arguments: &[String], url: &str, session: &Path) -> Command {
    let mut command = command();
    command
        .args(arguments)
        .env("ARLO_ACCOUNT", ACCOUNT)
        .env("ARLO_PASSWORD", PASSWORD)
        .env("ARLO_AUTH_HOST", url)
        .env("ARLO_HOST", url)
        .env("ARLO_SESSION_FILE", session);
    command
}

#[test]
fn a_start_without_network_is_waited_out_until_a_signal() {
    let directory = tempfile::tempdir().unwrap();
    let session = directory.path().join("session.json");
    for arguments in that_go_on(directory.path()) {
        let mut child = with_account(&arguments, "http://127.0.0.1:1", &session)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = String::new();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        while !log.contains("seconds=") && stderr.read_line(&mut log).unwrap() > 0 {}
        // It can have ended by itself.
        let _ = Command::new("kill").arg(child.id().to_string()).status().unwrap();
        let ended = child.wait().unwrap();
        assert_eq!(ended.code(), Some(0), "{arguments:?}: {log}");
        assert!(log.contains("it is tried again") && log.contains("seconds=60"), "{log}");
        assert!(!log.contains(ACCOUNT) && !log.contains(PASSWORD), "{log}");
    }
}

#[test]
fn a_command_that_makes_a_few_calls_does_not_wait() {
    let directory = tempfile::tempdir().unwrap();
    let session = directory.path().join("session.json");
    let [_, mut once, _] = that_go_on(directory.path());
    once.push("--once".to_owned());
    for arguments in [once, vec!["devices".to_owned()]] {
        let output = with_account(&arguments, "http://127.0.0.1:1", &session).output();
        let ran = Ran::from_output(output.unwrap());
        assert_eq!(ran.exit, 1, "{arguments:?}: {ran:?}");
    }
}

#[tokio::test]
async fn a_refused_password_is_not_waited_out() {
    let user = User::new(ACCOUNT, "another horse").factors(Vec::new());
    let config = Config::new(([127, 0, 0, 1], 1).into(), vec![user]);
    let cloud = arlo_sim::start(config).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    // The second one and the third one meet the pause after the refusal.
    for arguments in that_go_on(directory.path()) {
        let mut command = with_account(&arguments, &cloud.url(), &directory.path().join("session.json"));
        let ran = tokio::task::spawn_blocking(move || Ran::from_output(command.output().unwrap()));
        let ran = ran.await.unwrap();
        assert_eq!(ran.exit, 1, "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains("password"), "{ran:?}");
    }
    let logins = cloud.requests();
    assert_eq!(logins.iter().filter(|call| *call == "POST /api/auth").count(), 1);
}
