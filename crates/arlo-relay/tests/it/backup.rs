//! `backup` and `restore` as an operator runs them: while `serve` runs, and killed in between.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Serving, arlo_mail, command, request, run};
use serde_json::Value;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A data directory with this enrolment in it.
fn relay_of(directory: &Path, account: &str) -> Value {
    let ran = run(&["enroll", account, "--json", "--data-dir", text(directory)]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    ran.json()
}

/// Whether the relay knows the enrolment's token.
fn knows(serving: &Serving, enrolled: &Value) -> bool {
    let token = enrolled["token"].as_str().unwrap();
    let call =
        format!("GET /status HTTP/1.1\r\nHost: relay\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n");
    match request(&serving.http, &call).0 {
        200 => true,
        403 => false,
        other => panic!("{other}"),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Runs it, and kills it after this time.
fn killed(args: &[&str], after: Duration) {
    let mut child = command()
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The moment of the kill is what is tested: nothing is waited for.
    thread::sleep(after);
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn a_backup_of_a_relay_that_serves_brings_its_enrolments_back_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let (source, target) = (dir.path().join("source"), dir.path().join("target"));
    let (file, data) = (dir.path().join("relay.backup"), source.as_path());
    let serving = Serving::start(data, &[]);
    let casey = serving.enroll(data, "casey@gmail.com");
    let ran = run(&["backup", text(&file), "--json", "--data-dir", text(data)]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert_eq!(ran.json()["enrolments"], 1);
    assert_eq!(ran.json()["bytes"], fs::metadata(&file).unwrap().len());

    let again = run(&["restore", text(&file), "--replace", "--data-dir", text(data)]);
    assert_eq!(again.exit, 1);
    assert!(again.stderr.contains("serves"), "{again:?}");
    let robin = serving.enroll(data, "robin@gmail.com");
    assert!(knows(&serving, &robin));
    serving.kill();

    let ran = run(&["restore", text(&file), "--data-dir", text(&target)]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(ran.stdout.contains("1 enrolment"), "{ran:?}");
    let serving = Serving::start(&target, &[]);
    let url = serving.prestage(&casey);
    let reply = serving.send(casey["relay_address"].as_str().unwrap(), &arlo_mail("482913", "1"));
    assert!(reply.starts_with("250"), "{reply}");
    assert_eq!(serving.poll(&url, "?wait=20").1["code"], "482913");
    assert!(!knows(&serving, &robin), "enrolled after the backup");
}

#[test]
fn what_would_be_lost_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let (data, file) = (dir.path().join("data"), dir.path().join("relay.backup"));
    let missing = run(&["backup", text(&file), "--data-dir", text(&data)]);
    assert_eq!(missing.exit, 1);
    assert!(missing.stderr.contains("no database"), "{missing:?}");
    relay_of(&data, "casey@gmail.com");
    assert_eq!(run(&["backup", text(&file), "--data-dir", text(&data)]).exit, 0);
    let refused = run(&["restore", text(&file), "--data-dir", text(&data)]);
    assert_eq!(refused.exit, 1);
    assert!(refused.stderr.contains("--replace"), "{refused:?}");
    let replaced = run(&["restore", text(&file), "--replace", "--json", "--data-dir", text(&data)]);
    assert_eq!(replaced.exit, 0, "{replaced:?}");
    let kept = replaced.json()["kept"].as_str().unwrap().to_owned();
    assert!(Path::new(&kept).join("hash.key").exists());
    let database = data.join("relay.sqlite3");
    let refused = run(&["backup", text(&database), "--data-dir", text(&data)]);
    assert_eq!(refused.exit, 1);
    assert!(refused.stderr.contains("is no backup"), "{refused:?}");
}

#[test]
fn a_restore_that_is_killed_leaves_the_old_relay_or_the_restored_one() {
    const KILLS: u32 = 50;
    let dir = tempfile::tempdir().unwrap();
    let (source, old, file) = (
        dir.path().join("source"),
        dir.path().join("old"),
        dir.path().join("relay.backup"),
    );
    let casey = relay_of(&source, "casey@gmail.com");
    let robin = relay_of(&old, "robin@gmail.com");
    assert_eq!(run(&["backup", text(&file), "--data-dir", text(&source)]).exit, 0);

    let whole = dir.path().join("whole");
    copy(&old, &whole);
    let began = Instant::now();
    let restore = |target: &Path| {
        ["restore", text(&file), "--replace", "--data-dir"]
            .map(str::to_owned)
            .into_iter()
            .chain([text(target).to_owned()])
            .collect::<Vec<_>>()
    };
    let arguments = restore(&whole);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    assert_eq!(run(&arguments).exit, 0);
    let takes = began.elapsed();

    let mut restored = 0;
    for kill in 0..KILLS {
        let target = dir.path().join(format!("target-{kill}"));
        copy(&old, &target);
        let arguments = restore(&target);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        killed(&arguments, takes * kill / KILLS);
        let serving = Serving::start_quiet(&target);
        let (knows_old, knows_new) = (knows(&serving, &robin), knows(&serving, &casey));
        assert!(knows_old != knows_new, "kill {kill}: {knows_old} {knows_new}");
        serving.prestage(if knows_new { &casey } else { &robin });
        restored += u32::from(knows_new);
        assert_eq!(serving.end(), 0);
        fs::remove_dir_all(&target).unwrap();
    }
    assert!(restored < KILLS, "none was killed early");
}

#[test]
fn a_backup_that_is_killed_leaves_the_one_before() {
    const KILLS: u32 = 20;
    let dir = tempfile::tempdir().unwrap();
    let (source, file) = (dir.path().join("source"), dir.path().join("relay.backup"));
    relay_of(&source, "casey@gmail.com");
    let backup = ["backup", text(&file), "--data-dir", text(&source)];
    let began = Instant::now();
    assert_eq!(run(&backup).exit, 0);
    let takes = began.elapsed();
    for kill in 0..KILLS {
        killed(&backup, takes * kill / KILLS);
        let target = dir.path().join(format!("target-{kill}"));
        let ran = run(&["restore", text(&file), "--json", "--data-dir", text(&target)]);
        assert_eq!(ran.exit, 0, "{ran:?}");
        assert_eq!(ran.json()["enrolments"], 1);
    }
    assert_eq!(run(&backup).exit, 0);
    assert!(!dir.path().join("relay.backup.partial").exists());
}
