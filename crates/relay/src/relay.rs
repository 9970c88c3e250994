//! The relay's own calls: what a client may ask of it.
//!
//! [`Relay`] holds the deployment's settings and one value that implements ports. Each call needs only the ports named
//! in its bounds, so a function that is given less can do less. What an operator asks is in `enroller`, what a mail
//! does in `intake`.

use arlo_mail::{Account, Links, Senders};
use jiff::{SignedDuration, Timestamp};

use crate::audit::{AuditEvent, AuditKind, ClientNetwork};
use crate::enroller::Enroller;
use crate::enrolment::Enrolment;
use crate::error::{PortError, Refusal};
use crate::identity::{AccessToken, EnrolmentId, TokenHash};
use crate::joining::{JoinLimits, Registration};
use crate::keys::{AccountHash, Keys};
use crate::poll_key::{PollKey, RequestId};
use crate::ports::{
    CancelRequests, CheckHealth, FindEnrolments, MailTaken, ManageEnrolments, ReadRequests, ReadStatus, Record,
    StageRequests, TakeMail, WatchRequests,
};
use crate::request::{LoginRequest, NewRequest, StageOutcome};
use crate::settings::{Domain, Lifetime, LocalPart, Settings};
use crate::status::Status;

/// The relay over one store.
#[derive(Debug, Clone)]
pub struct Relay<S> {
    enroller: Enroller<S>,
    pub(crate) shared: LocalPart,
    pub(crate) lifetime: Lifetime,
    pub(crate) senders: Senders,
    pub(crate) links: Links,
    pub(crate) registration: Registration,
    pub(crate) join_limits: JoinLimits,
    pub(crate) forwards: bool,
}

/// A login request just made.
#[derive(Debug, Clone)]
pub struct Staged {
    /// Its public name.
    pub request_id: RequestId,
    /// Who may read it.
    pub poll_key: PollKey,
    /// When it is gone.
    pub expires_at: Timestamp,
}

impl<S> Relay<S> {
    /// The relay of this deployment.
    #[must_use]
    pub fn new(settings: Settings, store: S) -> Self {
        let Settings {
            deployment,
            shared,
            lifetime,
            senders,
            registration,
            join_limits,
            forwards,
        } = settings;
        // Where anybody may join, the relay is no inbox for whatever mail.
        let links = match registration {
            Registration::Open => Links::OfProviders,
            Registration::Closed | Registration::Invite => Links::Any,
        };
        Self {
            enroller: Enroller::new(deployment, store),
            shared,
            lifetime,
            senders,
            links,
            registration,
            join_limits,
            forwards,
        }
    }

    /// The enrolments of this relay.
    #[must_use]
    pub fn enroller(&self) -> &Enroller<S> {
        &self.enroller
    }

    /// The domain whose mail comes here.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.enroller.deployment.domain
    }

    /// The key of the one login that the pyaarlo REST API has for an account and token.
    #[must_use]
    pub fn rest_api_key(&self, account: &Account, token: &AccessToken) -> PollKey {
        PollKey::for_rest_api(self.keys(), token.enrolment(), account, &token.hash())
    }

    /// What names the account in a log or a store, in place of its address. It is another after a change of the
    /// deployment's key.
    #[must_use]
    pub fn account_hash(&self, account: &Account) -> AccountHash {
        self.keys().hash(account)
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.enroller.deployment.keys
    }

    /// The time, by the relay's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.enroller.now()
    }

    pub(crate) fn store(&self) -> &S {
        &self.enroller.store
    }
}

impl<S: StageRequests> Relay<S> {
    /// Makes a login request that the account's next mail will end.
    ///
    /// # Errors
    /// [`Refusal::Denied`], [`Refusal::Crowded`] or a port's.
    pub async fn prestage(&self, account: &Account, shown: Shown<'_>) -> Result<Staged, Refusal> {
        let poll_key = PollKey::generate(shown.token.enrolment(), &*self.enroller.deployment.random)?;
        self.stage(account, shown, poll_key).await
    }

