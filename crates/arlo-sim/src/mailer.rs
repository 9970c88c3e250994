//! Sends letters by SMTP, with a few tries, and counts what became of them.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor, address::Envelope, transport::smtp::extension::ClientId,
};
use tokio::sync::{Semaphore, watch};

use crate::{cloud::Sent, mail::Letter};

/// Tries for each letter; the waits between them double from [`FIRST_WAIT`].
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Longest wait for an answer of the SMTP server.
const SMTP_TIMEOUT: Duration = Duration::from_secs(30);
/// Postings under way at once. More than that, and a posting fails.
const MAX_POSTINGS: usize = 256;

/// A handle to the background tasks that send.
#[derive(Debug)]
pub(crate) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
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
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(smtp.ip().to_string())
            .port(smtp.port())
            .hello_name(ClientId::Domain("mail-sor-f41.google.com".to_owned()))
            .timeout(Some(SMTP_TIMEOUT))
            .build();
        Self {
            transport,
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

    /// Sends the letters one after the other, after `delay`, without keeping the caller waiting.
    pub(crate) fn post(&self, letters: Vec<Letter>, delay: Duration) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            tracing::warn!("too many mails under way: one dropped");
            self.counts.failed.fetch_add(1, Ordering::SeqCst);
            return;
        };
        let (transport, counts) = (self.transport.clone(), Arc::clone(&self.counts));
        let mut stopping = self.stopping.clone();
        tokio::spawn(async move {
            let posting = async {
                tokio::time::sleep(delay).await;
                for letter in letters {
                    let sent = send(&transport, letter).await;
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

/// Whether the server took the letter.
async fn send(transport: &AsyncSmtpTransport<Tokio1Executor>, letter: Letter) -> bool {
    let Ok(envelope) = Envelope::new(Some(letter.reverse_path), vec![letter.recipient]) else {
        return false;
    };
    let mut wait = FIRST_WAIT;
    for last in (0..TRIES).rev() {
        match transport.send_raw(&envelope, &letter.message).await {
            Ok(_) => return true,
            Err(error) if error.is_permanent() || last == 0 => {
                // The server's words may repeat an address: only the reply code is told.
                let code = error.status().map(|code| code.to_string());
                tracing::warn!(code, timeout = error.is_timeout(), "a mail could not be sent");
                return false;
            }
            Err(_) => tokio::time::sleep(wait).await,
        }
        wait *= 2;
    }
    false
}
