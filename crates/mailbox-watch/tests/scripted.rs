//! A server that follows a script, line by line, over a real connection: what servers do that they should not.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mailbox_watch::{
    Access, Arrival, Credential, Disposal, Encryption, Error, ErrorKind, Pace, Position, Secret, Settings, Start,
    Trust, UserAtHost, Watcher,
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const PASSWORD: &str = "correct horse";
/// How a connection begins. `C` names what the client's line holds; `S` is sent, with `$` for the client's tag.
const LOGIN: &str = "S * OK ready\nC LOGIN \"casey\" \"correct horse\"\nS $ OK in\nC CAPABILITY\nS * CAPABILITY IMAP4rev1 IDLE UIDPLUS\nS $ OK\n";
const NO_IDLE: &str = "S * OK ready\nC LOGIN\nS $ OK in\nC CAPABILITY\nS * CAPABILITY IMAP4rev1\nS $ OK\n";
const OPEN: &str = "C EXAMINE \"INBOX\"\nS * 3 EXISTS\nS * OK [UIDVALIDITY 7] fine\nS * OK [UIDNEXT 10] next\nS $ OK [READ-ONLY] open\n";
const NOTHING_NEW: &str = "C UID FETCH 10:* (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM DATE)])\nS * 3 FETCH (UID 9 RFC822.SIZE 5 BODY[HEADER.FIELDS (FROM DATE)] \"\")\nS $ OK\n";
const ONE_NEW: &str = "C UID FETCH 10:*\nS * 4 FETCH (FLAGS (\\Recent) BODY[HEADER.FIELDS (\"FROM\" \"DATE\")] {23}\nS From: a@example.org\nS \nS  UID 12)\nS * 2 FETCH (FLAGS (\\Seen))\nS $ OK\n";

struct Server {
    settings: Settings,
    said: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Server {
    /// Each connection follows its script and then stays silent; the last script serves all further ones.
    async fn start(scripts: &[String]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let said = Arc::<Mutex<Vec<String>>>::default();
        let (scripts, heard) = (scripts.to_vec(), Arc::clone(&said));
        let serving = tokio::spawn(async move {
            let mut open = Vec::new();
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let script = scripts[connection.min(scripts.len() - 1)].clone();
                heard.lock().unwrap().push(format!("connection {connection}"));
                open.push(tokio::spawn(follow(stream, script, Arc::clone(&heard))));
            }
        });
        let at = UserAtHost {
            user: "casey".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: Some(port),
        };
        let mut settings = Settings::new(at, Credential::Password(Secret::Value(PASSWORD.to_owned().into())));
        settings.encryption = Encryption::None;
        Self {
            settings,
            said,
            serving,
        }
    }

    fn watcher(&self, start: Start) -> Watcher {
        Watcher::new(self.settings.clone(), pace(), start)
    }

    fn said(&self, part: &str) -> usize {
        self.said
            .lock()
            .unwrap()
            .iter()
            .filter(|line| line.contains(part))
            .count()
    }
}

fn pace() -> Pace {
    let short = Duration::from_millis(2);
    Pace {
        idle: Duration::from_secs(60),
        poll: short,
        least: short,
        first_retry: short,
        last_retry: short * 4,
        first_retry_refused: short,
        last_retry_refused: short * 4,
    }
}

async fn follow(stream: TcpStream, script: String, heard: Arc<Mutex<Vec<String>>>) {
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    let mut tag = String::new();
    for step in script.lines() {
        match step.split_at_checked(2) {
            Some(("C ", wanted)) => {
                let mut line = String::new();
                if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                if line.split(' ').count() > 1 {
                    tag = line.split(' ').next().unwrap().to_owned();
                }
                heard.lock().unwrap().push(line.trim_end().to_owned());
                if !line.contains(wanted) {
                    heard
                        .lock()
                        .unwrap()
                        .push(format!("UNEXPECTED: {line:?} instead of {wanted:?}"));
                    return;
                }
            }
            Some(("S ", text)) => {
                let text = format!("{}\r\n", text.replace('$', &tag));
                if stream.write_all(text.as_bytes()).await.is_err() {
                    return;
                }
            }
            _ if step == "X" => return,
            _ => panic!("{step:?}"),
        }
    }
    // Silent, but there.
    let mut rest = String::new();
    while stream.read_line(&mut rest).await.unwrap_or(0) > 0 {
        heard.lock().unwrap().push(rest.trim_end().to_owned());
        rest.clear();
    }
}

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

