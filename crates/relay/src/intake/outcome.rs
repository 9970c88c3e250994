//! What a mail does that came the account's way: it ends a login request, or it is counted.

use arlo_mail::{Code, Content, Mail, MailId};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::receipt::Receipt;
use crate::audit::{AuditEvent, AuditKind, ClientNetwork};
use crate::identity::EnrolmentId;
use crate::mail_event::MailEvent;
use crate::ports::{Ending, IntakeStore, MailTaken, PortError, Record, TakeOutcome, Writer};
use crate::relay::Relay;
use crate::request::{CLOCK_SKEW, Fault, Pending};
use crate::status::{Confirmation, Kept, OtherMail};

/// How long a mail without a Date is remembered: nothing else tells a copy of it from the mail of a later login.
pub const UNDATED_SEEN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How often a request may be lost to another mail before the mail is put off.
const MAX_CHOICES: usize = 8;

/// An enrolment whose mail this may be, and the mail as it is read for it: an enrolment may have a sender of its own.
pub(super) struct Candidate<'a> {
    pub(super) record: Record,
    pub(super) mail: &'a Mail,
}

/// What ends a request.
pub(super) struct Taken {
    pub(super) mail: MailId,
    pub(super) written_at: Timestamp,
    pub(super) outcome: Result<Code, Fault>,
    pub(super) network: Option<ClientNetwork>,
}

impl<S: IntakeStore> Relay<S> {
    /// Does what a mail says that came the way of an account, whose enrolments these are. A code ends the nearest
    /// request among theirs. What is no code is counted for the first of them.
    pub(super) async fn admit(
        &self,
        candidates: Vec<Candidate<'_>>,
        body_hash: Option<&[u8]>,
        raw: &[u8],
        network: Option<ClientNetwork>,
    ) -> Result<Receipt, PortError> {
        let (with_code, others): (Vec<_>, Vec<_>) =
            candidates.into_iter().partition(|one| claims_code(&one.mail.content));
        if let Some(mail) = with_code.first().map(|one| one.mail) {
            let records = with_code.into_iter().map(|one| one.record).collect();
            return self.end_by(records, mail, body_hash, network).await;
        }
        let Some(Candidate { record, mail }) = others.into_iter().next() else {
            return Ok(Receipt::NOBODY);
        };
        let event = match &mail.content {
            Content::ForwardingConfirmation(_) => MailEvent::ForwardingConfirmation,
            Content::NotFromArlo => MailEvent::NotFromArlo,
            Content::TooComplex => MailEvent::TooComplex,
            Content::NoCode | Content::Code(_) | Content::ConflictingCodes => MailEvent::NoCode,
        };
        self.pass_on(record.enrolment.id, event, mail, raw, network).await
    }

    /// Ends a request by a mail.
    async fn end_by(
        &self,
        records: Vec<Record>,
        mail: &Mail,
        body_hash: Option<&[u8]>,
        network: Option<ClientNetwork>,
    ) -> Result<Receipt, PortError> {
        let written_at = mail.date.unwrap_or_else(|| self.now());
        let outcome = match &mail.content {
            Content::Code(code) => Ok(code.clone()),
            _ => Err(Fault::ConflictingCodes),
        };
        let taken = Taken {
            mail: identity(mail, body_hash, &outcome),
            written_at,
            outcome,
            network,
        };
        let seen_until = |request: Pending| {
            let until = self.seen_until(written_at, request);
            let of_undated = written_at.saturating_add(UNDATED_SEEN_FOR).unwrap_or(Timestamp::MAX);
            if mail.date.is_some() {
                until
            } else {
                until.max(of_undated)
            }
        };
        self.end(records, &taken, seen_until).await
    }

    /// Counts a mail that is no code in the enrolment's status, with what is kept of it, and then sends the operator a
    /// copy. The mail is the enrolment's own: a copy that cannot be taken neither puts it off nor has it counted twice.
    async fn pass_on(
        &self,
        enrolment: EnrolmentId,
        event: MailEvent,
        mail: &Mail,
        raw: &[u8],
        network: Option<ClientNetwork>,
    ) -> Result<Receipt, PortError> {
        let receipt = self.count(enrolment, event, Some(mail), network).await?;
        // The store has logged why.
        let _ = self.hand_on(&mail.content, raw, Writer::Enrolment(enrolment)).await;
        Ok(receipt)
    }

