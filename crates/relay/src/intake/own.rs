//! Mail that came to an enrolment's own relay address, or with its access token.

use arlo_mail::{Account, Code, Content, MailId};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::reading::Read;
use super::receipt::Receipt;
use crate::enrolment::{Enrolment, MailEvent};
use crate::error::Refusal;
use crate::ports::{IntakeStore, PortError, RunWork};
use crate::relay::Relay;
use crate::request::Pending;
use crate::secret::{AccessToken, RequestId};

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
        enrolment: &Enrolment,
        raw: &Bytes,
        work: &impl RunWork,
    ) -> Result<Receipt, PortError> {
        let read = self.read_for(enrolment, raw, arlo_mail::read_for_owner, work).await?;
        self.take_in(enrolment, read, raw).await
    }

    /// Takes in a mail that came the account's way.
    ///
    /// Nothing is looked up in the DNS here. A signature tells copies apart without being verified: a writer who forges
    /// one makes only its own mail a new one.
    pub(super) async fn take_in(
        &self,
        enrolment: &Enrolment,
        read: Option<Read>,
        raw: &Bytes,
    ) -> Result<Receipt, PortError> {
        let Some((mail, body_hash)) = read else {
            return self.count(enrolment, MailEvent::NotFromArlo, None).await;
        };
        let is_own = |account: &Account| self.account_hash(account) == enrolment.account;
        if claims_code(&mail.content) && !mail.forwarded_by.as_ref().is_none_or(is_own) {
            return self.count(enrolment, MailEvent::ForwardedByAnother, None).await;
        }
        self.admit(enrolment, &mail, body_hash.as_deref(), raw).await
    }

    /// Takes a code without a mail: the holder of the token read it elsewhere, from an SMS for instance.
    ///
    /// # Errors
    /// [`Refusal::Denied`], [`Refusal::Gone`] where no login waits, or a port's.
    pub async fn add_code(&self, account: &Account, token: &AccessToken, code: Code) -> Result<RequestId, Refusal> {
        let enrolment = self.authorize(account, token).await?;
        let now = self.now();
        // Refused without a trace: once a login waits, the same code may be handed in again.
        if Pending::choose(&self.store().pending(&enrolment.account).await?, now, now).is_none() {
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
}

/// Whether the mail would end a login request if it came the account's way.
fn claims_code(content: &Content) -> bool {
    matches!(content, Content::Code(_) | Content::ConflictingCodes)
}