fn uids(arrivals: &[Arrival]) -> Vec<u32> {
    arrivals.iter().map(|arrival| arrival.at.uid).collect()
}

#[tokio::test]
async fn new_mail_is_told_by_idle_and_nothing_is_changed() {
    let idle = "C IDLE\nS + idling\nS * OK Still here\nS * 4 EXISTS\nC DONE\nS $ OK idled\n";
    let body = "C UID FETCH 12 (UID BODY.PEEK[]<0.1048576>)\nS * 4 FETCH (UID 12 BODY[]<0> {23}\nS From: a@example.org\nS \nS )\nS $ OK\n";
    let server = Server::start(&[[LOGIN, OPEN, NOTHING_NEW, idle, ONE_NEW, body].concat()]).await;
    let mut watcher = server.watcher(Start::Now);
    watcher.open().await.unwrap();
    assert_eq!(
        watcher.position(),
        Some(Position {
            uid_validity: 7,
            uid: 9
        })
    );
    let arrivals = watcher.arrivals().await.unwrap();
    assert_eq!(uids(&arrivals), [12]);
    assert_eq!(arrivals[0].header.from.as_deref(), Some("a@example.org"));
    let mail = watcher.mail(&arrivals[0]).await.unwrap().unwrap();
    assert!(mail.starts_with(b"From: a@example.org\r\n"), "{mail:?}");
    watcher.done(&arrivals[0]);
    watcher.dispose(&arrivals[0], Disposal::Keep).await.unwrap();
    assert_eq!(watcher.position().unwrap().uid, 12);
    assert_eq!(
        server.said("UNEXPECTED") + server.said("STORE") + server.said("SELECT"),
        0
    );
}

#[tokio::test]
async fn a_server_without_idle_is_asked() {
    let noop = "C NOOP\nS * 4 EXISTS\nS $ OK\n";
    let server = Server::start(&[[NO_IDLE, OPEN, NOTHING_NEW, noop, NOTHING_NEW, noop, ONE_NEW].concat()]).await;
    assert_eq!(uids(&server.watcher(Start::Now).arrivals().await.unwrap()), [12]);
    assert_eq!((server.said("NOOP"), server.said("IDLE")), (2, 0));
}

#[tokio::test]
async fn a_server_that_refuses_idle_is_asked() {
    let refused = "C IDLE\nS $ BAD\nC NOOP\nS $ OK\n".replace("C NOOP", "C UID FETCH 10:*\nS $ OK\nC NOOP");
    let server = Server::start(&[[LOGIN, OPEN, NOTHING_NEW, &refused, ONE_NEW].concat()]).await;
    assert_eq!(uids(&server.watcher(Start::Now).arrivals().await.unwrap()), [12]);
}