    /// Ends the request of these enrolments that the mail is nearest to, and counts what came of it.
    ///
    /// They were read when the mail came, before it was read: a login is announced before its mail is sent. Where the
    /// request was ended or replaced meanwhile, they are read again.
    pub(super) async fn end(
        &self,
        mut records: Vec<Record>,
        taken: &Taken,
        seen_until: impl Fn(Pending) -> Timestamp + Send,
    ) -> Result<Receipt, PortError> {
        for _ in 0..MAX_CHOICES {
            let now = self.now();
            let Some(first) = records.first().map(|record| record.enrolment.id) else {
                return Ok(Receipt::NOBODY);
            };
            let mut copies = records
                .iter()
                .filter_map(|record| Some((record, record.seen(&taken.mail, now)?)));
            if let Some((record, seen)) = copies.next() {
                let id = record.enrolment.id;
                self.store().finish(&id, seen, &taken.outcome, now).await?;
                return self.count(id, MailEvent::Duplicate, None, taken.network).await;
            }
            let chosen = Pending::choose(&all_pending(&records), taken.written_at, now);
            let owner = chosen.and_then(|request| {
                let mut owners = records.iter().filter(|record| record.pending.contains(&request));
                Some((request, owners.next()?.enrolment.id))
            });
            let Some((request, owner)) = owner else {
                return self.count(first, MailEvent::NothingWaiting, None, taken.network).await;
            };
            let ending = Ending {
                mail: taken.mail,
                seen_until: seen_until(request),
                request,
                outcome: taken.outcome.clone(),
            };
            if let Some(receipt) = self.try_to_end(owner, ending, taken.network).await? {
                return Ok(receipt);
            }
            records = self.read_again(&records).await?;
        }
        Err(PortError::contended("too many mails and logins of one account at once"))
    }

    /// Ends the request, if it still waits.
    async fn try_to_end(
        &self,
        enrolment: EnrolmentId,
        ending: Ending,
        network: Option<ClientNetwork>,
    ) -> Result<Option<Receipt>, PortError> {
        let event = match &ending.outcome {
            Ok(_) => MailEvent::CodeDelivered,
            Err(Fault::ConflictingCodes) => MailEvent::ConflictingCodes,
        };
        let request = ending.request.id;
        let taken = MailTaken {
            ends: Some(ending),
            ..MailTaken::only(enrolment, self.event(event, network))
        };
        Ok(match self.store().take(&taken).await? {
            TakeOutcome::Done => Some(Receipt {
                request: Some(request),
                ..Receipt::counted(event, enrolment)
            }),
            TakeOutcome::Outdated | TakeOutcome::NotEnrolled => None,
        })
    }

    /// The enrolments as they are now, without those that have gone or have another token: what a new token began was
    /// begun after the mail came.
    async fn read_again(&self, records: &[Record]) -> Result<Vec<Record>, PortError> {
        let mut again = Vec::with_capacity(records.len());
        for record in records {
            let found = self.store().find(&record.enrolment.id).await?;
            again.extend(found.filter(|found| found.enrolment.has_token(&record.enrolment.token)));
        }
        Ok(again)
    }

    fn event(&self, event: MailEvent, network: Option<ClientNetwork>) -> AuditEvent {
        AuditEvent {
            at: self.now(),
            kind: AuditKind::Mail(event),
            network,
        }
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
        enrolment: EnrolmentId,
        event: MailEvent,
        mail: Option<&Mail>,
        network: Option<ClientNetwork>,
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
        let taken = MailTaken {
            kept,
            ..MailTaken::only(enrolment, self.event(event, network))
        };
        self.store().take(&taken).await?;
        Ok(Receipt::counted(event, enrolment))
    }
}

fn all_pending(records: &[Record]) -> Vec<Pending> {
    records
        .iter()
        .flat_map(|record| record.pending.iter().copied())
        .collect()
}

/// Whether the mail would end a login request if it came the account's way.
pub(super) fn claims_code(content: &Content) -> bool {
    matches!(content, Content::Code(_) | Content::ConflictingCodes)
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
