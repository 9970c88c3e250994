//! `deliver` as a mail server runs it: every exit code, from a relay of the same build and from servers that follow a
//! script.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use crate::support::{PATIENCE, Ran, Serving, arlo_mail, command, run, run_with};
use serde_json::{Value, json};

const TOKEN: &str = "arelay_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const MAIL: &[u8] = b"From: someone@example.org\nSubject: hello\n\nbody\n";

/// A server that gives these answers, one for each connection, and then closes its port. Its requests can be read.
fn server(answers: Vec<String>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (send, requests) = mpsc::channel();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            send.send(request(&mut stream)).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, requests)
}

/// One request, as far as its `Content-Length` says.
fn request(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut read, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_lowercase();
            let length = length.split("content-length: ").nth(1).unwrap();
            if body.len() >= length.lines().next().unwrap().parse().unwrap() {
                return text;
            }
        }
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "the request broke off: {text}");
        read.extend_from_slice(&piece[..count]);
    }
}

fn http(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn taken() -> String {
    http(
        200,
        r#"{"meta":{"code":200},"data":{"success":true,"result":"code-delivered"}}"#,
    )
}

fn failed(data: &Value) -> String {
    http(200, &json!({ "meta": { "code": 400 }, "data": data }).to_string())
}

/// Runs `deliver` with the token in the environment.
fn deliver(args: &[&str], mail: &[u8]) -> Ran {
    let mut child = command()
        .arg("deliver")
        .args(args)
        .env("ARLO_RELAY_TOKEN", TOKEN)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Where the arguments are wrong nobody reads it.
    let _ = child.stdin.take().unwrap().write_all(mail);
    Ran::from_output(child.wait_with_output().unwrap())
}

/// One sentence on standard error, nothing on standard output, and no secret in either.
fn must_fail(ran: &Ran, exit: i32, why: &str) {
    assert_eq!((ran.exit, ran.stdout.as_str()), (exit, ""), "{ran:?}");
    assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(why), "{ran:?}");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
    for secret in [TOKEN, "arelay_", "someone", "hello", "body"] {
        assert!(!ran.stderr.contains(secret) || secret == "arelay_", "{secret}: {ran:?}");
    }
}

