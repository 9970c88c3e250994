//! `serve` and `enroll` as an operator runs them: the main story, restarts, and what can be wrong at the start.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;

use crate::support::{PATIENCE, Serving, arlo_mail, run};
use serde_json::{Value, json};

fn setup() -> (tempfile::TempDir, Serving, Value) {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &[]);
    let casey = serving.enroll(dir.path(), "Ca.sey+arlo@googlemail.com");
    (dir, serving, casey)
}

#[test]
fn a_mail_comes_in_and_its_code_goes_out_to_the_one_that_waits() {
    let (_dir, serving, casey) = setup();
    assert_eq!(casey["account"], "casey@gmail.com");
    let relay_address = casey["relay_address"].as_str().unwrap();
    let url = serving.prestage(&casey);
    assert!(url.starts_with(&format!("http://{}/poll/", serving.http)), "{url}");
    assert_eq!(serving.poll(&url, ""), (200, json!({ "status": "pending" })));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| serving.poll(&url, "?wait=20"));
        assert!(
            serving
                .send(relay_address, &arlo_mail("482913", "1"))
                .starts_with("250")
        );
        let (status, answer) = waiting.join().unwrap();
        assert_eq!(
            (status, &answer["status"], &answer["code"]),
            (200, &json!("complete"), &json!("482913"))
        );
    });

    let log = serving.stop();
    assert_eq!(log.exit, 0, "{log:?}");
    assert_eq!(log.stdout, "");
    assert!(log.stderr.contains("code-delivered"), "{}", log.stderr);
    let token = casey["token"].as_str().unwrap();
    let key = url.rsplit('/').next().unwrap();
    let mailbox = relay_address.split('@').next().unwrap();
    for secret in ["482913", "casey", token, key, mailbox] {
        assert!(!log.stderr.contains(secret), "{secret} is in the log: {}", log.stderr);
    }
}

#[test]
fn a_relay_that_is_stopped_or_killed_goes_on_where_it_was() {
    let (dir, serving, casey) = setup();
    let relay_address = casey["relay_address"].as_str().unwrap();
    let (stopped, killed) = (serving.prestage(&casey), serving.prestage(&casey));
    assert_eq!(serving.stop().exit, 0);

    let serving = Serving::start(dir.path(), &[]);
    assert_eq!(serving.poll(&stopped, "").1["status"], "pending");
    // Made once: with another Date it would be another mail.
    let mail = arlo_mail("111111", "1");
    assert!(serving.send(relay_address, &mail).starts_with("250"));
    serving.kill();

    let serving = Serving::start(dir.path(), &[]);
    // The mail ended the login that was begun nearest to its Date, whichever of the two that was.
    let [first, second] = match serving.poll(&stopped, "").1["code"].as_str() {
        Some(_) => [&stopped, &killed],
        None => [&killed, &stopped],
    };
    assert_eq!(serving.poll(first, "").1["code"], "111111");
    // A mail server that did not see the reply sends the mail again.
    assert!(serving.send(relay_address, &mail).starts_with("250"));
    assert_eq!(serving.poll(second, "").1["status"], "pending");
    assert!(
        serving
            .send(relay_address, &arlo_mail("222222", "2"))
            .starts_with("250")
    );
    assert_eq!(serving.poll(second, "").1["code"], "222222");
}

