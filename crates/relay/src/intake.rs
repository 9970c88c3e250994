//! Taking in a mail: who may give a code to which login request.
//!
//! A mail gives a code when Arlo wrote it and it came the account's way, by the first of these that holds:
//! 1. it was delivered to the enrolment's own secret relay address (or handed in with its access token);
//! 2. arlo.com signed it, and the mail or its Gmail envelope names the account;
//! 3. the account's own mail provider sent it on for that account, and the account is named.
//!
//! What the account itself forwarded by hand counts by way 1 or 3. Anything else is counted in the enrolment's status
//! and ends nothing. Way 1 needs no look-up in DNS: it is the fast one.

use std::fmt;
use std::net::IpAddr;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::account::{Account, AccountHash};
use crate::code::Code;
use crate::enrolment::{Confirmation, Enrolment, MailEvent};
use crate::mail::{self, Content, ForwardingConfirmation, Mail, MailId, NotAMail, Senders};
use crate::operator_mail;
use crate::origin::{ARLO_DOMAIN, Forwarder, GOOGLE_DOMAIN, Recipient, Verdicts};
use crate::ports::{
    AuthenticateMail, FindEnrolments, ForOperator, ForwardMail, ForwardReason, PortError, RecordMail, RunWork,
    SettleRequests, Settled, Settlement, Writer,
};
use crate::relay::{Refusal, Relay};
use crate::request::{self, CLOCK_SKEW, Fault, Pending};
use crate::secret::{AccessToken, Mailbox, RequestId};

/// How long a code that was handed in without a mail is remembered: long enough for a web hook that fires twice, short
/// enough that Arlo may send the same code again for the next login.
const ADDED_SEEN_FOR: SignedDuration = SignedDuration::from_secs(60);
/// How often a request may be lost to another mail before the mail is put off.
const MAX_CHOICES: usize = 8;

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

impl fmt::Debug for Delivery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("bytes", &self.raw.len())
            .finish_non_exhaustive()
    }
}

/// What one mail came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// In one word; `None` for what is no mail at all.
    pub event: Option<MailEvent>,
    /// Whose it was, where that is known.
    pub account: Option<AccountHash>,
    /// The login request that it ended.
    pub request: Option<RequestId>,
}

impl Receipt {
    fn nobody(event: Option<MailEvent>) -> Self {
        Self {
            event,
            account: None,
            request: None,
        }
    }
}

/// What a recipient's address is here.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Addressee {
    Enrolment(Box<Enrolment>),
    Shared,
    Postmaster,
}

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

impl<S: FindEnrolments> Relay<S> {
    /// Whether mail for this address is taken.
    ///
    /// # Errors
    /// A port's.
    pub async fn accepts(&self, recipient: &Recipient) -> Result<Acceptance, PortError> {
        if recipient.domain().is_some_and(|domain| domain != self.settings.domain) {
            return Ok(Acceptance::NotOurDomain);
        }
        Ok(match self.addressee(recipient).await? {
            Some(_) => Acceptance::Accepted,
            None => Acceptance::UnknownMailbox,
        })
    }

    async fn addressee(&self, recipient: &Recipient) -> Result<Option<Addressee>, PortError> {
        // RFC 5321 section 4.5.1: every server takes mail for its postmaster, with or without its domain.
        if recipient.local_part() == "postmaster" {
            return Ok(Some(Addressee::Postmaster));
        }
        if recipient.local_part() == self.settings.shared_mailbox {
            return Ok(Some(Addressee::Shared));
        }
        let Some(mailbox) = Mailbox::parse(recipient.local_part()) else {
            return Ok(None);
        };
        Ok(self
            .store
            .by_mailbox(&mailbox)
            .await?
            .map(|enrolment| Addressee::Enrolment(Box::new(enrolment))))
    }
}

