//! Sends mails by SMTP, with several tries, and counts the results.

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

/// Tries for each mail. The wait between two tries doubles, beginning with [`FIRST_WAIT`].
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Longest time for one try.
const TRY_TIMEOUT: Duration = Duration::from_secs(30);
/// The name with which Gmail's outgoing servers greet.
const HELLO_NAME: &str = "mail-sor-f41.google.com";
/// The most sendings at once. A further one fails.
const MAX_SENDINGS: usize = 256;

/// How many mails were sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// Mails that the SMTP server accepted.
    pub accepted: u64,
    /// Mails that it refused, or that could not be delivered to it in several tries.
    pub failed: u64,
}

/// Sends mails in background tasks.
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
            slots: Arc::new(Semaphore::new(MAX_SENDINGS)),
            counts: Arc::default(),
        }
    }

    pub(crate) fn sent(&self) -> Sent {
        Sent {
            accepted: self.counts.accepted.load(Ordering::SeqCst),
            failed: self.counts.failed.load(Ordering::SeqCst),
        }
    }

    /// Sends the mails one after the other, after `delay`, in the background.
    pub(crate) fn send(&self, mails: Vec<CodeMail>, delay: Duration) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            tracing::warn!("too many mails at once: one is dropped");
            self.counts.failed.fetch_add(1, Ordering::SeqCst);
            return;
        };
        let (smtp, counts) = (self.smtp, Arc::clone(&self.counts));
        let mut stopping = self.stopping.clone();
        tokio::spawn(async move {
            let sending = async {
                tokio::time::sleep(delay).await;
                for mail in mails {
                    let sent = deliver(smtp, mail).await;
                    let count = if sent { &counts.accepted } else { &counts.failed };
                    count.fetch_add(1, Ordering::SeqCst);
                }
            };
            tokio::select! {
                () = sending => {}
                _ = stopping.wait_for(|stopping| *stopping) => {}
            }
            drop(slot);
        });
    }
}

/// Sends one mail, with several tries. Gives whether the server accepted it.
async fn deliver(smtp: SocketAddr, mail: CodeMail) -> bool {
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

/// One SMTP transaction on a new connection.
async fn transact(smtp: SocketAddr, envelope: &Envelope, message: &[u8]) -> Result<(), Failure> {
    let stream = TcpStream::connect(smtp).await?;
    // The end of the message is a separate write. Without this it would wait 40 ms for the acknowledgement of the rest.
    stream.set_nodelay(true)?;
    let hello = ClientId::Domain(HELLO_NAME.to_owned());
    let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await?;
    connection.send(envelope, message).await?;
    // The server has accepted the mail. The answer to QUIT does not matter.
    let _ = connection.quit().await;
    Ok(())
}

/// Why a try failed. Holds no text of the server, which may repeat an address.
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
