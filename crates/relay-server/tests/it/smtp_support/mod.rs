//! A server on a free loopback port, a delivery that records, and a client that speaks bytes.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use relay::SystemClock;
use relay::ports::Clock;
use relay_server::smtp::{Acceptance, Config, Deliver, Limits, Message, Recipient, Unavailable, bind};
use relay_server::tls::Certificate;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A test fails after this time without an answer.
const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) const RECIPIENT: &str = "ours@relay.example";

/// Takes mail for `ours…@relay.example` and postmaster; a message for `ours…-down` is put off.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) messages: Mutex<Vec<Message>>,
    pub(crate) down: AtomicBool,
    /// A message is taken for each permit, where this is set.
    pub(crate) gate: Option<Semaphore>,
    /// A permit for each message that waits at the gate.
    pub(crate) waiting: Option<Semaphore>,
}

impl Recorder {
    pub(crate) fn gated() -> Self {
        Self {
            gate: Some(Semaphore::new(0)),
            waiting: Some(Semaphore::new(0)),
            ..Self::default()
        }
    }

    pub(crate) fn taken(&self) -> Vec<Message> {
        self.messages.lock().unwrap().clone()
    }

    /// What was sent in each message, without our trace lines.
    pub(crate) fn contents(&self) -> Vec<Vec<u8>> {
        self.taken().iter().map(|message| content(&message.raw)).collect()
    }
}

/// A message without Return-Path and the three lines of Received.
pub(crate) fn content(raw: &[u8]) -> Vec<u8> {
    raw.splitn(5, |&byte| byte == b'\n').nth(4).unwrap().to_vec()
}

#[derive(Clone)]
struct SharedRecorder(Arc<Recorder>);

impl Deliver for SharedRecorder {
    async fn accepts(&self, recipient: &Recipient) -> Result<Acceptance, Unavailable> {
        if self.0.down.load(Ordering::SeqCst) {
            return Err(Unavailable);
        }
        Ok(match (recipient.local_part(), recipient.domain()) {
            ("postmaster", None) => Acceptance::Accepted,
            (local, Some("relay.example")) if local.starts_with("ours") => Acceptance::Accepted,
            (_, None | Some("relay.example")) => Acceptance::UnknownMailbox,
            _ => Acceptance::NotOurDomain,
        })
    }

    fn is_open(&self, recipient: &Recipient) -> bool {
        recipient.local_part() == "postmaster"
    }

    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    async fn receive(&self, message: &Message, recipient: &Recipient) -> Result<(), Unavailable> {
        if let (Some(gate), Some(waiting)) = (&self.0.gate, &self.0.waiting) {
            waiting.add_permits(1);
            gate.acquire().await.unwrap().forget();
        }
        if self.0.down.load(Ordering::SeqCst) {
            return Err(Unavailable);
        }
        if recipient.local_part().ends_with("-down") {
            return Err(Unavailable);
        }
        self.0.messages.lock().unwrap().push(message.clone());
        Ok(())
    }
}

/// Delivers to the recorder.
pub(crate) fn delivery_to(recorder: &Arc<Recorder>) -> impl Deliver + use<> {
    SharedRecorder(recorder.clone())
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) recorder: Arc<Recorder>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(Recorder::default(), Limits::default(), None).await
    }

    pub(crate) async fn limited(change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = Limits::default();
        change(&mut limits);
        Self::with(Recorder::default(), limits, None).await
    }

    pub(crate) async fn with(recorder: Recorder, limits: Limits, certificate: Option<Certificate>) -> Self {
        let listener = bind(Config {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            hostname: "relay.example".to_owned(),
            identity: certificate.map(|certificate| certificate.load().unwrap()),
            limits,
        })
        .await
        .unwrap();
        let recorder = Arc::new(recorder);
        let (stop, stopped) = oneshot::channel::<()>();
        Self {
            address: listener.local_addr(),
            task: tokio::spawn(listener.run(SharedRecorder(recorder.clone()), async move {
                let _ = stopped.await;
            })),
            recorder,
            stop,
        }
    }

    /// Connects without reading the greeting.
    pub(crate) async fn dial(&self) -> Client<TcpStream> {
        Client::new(TcpStream::connect(self.address).await.unwrap())
    }

    pub(crate) async fn connect(&self) -> Client<TcpStream> {
        let mut client = self.dial().await;
        client.expect("220 relay.example ESMTP").await;
        client
    }

    /// A client at the point where the message may come.
    pub(crate) async fn connect_to_data(&self) -> Client<TcpStream> {
        let mut client = self.connect().await;
        client.open_data().await;
        client
    }

    /// Asks the server to stop; the handle ends when it has.
    pub(crate) fn stop(self) -> (JoinHandle<()>, Arc<Recorder>) {
        self.stop.send(()).unwrap();
        (self.task, self.recorder)
    }
}

/// Waits, but not for ever.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(DEADLINE, future).await.expect("no answer in time")
}

pub(crate) struct Client<S> {
    stream: BufReader<S>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream: BufReader::new(stream),
        }
    }

    pub(crate) fn into_inner(self) -> S {
        assert!(self.stream.buffer().is_empty(), "{:?}", self.stream.buffer());
        self.stream.into_inner()
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        soon(self.stream.write_all(bytes.as_ref())).await.unwrap();
        soon(self.stream.flush()).await.unwrap();
    }

    /// One reply, all its lines.
    pub(crate) async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let start = reply.len();
            soon(self.stream.read_line(&mut reply)).await.unwrap();
            let line = &reply[start..];
            assert!(line.ends_with("\r\n"), "broken reply {reply:?}");
            if line.as_bytes()[3] == b' ' {
                return reply;
            }
        }
    }

    pub(crate) async fn expect(&mut self, start: &str) -> String {
        let reply = self.reply().await;
        assert!(reply.starts_with(start), "{reply:?} instead of {start}");
        reply
    }

    /// Sends one command and takes its reply.
    pub(crate) async fn ask(&mut self, command: &str, start: &str) -> String {
        self.send(format!("{command}\r\n")).await;
        let reply = self.reply().await;
        assert!(reply.starts_with(start), "{command}: {reply:?} instead of {start}");
        reply
    }

    pub(crate) async fn open_data(&mut self) {
        self.ask("EHLO client.example", "250").await;
        self.ask("MAIL FROM:<casey@example.org>", "250 2.1.0").await;
        self.ask(&format!("RCPT TO:<{RECIPIENT}>"), "250 2.1.5").await;
        self.ask("DATA", "354").await;
    }

    /// The server has closed, and sent no more.
    pub(crate) async fn expect_end(&mut self) {
        let mut rest = Vec::new();
        match soon(self.stream.read_to_end(&mut rest)).await {
            Ok(_) => assert!(rest.is_empty(), "{:?}", String::from_utf8_lossy(&rest)),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
        }
    }

    /// Closes our half, and waits until the server has closed its own.
    pub(crate) async fn hang_up(mut self) {
        let _ = self.stream.shutdown().await;
        let mut rest = Vec::new();
        let _ = soon(self.stream.read_to_end(&mut rest)).await;
    }
}
