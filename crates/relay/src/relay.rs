//! The relay's own calls: what a client, an operator and a mail may ask of it.
//!
//! [`Relay`] holds the deployment's settings and one value that implements ports. Each call needs only the ports named
//! in its bounds, so a function that is given less can do less.

use std::fmt;
use std::sync::Arc;

use arlo_mail::{Account, Links, Sender, Senders};
use jiff::{SignedDuration, Timestamp};

use crate::enrolment::{Credentials, Enrolment, Status};
use crate::hash_key::{AccountHash, HashKey};
use crate::ports::{
    CancelRequests, CheckHealth, Clock, FindEnrolments, ManageEnrolments, PortError, Random, ReadRequests, ReadStatus,
    StageRequests, WatchRequests,
};
use crate::request::{LoginRequest, NewRequest, StageOutcome};
use crate::secret::{AccessToken, PollKey, RelayLocalPart, RequestId};

/// What a deployment decides once.
#[derive(Clone)]
pub struct Settings {
    /// The secret under which accounts are hashed.
    pub hash_key: HashKey,
    /// How long a login request lives: between [`crate::request::MIN_LIFETIME`] and [`crate::request::MAX_LIFETIME`].
    pub lifetime: SignedDuration,
    /// The domain whose mail comes here, canonical.
    pub domain: String,
    /// The local part of the stack-wide relay address, in lower case.
    pub shared_mailbox: String,
    /// Whose mail counts as Arlo's.
    pub senders: Senders,
    /// Which links are kept of a mail that is no code.
    pub links: Links,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub random: Arc<dyn Random>,
}

crate::redacted_debug!(
    Settings,
    |settings| lifetime = settings.lifetime,
    domain = settings.domain
);

/// The relay over one store.
#[derive(Debug, Clone)]
pub struct Relay<S> {
    pub(crate) settings: Settings,
    pub(crate) store: S,
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

/// Why a call was not done.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// The account is not enrolled or the token is not its own. Which of the two is not told.
    Denied,
    /// Too many logins of the account wait already.
    Crowded {
        /// How long it is until the first of them expires.
        retry_after: SignedDuration,
    },
    /// There is no such request, or it has expired.
    Gone,
    /// The account is enrolled already.
    AlreadyEnrolled,
    /// The account is not enrolled.
    NotEnrolled,
    /// A port failed.
    Port(PortError),
}

impl From<PortError> for Refusal {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("this token does not give access to this account"),
            Self::Crowded { .. } => f.write_str("too many logins of this account are waiting for a code"),
            Self::Gone => f.write_str("there is no such login request, or it has expired"),
            Self::AlreadyEnrolled => f.write_str("the account is enrolled already"),
            Self::NotEnrolled => f.write_str("the account is not enrolled"),
            Self::Port(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Port(error) => error.source(),
            _ => None,
        }
    }
}

impl<S> Relay<S> {
    /// The relay of this deployment.
    #[must_use]
    pub fn new(settings: Settings, store: S) -> Self {
        Self { settings, store }
    }

    /// The store, for what is no rule: watching, sweeping, health.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The deployment's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The key of the one login that the pyaarlo REST API has for an account and token.
    #[must_use]
    pub fn rest_api_key(&self, account: &Account, token: &AccessToken) -> PollKey {
        PollKey::for_rest_api(&self.settings.hash_key, account, &token.hash())
    }

    /// An enrolment's own relay address.
    #[must_use]
    pub fn relay_address(&self, local_part: &RelayLocalPart) -> String {
        format!("{}@{}", local_part.expose(), self.settings.domain)
    }

    /// The time, by the relay's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.settings.clock.now()
    }

    pub(crate) fn random(&self) -> &dyn Random {
        self.settings.random.as_ref()
    }
}

impl<S: StageRequests> Relay<S> {
    /// Makes a login request that the account's next mail will end.
    ///
    /// # Errors
    /// [`Refusal::Denied`], [`Refusal::Crowded`] or a port's.
    pub async fn prestage(&self, account: &Account, token: &AccessToken) -> Result<Staged, Refusal> {
        let poll_key = PollKey::generate(self.random())?;
        self.stage(account, token, poll_key).await
    }

    /// Begins the account's one login of the pyaarlo REST API anew, and drops the one before.
    ///
    /// # Errors
    /// As [`Self::prestage`].
    pub async fn clear(&self, account: &Account, token: &AccessToken) -> Result<Staged, Refusal> {
        let poll_key = self.rest_api_key(account, token);
        self.stage(account, token, poll_key).await
    }

