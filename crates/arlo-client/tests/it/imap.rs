//! A mailbox as a code source, over a real connection to a small IMAP server.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use arlo_client::mailbox_watch::{Credential, Encryption, Secret, Settings, UserAtHost};
use arlo_client::{CodeSource, ErrorKind, ImapSource, Sender};
use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const LONG: Duration = Duration::from_secs(30);

/// The mails of the mailbox, with UIDs from 1, and the commands that came.
#[derive(Clone, Default)]
struct Mailbox {
    mails: Arc<Mutex<Vec<String>>>,
    commands: Arc<Mutex<Vec<String>>>,
    /// How many FETCH commands are still refused.
    refusals: Arc<Mutex<usize>>,
}

impl Mailbox {
    /// A mail of Arlo's text with a code, dated `age` seconds ago.
    fn deliver(&self, from: &str, age: i64, code: &str) {
        self.deliver_text(from, age, &format!("{SENTENCE}{code}\r\n"));
    }

    fn deliver_text(&self, from: &str, age: i64, text: &str) {
        let date = jiff::fmt::rfc2822::to_string(
            &(Timestamp::now() - jiff::SignedDuration::from_secs(age)).to_zoned(jiff::tz::TimeZone::UTC),
        )
        .unwrap();
        self.mails
            .lock()
            .unwrap()
            .push(format!("From: {from}\r\nDate: {date}\r\n\r\n{text}"));
    }

    async fn serve(&self, password: &'static str) -> Settings {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = UserAtHost {
            user: "casey".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: Some(listener.local_addr().unwrap().port()),
        };
        let mailbox = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(mailbox.clone().speak(stream));
            }
        });
        let mut settings = Settings::new(at, Credential::Password(Secret::Value(password.to_owned().into())));
        settings.encryption = Encryption::None;
        settings
    }

    async fn speak(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let _ = stream.write_all(b"* OK ready\r\n").await;
        let mut line = String::new();
        while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
            let (tag, command) = line.trim_end().split_once(' ').unwrap();
            self.commands.lock().unwrap().push(command.to_owned());
            let (untagged, status) = self.answer(command);
            let answer = format!("{untagged}{tag} {status}\r\n");
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
            line.clear();
        }
    }

    fn refuses(&self) -> bool {
        let mut refusals = self.refusals.lock().unwrap();
        let refuses = *refusals > 0;
        *refusals = refusals.saturating_sub(1);
        refuses
    }

    fn answer(&self, command: &str) -> (String, &'static str) {
        let mails = self.mails.lock().unwrap().clone();
        let words: Vec<&str> = command.split(' ').collect();
        match words[0] {
            "LOGIN" if !command.contains("correct horse") => (String::new(), "NO [AUTHENTICATIONFAILED] no"),
            "CAPABILITY" => ("* CAPABILITY IMAP4rev1\r\n".to_owned(), "OK"),
            "EXAMINE" => (
                format!("* OK [UIDVALIDITY 1]\r\n* OK [UIDNEXT {}]\r\n", mails.len() + 1),
                "OK",
            ),
            "UID" if self.refuses() => (String::new(), "NO Some messages could not be FETCHed (Failure)"),
            "UID" => {
                let (first, last) = match words[2].strip_suffix(":*") {
                    Some(first) => (first.parse().unwrap(), mails.len()),
                    None => (words[2].parse().unwrap(), words[2].parse().unwrap()),
                };
                let whole = command.contains("BODY.PEEK[]");
                let item = if whole {
                    "BODY[]<0>"
                } else {
                    "BODY[HEADER.FIELDS (FROM DATE)]"
                };
                let responses = (first..=last).map(|uid: usize| {
                    let mail = &mails[uid - 1];
                    let shown = if whole {
                        mail.as_str()
                    } else {
                        mail.split_inclusive("\r\n\r\n").next().unwrap()
                    };
                    format!("* {uid} FETCH (UID {uid} {item} {{{}}}\r\n{shown})\r\n", shown.len())
                });
                (responses.collect(), "OK")
            }
            _ => (String::new(), "OK"),
        }
    }
}

/// What Arlo writes around its code.
const SENTENCE: &str = "Your Arlo one-time authentication code is:\r\n\r\n";

