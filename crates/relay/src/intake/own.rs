//! Mail that came to an enrolment's own relay address, or with its access token.

use arlo_mail::{Account, Code, MailId};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::outcome::{Candidate, Taken, claims_code};
use super::reading::Read;
use super::receipt::Receipt;
use crate::audit::ClientNetwork;
use crate::error::Refusal;
use crate::mail_event::MailEvent;
use crate::poll_key::RequestId;
use crate::ports::{AuthenticateMail, IntakeStore, PortError, Record, RunWork};
use crate::relay::{Relay, Shown};
use crate::request::Pending;

/// How long a code that was handed in without a mail is remembered: long enough for a web hook that fires twice, short
/// enough that Arlo may send the same code again for the next login.
const ADDED_SEEN_FOR: SignedDuration = SignedDuration::from_secs(60);

impl<S: IntakeStore> Relay<S> {
    /// Takes in a mail that came to an enrolment's own relay address, or with its access token.
    ///
    /// # Errors
    /// As [`Self::receive`].
    pub async fn receive_for(
        &self,
        record: Record,
        raw: &Bytes,
        network: Option<ClientNetwork>,
        authenticate: &impl AuthenticateMail,
        work: &impl RunWork,
    ) -> Result<Receipt, PortError> {
        let read = self
            .read_for(&record.enrolment, raw, arlo_mail::read_for_owner, work)
            .await?;
        let mut reads = vec![(record, read)];
        match self.drop_unsigned(&mut reads, raw, authenticate, work).await? {
            Some(refused) => self.count(refused, MailEvent::NotSigned, None, network).await,
            None => self.take_in(reads, raw, network).await,
        }
    }

    /// Takes in a mail that came the way of an account, whose enrolments these are, each with the mail as it is read
    /// for it.
    ///
    /// A signature tells copies apart without being verified: a writer who forges one makes only its own mail a new
    /// one.
    pub(super) async fn take_in(
        &self,
        reads: Vec<(Record, Option<Read>)>,
        raw: &Bytes,
        network: Option<ClientNetwork>,
    ) -> Result<Receipt, PortError> {
        let (mut candidates, mut refused) = (Vec::with_capacity(reads.len()), None);
        for (record, read) in &reads {
            let id = record.enrolment.id;
            let Some((mail, _)) = read else {
                refused = refused.or(Some((id, MailEvent::NotFromArlo)));
                continue;
            };
            let is_own = |account: &Account| self.keys().hashes(account).contains(&record.enrolment.account);
            if claims_code(&mail.content) && !mail.forwarded_by.as_ref().is_none_or(is_own) {
                refused = refused.or(Some((id, MailEvent::ForwardedByAnother)));
                continue;
            }
            let record = record.clone();
            candidates.push(Candidate { record, mail });
        }
        match refused {
            Some((id, event)) if candidates.is_empty() => self.count(id, event, None, network).await,
            _ => {
                let body_hash = reads.iter().find_map(|(_, read)| read.as_ref()?.1.as_deref());
                self.admit(candidates, body_hash, raw, network).await
            }
        }
    }

    /// Takes a code without a mail: the holder of the token read it elsewhere, from an SMS for instance.
    ///
    /// # Errors
    /// [`Refusal::Denied`], [`Refusal::Gone`] where no login waits, or a port's.
    pub async fn add_code(&self, account: &Account, shown: Shown<'_>, code: Code) -> Result<RequestId, Refusal> {
        let record = self.authorize(account, shown).await?;
        let now = self.now();
        // Refused without a trace: once a login waits, the same code may be handed in again.
        if Pending::choose(&record.pending, now, now).is_none() {
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
        let taken = Taken {
            mail: id,
            written_at: now,
            outcome: Ok(code),
            network: shown.network,
        };
        let seen_until = |_: Pending| now.saturating_add(ADDED_SEEN_FOR).unwrap_or(Timestamp::MAX);
        let receipt = self.end(vec![record], &taken, seen_until).await?;
        receipt.request.ok_or(Refusal::Gone)
    }
}
