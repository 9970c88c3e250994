//! Receives mail from a mailbox, for a relay without a domain.
//!
//! The rules decide which mail can matter, and what becomes of it: [`Relay::wants`] and
//! [`Relay::receive_from_mailbox`]. This module watches the mailbox.
//!
//! The store has how far the mailbox was read. A mail may still be read twice, after a crash or when the mailbox
//! changes its UIDVALIDITY. That does no harm: the rules recognise a copy, and a mail that is too old.

use std::error::Error as _;
use std::time::Duration;

use arlo_mail::Account;
use bytes::Bytes;
use mailbox_watch::{Arrival, Disposal, ErrorKind, Header, Pace, Position, Settings, Start, Watcher};
use relay::Relay;
use relay::ports::PortError;

use crate::authentication::{Authenticator, Connection, OneConnection};
use crate::error::StartError;
use crate::metrics::{Metrics, Via};
use crate::sqlite::SqliteStore;
use crate::workers::WorkShare;

/// The time between two checks whether the account is enrolled: another process may enrol it.
const ENROLLED_EVERY: Duration = Duration::from_secs(2);

/// One account's mailbox.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// Its server, its name there and the login.
    pub settings: Settings,
    /// The account that it belongs to.
    pub account: Account,
    /// What becomes of a mail with a code.
    pub disposal: Disposal,
}

/// Checks the settings of all mailboxes, before anything is opened.
pub(crate) fn check(mailboxes: &[Mailbox]) -> Result<(), StartError> {
    for (index, mailbox) in mailboxes.iter().enumerate() {
        let server = mailbox.settings.server();
        mailbox.settings.check().map_err(|error| {
            StartError::setting(format!("the mailbox at {server} cannot be watched")).caused_by(error)
        })?;
        let same = |other: &Mailbox| {
            let (one, other) = (&mailbox.settings, &other.settings);
            one.server() == other.server() && one.mailbox == other.mailbox
        };
        let mut earlier = mailboxes.iter().take(index);
        if earlier.any(|other| other.account == mailbox.account && same(other)) {
            return Err(StartError::setting(format!(
                "one account has the same mailbox at {server} twice"
            )));
        }
    }
    Ok(())
}

/// Watches a mailbox until `stopped` ends. A mail that is being received then is received again after the next start.
pub(crate) async fn run(
    relay: Relay<SqliteStore>,
    store: SqliteStore,
    mailbox: Mailbox,
    authenticator: Authenticator,
    work: WorkShare,
    metrics: Metrics,
    stopped: impl Future<Output = ()>,
) {
    let intake = MailboxIntake {
        server: mailbox.settings.server(),
        relay,
        store,
        mailbox,
        authenticator,
        work,
        metrics,
    };
    let watching = Box::pin(intake.watch());
    tokio::select! {
        () = stopped => {}
        never = watching => match never {},
    }
}

struct MailboxIntake {
    relay: Relay<SqliteStore>,
    store: SqliteStore,
    mailbox: Mailbox,
    authenticator: Authenticator,
    work: WorkShare,
    metrics: Metrics,
    server: String,
}

/// Why a mail is not received now.
enum NotTaken {
    Mailbox(mailbox_watch::Error),
    Store(PortError),
}

impl From<PortError> for NotTaken {
    fn from(error: PortError) -> Self {
        Self::Store(error)
    }
}

impl From<mailbox_watch::Error> for NotTaken {
    fn from(error: mailbox_watch::Error) -> Self {
        Self::Mailbox(error)
    }
}

impl MailboxIntake {
    async fn watch(&self) -> std::convert::Infallible {
        self.enrolled().await;
        let start = match self.store.setting(self.position_name()).await {
            Ok(kept) => kept
                .and_then(|bytes| Position::from_bytes(&bytes))
                .map_or(Start::Recent, Start::At),
            Err(error) => {
                tracing::warn!(%error, "how far the mailbox was read is not known: its newest mails are read");
                Start::Recent
            }
        };
        let mut watcher = Watcher::new(self.mailbox.settings.clone(), Pace::SERVICE, start);
        let mut log = Log::default();
        loop {
            if let Err(not_taken) = self.turn(&mut watcher, &mut log).await {
                match not_taken {
                    NotTaken::Mailbox(error) => log.failed(&self.server, &error),
                    NotTaken::Store(error) => {
                        tracing::warn!(%error, cause = error.source(), "mail is put off");
                        watcher.put_off();
                    }
                }
            }
        }
    }

    /// Waits for mail once, and receives it.
    async fn turn(&self, watcher: &mut Watcher, log: &mut Log) -> Result<(), NotTaken> {
        watcher.open().await?;
        log.opened(&self.server);
        for arrival in watcher.arrivals().await? {
            let disposal = self.take(watcher, &arrival).await?;
            watcher.done(&arrival);
            if let Err(error) = watcher.dispose(&arrival, disposal).await {
                tracing::warn!(server = self.server, %error, "a mail stays in the mailbox as it is");
            }
        }
        // Once for all of them: reading a mail again after a failure before this does no harm.
        if let Some(position) = watcher.position() {
            self.store
                .set_setting(self.position_name(), position.to_bytes().to_vec())
                .await?;
        }
        Ok(())
    }

