//! One attempt to log in: the calls in the order in which Arlo's own web application makes them.
//!
//! The first call is `auth`. If Arlo asks for a second factor, `getFactorId` follows. With the trust cookie of an
//! earlier login it answers with the browser's own factor, and `startAuth` with that factor finishes the login.
//! Otherwise the second factor follows, and then `startPairingFactor` for the trust cookie. The last call is always the
//! API host's `session/v3`. It decides whether a token is valid, both of a new and of a saved session.
//!
//! If Arlo has switched its second factor off, `auth` says so, or `getFactorId` and `getFactors` refuse. Then the token
//! of `auth` is the token of the session, if the API host accepts it.
//!
//! Invariants: the password reaches Arlo once at most, and not within the pause after a failure; a cookie or token that
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
    /// Whether the API host has already refused the token of `auth`.
    first_token_refused: bool,
    /// Whether the caller already knows that the session cannot be saved.
    save_failed: bool,
    stage: Stage,
    password: Fingerprint,
    /// The pause after an earlier login.
    earlier: Option<Pause>,
    /// Whether this login has saved a session of its own.
    session_saved: bool,
}

/// The result of `getFactorId`.
enum Trust {
    /// Arlo trusts this browser.
    Trusted(Box<Access>),
    /// Arlo does not trust it, or does not say.
    Unknown,
    /// Arlo asks for no second factor.
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
            first_token_refused: false,
            save_failed: false,
            stage: Stage::Before,
            earlier,
            session_saved: false,
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
        // The identity is saved, whatever the result of this login is.
        self.save().await;
        if first.completed == Some(true) {
            return self.open(first, false).await;
        }
        if first.no_factor
            && let Some(session) = self.open_with_first_token(&first).await?
        {
            return Ok(session);
        }
        match self.trusted(&first).await? {
            Trust::Trusted(access) => return self.open(*access, false).await,
            Trust::NoFactor => {
                if let Some(session) = self.open_with_first_token(&first).await? {
                    return Ok(session);
                }
            }
            Trust::Unknown => {}
        }
        let factors = match self.arlo.get("getFactors", &first.token).await {
            Err(error) if error.is_no_second_factor() => {
                return self.open_with_first_token(&first).await?.ok_or(error);
            }
            answer => factor::list(&answer?),
        };
        let access = self.second_factor(factors, &first).await?;
        self.open(access, true).await
    }

    /// The saved session, if Arlo still accepts it.
    async fn resume(&mut self) -> Result<Option<Session>, Error> {
        let Some(saved) = self.saved.session.as_ref() else {
            return Ok(None);
        };
        if saved.expires_at.duration_since(self.arlo.now()) <= self.margin {
            return Ok(None);
        }
        let mut session = Session::resume(Arc::clone(&self.arlo), saved);
        match self.arlo.api("users/session/v3", &session.token).await {
            Ok(details) => {
                session.details = Arc::new(details);
                if self.saved.pause.take_if(|pause| pause.ends_with_session()).is_some() {
                    self.save().await;
                }
                self.login.report(&Step::SessionReused);
                Ok(Some(session))
            }
            Err(error) if is_refused_token(&error) => {
                self.login.report(&Step::SessionRejected);
                self.saved.session = None;
                Ok(None)
            }
            // Whether the session is valid is not known, and a login would fail for the same reason.
            Err(error) => Err(error),
        }
    }

    /// Sends the password. This is the only call that does.
    async fn authenticate(&mut self) -> Result<Access, Error> {
        self.login.report(&Step::Authenticating);
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

    /// The login without a code, for a browser that Arlo trusts. `getFactorId` only asks whether Arlo trusts it. Its
    /// refusal does not end the login, unless Arlo would refuse every call for the same reason.
    async fn trusted(&mut self, first: &Access) -> Result<Trust, Error> {
        self.arlo.preflight("getFactorId").await;
        let body = json!({ "factorType": "BROWSER", "factorData": "", "userId": first.user_id });
        let data = match self.arlo.post("getFactorId", &body, Some(&first.token)).await {
            Ok(data) => data,
            Err(error) if error.is_no_second_factor() => return Ok(Trust::NoFactor),
            Err(error) if is_refused_everywhere(&error) => return Err(error),
            Err(error) => {
                tracing::debug!(%error, "Arlo does not say whether it trusts this browser");
                return Ok(Trust::Unknown);
            }
        };
        let factor_id = data.get("factorId").and_then(Value::as_str).filter(|id| !id.is_empty());
        let Some(factor_id) = factor_id else {
            return Ok(Trust::Unknown);
        };

        let answer = self.start(factor_id, "BROWSER", first).await;
        // From now on Arlo accepts the new trust cookie only.
        self.save().await;
        let access = match answer {
            Ok(data) => Access::read("startAuth", &data, self.arlo.now())?,
            Err(error) if error.is_not_trusted() => return Ok(Trust::Unknown),
            Err(error) => return Err(error),
        };
        if access.completed == Some(false) {
            return Ok(Trust::Unknown);
        }
        self.login.report(&Step::BrowserTrusted);
        Ok(Trust::Trusted(Box::new(access)))
    }

    /// `startAuth`. For any factor but the browser Arlo then sends the code, or asks in its app.
    async fn start(&self, factor_id: &str, factor_type: &str, first: &Access) -> Result<Value, Error> {
        self.arlo.preflight("startAuth").await;
        let body = json!({ "factorId": factor_id, "factorType": factor_type, "userId": first.user_id });
        self.arlo.post("startAuth", &body, Some(&first.token)).await
    }

    /// Opens a session with a token that needs no further factor.
    async fn open(&mut self, access: Access, mfa: bool) -> Result<Session, Error> {
        self.remember(&access, mfa).await;
        // The web application makes this call too. Its answer is not used.
        self.arlo.notify("validateAccessToken", &access.token).await;
        if let Some(code) = access.browser_auth_code.as_ref().filter(|_| mfa) {
            self.pair(code, &access.token).await;
        }
        let details = self.arlo.api("users/session/v3", &access.token).await?;
        Ok(self.opened(&access, mfa, details).await)
    }

    /// Opens a session with the token of the password alone, if the API host accepts it.
    async fn open_with_first_token(&mut self, first: &Access) -> Result<Option<Session>, Error> {
        if self.first_token_refused {
            return Ok(None);
        }
        match self.arlo.api("users/session/v3", &first.token).await {
            Ok(details) => {
                self.remember(first, false).await;
                self.login.report(&Step::NoSecondFactor);
                Ok(Some(self.opened(first, false, details).await))
            }
            Err(error) if is_refused_token(&error) => {
                self.first_token_refused = true;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn opened(&mut self, access: &Access, mfa: bool, details: Value) -> Session {
        self.saved.pause = None;
        self.save().await;
        self.login.report(&Step::SessionOpened);
        Session {
            arlo: Arc::clone(&self.arlo),
            token: access.token.clone(),
            user_id: access.user_id.clone(),
            expires_at: access.expires_at,
            mfa,
            reused: false,
            details: Arc::new(details),
        }
    }

    /// Asks Arlo to trust this browser. The login is valid without that.
    async fn pair(&mut self, code: &SecretString, token: &SecretString) {
        let body = json!({ "factorAuthCode": code.expose_secret(), "factorData": "", "factorType": "BROWSER" });
        match self.arlo.post("startPairingFactor", &body, Some(token)).await {
            Ok(_) => {
                self.save().await;
                self.login.report(&Step::Paired);
            }
            Err(error) => self.login.report(&Step::PairingFailed(error)),
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
        self.session_saved = true;
        if let Some(pause) = &mut self.saved.pause {
            pause.note_saved_session();
        }
        self.save().await;
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
        let (earlier, now) = (self.earlier.as_ref(), self.arlo.now());
        let mut pause = Pause::new(cause, retry_after, self.password, earlier, now);
        if self.stage != Stage::Authenticated
            && let Some(earlier) = earlier
        {
            pause = earlier.keep_or(pause, now);
        }
        if self.session_saved {
            pause.note_saved_session();
        }
        self.saved.pause = Some(pause);
        self.save().await;
    }

    /// Saves the current cookies and everything else.
    async fn save(&mut self) {
        self.saved.cookies = self.arlo.cookies();
        if let Err(error) = self.login.save(&self.saved).await
            && !self.save_failed
        {
            self.save_failed = true;
            self.login.report(&Step::SessionNotSaved(error));
        }
    }
}

/// Whether Arlo refuses the token, and not only for now.
fn is_refused_token(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::SessionRejected => true,
        ErrorKind::ArloRefused { .. } => !error.is_temporary_state(),
        _ => false,
    }
}

/// Whether Arlo would refuse every call for the same reason: because of the account, its requests or its token, or for
/// now.
fn is_refused_everywhere(error: &Error) -> bool {
    let kinds = [
        ErrorKind::AccountLocked,
        ErrorKind::RateLimited,
        ErrorKind::SessionRejected,
        ErrorKind::Configuration,
    ];
    kinds.contains(&error.kind()) || error.is_temporary()
}
