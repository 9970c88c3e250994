//! LMTP as a mail server of the same machine uses it: a socket file, and a reply for each recipient.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener as StdListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::smtp_support::{Client, RECIPIENT, Recorder, content, delivery_to, soon};
use relay_server::smtp::{DEFAULT_MODE, Limits, LmtpConfig, LmtpListener, bind_lmtp};
use relay_server::{StartError, StartErrorKind};
use tempfile::TempDir;
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

async fn bind(path: &Path, mode: u32, limits: Limits) -> Result<LmtpListener, StartError> {
    bind_lmtp(LmtpConfig {
        path: path.to_owned(),
        mode,
        hostname: "relay.example".to_owned(),
        limits,
    })
    .await
}

struct Server {
    directory: TempDir,
    path: PathBuf,
    recorder: Arc<Recorder>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start() -> Self {
        Self::limited(|_| {}).await
    }

    async fn limited(change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = Limits::default();
        change(&mut limits);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lmtp.sock");
        let listener = bind(&path, DEFAULT_MODE, limits).await.unwrap();
        let recorder = Arc::<Recorder>::default();
        let (stop, stopped) = oneshot::channel::<()>();
        let delivery = delivery_to(&recorder);
        let task = tokio::spawn(listener.run(delivery, async move {
            let _ = stopped.await;
        }));
        Self {
            directory,
            path,
            recorder,
            stop,
            task,
        }
    }

    async fn connect(&self) -> Client<UnixStream> {
        let mut client = Client::new(UnixStream::connect(&self.path).await.unwrap());
        client.expect("220 relay.example LMTP").await;
        client
    }

    /// Stops it, and returns the names that are left in the directory.
    async fn stop(self) -> Vec<String> {
        self.stop.send(()).unwrap();
        soon(self.task).await.unwrap();
        names(self.directory.path())
    }
}

fn names(directory: &Path) -> Vec<String> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn each_accepted_recipient_gets_its_own_reply() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.ask("LHLO mta.example", "250").await;
    client.ask("MAIL FROM:<casey@example.org>", "250 2.1.0").await;
    for (recipient, code) in [
        ("ours@relay.example", "250 2.1.5"),
        ("ours-down@relay.example", "250 2.1.5"),
        ("nobody@relay.example", "550 5.1.1"),
        ("someone@other.example", "550 5.7.1"),
        ("ours2-down@relay.example", "250 2.1.5"),
        ("OURS@relay.example", "250 2.1.5"),
        ("ours2@relay.example", "250 2.1.5"),
    ] {
        client.ask(&format!("RCPT TO:<{recipient}>"), code).await;
    }
    client.ask("DATA", "354").await;
    client.send("Subject: a\r\n\r\n..b\r\n.\r\n").await;
    // A recipient that was put off does not delay those after it, and one that was named twice is answered twice.
    for code in ["250 2.0.0", "451 4.3.0", "451 4.3.0", "250 2.0.0", "250 2.0.0"] {
        client.expect(code).await;
    }
    client.ask("QUIT", "221").await;
    client.expect_end().await;

    let messages = server.recorder.taken();
    assert_eq!(messages.len(), 2, "one for each recipient that was taken");
    let message = &messages[0];
    assert_eq!((message.client, message.tls), (None, false));
    assert_eq!((message.recipients.len(), message.helo.as_str()), (4, "mta.example"));
    let raw = String::from_utf8(message.raw.to_vec()).unwrap();
    assert!(
        raw.starts_with(
            "Return-Path: <casey@example.org>\r\nReceived: from mta.example\r\n\tby relay.example with LMTP;\r\n\t"
        ),
        "{raw}"
    );
    assert_eq!(content(&message.raw), b"Subject: a\r\n\r\n.b\r\n");
}

#[tokio::test]
async fn the_session_goes_on_after_a_message() {
    let server = Server::limited(|limits| limits.message = 1000).await;
    let mut client = server.connect().await;
    let envelope = "MAIL FROM:<>\r\nRCPT TO:<ours@relay.example>\r\nRCPT TO:<ours2@relay.example>\r\nDATA\r\n";
    let large = "a".repeat(2000);
    client
        .send(format!(
            "LHLO a\r\n{envelope}{large}\r\n.\r\n{envelope}small\r\n.\r\nDATA\r\nQUIT\r\n"
        ))
        .await;
    client.expect("250-").await;
    for outcome in ["552 5.3.4", "250 2.0.0"] {
        for code in ["250 2.1.0", "250 2.1.5", "250 2.1.5", "354", outcome, outcome] {
            client.expect(code).await;
        }
    }
    client.expect("503").await;
    client.expect("221").await;
    assert_eq!(server.recorder.contents(), [b"small\r\n", b"small\r\n"]);
}

