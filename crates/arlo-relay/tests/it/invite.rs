//! Invitations, and strangers who join by them.

use std::path::Path;

use crate::support::{Ran, Serving, request, run};
use serde_json::{Value, json};

fn invite(dir: &Path, more: &[&str]) -> Ran {
    let mut args = vec!["invite", "--json", "--data-dir", dir.to_str().unwrap()];
    args.extend(more);
    run(&args)
}

/// What a stranger is answered.
fn join(serving: &Serving, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let (status, answer) = request(
        &serving.http,
        &format!(
            "POST /enrolments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        ),
    );
    (status, serde_json::from_str(&answer).unwrap())
}

#[test]
fn who_is_invited_joins_and_takes_the_code_of_a_mail() {
    let dir = tempfile::tempdir().unwrap();
    // By default, who is invited may join.
    let serving = Serving::start(dir.path(), &[]);
    let invited = invite(dir.path(), &["--uses", "2", "--days", "30"]);
    assert_eq!((invited.exit, invited.stderr.as_str()), (0, ""), "{invited:?}");
    let invited = invited.json();
    let code = invited["invitation"].as_str().unwrap();
    assert_eq!(invited["uses"], 2);
    assert_eq!(
        invited["link"],
        format!("http://{}/#invitation={code}", serving.http),
        "no server sees what is behind the #"
    );

    let email = "robin@example.org";
    let (status, refused) = join(&serving, &json!({ "email": email }));
    assert_eq!(status, 403, "{refused}");
    let (status, joined) = join(&serving, &json!({ "email": email, "invitation": code }));
    assert_eq!(status, 201, "{joined}");
    let poll_url = serving.prestage(&joined);
    let mail = crate::support::arlo_mail("482913", "1").replace("casey@gmail.com", email);
    assert!(
        serving
            .send(joined["relay_address"].as_str().unwrap(), &mail)
            .starts_with("250")
    );
    let (_, polled) = serving.poll(&poll_url, "");
    assert_eq!(polled["code"], "482913");

    let list = || invite(dir.path(), &["--list"]).json();
    assert_eq!(list()["invitations"][0]["used"], 1);
    let id = invited["id"].as_str().unwrap();
    let withdrawn = invite(dir.path(), &["--withdraw", id]);
    assert_eq!(withdrawn.json(), json!({ "id": id, "withdrawn": true }));
    assert_eq!(list(), json!({ "invitations": [] }));
    let (status, _) = join(&serving, &json!({ "email": email, "invitation": code }));
    assert_eq!(status, 403);
    let again = invite(dir.path(), &["--withdraw", id]);
    assert_eq!(again.exit, 1);
    assert!(again.stderr.contains("there is no such invitation"), "{again:?}");

    let listed = run(&["enroll", "--list", "--json", "--data-dir", dir.path().to_str().unwrap()]).json();
    assert_eq!(listed["enrolments"][0]["made_by"], "account");
    assert_eq!(
        listed["enrolments"][0]["removed_at"],
        Value::Null,
        "a mail has reached it"
    );

    let log = serving.stop();
    for secret in [code, joined["token"].as_str().unwrap(), email] {
        assert!(!log.stderr.contains(secret), "{}", log.stderr);
    }
}

/// The invitation is good once the relay takes any.
#[test]
fn an_invitation_to_a_closed_relay_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &["--registration", "closed"]);
    let invited = invite(dir.path(), &[]);
    assert_eq!(invited.exit, 0);
    assert!(invited.stderr.contains("--registration invite"), "{invited:?}");
    let body = json!({ "email": "robin@example.org", "invitation": invited.json()["invitation"] });
    let (status, refused) = join(&serving, &body);
    assert_eq!(status, 403);
    assert!(refused["detail"].as_str().unwrap().contains("closed"), "{refused}");
    serving.stop();
    let serving = Serving::start(dir.path(), &["--registration", "invite"]);
    assert_eq!(join(&serving, &body).0, 201);
}

#[test]
fn limits_of_the_settings_hold_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "--registration",
        "open",
        "--max-enrolments",
        "2",
        "--max-joins-of-network",
        "5",
    ];
    let body = json!({ "email": "robin@example.org" });
    for (expected, more) in [([201, 201, 403], &args[..]), ([403, 403, 403], &args)] {
        let serving = Serving::start(dir.path(), more);
        let statuses = [(); 3].map(|()| join(&serving, &body).0);
        assert_eq!(statuses, expected);
        serving.stop();
    }
    let serving = Serving::start(dir.path(), &["--registration", "open", "--max-joins-a-day", "2"]);
    let (status, answer) = join(&serving, &body);
    assert_eq!(status, 429, "two have joined today: {answer}");
}

#[test]
fn where_no_relay_has_served_nobody_is_invited() {
    let dir = tempfile::tempdir().unwrap();
    let ran = invite(&dir.path().join("missing"), &[]);
    assert_eq!(ran.exit, 1);
    assert!(ran.stderr.contains("there is no database of arlo-relay"), "{ran:?}");
}
