//! The relay that is measured: `serve`, or another one that is described in a file.
//!
//! The file is a JSON object: `http` and `smtp` are the addresses, `pid` is the process, and `members` is a list of
//! `account`, `relay_address` and `prestage_url`. The relay has to answer a prestage and a poll as the contract of
//! `POST /prepare-arlo-mfa` says, and `?wait=SECONDS` too.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arlo_mail::{Account, Senders};
use futures_util::{StreamExt as _, stream};
use relay::{
    Deployment, Domain, Enroller, JoinLimits, Lifetime, LocalPart, NewEnrolment, Registration, Relay, Settings,
    SystemClock, SystemRandom,
};
use relay_server::data_dir::DataDir;
use relay_server::sqlite::SqliteStore;
use serde::Deserialize;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Serving, processor, resident};

/// Enrolments that are under way at once.
const AT_ONCE: usize = 64;

/// A relay with members.
#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) http: SocketAddr,
    pub(crate) smtp: SocketAddr,
    pid: u32,
    pub(crate) members: Vec<Member>,
    #[serde(skip)]
    _own: Option<(Serving, TempDir)>,
}

/// One enrolment.
#[derive(Deserialize)]
pub(crate) struct Member {
    pub(crate) account: String,
    pub(crate) relay_address: String,
    prestage_url: String,
}

impl Target {
    /// `serve` with so many members.
    pub(crate) async fn started(members: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let serving = Serving::start_quiet(dir.path());
        let members = enrol(dir.path(), members).await;
        Self {
            http: serving.http.parse().unwrap(),
            smtp: serving.smtp.parse().unwrap(),
            pid: serving.id(),
            members,
            _own: Some((serving, dir)),
        }
    }

    /// The one that the file describes.
    pub(crate) fn named(file: &Path) -> Self {
        serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
    }

    pub(crate) fn resident(&self) -> u64 {
        resident(self.pid)
    }

    pub(crate) fn processor(&self) -> Duration {
        processor(self.pid)
    }

    /// Begins a login; gives the path of its poll URL.
    pub(crate) async fn prestage(&self, member: &Member) -> String {
        let path = path_of(&member.prestage_url);
        let body = serde_json::json!({ "email": member.account }).to_string();
        let mut stream = TcpStream::connect(self.http).await.unwrap();
        let call = format!(
            "POST {path} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(call.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        path_of(answer.rsplit_once("\r\n\r\n").unwrap().1.trim()).to_owned()
    }
}

fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").unwrap().1;
    &rest[rest.find('/').unwrap()..]
}

/// Enrols accounts in the data directory, as `enroll` does.
pub(crate) async fn enrol(data_dir: &Path, count: usize) -> Vec<Member> {
    let enroller = Arc::new(enroller(data_dir).await);
    let made = stream::iter(0..count).map(|number| {
        let enroller = Arc::clone(&enroller);
        async move {
            let email = format!("casey{number}@example.org");
            let account = Account::parse(&email).unwrap();
            let new = NewEnrolment {
                account: &account,
                label: None,
                sender: None,
                own_address_only: false,
                require_dkim: false,
            };
            let made = enroller.enrol(new).await.unwrap();
            Member {
                relay_address: enroller.relay_address(&made.local_part),
                prestage_url: format!("http://relay/prepare-arlo-mfa/{}", made.token.expose()),
                account: email,
            }
        }
    });
    made.buffer_unordered(AT_ONCE).collect().await
}

async fn enroller(data_dir: &Path) -> Enroller<SqliteStore> {
    let (deployment, store) = open(data_dir).await;
    Enroller::new(deployment, store)
}

/// The rules over the data directory, as `serve` runs them, and its store. A request lives as long as it may.
pub(crate) async fn relay(data_dir: &Path) -> (Relay<SqliteStore>, SqliteStore) {
    let (deployment, store) = open(data_dir).await;
    let settings = Settings {
        deployment,
        shared: LocalPart::default(),
        lifetime: Lifetime::from_secs(900).unwrap(),
        senders: Senders::default(),
        registration: Registration::Closed,
        join_limits: JoinLimits::default(),
        forwards: false,
    };
    (Relay::new(settings, store.clone()), store)
}

async fn open(data_dir: &Path) -> (Deployment, SqliteStore) {
    let data = DataDir::open(data_dir).await.unwrap();
    let deployment = Deployment {
        keys: data.keys,
        domain: Domain::parse("relay.localhost").unwrap(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    (deployment, data.store)
}

impl Member {
    /// The token in its prestage URL.
    pub(crate) fn token(&self) -> &str {
        self.prestage_url.rsplit_once('/').unwrap().1
    }
}