#[tokio::test]
async fn a_client_of_the_other_protocol_finds_out_at_once() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    client.ask("EHLO a", "500 5.5.2").await;
    client.ask("HELO a", "500 5.5.2").await;
    client.ask("MAIL FROM:<>", "503").await;
    let offered = client.ask("LHLO a", "250-relay.example").await;
    assert!(!offered.contains("STARTTLS"), "{offered}");
    client.ask("STARTTLS", "502").await;
    client.ask("MAIL FROM:<>", "250").await;
    client.ask("DATA", "503").await;
}

#[tokio::test]
async fn too_many_connections_are_told_so() {
    let server = Server::limited(|limits| {
        limits.connections.all = 2;
        limits.connections.narrow = 1;
    })
    .await;
    let mut held = [server.connect().await, server.connect().await];
    for client in &mut held {
        client.ask("LHLO a", "250").await;
        client.ask("MAIL FROM:<>", "250").await;
        client.ask(&format!("RCPT TO:<{RECIPIENT}>"), "250").await;
    }
    let mut third = Client::new(UnixStream::connect(&server.path).await.unwrap());
    third.expect("421 4.7.0").await;
    third.expect_end().await;
}

#[tokio::test]
async fn the_file_has_its_mode_and_goes_with_the_server() {
    let server = Server::start().await;
    assert_eq!(mode(&server.path), 0o660);
    assert_eq!(names(server.directory.path()), ["lmtp.sock"], "nothing else is left");
    let mut idle = server.connect().await;
    let stopping = tokio::spawn(server.stop());
    idle.expect("421 4.3.2").await;
    assert!(soon(stopping).await.unwrap().is_empty());

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let listener = bind(&path, 0o606, Limits::default()).await.unwrap();
    assert_eq!((mode(&path), listener.path()), (0o606, path.as_path()));
    drop(listener);
    assert!(
        names(directory.path()).is_empty(),
        "a start that is given up leaves nothing"
    );
}

#[tokio::test]
async fn what_a_killed_server_left_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lmtp.sock");
    drop(StdListener::bind(&path).unwrap());
    assert!(path.exists());
    let listener = bind(&path, DEFAULT_MODE, Limits::default()).await.unwrap();
    UnixStream::connect(&path).await.unwrap();
    drop(listener);
    assert!(!path.exists());
}

#[tokio::test]
async fn what_is_another_s_is_left_alone() {
    let refused = async |path: &Path, why: &str| {
        let error = bind(path, DEFAULT_MODE, Limits::default()).await.unwrap_err();
        assert_eq!(error.kind(), StartErrorKind::Socket);
        let shown = error.to_string();
        assert!(shown.contains(path.to_str().unwrap()) && shown.contains(why), "{shown}");
    };

    let server = Server::start().await;
    refused(&server.path, "another process listens").await;
    server.connect().await.ask("LHLO a", "250").await;

    let file = server.directory.path().join("notes.txt");
    fs::write(&file, "mine").unwrap();
    refused(&file, "no socket").await;
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");

    refused(&server.directory.path().join("none/lmtp.sock"), "").await;
    refused(&server.directory.path().join("x".repeat(300)), "").await;

    // Another server has taken the place: its socket stays when this one ends.
    fs::remove_file(&server.path).unwrap();
    let _other = StdListener::bind(&server.path).unwrap();
    let mut left = server.stop().await;
    left.sort_unstable();
    assert_eq!(left, ["lmtp.sock", "notes.txt"]);
}

#[tokio::test]
async fn a_directory_without_permission_is_named() {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o500)).unwrap();
    if fs::write(directory.path().join("probe"), "").is_ok() {
        // The superuser may write everywhere: there is nothing to test.
        return;
    }
    let path = directory.path().join("lmtp.sock");
    let error = bind(&path, DEFAULT_MODE, Limits::default()).await.unwrap_err();
    assert!(error.to_string().contains("denied"), "{error}");
}