#[tokio::test]
async fn a_refused_login_is_named_and_not_confused_with_a_busy_server() {
    for (answer, expected) in [
        (
            "$ NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)",
            ErrorKind::Credentials,
        ),
        ("$ NO LOGIN failed.", ErrorKind::Credentials),
        (
            "$ NO [ALERT] Application-specific password required",
            ErrorKind::Credentials,
        ),
        ("$ NO [UNAVAILABLE] later", ErrorKind::Unavailable),
        (
            "$ NO [ALERT] Too many simultaneous connections. (Failure)",
            ErrorKind::Unavailable,
        ),
        ("$ BAD what?", ErrorKind::Refused),
        ("* BYE gone", ErrorKind::Disconnected),
        ("* 1 FETCH (BODY[] {2000000000}", ErrorKind::Malformed),
        ("\u{7}\u{8}garbage", ErrorKind::Malformed),
    ] {
        let server = Server::start(&[format!("S * OK bonjour à tous\nC LOGIN\nS {answer}\nX")]).await;
        let error = server.watcher(Start::Now).open().await.unwrap_err();
        assert_eq!(error.kind(), expected, "{answer}: {error}");
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("casey") && !shown.contains(PASSWORD) && !shown.contains("Invalid cred"),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn odd_greetings_are_named() {
    for (greeting, expected) in [
        ("S * BYE overloaded", ErrorKind::Unavailable),
        ("S HTTP/1.1 400 Bad Request", ErrorKind::Malformed),
        ("S * 5 EXISTS", ErrorKind::Malformed),
        ("X", ErrorKind::Disconnected),
    ] {
        let server = Server::start(&[format!("{greeting}\n")]).await;
        assert_eq!(kind(server.watcher(Start::Now).open().await), expected, "{greeting}");
    }
}

#[tokio::test]
async fn sasl_is_used_where_login_cannot_be() {
    let plain = "S * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] ready\nC AUTHENTICATE PLAIN\nS +\nC AGNhc2V5AGNvcnJlY3QgaG9yc2U=\nS $ NO\n";
    let server = Server::start(&[plain.to_owned()]).await;
    assert_eq!(kind(server.watcher(Start::Now).open().await), ErrorKind::Credentials);
    assert_eq!(server.said("UNEXPECTED"), 0);

    let xoauth2 = "S * OK ready\nC AUTHENTICATE XOAUTH2\nS + \nC dXNlcj1jYXNleQFhdXRoPUJlYXJlciB0b2tlbgEB\nS + eyJzdGF0dXMiOiI0MDEifQ==\nC \nS A0001 NO fail\n";
    let mut server = Server::start(&[xoauth2.to_owned()]).await;
    server.settings.credential = Credential::OAuth2(Secret::Value("token".to_owned().into()));
    assert_eq!(kind(server.watcher(Start::Now).open().await), ErrorKind::Credentials);
    assert_eq!(server.said("UNEXPECTED"), 0);
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_named_and_found_again() {
    let gone = [LOGIN, "C EXAMINE\nS $ NO [NONEXISTENT] gone\n"].concat();
    let server = Server::start(&[gone.clone(), gone, [LOGIN, OPEN].concat()]).await;
    let mut watcher = server.watcher(Start::Now);
    assert_eq!(kind(watcher.open().await), ErrorKind::NoMailbox);
    assert_eq!(kind(watcher.open().await), ErrorKind::NoMailbox);
    watcher.open().await.unwrap();
}

#[tokio::test]
async fn a_connection_that_breaks_loses_no_mail() {
    let broken = [
        LOGIN,
        OPEN,
        "C UID FETCH 10:*\nS * 4 FETCH (UID 12 BODY[HEADER.FIELDS (FROM DATE)] {2000}\nS From: a\nX",
    ]
    .concat();
    let bye = [
        LOGIN,
        OPEN.replace("UIDNEXT 10", "UIDNEXT 13").as_str(),
        NOTHING_NEW,
        "C IDLE\nS + go\nS * BYE restart\nX",
    ]
    .concat();
    let whole = [LOGIN, OPEN, ONE_NEW].concat();
    let server = Server::start(&[broken, bye, whole]).await;
    let mut watcher = server.watcher(Start::Now);
    assert_eq!(kind(watcher.arrivals().await), ErrorKind::Disconnected);
    assert_eq!(kind(watcher.arrivals().await), ErrorKind::Disconnected);
    assert_eq!(uids(&watcher.arrivals().await.unwrap()), [12]);
    assert_eq!(server.said("connection"), 3);
}

#[tokio::test]
async fn uids_with_a_new_meaning_are_read_anew() {
    let first = [LOGIN, OPEN, ONE_NEW, "C IDLE\nX"].concat();
    let second = [
        LOGIN,
        OPEN.replace("UIDVALIDITY 7", "UIDVALIDITY 8").as_str(),
        "C UID FETCH 1:*\nS * 1 FETCH (UID 3 BODY[HEADER.FIELDS (FROM DATE)] \"\")\nS $ OK\n",
    ]
    .concat();
    let server = Server::start(&[first, second]).await;
    let mut watcher = server.watcher(Start::Now);
    let old = watcher.arrivals().await.unwrap();
    // The connection is lost while the old mail is being read.
    assert!(watcher.mail(&old[0]).await.is_err());
    assert_eq!(watcher.mail(&old[0]).await.unwrap(), None);
    watcher.done(&old[0]);
    assert_eq!(
        watcher.position(),
        Some(Position {
            uid_validity: 8,
            uid: 0
        })
    );
    assert_eq!(uids(&watcher.arrivals().await.unwrap()), [3]);
}

#[tokio::test]
async fn it_goes_on_where_it_was_and_skips_a_backlog_without_end() {
    let opened = |next: &str| [LOGIN, &OPEN.replace("UIDNEXT 10", next)].concat();
    for (next, start, expected) in [
        (
            "UIDNEXT 10",
            Start::At(Position {
                uid_validity: 7,
                uid: 4,
            }),
            4,
        ),
        (
            "UIDNEXT 10",
            Start::At(Position {
                uid_validity: 6,
                uid: 4,
            }),
            0,
        ),
        ("UIDNEXT 10", Start::Recent, 0),
        ("UIDNEXT 1000", Start::Recent, 949),
        (
            "UIDNEXT 4294967295",
            Start::At(Position {
                uid_validity: 7,
                uid: 4,
            }),
            4_294_965_294,
        ),
    ] {
        let server = Server::start(&[opened(next)]).await;
        let mut watcher = server.watcher(start);
        watcher.open().await.unwrap();
        assert_eq!(watcher.position().unwrap().uid, expected, "{next} {start:?}");
    }
}

#[tokio::test]
async fn a_mail_that_the_server_cannot_bring_is_left_out_at_last() {
    let poison = [LOGIN, OPEN, "C UID FETCH 12\nX"].concat();
    let server = Server::start(&[[LOGIN, OPEN, ONE_NEW, "C UID FETCH 12\nX"].concat(), poison]).await;
    let mut watcher = server.watcher(Start::Now);
    let arrival = watcher.arrivals().await.unwrap().remove(0);
    assert_eq!(kind(watcher.mail(&arrival).await), ErrorKind::Disconnected);
    assert_eq!(kind(watcher.mail(&arrival).await), ErrorKind::Disconnected);
    assert_eq!(watcher.mail(&arrival).await.unwrap(), None);
}

#[tokio::test]
async fn answers_that_nobody_can_read_do_not_stop_it_for_ever() {
    let open = OPEN.replace("UIDNEXT 10", "UIDNEXT 12");
    let poison = [LOGIN, &open, "C UID FETCH 10:*\nS * 4 FETCH (UID 10 ((((((((((((((\n"].concat();
    let start = Start::At(Position {
        uid_validity: 7,
        uid: 9,
    });
    let whole = [
        LOGIN,
        &open,
        "C UID FETCH 12:*\nS * 4 FETCH (UID 12 BODY[HEADER.FIELDS (FROM DATE)] \"\")\nS $ OK\n",
    ]
    .concat();
    let server = Server::start(&[poison.clone(), poison.clone(), poison, whole]).await;
    let mut watcher = server.watcher(start);
    for _ in 0..3 {
        assert_eq!(kind(watcher.arrivals().await), ErrorKind::Malformed);
    }
    assert_eq!(uids(&watcher.arrivals().await.unwrap()), [12]);
    assert_eq!(server.said("UNEXPECTED"), 0);
}

#[tokio::test]
async fn a_storm_of_news_about_nothing_makes_no_busy_loop() {
    let storm = "S * 4 EXISTS\n".repeat(500);
    let idle = format!("C IDLE\nS + go\n{storm}C DONE\nS $ OK\n");
    let server = Server::start(&[[LOGIN, OPEN, NOTHING_NEW, &idle, NOTHING_NEW, &idle, ONE_NEW].concat()]).await;
    let mut pace = pace();
    pace.least = Duration::from_secs(1);
    let began = std::time::Instant::now();
    let mut watcher = Watcher::new(server.settings.clone(), pace, Start::Now);
    assert_eq!(uids(&watcher.arrivals().await.unwrap()), [12]);
    assert_eq!(server.said("IDLE"), 2);
    // However slow the machine, the second wait began no sooner.
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn mail_is_marked_or_deleted_only_when_told() {
    let open = OPEN.replace("EXAMINE", "SELECT");
    let delete = "C UID STORE 12 +FLAGS.SILENT (\\Deleted)\nS $ OK\nC UID EXPUNGE 12\nS * 4 EXPUNGE\nS $ OK\nC UID STORE 12 +FLAGS.SILENT (\\Seen)\nS $ OK\n";
    let mut server = Server::start(&[[LOGIN, &open, ONE_NEW, delete].concat()]).await;
    server.settings.access = Access::ReadWrite;
    let mut watcher = server.watcher(Start::Now);
    let arrival = watcher.arrivals().await.unwrap().remove(0);
    watcher.dispose(&arrival, Disposal::Delete).await.unwrap();
    watcher.dispose(&arrival, Disposal::MarkSeen).await.unwrap();
    assert_eq!(server.said("UNEXPECTED"), 0);
}

#[tokio::test]
async fn tls_is_what_it_has_to_be() {
    // A server that speaks no TLS.
    let mut server = Server::start(&["S * OK ready\n".to_owned()]).await;
    server.settings.encryption = Encryption::Tls(Trust::WebRoots);
    assert_eq!(kind(server.watcher(Start::Now).open().await), ErrorKind::NoTls);

    // A certificate that nobody vouches for, then the same one named, then another one named.
    let directory = tempfile::tempdir().unwrap();
    let certified = || rcgen::generate_simple_self_signed(vec!["home.example".to_owned()]).unwrap();
    let (own, other) = (certified(), certified());
    let file = |name: &str, pem: String| {
        let path = directory.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path
    };
    let named = file("own.pem", own.cert.pem());
    let wrong = file("other.pem", other.cert.pem());
    let key = rustls::pki_types::PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = server.settings.clone();
    settings.at.port = Some(listener.local_addr().unwrap().port());
    let serving = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(mut stream) = acceptor.accept(stream).await {
                stream.write_all(b"* BYE that is all\r\n").await.unwrap();
                stream.shutdown().await.unwrap();
            }
        }
    });
    for (trust, expected) in [
        (Trust::WebRoots, ErrorKind::Certificate),
        (Trust::File(wrong), ErrorKind::Certificate),
        (Trust::File(named), ErrorKind::Unavailable),
        (Trust::File(file("empty.pem", String::new())), ErrorKind::Certificate),
    ] {
        settings.encryption = Encryption::Tls(trust.clone());
        let mut watcher = Watcher::new(settings.clone(), pace(), Start::Now);
        assert_eq!(kind(watcher.open().await), expected, "{trust:?}");
    }
    serving.abort();
}

/// The header of the mail with this UID, as the server brings it.
fn header(uid: u32) -> String {
    format!("S * 4 FETCH (UID {uid} BODY[HEADER.FIELDS (FROM DATE)] \"\")\n")
}

const NOT_NOW: &str = "S $ NO [SERVERBUG] one message cannot be read just now\n";

#[tokio::test]
async fn a_refused_fetch_is_tried_again_on_the_same_connection() {
    for refusal in [
        NOT_NOW,
        "S $ NO Some messages could not be FETCHed (Failure)\n",
        "S $ NO [EXPUNGEISSUED] gone\n",
    ] {
        let refused = ["C UID FETCH 10:*\n", refusal].concat();
        let body = [
            "C UID FETCH 12\n",
            refusal,
            "C UID FETCH 12\nS * 4 FETCH (UID 12 BODY[]<0> \"x\")\nS $ OK\n",
        ]
        .concat();
        let script = [LOGIN, OPEN, &refused, &refused, &refused, ONE_NEW, &body].concat();
        let server = Server::start(&[script]).await;
        let mut watcher = server.watcher(Start::Now);
        for _ in 0..3 {
            let error = watcher.arrivals().await.unwrap_err();
            assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::NotNow, true));
        }
        let arrival = watcher.arrivals().await.unwrap().remove(0);
        assert_eq!(kind(watcher.mail(&arrival).await), ErrorKind::NotNow);
        assert_eq!(watcher.mail(&arrival).await.unwrap().unwrap(), b"x");
        assert_eq!((server.said("connection"), server.said("UNEXPECTED")), (1, 0));
    }
}

