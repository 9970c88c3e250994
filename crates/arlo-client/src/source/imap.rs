//! A mailbox as a code source: the login itself reads the account's mail.
//!
//! The mailbox is opened before Arlo is asked to send a code, so a mail that has a UID by then does not belong to this
//! login. Of the later mails, only those from Arlo's sender that are dated within this login are read, newest first.
//! The mailbox is opened read-only: nothing in it is marked or deleted, and other programs may watch it at the same
//! time.

use std::fmt;
use std::time::Duration;

use arlo_mail::{CLOCK_SKEW, Code, Content, Sender, Senders};
use jiff::Timestamp;
use mailbox_watch::{Arrival, ErrorKind as MailboxErrorKind, Header, Pace, Settings, Start, Watcher};

use super::{CodeSource, PendingCode};
use crate::transport::BoxFuture;
use crate::{Error, ErrorKind, clock};

/// How often the mailbox is opened before the login fails.
const TRIES: u32 = 3;

/// Gets the code from an IMAP mailbox. `Debug` shows only the server.
#[derive(Clone)]
pub struct ImapSource {
    settings: Settings,
    senders: Senders,
}

impl ImapSource {
    /// A mailbox that receives Arlo's mail.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for settings that cannot be used.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        settings.check().map_err(mailbox_error)?;
        Ok(Self {
            settings,
            senders: Senders::default(),
        })
    }

    /// Adds a sender whose mail counts as Arlo's. iCloud's Hide My Email needs it.
    #[must_use]
    pub fn sender(mut self, sender: Sender) -> Self {
        self.senders = self.senders.with(sender);
        self
    }

    async fn open(&self) -> Result<MailboxRequest, Error> {
        let mut watcher = Watcher::new(self.settings.clone(), Pace::LOGIN, Start::Now);
        let mut tries = 1;
        while let Err(error) = watcher.open().await {
            if !error.is_retryable() || tries == TRIES {
                return Err(mailbox_error(error));
            }
            tries += 1;
        }
        Ok(MailboxRequest {
            watcher,
            senders: self.senders.clone(),
            since: clock::now() - CLOCK_SKEW,
            unread: Vec::new(),
            outdated: 0,
            last_error: None,
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

/// The wait of one login for its code.
struct MailboxRequest {
    watcher: Watcher,
    senders: Senders,
    /// A mail that is dated before this belongs to another login.
    since: Timestamp,
    /// Arlo's mails that were not read yet, the newest last.
    unread: Vec<Arrival>,
    /// How many of Arlo's mails came during this login and are dated before it.
    outdated: usize,
    /// The last error of the mailbox.
    last_error: Option<mailbox_watch::Error>,
}

impl MailboxRequest {
    async fn next(&mut self) -> Result<Code, Error> {
        loop {
            let arrivals = match self.read_unread().await {
                Ok(Some(result)) => return result,
                Ok(None) => self.watcher.arrivals().await,
                Err(error) => Err(error),
            };
            match arrivals {
                Ok(arrivals) => self.add(arrivals),
                Err(error) if error.is_retryable() => {
                    tracing::debug!(%error, "the mailbox is tried again");
                    self.last_error = Some(error);
                }
                Err(error) => return Err(mailbox_error(error)),
            }
        }
    }

    /// Reads the unread mails until one has a code, or two different codes.
    async fn read_unread(&mut self) -> Result<Option<Result<Code, Error>>, mailbox_watch::Error> {
        while let Some(arrival) = self.unread.last() {
            let raw = self.watcher.mail(arrival).await?;
            self.unread.pop();
            let mail = raw.and_then(|raw| arlo_mail::read(&raw, &self.senders).ok());
            match mail.map(|mail| mail.content) {
                Some(Content::Code(code)) => return Ok(Some(Ok(code))),
                Some(Content::ConflictingCodes) => {
                    let message = "Arlo's mail has two different codes, and a wrong one counts against the account: log \
                                   in again";
                    return Ok(Some(Err(Error::new(ErrorKind::CodeSource, message))));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn add(&mut self, arrivals: Vec<Arrival>) {
        for arrival in arrivals {
            self.watcher.done(&arrival);
            if self.is_from_arlo(&arrival.header) {
                if arrival.header.date.is_some_and(|date| date < self.since) {
                    self.outdated += 1;
                } else {
                    self.unread.push(arrival);
                }
            }
        }
        self.unread.sort_by_key(|arrival| (arrival.header.date, arrival.at.uid));
    }

    fn is_from_arlo(&self, header: &Header) -> bool {
        let sender = header.from.as_deref().and_then(|from| Sender::parse(from).ok());
        sender.is_some_and(|sender| self.senders.contains(&sender))
    }

    fn timed_out(&mut self) -> Error {
        let message = match self.outdated {
            0 => "no mail with a code came into the mailbox in time".to_owned(),
            count => format!(
                "no mail with a code came into the mailbox in time; {count} from Arlo were dated before this login: is \
                 the clock of this machine right?"
            ),
        };
        let error = Error::new(ErrorKind::CodeTimeout, message);
        match self.last_error.take() {
            Some(source) => error.with_source(source),
            None => error,
        }
    }
}

impl PendingCode for MailboxRequest {
    fn code(&mut self, within: Duration) -> BoxFuture<'_, Result<Code, Error>> {
        Box::pin(async move {
            let code = tokio::time::timeout(within, self.next()).await;
            code.unwrap_or_else(|_| Err(self.timed_out()))
        })
    }

    fn another(&mut self, within: Duration) -> BoxFuture<'_, Result<Option<Code>, Error>> {
        Box::pin(async move { self.code(within).await.map(Some) })
    }
}

/// An error of the mailbox as an error of this crate. Neither shows a secret.
fn mailbox_error(error: mailbox_watch::Error) -> Error {
    let kind = match error.kind() {
        MailboxErrorKind::Settings => ErrorKind::Configuration,
        _ if error.is_retryable() => ErrorKind::Network,
        _ => ErrorKind::CodeSource,
    };
    Error::new(kind, error.to_string()).with_source(error)
}
