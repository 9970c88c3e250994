//! The relay's own calls: what a client may ask of it.
//!
//! [`Relay`] holds the deployment's settings and one value that implements ports. Each call needs only the ports named
//! in its bounds, so a function that is given less can do less. What an operator asks is in `enroller`, what a mail
//! does in `intake`.

use arlo_mail::{Account, Links, Senders};
use jiff::Timestamp;

use crate::enroller::Enroller;
use crate::enrolment::{Enrolment, Status};
use crate::error::{PortError, Refusal};
use crate::hash_key::AccountHash;
use crate::ports::{
    CancelRequests, CheckHealth, FindEnrolments, ReadRequests, ReadStatus, StageRequests, WatchRequests,
};
use crate::request::{LoginRequest, NewRequest, StageOutcome};
use crate::secret::{AccessToken, PollKey, RequestId};
use crate::settings::{Domain, Lifetime, LocalPart, Settings};

/// The relay over one store.
#[derive(Debug, Clone)]
pub struct Relay<S> {
    enroller: Enroller<S>,
    pub(crate) shared: LocalPart,
    pub(crate) lifetime: Lifetime,
    pub(crate) senders: Senders,
    pub(crate) links: Links,
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
            links,
            forwards,
        } = settings;
        Self {
            enroller: Enroller::new(deployment, store),
            shared,
            lifetime,
            senders,
            links,
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

    /// What a store keeps in place of an account.
    #[must_use]
    pub fn account_hash(&self, account: &Account) -> AccountHash {
        self.enroller.account_hash(account)
    }

    /// The key of the one login that the pyaarlo REST API has for an account and token.
    #[must_use]
    pub fn rest_api_key(&self, account: &Account, token: &AccessToken) -> PollKey {
        PollKey::for_rest_api(&self.enroller.deployment.hash_key, account, &token.hash())
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
    pub async fn prestage(&self, account: &Account, token: &AccessToken) -> Result<Staged, Refusal> {
        let poll_key = PollKey::generate(&*self.enroller.deployment.random)?;
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
        let expires_at = staged_at.saturating_add(self.lifetime.get()).unwrap_or(Timestamp::MAX);
        let request = NewRequest {
            account: self.account_hash(account),
            token: token.hash(),
            poll_key: poll_key.clone(),
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

impl<S: FindEnrolments> Relay<S> {
    /// The account's enrolment, if the token is its own.
    ///
    /// # Errors
    /// [`Refusal::Denied`] or a port's.
    pub async fn authorize(&self, account: &Account, token: &AccessToken) -> Result<Enrolment, Refusal> {
        let found = self.store().by_account(&self.account_hash(account)).await?;
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
        self.store().by_token(&token.hash()).await?.ok_or(Refusal::Denied)
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
    /// The account's enrolment and what became of its mail.
    ///
    /// # Errors
    /// [`Refusal::Denied`] or a port's.
    pub async fn status(&self, account: &Account, token: &AccessToken) -> Result<(Enrolment, Status), Refusal> {
        let enrolment = self.authorize(account, token).await?;
        let status = self.enroller.status_of(&enrolment.account).await?;
        Ok((enrolment, status))
    }
}
