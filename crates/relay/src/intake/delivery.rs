//! To whom a mail was delivered.

use std::net::IpAddr;

use bytes::Bytes;

use super::receipt::Receipt;
use crate::audit::ClientNetwork;
use crate::enrolment::Enrolment;
use crate::identity::RelayLocalPart;
use crate::origin::Recipient;
use crate::ports::{AuthenticateMail, FindEnrolments, IntakeStore, PortError, Record, RunWork};
use crate::relay::Relay;
use crate::settings::POSTMASTER;

/// One mail, as a mail server hands it in.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// The sender of the envelope; `None` for the null reverse-path.
    pub reverse_path: Option<&'a str>,
    /// The mail server that handed it in, where it is known and not one of the relay's own machine.
    pub client: Option<IpAddr>,
    /// The message, headers and body.
    pub raw: &'a Bytes,
}

crate::redacted_debug!(Delivery<'_>, |delivery| bytes = delivery.raw.len());

/// Whether an address takes mail here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// It does.
    Accepted,
    /// The domain is ours, the address is nobody's.
    UnknownMailbox,
    /// The domain is not ours.
    NotOurDomain,
}

/// Whose an address is, as it was when it was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Enrolment(Box<Record>),
    Shared,
    Postmaster,
}

impl<S> Relay<S> {
    /// Whether the address is one that anybody may know: the shared one, or the postmaster's.
    #[must_use]
    pub fn is_public(&self, recipient: &Recipient) -> bool {
        let local_part = recipient.local_part();
        local_part == self.shared.as_str() || local_part == POSTMASTER
    }

    /// Whether mail for this address may be taken: it is one that anybody may know, or this deployment made it. Nothing
    /// is looked up, and the domain is not looked at.
    #[must_use]
    pub fn may_take(&self, recipient: &Recipient) -> bool {
        self.is_public(recipient) || self.genuine(recipient).is_some()
    }

    /// The address, if this deployment made it for an enrolment.
    pub(super) fn genuine(&self, recipient: &Recipient) -> Option<RelayLocalPart> {
        let parsed = RelayLocalPart::parse(recipient.local_part());
        parsed.filter(|local_part| local_part.is_genuine(self.keys()))
    }
}

impl<S: FindEnrolments> Relay<S> {
    /// Whether mail for this address is taken.
    ///
    /// # Errors
    /// A port's.
    pub async fn accepts(&self, recipient: &Recipient) -> Result<Acceptance, PortError> {
        let own = self.domain().as_str();
        if recipient.domain().is_some_and(|domain| domain != own) {
            return Ok(Acceptance::NotOurDomain);
        }
        if self.is_public(recipient) {
            return Ok(Acceptance::Accepted);
        }
        let Some(local_part) = self.genuine(recipient) else {
            return Ok(Acceptance::UnknownMailbox);
        };
        let found = self.store().find_enrolment(&local_part.enrolment()).await?;
        let takes_mail = |enrolment: Enrolment| enrolment.takes_mail_at(local_part.version(), self.now());
        Ok(if found.is_some_and(takes_mail) {
            Acceptance::Accepted
        } else {
            Acceptance::UnknownMailbox
        })
    }

    /// Whose the address is; `None` where mail for it is not taken. An address that this deployment did not make is
    /// told without a look into the store. The domain is not looked at.
    ///
    /// # Errors
    /// A port's.
    pub async fn look_up(&self, recipient: &Recipient) -> Result<Option<Addressee>, PortError> {
        if recipient.local_part() == POSTMASTER {
            return Ok(Some(Addressee(Kind::Postmaster)));
        }
        if recipient.local_part() == self.shared.as_str() {
            return Ok(Some(Addressee(Kind::Shared)));
        }
        let Some(local_part) = self.genuine(recipient) else {
            return Ok(None);
        };
        let found = self.store().find(&local_part.enrolment()).await?;
        let record = found.filter(|record| record.enrolment.takes_mail_at(local_part.version(), self.now()));
        Ok(record.map(|record| Addressee(Kind::Enrolment(Box::new(record)))))
    }
}

impl<S: IntakeStore> Relay<S> {
    /// Takes in one mail for one recipient, who was looked up for it. Everything that it changes is in the store when
    /// this returns.
    ///
    /// # Errors
    /// A port's: the mail is to be handed in again later, and a mail that was taken before does no harm then.
    pub async fn receive(
        &self,
        addressee: Addressee,
        delivery: Delivery<'_>,
        authenticate: &impl AuthenticateMail,
        work: &impl RunWork,
    ) -> Result<Receipt, PortError> {
        match addressee.0 {
            Kind::Enrolment(record) => {
                let network = delivery.network();
                self.receive_for(*record, delivery.raw, network, authenticate, work)
                    .await
            }
            Kind::Shared => self.receive_shared(delivery, authenticate, work).await,
            Kind::Postmaster => self.hand_on_unread(delivery.raw, delivery.client).await,
        }
    }
}

impl Delivery<'_> {
    pub(super) fn network(&self) -> Option<ClientNetwork> {
        self.client.map(ClientNetwork::from_address)
    }
}
