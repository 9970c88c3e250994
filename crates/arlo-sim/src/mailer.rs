//! Sends mails by SMTP, with a few tries, and counts what became of them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use crate::mail::CodeMail;

/// Tries for each mail; the waits between them double from [`FIRST_WAIT`].
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Longest time one try takes.
const TRY_TIMEOUT: Duration = Duration::from_secs(30);
/// How Gmail's outgoing servers greet.
const HELLO_NAME: &str = "mail-sor-f41.google.com";
/// Postings under way at once. More than that, and a posting fails.
const MAX_POSTINGS: usize = 256;

/// What became of the mails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// Mails that the SMTP server took responsibility for.
    pub accepted: u64,
    /// Mails that it refused, or that did not reach it after several tries.
    pub failed: u64,
}

/// A handle to the background tasks that send.
#[derive(Debug)]
pub(crate) struct Mailer {
    smtp: SocketAddr,
    stopping: watch::Receiver<bool>,
    slots: Arc<Semaphore>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    accepted: AtomicU64,
    failed: AtomicU64,
}

impl Mailer {
    pub(crate) fn new(smtp: SocketAddr, stopping: watch::Receiver<bool>) -> Self {
        Self {
            smtp,
            stopping,
            slots: Arc::new(Semaphore::new(MAX_POSTINGS)),
            counts: Arc::default(),
        }
    }

    pub(crate) fn sent(&self) -> Sent {
        Sent {
            accepted: self.counts.accepted.load(Ordering::SeqCst),
            failed: self.counts.failed.load(Ordering::SeqCst),
        }
    }

    /// Sends the mails one after the other, after `delay`, without keeping the caller waiting.
    pub(crate) fn post(&self, mails: Vec<CodeMail>, delay: Duration) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            tracing::warn!("too many mails under way: one dropped");
            self.counts.failed.fetch_add(1, Ordering::SeqCst);
            return;
        };
        let (smtp, counts) = (self.smtp, Arc::clone(&self.counts));
        let mut stopping = self.stopping.clone();
        tokio::spawn(async move {
            let posting = async {
                tokio::time::sleep(delay).await;
                for mail in mails {
                    let sent = send(smtp, mail).await;
                    let count = if sent { &counts.accepted } else { &counts.failed };
                    count.fetch_add(1, Ordering::SeqCst);
                }
            };
            tokio::select! {
                () = posting => {}
                _ = stopping.wait_for(|stopping| *stopping) => {}
            }
            drop(slot);
        });
    }
}

/// Whether the server took the mail, after as many tries as it needs.
async fn send(smtp: SocketAddr, mail: CodeMail) -> bool {
    let Ok(envelope) = Envelope::new(Some(mail.reverse_path), vec![mail.recipient]) else {
        return false;
    };
    let mut wait = FIRST_WAIT;
    for last in (0..TRIES).rev() {
        let tried = timeout(TRY_TIMEOUT, transact(smtp, &envelope, &mail.message)).await;
        match tried.unwrap_or(Err(Failure::Timeout)) {
            Ok(()) => return true,
            Err(failure) if last == 0 || failure.is_permanent() => {
                tracing::warn!(%failure, "a mail could not be sent");
                return false;
            }
            Err(_) => tokio::time::sleep(wait).await,
        }
        wait *= 2;
    }
    false
}

/// One SMTP transaction on a connection of its own.
async fn transact(smtp: SocketAddr, envelope: &Envelope, message: &[u8]) -> Result<(), Failure> {
    let stream = TcpStream::connect(smtp).await?;
    // The end of the message is a write of its own: without this it would wait 40 ms for the acknowledgement of the
    // rest.
    stream.set_nodelay(true)?;
    let hello = ClientId::Domain(HELLO_NAME.to_owned());
    let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await?;
    connection.send(envelope, message).await?;
    // The server has the mail: how it takes leave does not matter.
    let _ = connection.quit().await;
    Ok(())
}

/// Why a try failed, without the server's words: they may repeat an address.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Network(io::ErrorKind),
    #[error("no answer in {} seconds", TRY_TIMEOUT.as_secs())]
    Timeout,
    #[error("the SMTP transaction failed with {}", code.as_deref().unwrap_or("no reply code"))]
    Transaction { permanent: bool, code: Option<String> },
}

impl Failure {
    fn is_permanent(&self) -> bool {
        matches!(self, Self::Transaction { permanent: true, .. })
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Network(error.kind())
    }
}

impl From<smtp::Error> for Failure {
    fn from(error: smtp::Error) -> Self {
        Self::Transaction {
            permanent: error.is_permanent(),
            code: error.status().map(|code| code.to_string()),
        }
    }
}
