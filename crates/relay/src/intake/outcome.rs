//! What a mail does that came the account's way: it ends a login request, or it is counted.

use arlo_mail::{Code, Content, Mail, MailId};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::receipt::Receipt;
use crate::enrolment::{Confirmation, Enrolment, Kept, MailEvent, OtherMail};
use crate::ports::{EndOutcome, Ending, IntakeStore, PortError, Writer};
use crate::relay::Relay;
use crate::request::{CLOCK_SKEW, Fault, Pending};

/// How often a request may be lost to another mail before the mail is put off.
const MAX_CHOICES: usize = 8;

impl<S: IntakeStore> Relay<S> {
    /// Does what a mail says that came the account's way.
    pub(super) async fn admit(
        &self,
        enrolment: &Enrolment,
        mail: &Mail,
        body_hash: Option<&[u8]>,
        raw: &[u8],
    ) -> Result<Receipt, PortError> {
        let event = match &mail.content {
            Content::Code(code) => return self.end_by(enrolment, mail, body_hash, Ok(code.clone())).await,
            Content::ConflictingCodes => {
                return self
                    .end_by(enrolment, mail, body_hash, Err(Fault::ConflictingCodes))
                    .await;
            }
            Content::ForwardingConfirmation(_) => MailEvent::ForwardingConfirmation,
            Content::NoCode => MailEvent::NoCode,
            Content::NotFromArlo => MailEvent::NotFromArlo,
            Content::TooComplex => MailEvent::TooComplex,
        };
        self.pass_on(enrolment, event, mail, raw).await
    }

    /// Ends a request by a mail.
    async fn end_by(
        &self,
        enrolment: &Enrolment,
        mail: &Mail,
        body_hash: Option<&[u8]>,
        outcome: Result<Code, Fault>,
    ) -> Result<Receipt, PortError> {
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

    /// Ends the request that the mail is nearest to, and counts what came of it.
    pub(super) async fn end(
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
            let request = Pending::choose(&self.store().pending(&account).await?, written_at, now);
            let ending = Ending {
                account,
                mail,
                now,
                seen_until: request.map_or(now, &seen_until),
                request,
                outcome: outcome.clone(),
            };
            let event = match self.store().end(&ending).await? {
                EndOutcome::NotPending => continue,
                EndOutcome::Duplicate => MailEvent::Duplicate,
                EndOutcome::Done if request.is_none() => MailEvent::NothingWaiting,
                EndOutcome::Done if outcome.is_ok() => MailEvent::CodeDelivered,
                EndOutcome::Done => MailEvent::ConflictingCodes,
            };
            self.store().record(&account, event, None, now).await?;
            let ended = request
                .filter(|_| event != MailEvent::Duplicate)
                .map(|request| request.id);
            return Ok(Receipt {
                request: ended,
                ..Receipt::counted(event, account)
            });
        }
        Err(PortError::contended("too many mails and logins of one account at once"))
    }

    /// Until when a copy of a mail that ended this request could end another one: until every request is gone that was
    /// pending when the mail was written, or could have been by a clock that differs. The Date keeps out a later one.
    fn seen_until(&self, written_at: Timestamp, request: Pending) -> Timestamp {
        let latest_start = written_at.min(self.now()).saturating_add(CLOCK_SKEW);
        let last_end = latest_start.and_then(|start| start.saturating_add(self.lifetime.get()));
        let last_end = last_end.unwrap_or(Timestamp::MAX).max(request.expires_at);
        last_end.saturating_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX)
    }

    /// Counts a mail that ends nothing, with what is kept of it.
    pub(super) async fn count(
        &self,
        enrolment: &Enrolment,
        event: MailEvent,
        mail: Option<&Mail>,
    ) -> Result<Receipt, PortError> {
        let now = self.now();
        let (confirmation, other_mail);
        let kept = match mail.map(|mail| (&mail.content, &mail.notice)) {
            Some((Content::ForwardingConfirmation(question), _)) => {
                confirmation = Confirmation::from_question(question, now);
                Some(Kept::Confirmation(&confirmation))
            }
            Some((_, Some(notice))) => {
                other_mail = OtherMail::from_notice(notice, self.links, now);
                Some(Kept::OtherMail(&other_mail))
            }
            _ => None,
        };
        self.store().record(&enrolment.account, event, kept, now).await?;
        Ok(Receipt::counted(event, enrolment.account))
    }
}

/// By what a copy of a mail that ends a login is recognised: by what Arlo signed, whatever else of the header was
/// changed on the way, or else by its Message-ID. In both cases also by its Date and by what it says.
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