    /// Begins the account's one login of the pyaarlo REST API anew, and drops the one before.
    ///
    /// # Errors
    /// As [`Self::prestage`].
    pub async fn clear(&self, account: &Account, shown: Shown<'_>) -> Result<Staged, Refusal> {
        let poll_key = self.rest_api_key(account, shown.token);
        self.stage(account, shown, poll_key).await
    }

    async fn stage(&self, account: &Account, shown: Shown<'_>, poll_key: PollKey) -> Result<Staged, Refusal> {
        if !shown.token.is_genuine(self.keys()) {
            return Err(Refusal::Denied);
        }
        let staged_at = self.now();
        let expires_at = staged_at.saturating_add(self.lifetime.get()).unwrap_or(Timestamp::MAX);
        let request = NewRequest {
            account: self.keys().hashes(account),
            token: shown.token.hash(),
            poll_key: poll_key.clone(),
            network: shown.network,
            staged_at,
            expires_at,
        };
        match self.store().stage(&request).await? {
            StageOutcome::Accepted => Ok(Staged {
                request_id: poll_key.request_id(),
                poll_key,
                expires_at,
            }),
            StageOutcome::NotEnrolled => Err(Refusal::Denied),
            StageOutcome::Full(until) => Err(Refusal::Crowded {
                retry_after: until.duration_since(staged_at),
            }),
        }
    }
}

impl<S: ReadRequests> Relay<S> {
    /// Reads the request that the key opens.
    ///
    /// # Errors
    /// [`Refusal::Gone`] for an unknown key and past the expiry, or a port's.
    pub async fn poll(&self, key: &PollKey) -> Result<LoginRequest, Refusal> {
        match self.store().read(key).await? {
            Some(request) if !request.is_expired(self.now()) => Ok(request),
            _ => Err(Refusal::Gone),
        }
    }
}

impl<S: WatchRequests> Relay<S> {
    /// Begins to watch a request at once; the future ends when it has changed, or may have. A change between this call
    /// and the first poll of the future is not missed.
    pub fn watch(&self, id: &RequestId) -> impl Future<Output = ()> + Send + 'static {
        self.store().watch(id)
    }
}

impl<S: CheckHealth> Relay<S> {
    /// Whether the store answers.
    ///
    /// # Errors
    /// The port's.
    pub async fn check(&self) -> Result<(), PortError> {
        self.store().check().await
    }
}

impl<S: CancelRequests> Relay<S> {
    /// Drops a request whose client has given up. Left pending, it would be given the mail of the account's next login.
    ///
    /// # Errors
    /// A port's.
    pub async fn cancel(&self, key: &PollKey) -> Result<(), Refusal> {
        Ok(self.store().cancel(key).await?)
    }
}

/// What a client shows.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Its token.
    pub token: &'a AccessToken,
    /// From where it calls, where that is known.
    pub network: Option<ClientNetwork>,
}

/// A wrong token is noted once in this time at most, however often it is shown.
const WRONG_TOKEN_NOTED_AFTER: SignedDuration = SignedDuration::from_secs(60);

impl<S: FindEnrolments + TakeMail> Relay<S> {
    /// The token's enrolment, if it is the account's.
    ///
    /// # Errors
    /// [`Refusal::Denied`] or a port's.
    pub async fn authorize(&self, account: &Account, shown: Shown<'_>) -> Result<Record, Refusal> {
        let record = self.authorize_token(shown).await?;
        let is_its = self.keys().hashes(account).contains(&record.enrolment.account);
        is_its.then_some(record).ok_or(Refusal::Denied)
    }

