//! One mail that SES has stored: processed for each of its recipients, then deleted.
//!
//! The recipients are in the event. A mail for none that this deployment made is not even read: it costs no call. For
//! the others the mail and their enrolments are read at the same time.
//!
//! A mail that cannot be processed now is an error: Lambda tries the event again and at last puts it into the
//! dead-letter queue, and the mail stays stored. The relay recognises a mail that it has processed before, so another
//! attempt does no harm. Everything else is only logged: an event that names no mail, a mail that is gone, bytes that
//! are no mail.

mod event;
mod stored;

use std::error::Error as _;

use bytes::Bytes;
use relay::ports::{Clock, Inline, PortError};
use relay::{Addressee, Delivery, Receipt, Recipient, Relay, SystemClock};

use self::event::{NoMail, Stored};
pub use self::stored::StoredMails;
use crate::connection::Connection;
use crate::metrics::{MailDone, Metrics};
use crate::runtime::{Error, Event, Events};
use crate::settings::Settings;
use crate::store::AwsStore;

/// The relay of this deployment and the mails that SES stores for it.
#[derive(Debug)]
pub struct Inbound {
    relay: Relay<AwsStore>,
    mails: StoredMails,
    metrics: Metrics,
}

/// Processes mails until Lambda ends the process.
///
/// # Errors
/// When Lambda's runtime API is away.
pub async fn serve(events: &Events, connection: Connection, settings: Settings) -> Result<(), Error> {
    let inbound = Inbound::new(&connection, &settings);
    let process = async |event: Event| {
        Box::pin(inbound.take_in(&event.payload, &event.id)).await?;
        Ok(Bytes::from_static(b"null"))
    };
    events.serve(process).await
}

impl Inbound {
    /// Processes the mails of this deployment.
    #[must_use]
    pub fn new(connection: &Connection, settings: &Settings) -> Self {
        Self {
            relay: Relay::new(settings.relay.clone(), settings.store(connection)),
            mails: StoredMails::new(
                connection.bucket_of_mails(&settings.places.bucket),
                settings.mail_prefix.clone(),
            ),
            metrics: settings.metrics.clone(),
        }
    }

    /// Processes the mails of one event, which is in JSON. Its id is Lambda's.
    ///
    /// # Errors
    /// When one of them has to be tried again.
    pub async fn take_in(&self, event: &[u8], event_id: &str) -> Result<(), PortError> {
        let mails = event::mails(event);
        if mails.is_empty() {
            tracing::warn!("an event without a mail");
        }
        let mut failed = None;
        for mail in mails {
            match mail {
                Ok(mail) => failed = self.take_in_one(&mail, event_id).await.err().or(failed),
                Err(NoMail::SetupNotification) => tracing::info!("SES has made its rule"),
                Err(NoMail::NotSes) => tracing::warn!("a record that names no mail of SES"),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn take_in_one(&self, mail: &Stored, event_id: &str) -> Result<(), PortError> {
        let id = mail.id.as_str();
        let own = self.relay.domain().as_str();
        let recipients: Vec<&Recipient> = mail
            .recipients
            .iter()
            .filter(|recipient| recipient.domain() == Some(own) && self.relay.may_take(recipient))
            .collect();
        if recipients.is_empty() {
            // Not even a deletion is spent on it: the bucket's lifecycle rule deletes it.
            tracing::info!(mail = id, "a mail for nobody");
            return Ok(());
        }
        if mail.is_infected {
            tracing::warn!(mail = id, "SES found a virus in a mail: it is deleted unread");
            self.mails.delete(id).await;
            return Ok(());
        }
        let (addressees, raw) = tokio::join!(self.look_up(&recipients), self.mails.read(id));
        let Some(raw) = raw? else {
            tracing::warn!(
                mail = id,
                "a mail is gone: it was taken in before, or is older than a day"
            );
            return Ok(());
        };
        let mut failed = None;
        for addressee in addressees? {
            let delivery = Delivery {
                reverse_path: mail.reverse_path.as_deref(),
                client: None,
                raw: &raw,
            };
            match self.relay.receive(addressee, delivery, &mail.verdicts, &Inline).await {
                Ok(receipt) => self.tell(&receipt, raw.len(), mail, event_id),
                Err(error) => {
                    tracing::error!(mail = id, %error, cause = error.source(), "a mail has to be tried again");
                    failed = Some(error);
                }
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        self.mails.delete(id).await;
        Ok(())
    }

    /// Writes the mail's one line.
    fn tell(&self, receipt: &Receipt, bytes: usize, mail: &Stored, event_id: &str) {
        if !self.metrics.are_on() {
            relay::log_receipt!(*receipt, bytes, "mail", mail = mail.id);
            return;
        }
        self.metrics.mail(&MailDone {
            event: event_id,
            mail: &mail.id,
            receipt,
            bytes,
            received: mail.received,
            at: SystemClock.now(),
        });
    }

    /// Those of the recipients whose mail is taken.
    async fn look_up(&self, recipients: &[&Recipient]) -> Result<Vec<Addressee>, PortError> {
        let mut addressees = Vec::with_capacity(recipients.len());
        for recipient in recipients {
            addressees.extend(self.relay.look_up(recipient).await?);
        }
        Ok(addressees)
    }
}
