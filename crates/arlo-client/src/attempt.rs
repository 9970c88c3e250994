//! One run of a login: the calls in the order in which Arlo's own web application makes them.
//!
//! `auth`, then, where Arlo wants a second factor, `getFactorId`: with the trust cookie of an earlier login it answers
//! with the browser's own factor, and `startAuth` with that ends the matter. Else comes the second factor, and at last
//! `startPairingFactor` for the trust cookie. The API host's `session/v3` closes every way: it decides whether a token
//! lives, that of a new session as well as that of a saved one.
//!
//! Where Arlo has switched its second factor off, `auth` says so, or `getFactorId` and `getFactors` refuse: the token
//! of `auth` is the session's then, if the API host takes it.
//!
//! Invariants: the password reaches Arlo once, and not at all within the pause after a failure; a cookie or token that
//! replaces another is saved before the next call.

mod access;
mod second_factor;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use self::access::Access;
use crate::arlo::Arlo;
use crate::factor;
use crate::login::Login;
use crate::pause::{Cause, Fingerprint, Pause, Stage};
use crate::session::Session;
use crate::session_file::{Saved, SavedSession};
use crate::step::Step;
use crate::{Error, ErrorKind};

pub(crate) struct Attempt<'a> {
    login: &'a Login,
    arlo: Arc<Arlo>,
    saved: Saved,
    /// A session that ends sooner is not worth resuming.
    margin: SignedDuration,
    /// Whether the API host has refused the token of `auth` already.
    not_at_once: bool,
    /// Whether the caller knows already that nothing can be saved.
    not_saved: bool,
    stage: Stage,
    password: Fingerprint,
    /// The pause that an earlier login left.
    earlier: Option<Pause>,
}

/// What `getFactorId` came to.
enum Trust {
    /// Arlo knows this browser.
    Known(Box<Access>),
    /// It does not, or does not say.
    Unknown,
    /// There is no second factor to be spared.
    NoFactor,
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(login: &'a Login, arlo: Arc<Arlo>, saved: Saved, margin: SignedDuration) -> Self {
        let earlier = saved.pause.clone();
        Self {
            login,
            password: Fingerprint::new(&login.password, &saved.device_id),
            arlo,
            saved,
            margin,
            not_at_once: false,
            not_saved: false,
            stage: Stage::Before,
            earlier,
        }
    }

    pub(crate) async fn run(mut self) -> Result<Session, Error> {
        let result = self.steps().await;
        if let Err(error) = &result
            && error.paused_until().is_none()
            && let Some(cause) = Cause::from_failure(error, self.stage)
        {
            self.begin_pause(cause, error.retry_after()).await;
        }
        result
    }

    async fn steps(&mut self) -> Result<Session, Error> {
        if let Some(session) = self.resume().await? {
            return Ok(session);
        }
        self.check_pause()?;
        let first = self.authenticate().await?;
        // The identity lasts, whatever becomes of this login.
        self.keep().await;
        if first.completed == Some(true) {
            return self.open(first, false).await;
        }
        if first.no_factor
            && let Some(session) = self.open_at_once(&first).await?
        {
            return Ok(session);
        }
        match self.trusted(&first).await? {
            Trust::Known(access) => return self.open(*access, false).await,
            Trust::NoFactor => {
                if let Some(session) = self.open_at_once(&first).await? {
                    return Ok(session);
                }
            }
            Trust::Unknown => {}
        }
        let factors = match self.arlo.get("getFactors", &first.token).await {
            Err(error) if error.is_no_second_factor() => {
                return self.open_at_once(&first).await?.ok_or(error);
            }
            answer => factor::list(&answer?),
        };
        let access = self.second_factor(factors, &first).await?;
        self.open(access, true).await
    }

    /// The saved session, where Arlo still takes it.
    async fn resume(&mut self) -> Result<Option<Session>, Error> {
        let Some(saved) = self.saved.session.as_ref() else {
            return Ok(None);
        };
        if saved.expires_at.duration_since(self.arlo.now()) <= self.margin {
            return Ok(None);
        }
        let session = Session::resume(Arc::clone(&self.arlo), saved);
        match self.arlo.api("users/session/v3", &session.token).await {
            Ok(_) => {
                if self.saved.pause.take().is_some() {
                    self.keep().await;
                }
                self.login.tell(&Step::SessionReused);
                Ok(Some(session))
            }
            Err(error) if is_refused_token(&error) => {
                self.login.tell(&Step::SessionRejected);
                self.saved.session = None;
                Ok(None)
            }
            // Nothing is known of the session, and a login would meet the same trouble.
            Err(error) => Err(error),
        }
    }

    /// The password's one way to Arlo.
    async fn authenticate(&mut self) -> Result<Access, Error> {
        self.login.tell(&Step::Authenticating);
        self.arlo.preflight("auth").await;
        let body = json!({
            "email": self.login.account,
            "password": STANDARD.encode(self.login.password.expose_secret()),
            "language": "en",
            "EnvSource": "prod",
        });
        self.stage = Stage::PasswordSent;
        let data = self.arlo.post("auth", &body, None).await?;
        self.stage = Stage::Authenticated;
        Access::read("auth", &data, self.arlo.now())
    }

