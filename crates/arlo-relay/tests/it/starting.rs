//! How `serve` starts: its settings, what it says of them, and what it refuses.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::serve::setup;
use crate::support::{Serving, arlo_mail, run};
use serde_json::Value;

#[test]
fn what_others_can_read_on_its_way_is_said_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &["--public-url", "http://relay.example.org"]);
    let log = serving.stop().stderr;
    assert!(
        log.contains("WARN") && log.contains("http://relay.example.org"),
        "{log}"
    );
    let log = Serving::start(dir.path(), &[]).stop().stderr;
    assert!(!log.contains("WARN"), "{log}");
}

#[test]
fn a_url_that_other_machines_cannot_use_is_said_at_the_start() {
    for (more, is_said) in [
        (&[][..], true),
        (&["--domain", "relay.example.org"][..], false),
        (&["--public-url", "https://relay.example.org"][..], false),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let log = Serving::start_on_every_address(dir.path(), more).stop().stderr;
        assert_eq!(log.contains("works on this machine alone"), is_said, "{more:?}: {log}");
    }
}

#[test]
fn settings_come_from_flag_environment_and_file_in_this_order() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("relay.toml");
    let data_dir = dir.path().join("data");
    let text =
        format!("data_dir = {data_dir:?}\ndomain = \"file.example\"\npublic_url = \"https://file.example/relay\"\n");
    fs::write(&file, text).unwrap();
    let enroll = |account: &str, domain: Option<&str>, more: &[&str]| -> Value {
        let mut command = crate::support::command();
        command
            .args(["enroll", account, "--json", "--config"])
            .arg(&file)
            .args(more);
        if let Some(domain) = domain {
            command.env("ARLO_RELAY_DOMAIN", domain);
        }
        crate::support::Ran::from_output(command.output().unwrap()).json()
    };
    let domain_of = |enrolled: Value| {
        enrolled["relay_address"]
            .as_str()
            .unwrap()
            .split_once('@')
            .unwrap()
            .1
            .to_owned()
    };
    let by_file = enroll("a@b.example", None, &[]);
    assert!(
        by_file["prestage_url"]
            .as_str()
            .unwrap()
            .starts_with("https://file.example/relay/prepare-arlo-mfa/")
    );
    assert_eq!(domain_of(by_file), "file.example");
    assert_eq!(
        domain_of(enroll("c@b.example", Some("env.example"), &[])),
        "env.example"
    );
    assert_eq!(
        domain_of(enroll(
            "d@b.example",
            Some("env.example"),
            &["--domain", "flag.example"]
        )),
        "flag.example"
    );
    assert!(data_dir.join("relay.sqlite3").exists());
}

/// Starts `serve` where it cannot start; gives what it says.
fn refused(data_dir: &Path, more: &[&str]) -> String {
    let mut args = vec!["serve", "--data-dir", data_dir.to_str().unwrap()];
    for listener in ["--http", "--smtp"] {
        if !more.contains(&listener) {
            args.extend([listener, "127.0.0.1:0"]);
        }
    }
    args.extend(more);
    let ran = run(&args);
    assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""), "{ran:?}");
    let says = ran
        .stderr
        .lines()
        .find(|line| line.starts_with("error: "))
        .unwrap_or_else(|| panic!("{ran:?}"));
    says.to_owned()
}

