//! To whom a mail was delivered.

use std::net::IpAddr;

use bytes::Bytes;

use super::receipt::Receipt;
use crate::enrolment::Enrolment;
use crate::origin::Recipient;
use crate::ports::{AuthenticateMail, FindEnrolments, IntakeStore, PortError, RunWork};
use crate::relay::Relay;
use crate::secret::RelayLocalPart;

/// RFC 5321 section 4.5.1: every server takes mail for its postmaster, with or without its domain.
const POSTMASTER: &str = "postmaster";

/// One mail for one recipient, as a mail server hands it in.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// The address it was delivered to.
    pub recipient: &'a Recipient,
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

/// Whose address it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Addressee {
    Enrolment(Box<Enrolment>),
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
        Ok(match self.addressee(recipient).await? {
            Some(_) => Acceptance::Accepted,
            None => Acceptance::UnknownMailbox,
        })
    }

    async fn addressee(&self, recipient: &Recipient) -> Result<Option<Addressee>, PortError> {
        if recipient.local_part() == POSTMASTER {
            return Ok(Some(Addressee::Postmaster));
        }
        if recipient.local_part() == self.shared.as_str() {
            return Ok(Some(Addressee::Shared));
        }
        let Some(local_part) = RelayLocalPart::parse(recipient.local_part()) else {
            return Ok(None);
        };
        let found = self.store().by_local_part(&local_part).await?;
        Ok(found.map(|enrolment| Addressee::Enrolment(Box::new(enrolment))))
    }
}

impl<S: IntakeStore> Relay<S> {
    /// Takes in one mail for one recipient. Everything that it changes is in the store when this returns.
    ///
    /// # Errors
    /// A port's: the mail is to be handed in again later, and a mail that was taken before does no harm then.
    pub async fn receive(
        &self,
        delivery: Delivery<'_>,
        authenticate: &impl AuthenticateMail,
        work: &impl RunWork,
    ) -> Result<Receipt, PortError> {
        match self.addressee(delivery.recipient).await? {
            Some(Addressee::Enrolment(enrolment)) => self.receive_for(&enrolment, delivery.raw, work).await,
            Some(Addressee::Shared) => self.receive_shared(delivery, authenticate, work).await,
            Some(Addressee::Postmaster) => self.hand_on_unread(delivery.raw, delivery.client).await,
            // Accepted a moment ago and revoked since: nobody's mail any more.
            None => Ok(Receipt::NOBODY),
        }
    }
}
