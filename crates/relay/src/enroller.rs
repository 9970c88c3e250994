//! Enrolments as the operator manages them: made, listed, changed, ended.
//!
//! An [`Enroller`] needs a store and what names the deployment, and none of the settings about logins and mail. So the
//! command that enrols needs no relay.

use arlo_mail::{Account, Sender};
use jiff::{SignedDuration, Timestamp};

use crate::audit::{AuditEvent, AuditKind, ClientNetwork};
use crate::enrolment::{Addresses, Credentials, Enrolment, Label, MadeBy, MadeWith};
use crate::error::Refusal;
use crate::identity::{AccessToken, EnrolmentId, RelayLocalPart};
use crate::invitation::{Invitation, InvitationCode, InvitationId};
use crate::ports::{FindEnrolments, ManageEnrolments, ManageInvitations, PortError, ReadStatus};
use crate::settings::Deployment;
use crate::status::Status;
use crate::system::Random;

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

    /// The local part of an enrolment's present relay address. It is another than the one that was handed out where the
    /// deployment's key has changed since; that one takes mail all the same.
    #[must_use]
    pub fn local_part(&self, enrolment: &Enrolment) -> RelayLocalPart {
        RelayLocalPart::new(&self.deployment.keys, enrolment.id, enrolment.address.current)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.deployment.clock.now()
    }
}

/// An enrolment about to be made.
#[derive(Debug, Clone)]
pub struct NewEnrolment<'a> {
    /// Who.
    pub account: &'a Account,
    /// What it is called.
    pub label: Option<Label>,
    /// One more sender whose mail counts as Arlo's.
    pub sender: Option<Sender>,
    /// Whether its mail is taken at its own relay address alone. It has to be where an account enrols itself: nobody
    /// proves that the account is his, so the mail that it forwards to the shared address is not for him.
    pub own_address_only: bool,
    /// Whether a mail ends its logins only if Arlo signed it, to the account or its relay address.
    pub require_dkim: bool,
}

impl<'a> NewEnrolment<'a> {
    /// One of this account, and nothing else that is special.
    #[must_use]
    pub fn for_account(account: &'a Account) -> Self {
        Self {
            account,
            label: None,
            sender: None,
            own_address_only: false,
            require_dkim: false,
        }
    }
}

impl<S> Enroller<S> {
    /// A new enrolment, to be stored, and what its owner gets.
    pub(crate) fn make(
        &self,
        new: NewEnrolment<'_>,
        made_by: MadeBy,
        random: &dyn Random,
    ) -> Result<(Enrolment, Credentials), PortError> {
        let keys = &self.deployment.keys;
        let id = EnrolmentId::generate(random)?;
        let token = AccessToken::generate(keys, id, random)?;
        let enrolment = Enrolment {
            id,
            label: new.label,
            account: keys.hash(new.account),
            made_with: MadeWith::all(keys.current_id()),
            token: token.hash(),
            address: Addresses::FIRST,
            sender: new.sender,
            own_address_only: new.own_address_only,
            require_dkim: new.require_dkim,
            made_by,
            created_at: self.now(),
            rotated_at: None,
            suspended_at: None,
        };
        let credentials = Credentials {
            id,
            label: enrolment.label.clone(),
            account: new.account.clone(),
            token,
            local_part: self.local_part(&enrolment),
        };
        Ok((enrolment, credentials))
    }
}

impl<S: ManageEnrolments> Enroller<S> {
    /// Enrols an account.
    ///
    /// # Errors
    /// A port's.
    pub async fn enrol(&self, new: NewEnrolment<'_>) -> Result<Credentials, PortError> {
        let (enrolment, credentials) = self.make(new, MadeBy::Operator, &*self.deployment.random)?;
        self.store.add(&enrolment).await?;
        Ok(credentials)
    }

    /// The account's enrolments, oldest first.
    ///
    /// # Errors
    /// A port's.
    pub async fn of_account(&self, account: &Account) -> Result<Vec<Enrolment>, PortError> {
        self.store.of_account(&self.deployment.keys.hashes(account)).await
    }

    /// All enrolments, oldest first.
    ///
    /// # Errors
    /// A port's.
    pub async fn enrolments(&self) -> Result<Vec<Enrolment>, PortError> {
        self.store.list().await
    }

    /// Ends an enrolment with all that belongs to it.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`] or a port's.
    pub async fn revoke(&self, id: &EnrolmentId) -> Result<(), Refusal> {
        let removed = self.store.remove(id).await?;
        removed.then_some(()).ok_or(Refusal::NotEnrolled)
    }
}

impl<S: ManageInvitations> Enroller<S> {
    /// Invites so many strangers for so long.
    ///
    /// # Errors
    /// A port's.
    pub async fn invite(&self, uses: u32, lasts: SignedDuration) -> Result<(InvitationCode, Invitation), PortError> {
        let created_at = self.now();
        let invitation = Invitation {
            id: InvitationId::generate(&*self.deployment.random)?,
            uses,
            used: 0,
            created_at,
            expires_at: created_at.saturating_add(lasts).unwrap_or(Timestamp::MAX),
        };
        self.store.invite(&invitation).await?;
        Ok((InvitationCode::new(&self.deployment.keys, invitation.id), invitation))
    }

    /// The invitations by which somebody may join now, oldest first.
    ///
    /// # Errors
    /// A port's.
    pub async fn invitations(&self) -> Result<Vec<Invitation>, PortError> {
        let mut invitations = self.store.invitations().await?;
        let now = self.now();
        invitations.retain(|invitation| invitation.is_open(now));
        Ok(invitations)
    }

