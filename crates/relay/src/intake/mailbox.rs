//! Mail out of the account's own mailbox.
//!
//! The mailbox belongs to one account and was read with its password. So what is found there came the account's way,
//! as what is delivered to the enrolment's own relay address does. People read such a mailbox too. Only mail that can
//! matter is taken from it: Arlo's, what the account forwarded by hand, and a provider's question whether it may
//! forward. Of all else no more than `From` and `Date` is read, nothing is kept, and the operator gets none of it.

use arlo_mail::{Account, Author, Content, Sender};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::outcome::claims_code;
use super::reading::{Read, content};
use super::receipt::Receipt;
use crate::mail_event::MailEvent;
use crate::ports::{AuthenticateMail, FindEnrolments, IntakeStore, PortError, Record, RunWork};
use crate::relay::Relay;
use crate::request::{CLOCK_SKEW, Pending};
use crate::settings::Lifetime;

/// A mail of a mailbox that can matter to these enrolments.
#[derive(Debug, Clone)]
pub struct Wanted(Vec<Record>);

/// What became of a mail out of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailboxReceipt {
    /// What became of it; `None` where it is a person's mail and none of the relay's business.
    pub receipt: Option<Receipt>,
    /// Whether it had a code: then the mailbox does not need it any more.
    pub dispose: bool,
}

impl<S: FindEnrolments> Relay<S> {
    /// Whether the account is enrolled.
    ///
    /// # Errors
    /// The port's.
    pub async fn is_enrolled(&self, account: &Account) -> Result<bool, PortError> {
        Ok(!self.for_operator(account).await?.is_empty())
    }

    /// The account's enrolments whose mail is taken beside their own relay addresses: those that the operator made, and
    /// not those that strangers made in its name.
    pub(super) async fn for_operator(&self, account: &Account) -> Result<Vec<Record>, PortError> {
        let mut records = self.store().at_shared_address(&self.keys().hashes(account)).await?;
        records.retain(|Record { enrolment, .. }| enrolment.suspended_at.is_none());
        Ok(records)
    }

    /// Whether a mail in the account's mailbox can matter, by its header alone: who wrote it, and whether it can be
    /// meant for a login that still waits. `from` is the address of its one author.
    ///
    /// # Errors
    /// The port's.
    pub async fn wants(
        &self,
        account: &Account,
        from: Option<&str>,
        date: Option<Timestamp>,
    ) -> Result<Option<Wanted>, PortError> {
        let Some(author) = from.and_then(|from| Author::parse(from).ok()) else {
            return Ok(None);
        };
        let mut records = self.for_operator(account).await?;
        let is_arlos = |own: Option<&Sender>| self.senders.contains(&author.sender) || own == Some(&author.sender);
        let is_in_time = self.may_be_waited_for(date);
        records.retain(|Record { enrolment, .. }| {
            let may_have_code = (is_arlos(enrolment.sender.as_ref()) || author.account == *account) && is_in_time;
            author.asks_to_forward() || may_have_code
        });
        Ok((!records.is_empty()).then_some(Wanted(records)))
    }

    /// Whether a login request can still wait that was made when the mail was written. A mail without a date counts as
    /// new.
    fn may_be_waited_for(&self, date: Option<Timestamp>) -> bool {
        // A second more: the Date is in whole seconds.
        let longest = Lifetime::MAX.get() + CLOCK_SKEW + SignedDuration::from_secs(1);
        let oldest = self.now().saturating_sub(longest);
        date.is_none_or(|date| oldest.is_ok_and(|oldest| date >= oldest))
    }
}

impl<S: IntakeStore> Relay<S> {
    /// Takes in a mail that was found in the account's own mailbox.
    ///
    /// # Errors
    /// As [`Self::receive`].
    pub async fn receive_from_mailbox(
        &self,
        wanted: Wanted,
        raw: &Bytes,
        authenticate: &impl AuthenticateMail,
        work: &impl RunWork,
    ) -> Result<MailboxReceipt, PortError> {
        let mut reads = Vec::with_capacity(wanted.0.len());
        for record in wanted.0 {
            let read = self.read_for(&record.enrolment, raw, arlo_mail::read, work).await?;
            reads.push((record, read));
        }
        let unsigned = match self.drop_unsigned(&mut reads, raw, authenticate, work).await {
            Ok(unsigned) => unsigned,
            Err(error) => return self.receive_unchecked(reads, raw, error).await,
        };
        let dispose = reads.iter().any(|(_, read)| content(read).is_some_and(claims_code));
        // For an enrolment with a sender of its own the same mail may be a code that is none for another.
        reads.retain(|(_, read)| match content(read) {
            Some(Content::Code(_) | Content::ConflictingCodes) => true,
            Some(Content::ForwardingConfirmation(_)) => !dispose,
            Some(Content::NoCode | Content::NotFromArlo | Content::TooComplex) | None => false,
        });
        let receipt = match unsigned {
            _ if !reads.is_empty() => Some(self.take_in(reads, raw, None).await?),
            Some(refused) => Some(self.count(refused, MailEvent::NotSigned, None, None).await?),
            None => None,
        };
        Ok(MailboxReceipt { receipt, dispose })
    }

    /// Takes in a mail whose signature cannot be checked now, where it ends a login of an enrolment that does not ask
    /// for one, or has ended one. Otherwise it is to be found again later, and not counted before.
    async fn receive_unchecked(
        &self,
        mut reads: Vec<(Record, Option<Read>)>,
        raw: &Bytes,
        error: PortError,
    ) -> Result<MailboxReceipt, PortError> {
        let now = self.now();
        reads.retain(|(record, read)| {
            let written_at = read.as_ref().and_then(|(mail, _)| mail.date).unwrap_or(now);
            !record.enrolment.require_dkim && Pending::choose(&record.pending, written_at, now).is_some()
        });
        let receipt = self.take_in(reads, raw, None).await?;
        if receipt.request.is_none() && receipt.event != Some(MailEvent::Duplicate) {
            return Err(error);
        }
        Ok(MailboxReceipt {
            receipt: Some(receipt),
            dispose: true,
        })
    }
}
