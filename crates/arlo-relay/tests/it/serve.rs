//! `serve` as an operator runs it: the main story, restarts, a stop, and the mail that is no code.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::support::{PATIENCE, Serving, arlo_mail};
use serde_json::{Value, json};

pub(crate) fn setup() -> (tempfile::TempDir, Serving, Value) {
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