const ARLO: &str = "Arlo <do_not_reply@arlo.com>";

#[tokio::test]
async fn only_new_mail_of_this_login_from_arlo_is_read_and_the_newest_first() {
    let mailbox = Mailbox::default();
    mailbox.deliver(ARLO, 5, "111111");
    let source = ImapSource::new(mailbox.serve("correct horse").await).unwrap();
    let mut pending = source.prepare("casey@example.org").await.unwrap();
    mailbox.deliver(ARLO, 600, "222222");
    mailbox.deliver("x@example.net", 0, "333333");
    mailbox.deliver("\"do_not_reply@arlo.com\" <x@example.net>", 0, "444444");
    mailbox.deliver(ARLO, 20, "012345");
    mailbox.deliver(ARLO, 10, "555555");
    mailbox.deliver_text(ARLO, 0, "Welcome to Arlo.\r\n");
    assert_eq!(pending.code(LONG).await.unwrap().expose(), "555555");
    assert_eq!(pending.another(LONG).await.unwrap().unwrap().expose(), "012345");
    let commands = mailbox.commands.lock().unwrap().clone();
    let bodies: Vec<&String> = commands.iter().filter(|line| line.contains("BODY.PEEK[]")).collect();
    assert_eq!(bodies.len(), 3, "{bodies:?}");
    assert!(
        !commands
            .iter()
            .any(|line| line.contains("STORE") || line.contains("SELECT") || line.contains("SEARCH")),
        "{commands:?}"
    );
}

#[tokio::test]
async fn two_codes_in_one_mail_are_an_error() {
    let mailbox = Mailbox::default();
    let source = ImapSource::new(mailbox.serve("correct horse").await).unwrap();
    let mut pending = source.prepare("casey@example.org").await.unwrap();
    mailbox.deliver_text(ARLO, 0, &format!("{SENTENCE}111111\r\n\r\n{SENTENCE}222222\r\n"));
    assert_eq!(pending.code(LONG).await.unwrap_err().kind(), ErrorKind::CodeSource);
}

#[tokio::test]
async fn another_sender_can_be_named() {
    let mailbox = Mailbox::default();
    let source = ImapSource::new(mailbox.serve("correct horse").await)
        .unwrap()
        .sender(Sender::parse("arlo_1@iCloud.example").unwrap());
    let mut pending = source.prepare("casey@example.org").await.unwrap();
    mailbox.deliver("arlo_1@icloud.example", 0, "666666");
    assert_eq!(pending.code(LONG).await.unwrap().expose(), "666666");
}

#[tokio::test]
async fn a_timeout_says_that_the_clock_may_be_wrong() {
    let mailbox = Mailbox::default();
    let source = ImapSource::new(mailbox.serve("correct horse").await).unwrap();
    let mut pending = source.prepare("casey@example.org").await.unwrap();
    mailbox.deliver(ARLO, 600, "222222");
    let error = pending.code(Duration::from_millis(500)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CodeTimeout);
    assert!(error.to_string().contains("clock"), "{error}");
}

#[tokio::test]
async fn a_wrong_password_ends_it_at_once() {
    let mailbox = Mailbox::default();
    let source = ImapSource::new(mailbox.serve("wrong pony").await).unwrap();
    let error = source.prepare("casey@example.org").await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::CodeSource);
    assert!(!error.is_retryable());
    assert_eq!(mailbox.commands.lock().unwrap().len(), 1);
    let shown = format!("{error} {error:?} {source:?}");
    assert!(!shown.contains("casey") && !shown.contains("pony"), "{shown}");
}

#[tokio::test]
async fn a_fetch_that_is_refused_for_a_moment_ends_no_login() {
    let mailbox = Mailbox::default();
    let source = ImapSource::new(mailbox.serve("correct horse").await).unwrap();
    let mut pending = source.prepare("casey@example.org").await.unwrap();
    mailbox.deliver(ARLO, 0, "012345");
    *mailbox.refusals.lock().unwrap() = 2;
    assert_eq!(pending.code(LONG).await.unwrap().expose(), "012345");
    let commands = mailbox.commands.lock().unwrap().clone();
    assert_eq!(
        commands.iter().filter(|line| line.starts_with("LOGIN")).count(),
        1,
        "{commands:?}"
    );
}