    /// The way without a code, of a browser that Arlo trusts. `getFactorId` only asks whether there is one: what it
    /// refuses does not end the login, unless every call would be refused for that.
    async fn trusted(&mut self, first: &Access) -> Result<Trust, Error> {
        self.arlo.preflight("getFactorId").await;
        let body = json!({ "factorType": "BROWSER", "factorData": "", "userId": first.user_id });
        let data = match self.arlo.post("getFactorId", &body, Some(&first.token)).await {
            Ok(data) => data,
            Err(error) if error.is_no_second_factor() => return Ok(Trust::NoFactor),
            Err(error) if is_for_every_call(&error) => return Err(error),
            Err(error) => {
                tracing::debug!(%error, "nothing is known of this browser");
                return Ok(Trust::Unknown);
            }
        };
        let factor_id = data.get("factorId").and_then(Value::as_str).filter(|id| !id.is_empty());
        let Some(factor_id) = factor_id else {
            return Ok(Trust::Unknown);
        };

        let answer = self.start(factor_id, "BROWSER", first).await;
        // Arlo has a new trust cookie now and no longer takes the old one.
        self.keep().await;
        let access = match answer {
            Ok(data) => Access::read("startAuth", &data, self.arlo.now())?,
            Err(error) if error.is_not_trusted() => return Ok(Trust::Unknown),
            Err(error) => return Err(error),
        };
        if access.completed == Some(false) {
            return Ok(Trust::Unknown);
        }
        self.login.tell(&Step::BrowserTrusted);
        Ok(Trust::Known(Box::new(access)))
    }

    /// `startAuth`: for any factor but the browser this sends the code, or asks in Arlo's app.
    async fn start(&self, factor_id: &str, factor_type: &str, first: &Access) -> Result<Value, Error> {
        self.arlo.preflight("startAuth").await;
        let body = json!({ "factorId": factor_id, "factorType": factor_type, "userId": first.user_id });
        self.arlo.post("startAuth", &body, Some(&first.token)).await
    }

    /// From a token that is good to an open session.
    async fn open(&mut self, access: Access, mfa: bool) -> Result<Session, Error> {
        self.remember(&access, mfa).await;
        // As the web application does. What it answers decides nothing.
        self.arlo.notify("validateAccessToken", &access.token).await;
        if let Some(code) = access.browser_auth_code.as_ref().filter(|_| mfa) {
            self.pair(code, &access.token).await;
        }
        self.arlo.api("users/session/v3", &access.token).await?;
        Ok(self.opened(&access, mfa).await)
    }

    /// An open session with the token of the password alone, where the API host takes it.
    async fn open_at_once(&mut self, first: &Access) -> Result<Option<Session>, Error> {
        if self.not_at_once {
            return Ok(None);
        }
        match self.arlo.api("users/session/v3", &first.token).await {
            Ok(_) => {
                self.remember(first, false).await;
                self.login.tell(&Step::NoSecondFactor);
                Ok(Some(self.opened(first, false).await))
            }
            Err(error) if is_refused_token(&error) => {
                self.not_at_once = true;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn opened(&mut self, access: &Access, mfa: bool) -> Session {
        self.saved.pause = None;
        self.keep().await;
        self.login.tell(&Step::SessionOpened);
        Session {
            arlo: Arc::clone(&self.arlo),
            token: access.token.clone(),
            user_id: access.user_id.clone(),
            expires_at: access.expires_at,
            mfa,
            reused: false,
        }
    }

    /// Asks Arlo to trust this browser. The login is good without.
    async fn pair(&mut self, code: &SecretString, token: &SecretString) {
        let body = json!({ "factorAuthCode": code.expose_secret(), "factorData": "", "factorType": "BROWSER" });
        match self.arlo.post("startPairingFactor", &body, Some(token)).await {
            Ok(_) => {
                self.keep().await;
                self.login.tell(&Step::Paired);
            }
            Err(error) => self.login.tell(&Step::PairingFailed(error)),
        }
    }

    /// Saves the token.
    async fn remember(&mut self, access: &Access, mfa: bool) {
        self.saved.session = Some(SavedSession {
            token: access.token.expose_secret().to_owned(),
            user_id: access.user_id.clone(),
            expires_at: access.expires_at,
            mfa,
        });
        self.keep().await;
    }

    /// Refuses a login that comes within the pause after another one.
    fn check_pause(&self) -> Result<(), Error> {
        match &self.earlier {
            Some(pause) if !self.login.force => pause.check(self.password, self.login.has_codes(), self.arlo.now()),
            _ => Ok(()),
        }
    }

    /// Begins the pause after a login that failed.
    async fn begin_pause(&mut self, cause: Cause, retry_after: Option<Duration>) {
        let earlier = self.earlier.as_ref();
        self.saved.pause = Some(Pause::new(cause, retry_after, self.password, earlier, self.arlo.now()));
        self.keep().await;
    }

    /// Saves the cookies as they are now, and with them all else.
    async fn keep(&mut self) {
        self.saved.cookies = self.arlo.cookies();
        if let Err(error) = self.login.save(&self.saved).await
            && !self.not_saved
        {
            self.not_saved = true;
            self.login.tell(&Step::SessionNotSaved(error));
        }
    }
}

/// Whether it is the token that is refused, and not the moment.
fn is_refused_token(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::SessionRejected => true,
        ErrorKind::ArloRefused { .. } => !error.is_temporary_state(),
        _ => false,
    }
}

/// Whether every call would be refused for it: the account, its requests or its token, or what passes by itself.
fn is_for_every_call(error: &Error) -> bool {
    let kinds = [
        ErrorKind::AccountLocked,
        ErrorKind::RateLimited,
        ErrorKind::SessionRejected,
        ErrorKind::Configuration,
    ];
    kinds.contains(&error.kind()) || error.is_temporary()
}