#[test]
fn the_domain_of_relay_addresses_that_were_handed_out_stays_unless_another_one_is_meant() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = ("relay.example.org", "other.example");
    let serving = Serving::start(dir.path(), &["--domain", old]);
    serving.stop();
    // Nobody is enrolled.
    Serving::start(dir.path(), &["--domain", new]).stop();
    let serving = Serving::start(dir.path(), &["--domain", old]);
    let casey = serving.enroll(dir.path(), "casey@gmail.com");
    let address = casey["relay_address"].as_str().unwrap();
    let (local_part, domain) = address.split_once('@').unwrap();
    assert_eq!(domain, old);
    serving.stop();

    for other in [new, "relay.localhost"] {
        let says = refused(dir.path(), &["--domain", other]);
        assert!(
            says.contains(&format!("--former-domain {old}")) && says.contains(other),
            "{says}"
        );
        refused(dir.path(), &["--domain", other, "--former-domain", "third.example"]);
    }
    let serving = Serving::start(dir.path(), &[]);
    assert!(serving.send(address, &arlo_mail("482913", "1")).starts_with("250"));
    assert!(!serving.stop().stderr.contains("moves to another domain"));

    let moving = ["--domain", new, "--former-domain", old];
    let serving = Serving::start(dir.path(), &moving);
    let moved = format!("{local_part}@{new}");
    assert!(serving.send(&moved, &arlo_mail("482913", "2")).starts_with("250"));
    assert!(serving.send(address, "x").starts_with("550 5.7.1"));
    assert!(serving.stop().stderr.contains("moves to another domain"));
    // The setting may stay, and allows no other move.
    assert!(
        !Serving::start(dir.path(), &moving)
            .stop()
            .stderr
            .contains("moves to another domain")
    );
    refused(dir.path(), &["--domain", old, "--former-domain", old]);
}

#[test]
fn a_domain_that_no_mail_reaches_from_outside_is_replaced_freely() {
    let (dir, serving, casey) = setup();
    serving.stop();
    let serving = Serving::start(dir.path(), &["--domain", "relay.example.org"]);
    let local_part = casey["relay_address"].as_str().unwrap().split_once('@').unwrap().0;
    let moved = format!("{local_part}@relay.example.org");
    assert!(serving.send(&moved, "x").starts_with("250"));
}

#[test]
fn a_taken_port_is_named() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    let dir = tempfile::tempdir().unwrap();
    assert!(refused(dir.path(), &["--http", &taken]).contains(&taken));
    assert!(refused(dir.path(), &["--smtp", &taken]).contains(&taken));
    drop(holder);
}

#[test]
fn a_data_directory_that_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a-file");
    fs::write(&file, "").unwrap();
    assert!(refused(&file, &[]).contains("a-file"));

    let read_only = dir.path().join("read-only");
    fs::create_dir(&read_only).unwrap();
    fs::set_permissions(&read_only, fs::Permissions::from_mode(0o500)).unwrap();
    // The superuser may write anywhere.
    if fs::write(read_only.join("probe"), "").is_err() {
        assert!(refused(&read_only, &[]).contains("read-only"));
    }
    assert!(refused(Path::new("/proc/arlo-relay"), &[]).contains("/proc/arlo-relay"));
}

#[test]
fn a_database_of_a_newer_version_or_another_program_is_left_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    Serving::start(dir.path(), &[]).stop();
    let path = dir.path().join("relay.sqlite3");
    let mut newer = fs::read(&path).unwrap();
    // The user version is a big-endian number at byte 60 of the header (https://www.sqlite.org/fileformat.html).
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&path, &newer).unwrap();
    let says = refused(dir.path(), &[]);
    assert!(says.contains("newer") && says.contains("relay.sqlite3"), "{says}");
    assert!(fs::read(&path).unwrap() == newer, "the newer database was changed");

    fs::write(&path, "this is somebody's diary, and no database at all ".repeat(40)).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(refused(dir.path(), &[]).contains("not a database of arlo-relay"));
    assert!(fs::read(&path).unwrap() == before, "the diary was changed");
}

#[test]
fn a_second_relay_on_one_directory_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Serving::start(dir.path(), &[]);
    assert!(refused(dir.path(), &[]).contains("serves from"));
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let dir = tempfile::tempdir().unwrap();
    for (args, named) in [
        (
            &[
                "--tls-certificate",
                "/nowhere/chain.pem",
                "--tls-key",
                "/nowhere/key.pem",
            ][..],
            "/nowhere/chain.pem",
        ),
        (
            &["--forward-to", "op@relay.localhost", "--smarthost", "smtp://127.0.0.1"],
            "relay",
        ),
    ] {
        let says = refused(dir.path(), args);
        assert!(says.contains(named), "{args:?}: {says}");
    }
}