impl<S: FindEnrolments + SettleRequests + RecordMail + ForwardMail> Relay<S> {
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
            Some(Addressee::Postmaster) => {
                self.forward(delivery.raw, ForwardReason::NoCode, writer_of(delivery.client))
                    .await?;
                Ok(Receipt::nobody(None))
            }
            // Accepted a moment ago and revoked since: nobody's mail any more.
            None => Ok(Receipt::nobody(None)),
        }
    }

    /// Takes in a mail that came to an enrolment's own relay address, or with its access token.
    ///
    /// # Errors
    /// As [`Self::receive`].
    pub async fn receive_for(
        &self,
        enrolment: &Enrolment,
        raw: &Bytes,
        work: &impl RunWork,
    ) -> Result<Receipt, PortError> {
        let Ok(mail) = self.read_for(enrolment, raw, work).await? else {
            return self.count(enrolment, MailEvent::NotFromArlo, None).await;
        };
        let is_own = |account: &Account| account.hash(&self.settings.hash_key) == enrolment.account;
        if claims_code(&mail.content) && !mail.forwarded_by.as_ref().is_none_or(is_own) {
            return self.count(enrolment, MailEvent::ForwardedByAnother, None).await;
        }
        self.admit(enrolment, &mail, raw).await
    }

    /// Takes in a mail to the address that all enrolments share: whose it is has to be proven.
    async fn receive_shared(
        &self,
        delivery: Delivery<'_>,
        authenticate: &impl AuthenticateMail,
        work: &impl RunWork,
    ) -> Result<Receipt, PortError> {
        let Ok(mail) = read(delivery.raw, self.settings.senders.clone(), work).await? else {
            self.forward(delivery.raw, ForwardReason::NoCode, writer_of(delivery.client))
                .await?;
            return Ok(Receipt::nobody(None));
        };
        let mut claimed: Vec<Enrolment> = Vec::new();
        let mut proven = None;
        let mut verdicts = None;
        let envelope = delivery.reverse_path.and_then(Forwarder::gmail_account);
        let asking = match &mail.content {
            Content::ForwardingConfirmation(confirmation) => confirmation.account.clone(),
            _ => None,
        };
        for account in asking
            .iter()
            .chain(&mail.named)
            .chain(&envelope)
            .chain(&mail.forwarded_by)
        {
            let Some(enrolment) = self.store.by_account(&account.hash(&self.settings.hash_key)).await? else {
                continue;
            };
            if verdicts.is_none() {
                verdicts = Some(authenticate.verdicts(delivery.reverse_path, delivery.raw).await?);
            }
            let known = verdicts.get_or_insert_default();
            let Ok(mail) = self.read_for(&enrolment, delivery.raw, work).await? else {
                continue;
            };
            if came_by(&mail, account, known, delivery.reverse_path) {
                proven = Some((enrolment, mail));
                break;
            }
            claimed.push(enrolment);
        }
        if let Some((enrolment, mail)) = proven {
            return self.admit(&enrolment, &mail, delivery.raw).await;
        }
        match claimed.first() {
            Some(enrolment) if claims_code(&mail.content) => {
                self.count(enrolment, MailEvent::NotAuthenticated, None).await
            }
            _ => {
                // Nobody's confirmation is still the operator's: the shared address itself has to be confirmed once.
                self.hand_on(&mail.content, delivery.raw, writer_of(delivery.client))
                    .await?;
                Ok(Receipt::nobody(None))
            }
        }
    }

    /// Hands in a code without a mail: the holder of the token read it elsewhere, from an SMS for instance.
    ///
    /// # Errors
    /// [`Refusal::Denied`], [`Refusal::Gone`] where no login waits, or a port's.
    pub async fn add_code(&self, account: &Account, token: &AccessToken, code: Code) -> Result<RequestId, Refusal> {
        let enrolment = self.authorize(account, token).await?;
        let now = self.now();
        // Refused without a trace: once a login waits, the same code may be handed in again.
        if request::choose(&self.store.pending(&enrolment.account).await?, now, now).is_none() {
            return Err(Refusal::Gone);
        }
        // The same text handed in twice, as phones and web hooks do, is one message.
        let id = MailId::from_bytes(
            Sha256::new()
                .chain_update(b"added\0")
                .chain_update(code.expose())
                .finalize()
                .into(),
        );
        let seen_until = |_: Pending| now.saturating_add(ADDED_SEEN_FOR).unwrap_or(Timestamp::MAX);
        let receipt = self.settle(&enrolment, id, seen_until, now, Ok(code)).await?;
        receipt.request.ok_or(Refusal::Gone)
    }

    async fn read_for(
        &self,
        enrolment: &Enrolment,
        raw: &Bytes,
        work: &impl RunWork,
    ) -> Result<Result<Mail, NotAMail>, PortError> {
        let senders = self.settings.senders.clone();
        let senders = match &enrolment.sender {
            None => senders,
            Some(sender) => senders.with(sender.clone()),
        };
        read(raw, senders, work).await
    }

    /// Does what a mail says that came the account's way.
    async fn admit(&self, enrolment: &Enrolment, mail: &Mail, raw: &[u8]) -> Result<Receipt, PortError> {
        let outcome = match &mail.content {
            Content::Code(code) => Ok(code.clone()),
            Content::ConflictingCodes => Err(Fault::ConflictingCodes),
            Content::ForwardingConfirmation(confirmation) => {
                let event = MailEvent::ForwardingConfirmation;
                return self.pass_on(enrolment, event, Some(confirmation), mail, raw).await;
            }
            Content::NoCode => return self.pass_on(enrolment, MailEvent::NoCode, None, mail, raw).await,
            Content::NotFromArlo => return self.pass_on(enrolment, MailEvent::NotFromArlo, None, mail, raw).await,
            Content::TooComplex => return self.pass_on(enrolment, MailEvent::TooComplex, None, mail, raw).await,
        };
        let written_at = mail.date.unwrap_or_else(|| self.now());
        let seen_until = |request: Pending| self.seen_until(written_at, request);
        self.settle(enrolment, mail.id, seen_until, written_at, outcome).await
    }

    /// Counts a mail that is no code in the enrolment's status, and then sends the operator a copy. The mail is the
    /// enrolment's own: a copy that cannot be taken neither puts it off nor has it counted twice.
    async fn pass_on(
        &self,
        enrolment: &Enrolment,
        event: MailEvent,
        confirmation: Option<&ForwardingConfirmation>,
        mail: &Mail,
        raw: &[u8],
    ) -> Result<Receipt, PortError> {
        let receipt = self.count(enrolment, event, confirmation).await?;
        let writer = Writer::Enrolment(enrolment.account);
        // The store has logged why.
        let _ = self.hand_on(&mail.content, raw, writer).await;
        Ok(receipt)
    }

    async fn settle(
        &self,
        enrolment: &Enrolment,
        mail: MailId,
        seen_until: impl Fn(Pending) -> Timestamp + Send,
        written_at: Timestamp,
        outcome: Result<Code, Fault>,
    ) -> Result<Receipt, PortError> {
        let account = enrolment.account;
        for _ in 0..MAX_CHOICES {
            let now = self.now();
            let request = request::choose(&self.store.pending(&account).await?, written_at, now);
            let settlement = Settlement {
                account,
                mail,
                now,
                seen_until: request.map_or(now, &seen_until),
                request,
                outcome: outcome.clone(),
            };
            let event = match self.store.settle(&settlement).await? {
                Settled::Lost => continue,
                Settled::Duplicate => MailEvent::Duplicate,
                Settled::Done if request.is_none() => MailEvent::NothingWaiting,
                Settled::Done if outcome.is_ok() => MailEvent::CodeDelivered,
                Settled::Done => MailEvent::ConflictingCodes,
            };
            self.store.record(&account, event, None, now).await?;
            let ended = request
                .filter(|_| event != MailEvent::Duplicate)
                .map(|request| request.id);
            return Ok(Receipt {
                event: Some(event),
                account: Some(account),
                request: ended,
            });
        }
        Err(PortError::contended("too many mails and logins of one account at once"))
    }

    /// Until when a copy of a mail that ended this request could end another one: until every request is gone that was
    /// pending when the mail was written, or could have been by a clock that differs. The Date keeps out a later one.
    fn seen_until(&self, written_at: Timestamp, request: Pending) -> Timestamp {
        let latest_start = written_at.min(self.now()).saturating_add(CLOCK_SKEW);
        let last_end = latest_start.and_then(|start| start.saturating_add(self.settings.lifetime));
        let last_end = last_end.unwrap_or(Timestamp::MAX).max(request.expires_at);
        last_end.saturating_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX)
    }

    async fn count(
        &self,
        enrolment: &Enrolment,
        event: MailEvent,
        confirmation: Option<&ForwardingConfirmation>,
    ) -> Result<Receipt, PortError> {
        let now = self.now();
        let kept = confirmation.map(|question| Confirmation::of(question, now));
        self.store.record(&enrolment.account, event, kept.as_ref(), now).await?;
        Ok(Receipt {
            event: Some(event),
            account: Some(enrolment.account),
            request: None,
        })
    }

    /// Sends the operator what is no Arlo code.
    async fn hand_on(&self, content: &Content, raw: &[u8], writer: Writer) -> Result<(), PortError> {
        match content {
            Content::Code(_) | Content::ConflictingCodes => Ok(()),
            Content::ForwardingConfirmation(_) => {
                self.forward(raw, ForwardReason::ForwardingConfirmation, writer).await
            }
            Content::NoCode | Content::NotFromArlo | Content::TooComplex => {
                self.forward(raw, ForwardReason::NoCode, writer).await
            }
        }
    }

    /// Sends the operator a mail, unless the relay's own mail caused it.
    async fn forward(&self, raw: &[u8], about: ForwardReason, writer: Writer) -> Result<(), PortError> {
        if operator_mail::is_loop(raw) {
            return Ok(());
        }
        let received_at = self.now();
        self.store
            .forward(ForOperator {
                raw,
                about,
                writer,
                received_at,
            })
            .await
    }
}

fn writer_of(client: Option<IpAddr>) -> Writer {
    client.map_or(Writer::Unknown, Writer::Client)
}

/// Reads a mail where the work may take its time.
async fn read(raw: &Bytes, senders: Senders, work: &impl RunWork) -> Result<Result<Mail, NotAMail>, PortError> {
    let raw = raw.clone();
    work.run(move || mail::read(&raw, &senders)).await
}

/// Whether the mail would end a login request if it came the account's way.
fn claims_code(content: &Content) -> bool {
    matches!(content, Content::Code(_) | Content::ConflictingCodes)
}

/// Whether the mail came the way of this account, which it names, by way 2 or 3.
fn came_by(mail: &Mail, account: &Account, verdicts: &Verdicts, reverse_path: Option<&str>) -> bool {
    if matches!(mail.content, Content::ForwardingConfirmation(_)) {
        return verdicts.signed_by(GOOGLE_DOMAIN);
    }
    match &mail.forwarded_by {
        Some(forwarder) => forwarder == account && verdicts.sent_for(account, reverse_path),
        None => verdicts.signed_by(ARLO_DOMAIN) || verdicts.sent_for(account, reverse_path),
    }
}

#[cfg(test)]
mod tests;
