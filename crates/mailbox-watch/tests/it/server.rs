//! A server that follows a script, line by line, over a real connection.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mailbox_watch::{
    Arrival, Credential, Encryption, Error, ErrorKind, Pace, Secret, Settings, Start, UserAtHost, Watcher,
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) const PASSWORD: &str = "correct horse";
/// How a connection begins. The text after `C` is a part of the client's line. The text after `S` is sent, with the
/// client's tag for `$`.
pub(crate) const LOGIN: &str = "S * OK ready\nC LOGIN \"casey\" \"correct horse\"\nS $ OK in\nC CAPABILITY\nS * CAPABILITY IMAP4rev1 IDLE UIDPLUS\nS $ OK\n";
pub(crate) const NO_IDLE: &str = "S * OK ready\nC LOGIN\nS $ OK in\nC CAPABILITY\nS * CAPABILITY IMAP4rev1\nS $ OK\n";
pub(crate) const OPEN: &str = "C EXAMINE \"INBOX\"\nS * 3 EXISTS\nS * OK [UIDVALIDITY 7] fine\nS * OK [UIDNEXT 10] next\nS $ OK [READ-ONLY] open\n";
pub(crate) const NOTHING_NEW: &str = "C UID FETCH 10:* (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM DATE)])\nS * 3 FETCH (UID 9 RFC822.SIZE 5 BODY[HEADER.FIELDS (FROM DATE)] \"\")\nS $ OK\n";
pub(crate) const ONE_NEW: &str = "C UID FETCH 10:*\nS * 4 FETCH (FLAGS (\\Recent) BODY[HEADER.FIELDS (\"FROM\" \"DATE\")] {23}\nS From: a@example.org\nS \nS  UID 12)\nS * 2 FETCH (FLAGS (\\Seen))\nS $ OK\n";

pub(crate) struct Server {
    pub(crate) settings: Settings,
    log: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Server {
    /// Each connection follows its script and then stays silent. Further connections follow the last script.
    pub(crate) async fn start(scripts: &[String]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::<Mutex<Vec<String>>>::default();
        let (scripts, heard) = (scripts.to_vec(), Arc::clone(&log));
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
        Self { settings, log, serving }
    }

    pub(crate) fn watcher(&self, start: Start) -> Watcher {
        Watcher::new(self.settings.clone(), pace(), start)
    }

    pub(crate) fn count(&self, part: &str) -> usize {
        self.log
            .lock()
            .unwrap()
            .iter()
            .filter(|line| line.contains(part))
            .count()
    }
}

pub(crate) fn pace() -> Pace {
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
    // The connection stays open and silent.
    let mut rest = String::new();
    while stream.read_line(&mut rest).await.unwrap_or(0) > 0 {
        heard.lock().unwrap().push(rest.trim_end().to_owned());
        rest.clear();
    }
}

pub(crate) fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

pub(crate) fn uids(arrivals: &[Arrival]) -> Vec<u32> {
    arrivals.iter().map(|arrival| arrival.at.uid).collect()
}