    /// Lets nobody join any more by an invitation.
    ///
    /// # Errors
    /// [`Refusal::NoInvitation`] or a port's.
    pub async fn withdraw(&self, id: &InvitationId) -> Result<(), Refusal> {
        let withdrawn = self.store.withdraw(id).await?;
        withdrawn.then_some(()).ok_or(Refusal::NoInvitation)
    }
}

impl<S: FindEnrolments> Enroller<S> {
    /// The enrolment of that id.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`] or a port's.
    pub async fn by_id(&self, id: &EnrolmentId) -> Result<Enrolment, Refusal> {
        let found = self.store.find(id).await?;
        found.map(|record| record.enrolment).ok_or(Refusal::NotEnrolled)
    }
}

impl<S: ManageEnrolments + FindEnrolments> Enroller<S> {
    /// Gives an enrolment a new token. Its relay address stays, and what the old token began is ended. Where its
    /// account is named, that is hashed anew with the present key.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`] also where it is another account's; [`Refusal::Changed`], or a port's.
    pub async fn replace_token(
        &self,
        id: &EnrolmentId,
        account: Option<&Account>,
    ) -> Result<(AccessToken, Enrolment), Refusal> {
        self.replace_token_of(self.by_id(id).await?, account, None).await
    }

    /// As [`Self::replace_token`], of an enrolment as it was read. One that has changed since stays as it is.
    pub(crate) async fn replace_token_of(
        &self,
        read: Enrolment,
        account: Option<&Account>,
        network: Option<ClientNetwork>,
    ) -> Result<(AccessToken, Enrolment), Refusal> {
        let keys = &self.deployment.keys;
        let hashes = account.map(|account| keys.hashes(account));
        let token = AccessToken::generate(keys, read.id, &*self.deployment.random)?;
        let hash = token.hash();
        if hashes.is_some_and(|hashes| !hashes.contains(&read.account)) {
            return Err(Refusal::NotEnrolled);
        }
        let enrolment = self
            .change_from(network, read, AuditKind::TokenReplaced, |enrolment, now| {
                enrolment.token = hash;
                enrolment.rotated_at = Some(now);
                enrolment.made_with.token = keys.current_id();
                if let Some(hashes) = hashes {
                    enrolment.account = hashes.current();
                    enrolment.made_with.account = keys.current_id();
                }
            })
            .await?;
        Ok((token, enrolment))
    }

    /// Gives an enrolment a new relay address. The one that it has takes mail for so long. Only one former address is
    /// kept: while there is one that takes mail, the address is replaced without an overlap alone, which ends both.
    ///
    /// # Errors
    /// [`Refusal::AddressOverlaps`], [`Refusal::NoMoreAddresses`], and those of [`Self::replace_token`].
    pub async fn replace_address(
        &self,
        id: &EnrolmentId,
        overlap: SignedDuration,
    ) -> Result<(RelayLocalPart, Enrolment), Refusal> {
        let key = self.deployment.keys.current_id();
        let read = self.by_id(id).await?;
        if let Some(until) = read.address.former_until(self.now())
            && overlap > SignedDuration::ZERO
        {
            return Err(Refusal::AddressOverlaps { until });
        }
        let until = self.now().saturating_add(overlap).unwrap_or(Timestamp::MAX);
        let address = read.address.replaced(until).ok_or(Refusal::NoMoreAddresses)?;
        let enrolment = self
            .change(read, AuditKind::AddressReplaced, |enrolment, _| {
                enrolment.address = address;
                enrolment.made_with.address = key;
            })
            .await?;
        Ok((self.local_part(&enrolment), enrolment))
    }

    /// Lets an enrolment do nothing until it is resumed. What it began is ended.
    ///
    /// # Errors
    /// As [`Self::replace_token`].
    pub async fn suspend(&self, id: &EnrolmentId) -> Result<Enrolment, Refusal> {
        self.change(self.by_id(id).await?, AuditKind::Suspended, |enrolment, now| {
            enrolment.suspended_at.get_or_insert(now);
        })
        .await
    }

    /// Lets a suspended enrolment go on.
    ///
    /// # Errors
    /// As [`Self::replace_token`].
    pub async fn resume(&self, id: &EnrolmentId) -> Result<Enrolment, Refusal> {
        let resume = |enrolment: &mut Enrolment, _| enrolment.suspended_at = None;
        self.change(self.by_id(id).await?, AuditKind::Resumed, resume).await
    }

    async fn change(
        &self,
        read: Enrolment,
        kind: AuditKind,
        change: impl FnOnce(&mut Enrolment, Timestamp) + Send,
    ) -> Result<Enrolment, Refusal> {
        self.change_from(None, read, kind, change).await
    }

    async fn change_from(
        &self,
        network: Option<ClientNetwork>,
        read: Enrolment,
        kind: AuditKind,
        change: impl FnOnce(&mut Enrolment, Timestamp) + Send,
    ) -> Result<Enrolment, Refusal> {
        let (mut new, at) = (read.clone(), self.now());
        change(&mut new, at);
        let event = AuditEvent { at, kind, network };
        let done = self.store.replace(&read, &new, &event).await?;
        done.then_some(new).ok_or(Refusal::Changed)
    }
}

impl<S: ReadStatus> Enroller<S> {
    /// What became of an enrolment's mail, for the operator and for its owner.
    ///
    /// # Errors
    /// The port's.
    pub async fn status_of(&self, id: &EnrolmentId) -> Result<Status, PortError> {
        Ok(self.store.status(id).await?.at(self.now()))
    }
}

#[cfg(test)]
mod tests;