#[test]
fn a_mail_goes_in_and_its_code_comes_out() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path(), &[]);
    let casey = serving.enroll(dir.path(), "casey@gmail.com");
    let token = casey["token"].as_str().unwrap();
    let file = dir.path().join("token");
    fs::write(&file, format!("{token}\n")).unwrap();
    let (file, url) = (file.to_str().unwrap(), format!("http://{}", serving.http));

    let poll = serving.prestage(&casey);
    // As a pipe gives it: line feeds, and the line that mailboxes begin a mail with.
    let mail = format!(
        "From do_not_reply@arlo.com  Sat Nov 21 23:00:00 2026\n{}",
        arlo_mail("482913", "1").replace("\r\n", "\n")
    );
    let ran = run_with(&["deliver", "--url", &url, "--token-file", file], mail.as_bytes());
    assert_eq!((ran.exit, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    assert_eq!(serving.poll(&poll, "").1["code"], "482913");

    let with_token = format!("{url}/mail/{token}");
    for (args, mail, result) in [
        (
            ["deliver", "--json", "--url", &with_token],
            mail.as_bytes(),
            "duplicate",
        ),
        (["deliver", "--json", "--url", &with_token], MAIL, "not-from-arlo"),
    ] {
        let ran = run_with(&args, mail);
        assert_eq!((ran.exit, ran.json()), (0, json!({ "result": result })), "{ran:?}");
    }

    let wrong = deliver(&["--url", &url], MAIL);
    must_fail(&wrong, 77, "refused the access token");

    serving.kill();
    let away = run_with(
        &["deliver", "--url", &url, "--token-file", file, "--timeout", "1"],
        mail.as_bytes(),
    );
    must_fail(&away, 75, "cannot be reached");
}

#[test]
fn the_request_is_what_the_relay_reads() {
    let (url, requests) = server(vec![taken()]);
    let ran = deliver(&["--url", &format!("{url}/prefix/")], MAIL);
    assert_eq!((ran.exit, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    let request = requests.recv().unwrap();
    assert!(request.starts_with("POST /prefix/mail HTTP/1.1\r\n"), "{request}");
    let head = request.to_lowercase();
    assert!(
        head.contains(&format!("authorization: bearer {TOKEN}\r\n")),
        "{request}"
    );
    assert!(head.contains("content-type: message/rfc822\r\n"), "{request}");
    assert!(request.as_bytes().ends_with(MAIL), "{request}");
}

#[test]
fn refusals_have_their_codes() {
    for (answer, exit, why) in [
        (
            failed(&json!({ "success": false, "status": 403, "code": null })),
            77,
            "token",
        ),
        (failed(&json!({ "status": 401 })), 77, "token"),
        (failed(&json!({ "status": 413 })), 65, "too large"),
        (
            failed(&json!({ "status": 400, "error": "someone" })),
            65,
            "could not be read",
        ),
        (http(403, "<html>"), 77, "token"),
        (http(404, "<html>"), 78, "no relay at this URL"),
        (http(301, ""), 78, "no relay at this URL"),
        (http(413, ""), 65, "too large"),
    ] {
        let (url, _requests) = server(vec![answer.clone()]);
        must_fail(&deliver(&["--url", &url], MAIL), exit, why);
    }
}

#[test]
fn what_may_mend_itself_is_temporary() {
    for (answer, why) in [
        (failed(&json!({ "status": 503, "retry_after": 600 })), "at the moment"),
        (failed(&json!({ "status": 429, "retry_after": 600 })), "fewer calls"),
        (failed(&json!({ "retry_after": 600 })), "did not say why"),
        (
            http(429, "").replace("Connection", "Retry-After: 600\r\nConnection"),
            "fewer calls",
        ),
        (
            http(502, "").replace("Connection", "Retry-After: 600\r\nConnection"),
            "502",
        ),
    ] {
        let (url, _requests) = server(vec![answer.clone()]);
        // It does not wait for what will not be in time.
        must_fail(&deliver(&["--url", &url, "--timeout", "60"], MAIL), 75, why);
    }
    for (answer, why) in [
        ("", "broke"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "broke"),
        (&http(200, "<html>"), "no arlo-relay"),
        (&http(200, &"a".repeat(100_000)), "longer than"),
    ] {
        let (url, _requests) = server(vec![answer.to_owned()]);
        let ran = deliver(&["--url", &url, "--timeout", "1"], MAIL);
        assert_eq!((ran.exit, ran.stdout.as_str()), (75, ""), "{why}: {ran:?}");
    }
    // Nobody there, no such host, and a server that accepts and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, why) in [
        (format!("http://{closed}"), "cannot be reached"),
        ("http://relay.invalid".to_owned(), "cannot be reached"),
        (
            format!("http://{}", silent.local_addr().unwrap()),
            "did not answer in time",
        ),
    ] {
        must_fail(&deliver(&["--url", &url, "--timeout", "1"], MAIL), 75, why);
    }
}

#[test]
fn a_relay_that_is_back_soon_gets_the_mail() {
    let away = failed(&json!({ "status": 503, "retry_after": 0 }));
    let (url, requests) = server(vec![away, http(502, ""), String::new(), taken()]);
    let ran = deliver(&["--url", &url, "--json"], MAIL);
    assert_eq!(
        (ran.exit, ran.json()),
        (0, json!({ "result": "code-delivered" })),
        "{ran:?}"
    );
    let requests: Vec<String> = requests.iter().collect();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(|request| request.as_bytes().ends_with(MAIL)));
}

#[test]
fn what_is_no_mail_is_not_sent() {
    let large = [MAIL, &vec![b'a'; 6 << 20]].concat();
    for (mail, why) in [
        (&b""[..], "no mail"),
        (b"just some text", "no mail"),
        (b"\0\0\0", "no mail"),
        (&large, "larger than"),
    ] {
        must_fail(&deliver(&["--url", "http://127.0.0.1:1"], mail), 65, why);
    }
}

#[test]
fn a_mail_that_does_not_end_is_given_up() {
    let mut child = command()
        .args(["deliver", "--url", "http://127.0.0.1:1", "--timeout", "1"])
        .env("ARLO_RELAY_TOKEN", TOKEN)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"From: someone@example.org\n").unwrap();
    must_fail(&Ran::from_output(child.wait_with_output().unwrap()), 75, "did not end");
    drop(stdin);
}

#[test]
fn settings_that_are_wrong_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (empty, bad, settings) = (path("empty"), path("bad"), path("settings.toml"));
    fs::write(&empty, "").unwrap();
    fs::write(&bad, "hunter2\n").unwrap();
    fs::write(&settings, "timeout = 0\ntoken_file = \"nowhere\"\n").unwrap();
    for (args, why) in [
        (&["--url", "http://h"][..], "--token-file"),
        (&["--token-file", "/nowhere/token"], "/nowhere/token"),
        (&["--token-file", &empty], "no access token"),
        (&["--token-file", &bad], "no access token"),
        (&["--config", &settings], "1..=600"),
        (&["--config", "/nowhere/settings.toml"], "/nowhere/settings.toml"),
    ] {
        let ran = run(&[&["deliver"], args].concat());
        must_fail(&ran, 78, why);
        assert!(!ran.stderr.contains("hunter2"), "{ran:?}");
    }
}

#[test]
fn wrong_usage_is_64() {
    for args in [
        &["deliver", "--token", TOKEN][..],
        &["deliver", "mail.eml"],
        &["--log", "loud", "deliver"],
    ] {
        let ran = run(args);
        assert_eq!((ran.exit, ran.stdout.as_str()), (64, ""), "{args:?}: {ran:?}");
    }
    assert_eq!(run(&["deliver", "--help"]).exit, 0);
    assert_eq!(run(&["extract", "--nonsense", "deliver"]).exit, 2);
}
