//! What the handlers share: the relay, the deployment's settings, and what callers may use.

use std::sync::Arc;

use client_limits::Client;
use relay::ports::{FindEnrolments, Record, TakeMail, WatchRequests};
use relay::{AccessToken, Refusal, Relay};
use tokio::sync::watch;

use crate::caller::Caller;
use crate::changes::Changes;
use crate::failure::Failure;
use crate::health::{Health, Vitals};
use crate::limits::{Limits, Shares};
use crate::observe::{Observe, Observer};
use crate::signatures::{CheckSignatures, Signatures};
use crate::urls::{LocalPollUrls, PublicUrl};
use crate::work::{ClientWork, WorkPool};

/// What a deployment decides about its HTTP API.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where clients reach the router, with the path prefix that a proxy in front of it removes.
    pub public_url: PublicUrl,
    /// The version that `/healthz` and the OpenAPI document name.
    pub version: &'static str,
    /// Becomes true when the server drains: every waiting call then answers at once.
    pub shutdown: watch::Receiver<bool>,
}

/// The relay and all that its HTTP API needs beside it.
#[derive(Debug)]
pub struct Api<S, P = LocalPollUrls> {
    pub(crate) relay: Relay<S>,
    pub(crate) poll_urls: P,
    pub(crate) settings: Settings,
    pub(crate) health: Health,
    pub(crate) shares: Shares,
    pub(crate) changes: Option<Changes>,
    pub(crate) observer: Observer,
    pool: Option<Arc<dyn WorkPool>>,
    signatures: Option<Arc<dyn CheckSignatures>>,
}

impl<S> Api<S> {
    /// The API of a relay that serves its poll URLs itself.
    #[must_use]
    pub fn new(relay: Relay<S>, settings: Settings) -> Self {
        let poll_urls = LocalPollUrls::new(settings.public_url.clone());
        Self::with_poll_urls(relay, poll_urls, settings)
    }
}

impl<S: WatchRequests + Clone + 'static, P> Api<S, P> {
    /// Lets a call wait for a change. Not where a waiting call costs money, as in a Lambda.
    #[must_use]
    pub fn with_long_poll(mut self) -> Self {
        self.changes = Some(Changes::from_store(self.relay.clone()));
        self
    }
}

impl<S, P> Api<S, P> {
    /// The API of a relay whose poll URLs lead elsewhere.
    #[must_use]
    pub fn with_poll_urls(relay: Relay<S>, poll_urls: P, settings: Settings) -> Self {
        Self {
            relay,
            poll_urls,
            settings,
            health: Health::default(),
            shares: Shares::new(&Limits::default()),
            changes: None,
            observer: None,
            pool: None,
            signatures: None,
        }
    }

    /// With other limits than the usual ones.
    #[must_use]
    pub fn with_limits(mut self, limits: &Limits) -> Self {
        self.shares = Shares::new(limits);
        self
    }

    /// With a pool for what takes processor time, which is done at once otherwise.
    #[must_use]
    pub fn with_pool(mut self, pool: Arc<dyn WorkPool>) -> Self {
        self.pool = Some(pool);
        self
    }

    /// With a check of the signatures of mail that is handed in, which prove nothing otherwise.
    #[must_use]
    pub fn with_signatures(mut self, signatures: Arc<dyn CheckSignatures>) -> Self {
        self.signatures = Some(signatures);
        self
    }

    /// Tells this of what happens.
    #[must_use]
    pub fn observed(mut self, observer: Arc<dyn Observe>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// The client's share of the pool.
    pub(crate) fn work(&self, client: Client) -> ClientWork<'_> {
        let pool = self.pool.as_deref();
        ClientWork { pool, client }
    }

    /// The check of signatures, by the client's share of the pool.
    pub(crate) fn signatures(&self, client: Client) -> Signatures<'_> {
        Signatures {
            check: self.signatures.as_deref(),
            work: self.work(client),
        }
    }

    /// Counts the call, and takes its token. Not whether that is good.
    pub(crate) fn token(&self, caller: &Caller) -> Result<AccessToken, Failure> {
        self.shares.call(caller.client)?;
        caller.token().map_err(|failure| match failure {
            Failure::Denied => self.shares.refused(caller.client),
            other => other,
        })
    }

    /// The enrolment of a good token, which the listener learns of too.
    pub(crate) async fn authorize(&self, caller: &Caller, token: &AccessToken) -> Result<Record, Failure>
    where
        S: FindEnrolments + TakeMail,
    {
        let record = self.relay.authorize_token(caller.shown(token)).await;
        let record = record.map_err(|refusal| self.refused(caller, refusal))?;
        caller.known.set();
        Ok(record)
    }

    /// What a refusal is to that caller. A caller that shows bad tokens again and again has to wait.
    pub(crate) fn refused(&self, caller: &Caller, refusal: Refusal) -> Failure {
        match refusal.into() {
            Failure::Denied => self.shares.refused(caller.client),
            other => other,
        }
    }

    /// Lets `/healthz` report these, too.
    #[must_use]
    pub fn watching(mut self, vitals: Arc<dyn Vitals>) -> Self {
        self.health.watch(vitals);
        self
    }
}
