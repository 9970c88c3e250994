//! Taking in a mail: who may give a code to which login request.
//!
//! A mail gives a code when Arlo wrote it and it came the account's way, by the first of these that holds:
//! 1. it was delivered to the enrolment's own secret relay address (or handed in with its access token);
//! 2. at the shared address: Arlo signed it, and the one To that it signed names the account;
//! 3. at the shared address: the account's own mailbox is proven to have sent it on.
//!
//! What the account itself forwarded by hand counts by way 1 or 3. Anything else ends nothing; where it came to an
//! enrolment's own address, it is counted in its status. Way 1 needs no look-up in DNS: it is the fast one. Ways 2 and
//! 3 are judged in [`crate::claims`], before anything is looked up in the store.

use std::net::IpAddr;

use arlo_mail::{Account, Code, Content, Head, Mail, MailId, NotAMail, Senders};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::claims::{Claims, Proof};
use crate::enrolment::{Confirmation, Enrolment, Kept, MailEvent, OtherMail};
use crate::hash_key::AccountHash;
use crate::operator_mail;
use crate::origin::Recipient;
use crate::ports::{
    AuthenticateMail, EndOutcome, EndRequests, Ending, FindEnrolments, ForOperator, ForwardMail, ForwardReason,
    PortError, RecordMail, RunWork, Writer,
};
use crate::relay::{Refusal, Relay};
use crate::request::{CLOCK_SKEW, Fault, Pending};
use crate::secret::{AccessToken, RelayLocalPart, RequestId};

/// How long a code that was handed in without a mail is remembered: long enough for a web hook that fires twice, short
/// enough that Arlo may send the same code again for the next login.
const ADDED_SEEN_FOR: SignedDuration = SignedDuration::from_secs(60);
/// Longest mail to the shared address that is looked at, in bytes, with the lines that a mail server puts before it. A
/// login code is some 50 KiB.
pub const MAX_SHARED: usize = 256 * 1024 + 8 * 1024;
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

crate::redacted_debug!(Delivery<'_>, |delivery| bytes = delivery.raw.len());

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
        let Some(local_part) = RelayLocalPart::parse(recipient.local_part()) else {
            return Ok(None);
        };
        Ok(self
            .store
            .by_local_part(&local_part)
            .await?
            .map(|enrolment| Addressee::Enrolment(Box::new(enrolment))))
    }
}

