//! Delivers the mail of the SMTP and LMTP listeners to the relay.

use std::error::Error;
use std::time::Instant;

use client_limits::Client;
use jiff::Timestamp;
use relay::ports::PortError;
use relay::{Acceptance, Delivery, Recipient, Relay};

use crate::authentication::{Authenticator, Connection, OneConnection};
use crate::metrics::{Metrics, Via};
use crate::smtp::{Deliver, Message, Unavailable};
use crate::sqlite::SqliteStore;
use crate::workers::Workers;

/// Delivery to this relay.
#[derive(Debug, Clone)]
pub(crate) struct RelayDelivery {
    relay: Relay<SqliteStore>,
    authenticator: Authenticator,
    workers: Workers,
    metrics: Metrics,
}

impl RelayDelivery {
    pub(crate) fn new(
        relay: Relay<SqliteStore>,
        authenticator: Authenticator,
        workers: Workers,
        metrics: Metrics,
    ) -> Self {
        Self {
            relay,
            authenticator,
            workers,
            metrics,
        }
    }

    fn put_off(&self, via: Via, error: &PortError) -> Unavailable {
        self.metrics.mail(via, PUT_OFF);
        away(error)
    }
}

/// The outcome of a mail for which the relay cannot answer now.
const PUT_OFF: &str = "put-off";

/// What has no address comes from this machine's own mail server.
fn via(message: &Message) -> Via {
    match message.client {
        Some(_) => Via::Smtp,
        None => Via::Lmtp,
    }
}

fn away(error: &PortError) -> Unavailable {
    tracing::warn!(%error, cause = error.source(), "mail is put off");
    Unavailable
}

impl Deliver for RelayDelivery {
    async fn accepts(&self, recipient: &Recipient) -> Result<Acceptance, Unavailable> {
        self.relay.accepts(recipient).await.map_err(|error| away(&error))
    }

    fn is_open(&self, recipient: &Recipient) -> bool {
        self.relay.is_public(recipient)
    }

    fn now(&self) -> Timestamp {
        self.relay.now()
    }

    async fn receive(&self, message: &Message, recipient: &Recipient) -> Result<(), Unavailable> {
        let (via, received) = (via(message), Instant::now());
        let found = self.relay.look_up(recipient).await;
        let found = found.map_err(|error| self.put_off(via, &error))?;
        let Some(addressee) = found else {
            tracing::info!(
                bytes = message.raw.len(),
                "mail for an address that was given up since RCPT"
            );
            return Ok(());
        };
        let connection = OneConnection {
            authenticator: &self.authenticator,
            connection: Connection {
                client: message.client,
                helo: &message.helo,
            },
        };
        let delivery = Delivery {
            reverse_path: message.reverse_path.as_deref(),
            client: message.client.filter(|client| !client.is_loopback()),
            raw: &message.raw,
        };
        let work = self.workers.share(Client::new(message.client));
        let receipt = self
            .relay
            .receive(addressee, delivery, &connection, &work)
            .await
            .map_err(|error| self.put_off(via, &error))?;
        self.metrics.delivered(via, &receipt, received);
        relay::log_receipt!(receipt, message.raw.len(), "mail");
        Ok(())
    }
}

#[cfg(test)]
mod tests;
