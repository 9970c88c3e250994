//! `doctor` as an operator runs it: a relay that is well, one that does not run, and data that cannot be used.

use std::fs;
use std::path::Path;

use crate::support::{Ran, Serving, arlo_mail, run};
use serde_json::Value;

fn examined(dir: &Path) -> Ran {
    run(&["doctor", "--json", "--data-dir", dir.to_str().unwrap()])
}

/// The verdict of one check, and what was found.
fn check<'a>(report: &'a Value, name: &str) -> (&'a str, &'a str) {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["check"] == name);
    let check = check.unwrap_or_else(|| panic!("no check of {name}: {report}"));
    (check["verdict"].as_str().unwrap(), check["found"].as_str().unwrap())
}

#[test]
fn a_relay_that_runs_is_well() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &[]);
    let before = examined(dir.path());
    assert_eq!(before.exit, 0, "{before:?}");
    assert_eq!(check(&before.json(), "mail").0, "warning");
    let casey = serving.enroll(dir.path(), "casey@gmail.com");
    let address = casey["relay_address"].as_str().unwrap();
    assert!(serving.send(address, &arlo_mail("482913", "1")).starts_with("250"));

    let ran = examined(dir.path());
    let report = ran.json();
    assert_eq!((ran.exit, &report["healthy"]), (0, &Value::Bool(true)), "{report}");
    assert_eq!(check(&report, "backup").0, "warning");
    assert!(check(&report, "clock").1.contains("no other clock"), "{report}");
    let (backup, data) = (dir.path().join("relay.backup"), dir.path().to_str().unwrap());
    assert_eq!(run(&["backup", backup.to_str().unwrap(), "--data-dir", data]).exit, 0);
    let ran = examined(dir.path());
    let report = ran.json();
    for name in [
        "directory",
        "disk",
        "database",
        "backup",
        "clock",
        "mail",
        "http",
        "smtp",
    ] {
        assert_eq!(check(&report, name).0, "ok", "{name}: {report}");
    }
    assert!(check(&report, "mail").1.contains("nothing-waiting"));
    assert!(check(&report, "http").1.contains(&serving.http));
    assert!(check(&report, "smtp").1.contains(&serving.smtp));
    assert_eq!(check(&report, "mx").0, "warning");
    for secret in ["482913", "casey", address] {
        assert!(
            !ran.stdout.contains(secret) && !ran.stderr.contains(secret),
            "{secret}: {ran:?}"
        );
    }
    assert_eq!(serving.stop().exit, 0);
}

#[test]
fn a_relay_that_does_not_run_is_distinguished_from_none_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let none = examined(dir.path());
    assert_eq!(none.exit, 1);
    assert_eq!(check(&none.json(), "database").0, "wrong");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "it made something");

    Serving::start(dir.path(), &[]).stop();
    let stopped = examined(dir.path());
    assert_eq!(stopped.exit, 1);
    assert_eq!(check(&stopped.json(), "database").0, "ok");
    assert_eq!(check(&stopped.json(), "serve"), ("wrong", "it does not run"));

    let text = run(&["doctor", "--data-dir", dir.path().to_str().unwrap()]);
    assert!(
        text.stdout.contains("wrong  serve: it does not run\n       Start it"),
        "{text:?}"
    );
    assert!(text.stderr.contains("one thing is wrong"), "{text:?}");
}

#[test]
fn data_that_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().unwrap();
    Serving::start(dir.path(), &[]).stop();
    fs::write(dir.path().join("hash.key"), [1; 32]).unwrap();
    let report = examined(dir.path()).json();
    let (verdict, found) = check(&report, "database");
    assert!(verdict == "wrong" && found.contains("hash.key"), "{report}");
    let missing = examined(&dir.path().join("nowhere"));
    assert_eq!(check(&missing.json(), "directory").0, "wrong");
}

#[cfg(not(feature = "aws"))]
#[test]
fn without_aws_a_stack_is_refused_with_what_to_do() {
    for args in [
        &["doctor", "--stack", "s"][..],
        &["enroll", "a@b.example", "--stack", "s", "--region", "eu-west-1"],
    ] {
        let ran = run(args);
        assert_eq!(ran.exit, 2);
        assert!(ran.stderr.contains("--features aws"), "{ran:?}");
    }
}

/// The clock of the web server that is asked, by its `Date`.
#[test]
fn a_clock_that_is_unlike_another_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &[]);
    let asked = |head: &'static str| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answering = std::thread::spawn(move || {
            use std::io::{Read as _, Write as _};
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
        });
        let data = dir.path().to_str().unwrap();
        let ran = run(&["doctor", "--json", "--data-dir", data, "--auth-host", &url]);
        answering.join().unwrap();
        ran.json()
    };
    const OLD: &str = "HTTP/1.1 404 Not Found\r\nDate: Tue, 15 Nov 1994 08:12:31 GMT\r\nContent-Length: 0\r\n\r\n";
    let report = asked(OLD);
    let (verdict, found) = check(&report, "clock");
    assert_eq!(verdict, "wrong", "{report}");
    assert!(found.contains("ahead of"), "{found}");
    let report = asked("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let (verdict, found) = check(&report, "clock");
    assert_eq!(verdict, "ok", "{report}");
    assert!(found.contains("no date"), "{found}");
    assert_eq!(serving.end(), 0);
}