    /// The token's enrolment. A token that this deployment did not make is refused without a look into the store.
    ///
    /// # Errors
    /// [`Refusal::Denied`] or a port's.
    pub async fn authorize_token(&self, shown: Shown<'_>) -> Result<Record, Refusal> {
        if !shown.token.is_genuine(self.keys()) {
            return Err(Refusal::Denied);
        }
        let found = self.store().find(&shown.token.enrolment()).await?;
        let record = found.ok_or(Refusal::Denied)?;
        let hash = shown.token.hash();
        if record.enrolment.has_token(&hash) {
            return Ok(record);
        }
        if record.notes_wrong_token(&hash, self.now()) {
            let event = AuditEvent {
                at: self.now(),
                kind: AuditKind::WrongToken,
                network: shown.network,
            };
            self.store().take(&MailTaken::only(record.enrolment.id, event)).await?;
        }
        Err(Refusal::Denied)
    }
}

impl<S: FindEnrolments + TakeMail + ManageEnrolments> Relay<S> {
    /// Gives the token's enrolment a new one in its place. What the old one began is ended. Where the account is named,
    /// the enrolment has to be its, and it is hashed anew with the present key.
    ///
    /// # Errors
    /// [`Refusal::Denied`], [`Refusal::Changed`] or a port's.
    pub async fn replace_own_token(
        &self,
        account: Option<&Account>,
        shown: Shown<'_>,
    ) -> Result<(AccessToken, Enrolment), Refusal> {
        let read = self.authorize_token(shown).await?.enrolment;
        let replaced = self.enroller.replace_token_of(read, account, shown.network).await;
        replaced.map_err(Refusal::of_owner)
    }

    /// Ends the token's enrolment, with all that belongs to it.
    ///
    /// # Errors
    /// [`Refusal::Denied`] or a port's.
    pub async fn leave(&self, shown: Shown<'_>) -> Result<EnrolmentId, Refusal> {
        let id = self.authorize_token(shown).await?.enrolment.id;
        self.enroller.revoke(&id).await.map_err(Refusal::of_owner)?;
        Ok(id)
    }
}

impl Refusal {
    /// To who shows a token, an enrolment that has gone meanwhile is none that it gives access to.
    fn of_owner(self) -> Self {
        match self {
            Self::NotEnrolled => Self::Denied,
            other => other,
        }
    }
}

impl Record {
    /// Whether this token, which was refused, is to be added to the enrolment's events as a wrong one. Its own is not,
    /// which is refused while the enrolment is suspended.
    #[must_use]
    pub fn notes_wrong_token(&self, token: &TokenHash, now: Timestamp) -> bool {
        let noted = self.wrong_token_at;
        // A time to come was noted by a clock that was ahead.
        let is_due = noted.is_none_or(|noted| noted > now || now.duration_since(noted) >= WRONG_TOKEN_NOTED_AFTER);
        is_due && self.enrolment.token != *token
    }
}

impl<S: FindEnrolments + TakeMail + ReadRequests> Relay<S> {
    /// How far the account's login of the pyaarlo REST API has come; `None` where none was begun or it has expired.
    ///
    /// # Errors
    /// [`Refusal::Denied`] or a port's.
    pub async fn rest_api_state(&self, account: &Account, shown: Shown<'_>) -> Result<Option<LoginRequest>, Refusal> {
        self.authorize(account, shown).await?;
        let key = self.rest_api_key(account, shown.token);
        match self.poll(&key).await {
            Ok(request) => Ok(Some(request)),
            Err(Refusal::Gone) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }
}

impl<S: FindEnrolments + TakeMail + ReadStatus> Relay<S> {
    /// The token's enrolment, if it is the account's where one is named, and what its mail has come to.
    ///
    /// # Errors
    /// [`Refusal::Denied`] or a port's.
    pub async fn status(&self, account: Option<&Account>, shown: Shown<'_>) -> Result<(Enrolment, Status), Refusal> {
        let record = match account {
            Some(account) => self.authorize(account, shown).await?,
            None => self.authorize_token(shown).await?,
        };
        let enrolment = record.enrolment;
        let status = self.status_of(&enrolment.id).await?;
        Ok((enrolment, status))
    }

    async fn status_of(&self, id: &EnrolmentId) -> Result<Status, PortError> {
        self.enroller.status_of(id).await
    }
}

#[cfg(test)]
mod tests;