#[tokio::test]
async fn what_came_before_a_refusal_is_kept_and_the_rest_is_not_lost() {
    let some = ["C UID FETCH 10:*\n", &header(11), &header(12), NOT_NOW].concat();
    let all = ["C UID FETCH 10:*\n", &header(10), &header(11), &header(12), "S $ OK\n"].concat();
    let rest = "C UID FETCH 11:*\nS * 5 FETCH (UID 12 BODY[HEADER.FIELDS (FROM DATE)] \"\")\nS $ OK\nC IDLE\nX";
    let server = Server::start(&[[LOGIN, OPEN, &some, &some, &all, rest].concat()]).await;
    let mut watcher = server.watcher(Start::Now);
    let arrivals = watcher.arrivals().await.unwrap();
    assert_eq!(uids(&arrivals), [11, 12]);
    watcher.done(&arrivals[0]);
    watcher.done(&arrivals[1]);
    assert_eq!(watcher.position().unwrap().uid, 9, "10 was not brought yet");
    assert_eq!(kind(watcher.arrivals().await), ErrorKind::NotNow);
    let arrivals = watcher.arrivals().await.unwrap();
    assert_eq!(uids(&arrivals), [10], "the others are done with");
    watcher.done(&arrivals[0]);
    assert_eq!(kind(watcher.arrivals().await), ErrorKind::Disconnected);
    assert_eq!(watcher.position().unwrap().uid, 12);
    assert_eq!(server.said("UNEXPECTED"), 0);
}

