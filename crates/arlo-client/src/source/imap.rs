//! A mailbox as a code source: the login's own look into the account's mail.
//!
//! The mailbox is opened before Arlo is asked to send, so that whatever has a UID by then is no answer to this login.
//! Of what comes after, only mail from Arlo's sender that is dated within this login is read, newest first. The mailbox
//! is opened read-only: nothing in it is marked or deleted, and other programs may watch it at the same time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mailbox_watch::{Arrival, ErrorKind as MailboxError, Header, Pace, Settings, Start, Watcher};

use super::{CodeSource, PendingCode};
use crate::transport::BoxFuture;
use crate::{Code, Error, ErrorKind};

/// Who sends Arlo's codes.
const ARLO: &str = "do_not_reply@arlo.com";
/// By how much the clock that dated a mail may be behind this machine's.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);
/// Connections tried before the login is given up.
const TRIES: u32 = 3;

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailCode {
    /// Arlo's code.
    Code(Code),
    /// Two codes that differ: never a guess.
    Conflicting,
    /// No code, or no mail of Arlo's.
    Nothing,
}

/// Reads raw mail, of which a mailbox gives the first MiB.
type Reader = Arc<dyn Fn(&[u8]) -> MailCode + Send + Sync>;

/// Gets the code out of an IMAP mailbox. `Debug` shows only the server.
#[derive(Clone)]
pub struct ImapSource {
    settings: Settings,
    senders: Vec<String>,
    read: Reader,
}

impl ImapSource {
    /// A mailbox, and what reads the code out of a raw mail. The reader must look at the mail's sender itself.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for settings that cannot be used.
    pub fn new(settings: Settings, read: impl Fn(&[u8]) -> MailCode + Send + Sync + 'static) -> Result<Self, Error> {
        settings.check().map_err(told)?;
        Ok(Self {
            settings,
            senders: vec![ARLO.to_owned()],
            read: Arc::new(read),
        })
    }

    /// One more sender whose mail is read, as iCloud's Hide My Email needs it.
    #[must_use]
    pub fn sender(mut self, address: &str) -> Self {
        self.senders.push(address.trim().to_lowercase());
        self
    }

    async fn open(&self) -> Result<MailboxRequest, Error> {
        let mut watcher = Watcher::new(self.settings.clone(), Pace::LOGIN, Start::Now);
        let mut tries = 1;
        while let Err(error) = watcher.open().await {
            if !error.is_retryable() || tries == TRIES {
                return Err(told(error));
            }
            tries += 1;
        }
        Ok(MailboxRequest {
            watcher,
            source: self.clone(),
            since: Timestamp::now() - CLOCK_SKEW,
            waiting: Vec::new(),
            outdated: 0,
            trouble: None,
        })
    }
}

impl CodeSource for ImapSource {
    fn prepare<'a>(&'a self, _account: &'a str) -> BoxFuture<'a, Result<Box<dyn PendingCode>, Error>> {
        Box::pin(async move {
            let request: Box<dyn PendingCode> = Box::new(self.open().await?);
            Ok(request)
        })
    }
}

impl fmt::Debug for ImapSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImapSource({})", self.settings.server())
    }
}

/// One login's look into the mailbox.
struct MailboxRequest {
    watcher: Watcher,
    source: ImapSource,
    /// What is dated before is of another login.
    since: Timestamp,
    /// Arlo's mails that were not read yet, the newest last.
    waiting: Vec<Arrival>,
    /// Arlo's mails that came during this login and are dated before it.
    outdated: usize,
    /// The last that went wrong with the mailbox.
    trouble: Option<mailbox_watch::Error>,
}

impl MailboxRequest {
    async fn next(&mut self) -> Result<Code, Error> {
        loop {
            let looked = match self.read_waiting().await {
                Ok(Some(code)) => return code,
                Ok(None) => self.watcher.arrivals().await,
                Err(error) => Err(error),
            };
            match looked {
                Ok(arrivals) => self.sort_in(arrivals),
                Err(error) if error.is_retryable() => {
                    tracing::debug!(%error, "the mailbox is tried again");
                    self.trouble = Some(error);
                }
                Err(error) => return Err(told(error)),
            }
        }
    }

    /// Reads what waits, until a mail has something to say.
    async fn read_waiting(&mut self) -> Result<Option<Result<Code, Error>>, mailbox_watch::Error> {
        while let Some(arrival) = self.waiting.last() {
            let mail = self.watcher.mail(arrival).await?;
            self.waiting.pop();
            match mail.map_or(MailCode::Nothing, |raw| (self.source.read)(&raw)) {
                MailCode::Code(code) => return Ok(Some(Ok(code))),
                MailCode::Conflicting => {
                    let message = "Arlo's mail holds two different codes, and a wrong one counts against the account: log in again";
                    return Ok(Some(Err(Error::new(ErrorKind::CodeSource, message))));
                }
                MailCode::Nothing => {}
            }
        }
        Ok(None)
    }

    fn sort_in(&mut self, arrivals: Vec<Arrival>) {
        for arrival in arrivals {
            self.watcher.done(&arrival);
            if self.is_from_arlo(&arrival.header) {
                if arrival.header.date.is_some_and(|date| date < self.since) {
                    self.outdated += 1;
                } else {
                    self.waiting.push(arrival);
                }
            }
        }
        self.waiting
            .sort_by_key(|arrival| (arrival.header.date, arrival.at.uid));
    }

    fn is_from_arlo(&self, header: &Header) -> bool {
        let from = header.from.as_ref();
        from.is_some_and(|from| self.source.senders.contains(from))
    }

    fn timed_out(&mut self) -> Error {
        let message = match self.outdated {
            0 => "no mail with a code came into the mailbox in time".to_owned(),
            count => format!(
                "no mail with a code came into the mailbox in time; {count} from Arlo were dated before this login: is the clock of this machine right?"
            ),
        };
        let error = Error::new(ErrorKind::CodeTimeout, message);
        match self.trouble.take() {
            Some(trouble) => error.with_source(trouble),
            None => error,
        }
    }
}

impl PendingCode for MailboxRequest {
    fn code(&mut self, within: Duration) -> BoxFuture<'_, Result<Code, Error>> {
        Box::pin(async move {
            let found = tokio::time::timeout(within, self.next()).await;
            found.unwrap_or_else(|_| Err(self.timed_out()))
        })
    }

    fn another(&mut self, within: Duration) -> BoxFuture<'_, Result<Option<Code>, Error>> {
        Box::pin(async move { self.code(within).await.map(Some) })
    }
}

/// A mailbox's error as this crate's. Neither shows a secret.
fn told(error: mailbox_watch::Error) -> Error {
    let kind = match error.kind() {
        MailboxError::Settings => ErrorKind::Configuration,
        _ if error.is_retryable() => ErrorKind::Network,
        _ => ErrorKind::CodeSource,
    };
    Error::new(kind, error.to_string()).with_source(error)
}
