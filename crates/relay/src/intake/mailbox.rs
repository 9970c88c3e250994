//! Mail out of the account's own mailbox.
//!
//! The mailbox belongs to one account and was read with its password. So what is found there came the account's way,
//! as what is delivered to the enrolment's own relay address does. People read such a mailbox too. Only mail that can
//! matter is taken from it: Arlo's, what the account forwarded by hand, and a provider's question whether it may
//! forward. Of all else no more than `From` and `Date` is read, nothing is kept, and the operator gets none of it.

use arlo_mail::{Account, Author, Content};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::receipt::Receipt;
use crate::enrolment::Enrolment;
use crate::ports::{FindEnrolments, IntakeStore, PortError, RunWork};
use crate::relay::Relay;
use crate::request::CLOCK_SKEW;
use crate::settings::Lifetime;

/// A mail of a mailbox that can matter to this enrolment.
#[derive(Debug, Clone)]
pub struct Wanted(Enrolment);

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
        Ok(self.store().by_account(&self.account_hash(account)).await?.is_some())
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
        let Some(enrolment) = self.store().by_account(&self.account_hash(account)).await? else {
            return Ok(None);
        };
        let Some(author) = from.and_then(|from| Author::parse(from).ok()) else {
            return Ok(None);
        };
        let is_arlo = self.senders.contains(&author.sender) || enrolment.sender.as_ref() == Some(&author.sender);
        let may_have_code = (is_arlo || author.account == *account) && self.may_be_waited_for(date);
        Ok((author.asks_to_forward() || may_have_code).then_some(Wanted(enrolment)))
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
        wanted: &Wanted,
        raw: &Bytes,
        work: &impl RunWork,
    ) -> Result<MailboxReceipt, PortError> {
        let Wanted(enrolment) = wanted;
        let read = self.read_for(enrolment, raw, arlo_mail::read, work).await?;
        let dispose = match read.as_ref().map(|(mail, _)| &mail.content) {
            Some(Content::Code(_) | Content::ConflictingCodes) => true,
            Some(Content::ForwardingConfirmation(_)) => false,
            Some(Content::NoCode | Content::NotFromArlo | Content::TooComplex) | None => {
                let (receipt, dispose) = (None, false);
                return Ok(MailboxReceipt { receipt, dispose });
            }
        };
        let receipt = Some(self.take_in(enrolment, read, raw).await?);
        Ok(MailboxReceipt { receipt, dispose })
    }
}
