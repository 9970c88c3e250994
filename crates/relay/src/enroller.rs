//! Enrolments as the operator manages them: made, listed, changed, ended.
//!
//! An [`Enroller`] needs a store and what names the deployment, and none of the settings about logins and mail. So the
//! command that enrols needs no relay.

use arlo_mail::{Account, Sender};
use jiff::Timestamp;

use crate::enrolment::{Credentials, Enrolment, Status};
use crate::error::Refusal;
use crate::hash_key::AccountHash;
use crate::ports::{FindEnrolments, ManageEnrolments, PortError, ReadStatus};
use crate::secret::{AccessToken, RelayLocalPart};
use crate::settings::Deployment;

/// Enrols accounts in one store.
#[derive(Debug, Clone)]
pub struct Enroller<S> {
    pub(crate) deployment: Deployment,
    pub(crate) store: S,
}

impl<S> Enroller<S> {
    /// An enroller of this deployment.
    #[must_use]
    pub fn new(deployment: Deployment, store: S) -> Self {
        Self { deployment, store }
    }

    /// An enrolment's own relay address.
    #[must_use]
    pub fn relay_address(&self, local_part: &RelayLocalPart) -> String {
        format!("{}@{}", local_part.expose(), self.deployment.domain)
    }

    /// What a store keeps in place of an account.
    #[must_use]
    pub fn account_hash(&self, account: &Account) -> AccountHash {
        self.deployment.hash_key.hash(account)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.deployment.clock.now()
    }
}

impl<S: ManageEnrolments> Enroller<S> {
    /// Enrols an account for the operator: its mail is taken at the shared address too.
    ///
    /// # Errors
    /// [`Refusal::AlreadyEnrolled`] or a port's.
    pub async fn enrol(&self, account: &Account, sender: Option<Sender>) -> Result<Credentials, Refusal> {
        self.add(account, sender, false).await
    }

    /// Enrols an account whose mail is taken at its own relay address alone. An account that enrols itself is enrolled
    /// in this way: the mail that it forwards to the shared address is not for everyone who names it.
    ///
    /// # Errors
    /// As [`Self::enrol`].
    pub async fn enrol_own_address_only(
        &self,
        account: &Account,
        sender: Option<Sender>,
    ) -> Result<Credentials, Refusal> {
        self.add(account, sender, true).await
    }

    async fn add(
        &self,
        account: &Account,
        sender: Option<Sender>,
        own_address_only: bool,
    ) -> Result<Credentials, Refusal> {
        let token = AccessToken::generate(&*self.deployment.random)?;
        let local_part = RelayLocalPart::generate(&*self.deployment.random)?;
        let enrolment = Enrolment {
            account: self.account_hash(account),
            token: token.hash(),
            local_part: local_part.clone(),
            sender,
            own_address_only,
            created_at: self.now(),
            rotated_at: None,
        };
        if !self.store.add(&enrolment).await? {
            return Err(Refusal::AlreadyEnrolled);
        }
        Ok(Credentials {
            account: account.clone(),
            token,
            local_part,
        })
    }

    /// All enrolments, oldest first.
    ///
    /// # Errors
    /// A port's.
    pub async fn enrolments(&self) -> Result<Vec<Enrolment>, Refusal> {
        Ok(self.store.list().await?)
    }

    /// Ends an enrolment with all that belongs to it.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`] or a port's.
    pub async fn revoke(&self, account: &Account) -> Result<(), Refusal> {
        let removed = self.store.remove(&self.account_hash(account)).await?;
        removed.then_some(()).ok_or(Refusal::NotEnrolled)
    }
}

impl<S: ManageEnrolments + FindEnrolments> Enroller<S> {
    /// Gives an enrolment a new token. Its relay address stays, and what the old token began is ended.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`] or a port's.
    pub async fn rotate(&self, account: &Account) -> Result<Credentials, Refusal> {
        let hash = self.account_hash(account);
        let token = AccessToken::generate(&*self.deployment.random)?;
        let enrolment = self.store.by_account(&hash).await?.ok_or(Refusal::NotEnrolled)?;
        if !self.store.replace_token(&hash, &token.hash(), self.now()).await? {
            return Err(Refusal::NotEnrolled);
        }
        Ok(Credentials {
            account: account.clone(),
            token,
            local_part: enrolment.local_part,
        })
    }
}

impl<S: ReadStatus> Enroller<S> {
    /// What became of an enrolment's mail, for the operator and for its owner.
    ///
    /// # Errors
    /// The port's.
    pub async fn status_of(&self, account: &AccountHash) -> Result<Status, PortError> {
        Ok(self.store.status(account).await?.at(self.now()))
    }
}