impl<S: FindEnrolments + EndRequests + RecordMail + ForwardMail> Relay<S> {
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
        let read = self.read_for(enrolment, raw, arlo_mail::read_for_owner, work).await?;
        self.take_in(enrolment, read, raw).await
    }

    /// Takes in a mail that was found in the account's own mailbox. Nothing is kept of one that is no code: its owner
    /// has it, and it was not written to the relay.
    ///
    /// # Errors
    /// As [`Self::receive`].
    pub async fn receive_from_mailbox(
        &self,
        enrolment: &Enrolment,
        raw: &Bytes,
        work: &impl RunWork,
    ) -> Result<Receipt, PortError> {
        let read = self.read_for(enrolment, raw, arlo_mail::read, work).await?;
        self.take_in(enrolment, read, raw).await
    }

    async fn take_in(&self, enrolment: &Enrolment, read: Option<Read>, raw: &Bytes) -> Result<Receipt, PortError> {
        // No look-up in the DNS here: a signature tells copies apart as it stands. Who forges one makes his own mail
        // new.
        let Some((mail, body_hash)) = read else {
            return self.count(enrolment, MailEvent::NotFromArlo, None).await;
        };
        let is_own = |account: &Account| self.settings.hash_key.hash(account) == enrolment.account;
        if claims_code(&mail.content) && !mail.forwarded_by.as_ref().is_none_or(is_own) {
            return self.count(enrolment, MailEvent::ForwardedByAnother, None).await;
        }
        self.admit(enrolment, &mail, body_hash.as_deref(), raw).await
    }

    /// Takes in a mail to the address that all enrolments share: whose it is has to be proven. Until it is, nothing is
    /// looked up in the store, so that nobody learns from the answer, or from when it comes, who is enrolled.
    async fn receive_shared(
        &self,
        delivery: Delivery<'_>,
        authenticate: &impl AuthenticateMail,
        work: &impl RunWork,
    ) -> Result<Receipt, PortError> {
        let Delivery { reverse_path, raw, .. } = delivery;
        let writer = writer_of(delivery.client);
        if raw.len() > MAX_SHARED {
            self.forward(raw, ForwardReason::NoCode, writer).await?;
            return Ok(Receipt::nobody(None));
        }
        let (bytes, path, senders) = (
            raw.clone(),
            reverse_path.map(str::to_owned),
            self.settings.senders.clone(),
        );
        let claims = work
            .run(move || Claims::read(&bytes, path.as_deref(), &senders))
            .await?
            .unwrap_or_default();
        let verdicts = authenticate.verdicts(&claims, reverse_path, raw, work).await?;
        let body_hash = claims.arlo_body_hash(&verdicts);
        let mut taken: Option<Receipt> = None;
        // Two proofs for one account are one mail: a second time it would count as a copy.
        let mut taken_for: Vec<AccountHash> = Vec::new();
        for proof in claims.proven(&verdicts) {
            let Some(enrolment) = self.proven(&proof, raw, work).await? else {
                continue;
            };
            if taken_for.contains(&enrolment.account) {
                continue;
            }
            // Only of what comes to the enrolment's own address something is kept.
            let Some((mail, _)) = self.read_for(&enrolment, raw, arlo_mail::read, work).await? else {
                continue;
            };
            if proof.covers(&mail) {
                taken_for.push(enrolment.account);
                let receipt = self.admit(&enrolment, &mail, body_hash, raw).await?;
                taken = taken.filter(|taken| taken.request.is_some()).or(Some(receipt));
            }
        }
        if let Some(receipt) = taken {
            return Ok(receipt);
        }
        // Nobody's question is still the operator's: the shared address itself has to be confirmed once.
        if self.store.is_forwarding() {
            let content = read(raw, self.settings.senders.clone(), arlo_mail::read, work)
                .await?
                .map(|(mail, _)| mail.content);
            self.hand_on(&content.unwrap_or(Content::NotFromArlo), raw, writer)
                .await?;
        }
        Ok(Receipt::nobody(None))
    }

    /// The enrolment of the account that a proof is about.
    async fn proven(&self, proof: &Proof, raw: &Bytes, work: &impl RunWork) -> Result<Option<Enrolment>, PortError> {
        let asking = match proof.account() {
            Some(_) => None,
            None => match read(raw, self.settings.senders.clone(), arlo_mail::read, work)
                .await?
                .map(|(mail, _)| mail.content)
            {
                Some(Content::ForwardingConfirmation(question)) => question.account,
                _ => None,
            },
        };
        let Some(account) = proof.account().or(asking.as_ref()) else {
            return Ok(None);
        };
        let enrolment = self.store.by_account(&self.settings.hash_key.hash(account)).await?;
        Ok(enrolment.filter(|enrolment| !enrolment.own_address_only))
    }

    /// Hands in a code without a mail: the holder of the token read it elsewhere, from an SMS for instance.
    ///
    /// # Errors
    /// [`Refusal::Denied`], [`Refusal::Gone`] where no login waits, or a port's.
    pub async fn add_code(&self, account: &Account, token: &AccessToken, code: Code) -> Result<RequestId, Refusal> {
        let enrolment = self.authorize(account, token).await?;
        let now = self.now();
        // Refused without a trace: once a login waits, the same code may be handed in again.
        if Pending::choose(&self.store.pending(&enrolment.account).await?, now, now).is_none() {
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
        let receipt = self.end(&enrolment, id, seen_until, now, Ok(code)).await?;
        receipt.request.ok_or(Refusal::Gone)
    }

    async fn read_for(
        &self,
        enrolment: &Enrolment,
        raw: &Bytes,
        reader: Reader,
        work: &impl RunWork,
    ) -> Result<Option<Read>, PortError> {
        let senders = self.settings.senders.clone();
        let senders = match &enrolment.sender {
            None => senders,
            Some(sender) => senders.with(sender.clone()),
        };
        read(raw, senders, reader, work).await
    }

    /// Does what a mail says that came the account's way.
    async fn admit(
        &self,
        enrolment: &Enrolment,
        mail: &Mail,
        body_hash: Option<&[u8]>,
        raw: &[u8],
    ) -> Result<Receipt, PortError> {
        let outcome = match &mail.content {
            Content::Code(code) => Ok(code.clone()),
            Content::ConflictingCodes => Err(Fault::ConflictingCodes),
            Content::ForwardingConfirmation(_) => {
                return self
                    .pass_on(enrolment, MailEvent::ForwardingConfirmation, mail, raw)
                    .await;
            }
            Content::NoCode => return self.pass_on(enrolment, MailEvent::NoCode, mail, raw).await,
            Content::NotFromArlo => return self.pass_on(enrolment, MailEvent::NotFromArlo, mail, raw).await,
            Content::TooComplex => return self.pass_on(enrolment, MailEvent::TooComplex, mail, raw).await,
        };
        let written_at = mail.date.unwrap_or_else(|| self.now());
        let seen_until = |request: Pending| self.seen_until(written_at, request);
        let id = identity(mail, body_hash, &outcome);
        self.end(enrolment, id, seen_until, written_at, outcome).await
    }

    /// Counts a mail that is no code in the enrolment's status, with what is kept of it, and then sends the operator a
    /// copy. The mail is the enrolment's own: a copy that cannot be taken neither puts it off nor has it counted twice.
    async fn pass_on(
        &self,
        enrolment: &Enrolment,
        event: MailEvent,
        mail: &Mail,
        raw: &[u8],
    ) -> Result<Receipt, PortError> {
        let receipt = self.count(enrolment, event, Some(mail)).await?;
        let writer = Writer::Enrolment(enrolment.account);
        // The store has logged why.
        let _ = self.hand_on(&mail.content, raw, writer).await;
        Ok(receipt)
    }

    async fn end(
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
            let request = Pending::choose(&self.store.pending(&account).await?, written_at, now);
            let ending = Ending {
                account,
                mail,
                now,
                seen_until: request.map_or(now, &seen_until),
                request,
                outcome: outcome.clone(),
            };
            let event = match self.store.end(&ending).await? {
                EndOutcome::NotPending => continue,
                EndOutcome::Duplicate => MailEvent::Duplicate,
                EndOutcome::Done if request.is_none() => MailEvent::NothingWaiting,
                EndOutcome::Done if outcome.is_ok() => MailEvent::CodeDelivered,
                EndOutcome::Done => MailEvent::ConflictingCodes,
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

    async fn count(&self, enrolment: &Enrolment, event: MailEvent, mail: Option<&Mail>) -> Result<Receipt, PortError> {
        let now = self.now();
        let (confirmation, other_mail);
        let kept = match mail.map(|mail| (&mail.content, &mail.notice)) {
            Some((Content::ForwardingConfirmation(question), _)) => {
                confirmation = Confirmation::from_question(question, now);
                Some(Kept::Confirmation(&confirmation))
            }
            Some((_, Some(notice))) => {
                other_mail = OtherMail::from_notice(notice, self.settings.links, now);
                Some(Kept::OtherMail(&other_mail))
            }
            _ => None,
        };
        self.store.record(&enrolment.account, event, kept, now).await?;
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

/// A mail as it was read, and the body hash that Arlo is said to have signed.
type Read = (Mail, Option<Vec<u8>>);

/// One of the readers of [`mail`].
type Reader = fn(&[u8], &Senders) -> Result<Mail, NotAMail>;

/// Reads a mail where the work may take its time; `None` for what is no mail.
async fn read(raw: &Bytes, senders: Senders, reader: Reader, work: &impl RunWork) -> Result<Option<Read>, PortError> {
    let raw = raw.clone();
    work.run(move || {
        let mail = reader(&raw, &senders).ok()?;
        Some((mail, Head::read(&raw).and_then(|head| head.arlo_body_hash)))
    })
    .await
}

/// What tells a copy of a mail that ends a login from another mail: what Arlo signed, whatever else of the header was
/// changed on the way; or else its Message-ID. Beside either its Date, and what it says.
fn identity(mail: &Mail, body_hash: Option<&[u8]>, outcome: &Result<Code, Fault>) -> MailId {
    let mut digest = Sha256::new();
    match body_hash.filter(|_| mail.forwarded_by.is_none()) {
        Some(hash) => digest.update([b"signed\0", hash].concat()),
        None => digest.update([b"unsigned\0".as_slice(), mail.id.as_bytes()].concat()),
    }
    let date = mail.date.map_or(i64::MIN, Timestamp::as_second);
    digest.update(b"\0");
    digest.update(date.to_be_bytes());
    digest.update(match outcome {
        Ok(code) => code.expose(),
        Err(fault) => fault.name(),
    });
    MailId::from_bytes(digest.finalize().into())
}

/// Whether the mail would end a login request if it came the account's way.
fn claims_code(content: &Content) -> bool {
    matches!(content, Content::Code(_) | Content::ConflictingCodes)
}

#[cfg(test)]
mod tests;