    /// Receives a mail, if it can matter. Returns what to do with it in the mailbox.
    async fn take(&self, watcher: &mut Watcher, arrival: &Arrival) -> Result<Disposal, NotTaken> {
        let Header { from, date } = &arrival.header;
        let wanted = self.relay.wants(&self.mailbox.account, from.as_deref(), *date).await?;
        let Some(wanted) = wanted else {
            return Ok(Disposal::Keep);
        };
        let Some(raw) = watcher.mail(arrival).await?.map(Bytes::from) else {
            return Ok(Disposal::Keep);
        };
        // Who sent it to the mailbox is not known here.
        let authenticate = OneConnection {
            authenticator: &self.authenticator,
            connection: Connection::default(),
        };
        let taken = self
            .relay
            .receive_from_mailbox(wanted, &raw, &authenticate, &self.work)
            .await?;
        if let Some(receipt) = taken.receipt {
            self.metrics.mail(Via::Imap, receipt.outcome());
            relay::log_receipt!(receipt, raw.len(), "mail from the mailbox", server = self.server);
        }
        Ok(if taken.dispose {
            self.mailbox.disposal
        } else {
            Disposal::Keep
        })
    }

    /// Waits until the account is enrolled.
    async fn enrolled(&self) {
        let account = self.relay.account_hash(&self.mailbox.account);
        let mut logged = false;
        loop {
            match self.relay.is_enrolled(&self.mailbox.account).await {
                Ok(true) => return,
                Ok(false) if logged => {}
                Ok(false) => {
                    logged = true;
                    tracing::warn!(server = self.server, %account, "the mailbox waits: its account is not enrolled yet");
                }
                Err(error) => tracing::warn!(%error, cause = error.source(), "the mailbox waits"),
            }
            tokio::time::sleep(ENROLLED_EVERY).await;
        }
    }

    /// The name under which the store keeps how far the mailbox was read. It names no account.
    fn position_name(&self) -> String {
        let account = self.relay.account_hash(&self.mailbox.account);
        let Settings { mailbox, .. } = &self.mailbox.settings;
        format!("imap position: {account} {} {mailbox}", self.server)
    }
}

/// Logs what changed, and not the same again with each attempt.
#[derive(Default)]
struct Log {
    open: bool,
    failure: Option<ErrorKind>,
}

impl Log {
    fn opened(&mut self, server: &str) {
        if !self.open {
            tracing::info!(server, "the mailbox is watched");
        }
        (self.open, self.failure) = (true, None);
    }

    fn failed(&mut self, server: &str, error: &mailbox_watch::Error) {
        let cause = error.source();
        // Connections end often, and a connection that lasted is made again.
        let is_usual = self.open && matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::Timeout);
        if self.failure == Some(error.kind()) || is_usual {
            tracing::debug!(server, %error, cause, "the mailbox is tried again");
        } else {
            let advice = if error.is_retryable() {
                "it is tried again"
            } else {
                "it is tried again, at longer intervals"
            };
            tracing::warn!(server, %error, cause, "the mailbox cannot be read: {advice}");
        }
        self.open = false;
        self.failure = Some(error.kind());
    }
}

#[cfg(test)]
mod tests {
    use mailbox_watch::{Credential, Encryption, Secret};

    use super::*;

    fn mailbox(at: &str, account: &str, name: &str) -> Mailbox {
        let credential = Credential::Password(Secret::Value("geheim".to_owned().into()));
        let mut settings = Settings::new(at.parse().unwrap(), credential);
        settings.mailbox = name.to_owned();
        Mailbox {
            settings,
            account: Account::parse(account).unwrap(),
            disposal: Disposal::Keep,
        }
    }

    #[test]
    fn one_mailbox_is_watched_once() {
        let one = || mailbox("casey@imap.example.org", "casey@example.org", "INBOX");
        let others = [
            one(),
            mailbox("casey@imap.example.org", "casey@example.org", "Arlo"),
            mailbox("casey@imap.example.org:1993", "casey@example.org", "INBOX"),
            mailbox("robin@imap.example.org", "robin@example.org", "INBOX"),
        ];
        assert!(check(&others).is_ok());
        let message = check(&[one(), one()]).unwrap_err().to_string();
        assert!(message.contains("twice") && !message.contains("casey"), "{message}");
    }

    #[test]
    fn what_cannot_be_watched_is_named_before_anything_is_opened() {
        let mut plain = mailbox("casey@imap.example.org", "casey@example.org", "INBOX");
        plain.settings.encryption = Encryption::None;
        assert!(check(&[plain]).unwrap_err().to_string().contains("TLS"));
    }
}