#[test]
fn a_stop_lets_those_who_wait_have_an_answer() {
    let (_dir, serving, casey) = setup();
    let url = serving.prestage(&casey);
    let path = url.split_once("/poll/").unwrap().1;
    let mut waiting = TcpStream::connect(&serving.http).unwrap();
    waiting.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(waiting, "GET /poll/{path}?wait=60 HTTP/1.1\r\nHost: relay\r\n\r\n").unwrap();
    // Another request is answered after it was taken: the first is then being waited for.
    assert_eq!(serving.get("/healthz").0, 200);
    assert_eq!(serving.stop().exit, 0);
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("{\"status\":\"pending\"}"),
        "{answer}"
    );
}

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
fn enrol_prints_no_url_with_the_token_for_a_person() {
    let dir = tempfile::tempdir().unwrap();
    let ran = run(&["enroll", "casey@gmail.com", "--data-dir", dir.path().to_str().unwrap()]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert_eq!(ran.stdout.matches("arelay_").count(), 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("/prepare-arlo-mfa\n"), "{}", ran.stdout);
}

#[test]
fn enrolments_are_listed_rotated_and_revoked_while_the_relay_runs() {
    let (dir, serving, casey) = setup();
    let data_dir = dir.path().to_str().unwrap();
    let enroll = |args: &[&str]| run(&[&["enroll", "--json", "--data-dir", data_dir], args].concat());
    assert_eq!(
        casey["prestage_url"],
        format!(
            "http://{}/prepare-arlo-mfa/{}",
            serving.http,
            casey["token"].as_str().unwrap()
        )
    );
    assert_eq!(
        casey["pyaarlo"],
        json!({
            "tfa_source": "rest-api",
            "tfa_type": "EMAIL",
            "tfa_host": format!("http://{}", serving.http),
            "tfa_username": "casey@gmail.com",
            "tfa_password": casey["token"],
        })
    );

    serving.send(casey["relay_address"].as_str().unwrap(), &arlo_mail("482913", "1"));
    let list = enroll(&["--list"]).json();
    let listed = &list["enrolments"][0];
    assert_eq!(listed["relay_address"], casey["relay_address"]);
    assert_eq!(listed["mail"]["nothing-waiting"]["count"], 1);
    for secret in ["casey", casey["token"].as_str().unwrap(), "482913"] {
        assert!(!list.to_string().contains(secret), "{list}");
    }

    let url = serving.prestage(&casey);
    let rotated = enroll(&["casey@gmail.com", "--rotate"]).json();
    assert_eq!(rotated["relay_address"], casey["relay_address"]);
    assert_ne!(rotated["token"], casey["token"]);
    assert_eq!(serving.poll(&url, "").0, 403);
    assert_eq!(serving.poll(&serving.prestage(&rotated), "").0, 200);

    assert_eq!(
        enroll(&["casey@gmail.com", "--revoke"]).json(),
        json!({ "account": "casey@gmail.com", "revoked": true, "ids": [casey["id"]] })
    );
    assert_eq!(enroll(&["casey@gmail.com", "--revoke"]).exit, 1);
    assert_eq!(enroll(&["casey@gmail.com", "--rotate"]).exit, 1);
    assert!(
        serving
            .send(casey["relay_address"].as_str().unwrap(), "x")
            .starts_with("550 5.1.1")
    );
    assert_eq!(enroll(&["--list"]).json(), json!({ "enrolments": [] }));
}

#[test]
fn each_client_of_an_account_has_an_enrolment_of_its_own() {
    let (dir, serving, casey) = setup();
    let data_dir = dir.path().to_str().unwrap();
    let enroll = |args: &[&str]| run(&[&["enroll", "--json", "--data-dir", data_dir], args].concat());
    let address = |enrolled: &Value| enrolled["relay_address"].as_str().unwrap().to_owned();
    let id = |enrolled: &Value| enrolled["id"].as_str().unwrap().to_owned();

    let other = enroll(&["casey@gmail.com", "--label", "Home Assistant"]).json();
    assert_eq!(other["label"], "Home Assistant");
    assert_ne!(
        (&other["token"], &other["relay_address"]),
        (&casey["token"], &casey["relay_address"])
    );
    let (url, other_url) = (serving.prestage(&casey), serving.prestage(&other));
    serving.send(&address(&other), &arlo_mail("482913", "1"));
    assert_eq!(serving.poll(&url, "").1["status"], "pending");
    assert_eq!(serving.poll(&other_url, "").1["code"], "482913");

    // The account names both: what has to be one says so, what may be all is all.
    let unclear = enroll(&["casey@gmail.com", "--rotate"]);
    assert_eq!(unclear.exit, 1);
    let error = unclear.json()["error"].as_str().unwrap().to_owned();
    assert!(
        error.contains(&id(&casey)) && error.contains("(Home Assistant)"),
        "{error}"
    );
    let rotated = enroll(&[&id(&other), "--rotate"]).json();
    assert_eq!((&rotated["id"], &rotated["account"]), (&other["id"], &Value::Null));
    assert_eq!(serving.poll(&serving.prestage(&casey), "").0, 200);

    let replaced = enroll(&[&id(&other), "--rotate-address", "--overlap", "0"]).json();
    assert!(serving.send(&address(&other), "x").starts_with("550 5.1.1"));
    assert!(serving.send(&address(&replaced), "x").starts_with("250"));
    let replaced = enroll(&[&id(&other), "--rotate-address"]).json();
    assert!(serving.send(&address(&replaced), "x").starts_with("250"));
    assert!(replaced["former_address_until"].is_string());

    let suspended = enroll(&["casey@gmail.com", "--suspend"]).json();
    assert_eq!(suspended["ids"].as_array().unwrap().len(), 2);
    assert!(serving.send(&address(&casey), "x").starts_with("550 5.1.1"));
    let listed = enroll(&["--list"]).json();
    assert!(listed["enrolments"][0]["suspended_at"].is_string());
    enroll(&[&id(&casey), "--resume"]);
    assert!(serving.send(&address(&casey), "x").starts_with("250"));
    let events = &enroll(&["--list"]).json()["enrolments"][0]["events"];
    let kinds: Vec<&str> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "not-from-arlo",
            "resumed",
            "suspended",
            "prestaged",
            "prestaged",
            "enrolled"
        ]
    );

    assert_eq!(
        enroll(&["casey@gmail.com", "--revoke"]).json()["ids"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(enroll(&[&id(&casey), "--revoke"]).exit, 1);
    for wrong in [
        &["casey@gmail.com", "--overlap", "3"][..],
        &["casey@gmail.com", "--label", "a\nb"],
        &["casey@gmail.com", "--rotate", "--revoke"],
        &[&id(&casey)],
    ] {
        assert_eq!(enroll(wrong).exit, 2, "{wrong:?}");
    }
}

#[test]
fn an_operator_gets_what_is_no_code() {
    let sink = TcpListener::bind("127.0.0.1:0").unwrap();
    let smarthost = format!("smtp://{}", sink.local_addr().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(
        dir.path(),
        &["--forward-to", "op@example.org", "--smarthost", &smarthost],
    );
    let casey = serving.enroll(dir.path(), "casey@gmail.com");
    let received = thread::spawn(move || {
        let (stream, _) = sink.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        swallow(stream)
    });
    let newsletter = "From: news@arlo.example\r\nSubject: Sale\r\n\r\nSave 50 percent.\r\n";
    assert!(
        serving
            .send(casey["relay_address"].as_str().unwrap(), newsletter)
            .starts_with("250")
    );
    let mail = received.join().unwrap();
    assert!(
        mail.contains("MAIL FROM:<>") && mail.contains("RCPT TO:<op@example.org>"),
        "{mail}"
    );
    assert!(
        mail.contains("Save 50 percent.") && mail.contains("Auto-Submitted: auto-forwarded"),
        "{mail}"
    );
}

/// Speaks just enough SMTP to be given one mail.
fn swallow(mut stream: TcpStream) -> String {
    use std::io::{BufRead, BufReader};
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut all, mut data) = (String::new(), false);
    stream.write_all(b"220 sink\r\n").unwrap();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 {
            return all;
        }
        all.push_str(&line);
        let reply: &[u8] = match line.trim_end() {
            "." if data => {
                data = false;
                b"250 taken\r\n"
            }
            _ if data => continue,
            "DATA" => {
                data = true;
                b"354 go on\r\n"
            }
            "QUIT" => return all,
            _ => b"250 ok\r\n",
        };
        stream.write_all(reply).unwrap();
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