    async fn stage(&self, account: &Account, token: &AccessToken, poll_key: PollKey) -> Result<Staged, Refusal> {
        let staged_at = self.now();
        let expires_at = staged_at
            .saturating_add(self.settings.lifetime)
            .unwrap_or(Timestamp::MAX);
        let request = NewRequest {
            account: self.settings.hash_key.hash(account),
            token: token.hash(),
            poll_key: poll_key.clone(),
            staged_at,
            expires_at,
        };
        match self.store.stage(&request).await? {
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
        match self.store.read(key).await? {
            Some(request) if !request.is_expired(self.now()) => Ok(request),
            _ => Err(Refusal::Gone),
        }
    }
}

impl<S: WatchRequests> Relay<S> {
    /// Begins to watch a request at once; the future ends when it has changed, or may have. A change between this call
    /// and the first poll of the future is not missed.
    pub fn watch(&self, id: &RequestId) -> impl Future<Output = ()> + Send + 'static {
        self.store.watch(id)
    }
}

impl<S: CheckHealth> Relay<S> {
    /// Whether the store answers.
    ///
    /// # Errors
    /// The port's.
    pub async fn check(&self) -> Result<(), PortError> {
        self.store.check().await
    }
}

impl<S: CancelRequests> Relay<S> {
    /// Drops a request whose client has given up. Left pending, it would be given the mail of the account's next login.
    ///
    /// # Errors
    /// A port's.
    pub async fn cancel(&self, key: &PollKey) -> Result<(), Refusal> {
        Ok(self.store.cancel(key).await?)
    }
}

impl<S: FindEnrolments> Relay<S> {
    /// The account's enrolment, if the token is its own.
    ///
    /// # Errors
    /// [`Refusal::Denied`] or a port's.
    pub async fn authorize(&self, account: &Account, token: &AccessToken) -> Result<Enrolment, Refusal> {
        let found = self.store.by_account(&self.settings.hash_key.hash(account)).await?;
        // Both are SHA-256 of 256 random bits: nothing can be learnt from how long the comparison takes.
        found
            .filter(|enrolment| enrolment.token == token.hash())
            .ok_or(Refusal::Denied)
    }

    /// The enrolment that the token alone names.
    ///
    /// # Errors
    /// [`Refusal::Denied`] or a port's.
    pub async fn authorize_token(&self, token: &AccessToken) -> Result<Enrolment, Refusal> {
        self.store.by_token(&token.hash()).await?.ok_or(Refusal::Denied)
    }
}

impl<S: FindEnrolments + ReadRequests> Relay<S> {
    /// How far the account's login of the pyaarlo REST API has come; `None` where none was begun or it has expired.
    ///
    /// # Errors
    /// [`Refusal::Denied`] or a port's.
    pub async fn rest_api_state(
        &self,
        account: &Account,
        token: &AccessToken,
    ) -> Result<Option<LoginRequest>, Refusal> {
        self.authorize(account, token).await?;
        let key = self.rest_api_key(account, token);
        match self.poll(&key).await {
            Ok(request) => Ok(Some(request)),
            Err(Refusal::Gone) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }
}

impl<S: FindEnrolments + ReadStatus> Relay<S> {
    /// The account's enrolment and what its mail has come to.
    ///
    /// # Errors
    /// [`Refusal::Denied`] or a port's.
    pub async fn status(&self, account: &Account, token: &AccessToken) -> Result<(Enrolment, Status), Refusal> {
        let enrolment = self.authorize(account, token).await?;
        let status = self.status_of(&enrolment.account).await?;
        Ok((enrolment, status))
    }
}

impl<S: ReadStatus> Relay<S> {
    /// What an enrolment's mail has come to, for who may see it.
    ///
    /// # Errors
    /// The port's.
    pub async fn status_of(&self, account: &AccountHash) -> Result<Status, PortError> {
        Ok(self.store.status(account).await?.at(self.now()))
    }
}

impl<S: ManageEnrolments> Relay<S> {
    /// Enrols an account for the operator: its mail is taken at the shared address too.
    ///
    /// # Errors
    /// [`Refusal::AlreadyEnrolled`] or a port's.
    pub async fn enrol(&self, account: &Account, sender: Option<Sender>) -> Result<Credentials, Refusal> {
        self.add(account, sender, false).await
    }

    /// Enrols an account whose mail is taken at its own relay address alone. Whoever enrols himself is enrolled so: the
    /// mail of an account that forwards to the shared address is not for everybody who names it.
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
        let token = AccessToken::generate(self.random())?;
        let local_part = RelayLocalPart::generate(self.random())?;
        let enrolment = Enrolment {
            account: self.settings.hash_key.hash(account),
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
        let removed = self.store.remove(&self.settings.hash_key.hash(account)).await?;
        removed.then_some(()).ok_or(Refusal::NotEnrolled)
    }
}

impl<S: ManageEnrolments + FindEnrolments> Relay<S> {
    /// Gives an enrolment a new token; its relay address stays, and what the old token began is ended.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`] or a port's.
    pub async fn rotate(&self, account: &Account) -> Result<Credentials, Refusal> {
        let hash = self.settings.hash_key.hash(account);
        let token = AccessToken::generate(self.random())?;
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