#[tokio::test]
async fn a_mail_that_is_refused_for_ever_keeps_no_other_one_back() {
    let some = ["C UID FETCH 10:*\n", &header(11), NOT_NOW].concat();
    let next = ["C UID FETCH 12:*\n", &header(12), "S $ OK\n"].concat();
    let body = ["C UID FETCH 12\n", NOT_NOW].concat().repeat(12);
    let server = Server::start(&[[LOGIN, OPEN, &some.repeat(12), &next, &body].concat()]).await;
    let mut watcher = server.watcher(Start::Now);
    let arrivals = watcher.arrivals().await.unwrap();
    watcher.done(&arrivals[0]);
    let mut refused = 0;
    let arrival = loop {
        match watcher.arrivals().await {
            Ok(mut arrivals) => break arrivals.remove(0),
            Err(error) => assert_eq!(error.kind(), ErrorKind::NotNow),
        }
        refused += 1;
    };
    assert_eq!((refused, arrival.at.uid), (11, 12));
    for _ in 0..11 {
        assert_eq!(kind(watcher.mail(&arrival).await), ErrorKind::NotNow);
    }
    assert_eq!(watcher.mail(&arrival).await.unwrap(), None, "left out, with a warning");
    assert_eq!((server.said("connection"), server.said("UNEXPECTED")), (1, 0));
}

#[tokio::test]
async fn id_is_sent_once_to_whoever_announces_it_and_the_answer_does_not_matter() {
    let announced = LOGIN.replace("IMAP4rev1 IDLE", "IMAP4rev1 ID IDLE");
    for answer in [
        "S * ID (\"name\" \"Coremail\")\nS $ OK\n",
        "S * ID NIL\nS $ NO who?\n",
        "S $ BAD\n",
    ] {
        let id = ["C ID (\"name\" \"mailbox-watch\" \"version\" \n", answer].concat();
        let server = Server::start(&[[&announced, &id, OPEN].concat()]).await;
        server.watcher(Start::Now).open().await.unwrap();
        assert_eq!((server.said(" ID ("), server.said("UNEXPECTED")), (1, 0), "{answer}");
    }
    let server = Server::start(&[[LOGIN, OPEN].concat()]).await;
    server.watcher(Start::Now).open().await.unwrap();
    assert_eq!(
        server.said(" ID ("),
        0,
        "some servers hang up on a command that they do not know"
    );
}
