//! One run of a login: the calls in the order in which Arlo's own web application makes them.
//!
//! `auth`, then, where Arlo wants a second factor, `getFactorId`: with the trust cookie of an earlier login it answers with
//! the browser's own factor, and `startAuth` with that ends the matter. Else comes the second factor, and at last
//! `startPairingFactor` for the trust cookie. `validateAccessToken` and the API host's `session/v3` close every way.
//!
//! Invariants: the password goes out once, and not at all within the pause after a failure; a cookie or token that replaces
//! another is saved before the next call.

mod second_factor;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::arlo::Arlo;
use crate::hold::{Cause, Fingerprint, Hold, Stage};
use crate::refusal::{is_not_trusted, lacking, number, rejected};
use crate::session_file::{Saved, SavedSession};
use crate::{Error, ErrorKind, Login, Session, Step};

/// A session that ends sooner is not worth resuming.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

pub(crate) struct Attempt<'a> {
    login: &'a Login,
    arlo: Arc<Arlo>,
    saved: Saved,
    /// Whether the caller knows already that nothing can be saved.
    not_saved: bool,
    stage: Stage,
    password: Fingerprint,
    /// The pause that an earlier login left.
    earlier: Option<Hold>,
}

/// What `auth`, a trusted `startAuth` and `finishAuth` answer.
struct Access {
    token: SecretString,
    user_id: String,
    expires_at: Timestamp,
    completed: Option<bool>,
    mfa: Option<bool>,
    browser_auth_code: Option<SecretString>,
}

impl Access {
    /// Arlo's data, where the token stands at the top or under `accessToken`.
    fn read(call: &str, data: &Value, now: Timestamp) -> Result<Self, Error> {
        let inner = data
            .get("accessToken")
            .filter(|inner| inner.is_object())
            .unwrap_or(data);
        let find = |key: &str| inner.get(key).or_else(|| data.get(key));
        let text = |key: &str| find(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let flag = |key: &str| find(key).and_then(Value::as_bool);
        Ok(Self {
            token: text("token").ok_or_else(|| lacking(call, "token"))?.into(),
            user_id: text("userId").ok_or_else(|| lacking(call, "userId"))?.to_owned(),
            // A session whose end is not known is not resumed.
            expires_at: number(find("expiresIn"))
                .and_then(|seconds| Timestamp::from_second(seconds).ok())
                .unwrap_or(now),
            completed: flag("authCompleted"),
            mfa: flag("mfa"),
            browser_auth_code: text("browserAuthCode").map(SecretString::from),
        })
    }
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(login: &'a Login, arlo: Arc<Arlo>, saved: Saved) -> Self {
        let earlier = saved.hold.clone();
        Self {
            login,
            password: Fingerprint::of(&login.password, &saved.device_id),
            arlo,
            saved,
            not_saved: false,
            stage: Stage::Before,
            earlier,
        }
    }

    pub(crate) async fn run(mut self) -> Result<Session, Error> {
        let result = self.steps().await;
        if let Err(error) = &result
            && error.held_until().is_none()
            && let Some(cause) = Cause::of(error, self.stage)
        {
            self.hold(cause, error.retry_after()).await;
        }
        result
    }

    async fn steps(&mut self) -> Result<Session, Error> {
        self.check_hold(Hold::is_of_requests)?;
        if let Some(session) = self.resume().await? {
            return Ok(session);
        }
        self.check_hold(|_| true)?;
        let first = self.authenticate().await?;
        // The identity lasts, whatever becomes of this login.
        self.keep().await;
        if first.completed == Some(true) || first.mfa == Some(false) {
            return self.open(first, false).await;
        }
        let trusted = self.trusted(&first).await?;
        match trusted {
            Some(access) => self.open(access, false).await,
            None => {
                let access = self.second_factor(&first).await?;
                self.open(access, true).await
            }
        }
    }

    /// The saved session, where Arlo still takes it.
    async fn resume(&mut self) -> Result<Option<Session>, Error> {
        let Some(saved) = self.saved.session.as_ref() else {
            return Ok(None);
        };
        if saved.expires_at.duration_since(self.arlo.now()) > MARGIN {
            let session = Session::resume(Arc::clone(&self.arlo), saved);
            match self.validate(&session.token).await {
                Ok(()) => {
                    if self.saved.hold.take().is_some() {
                        self.keep().await;
                    }
                    self.login.tell(&Step::SessionReused);
                    return Ok(Some(session));
                }
                Err(error) if matches!(error.kind(), ErrorKind::SessionRejected | ErrorKind::ArloRefused { .. }) => {
                    self.login.tell(&Step::SessionRejected);
                }
                // Nothing is known of the session, and a login would meet the same trouble.
                Err(error) => return Err(error),
            }
        }
        self.saved.session = None;
        Ok(None)
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

    /// The way without a code, of a browser that Arlo trusts; `None` where it does not.
    async fn trusted(&mut self, first: &Access) -> Result<Option<Access>, Error> {
        self.arlo.preflight("getFactorId").await;
        let body = json!({ "factorType": "BROWSER", "factorData": "", "userId": first.user_id });
        let data = match self.arlo.post("getFactorId", &body, Some(&first.token)).await {
            Ok(data) => data,
            Err(error) if is_not_trusted(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let factor_id = data.get("factorId").and_then(Value::as_str);
        let factor_id = factor_id.ok_or_else(|| lacking("getFactorId", "factorId"))?;

        let answer = self.start(factor_id, first).await;
        // Arlo has a new trust cookie now and no longer takes the old one.
        self.keep().await;
        let access = match answer {
            Ok(data) => Access::read("startAuth", &data, self.arlo.now())?,
            Err(error) if is_not_trusted(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        if access.completed == Some(false) {
            return Ok(None);
        }
        self.login.tell(&Step::BrowserTrusted);
        Ok(Some(access))
    }

    /// `startAuth`: for any factor but the browser this sends the code.
    async fn start(&self, factor_id: &str, first: &Access) -> Result<Value, Error> {
        self.arlo.preflight("startAuth").await;
        let body = json!({ "factorId": factor_id, "factorType": "BROWSER", "userId": first.user_id });
        self.arlo.post("startAuth", &body, Some(&first.token)).await
    }

    /// From a token that is good to an open session.
    async fn open(&mut self, access: Access, mfa: bool) -> Result<Session, Error> {
        self.remember(&access, mfa).await;
        self.validate(&access.token).await?;
        if let Some(code) = access.browser_auth_code.as_ref().filter(|_| mfa) {
            self.pair(code, &access.token).await;
        }
        self.arlo.api("users/session/v3", &access.token).await?;
        self.saved.hold = None;
        self.keep().await;
        self.login.tell(&Step::SessionOpened);
        Ok(Session {
            arlo: Arc::clone(&self.arlo),
            token: access.token,
            user_id: access.user_id,
            expires_at: access.expires_at,
            mfa,
            reused: false,
        })
    }

    /// Asks Arlo whether it takes the token.
    async fn validate(&self, token: &SecretString) -> Result<(), Error> {
        let data = self.arlo.get("validateAccessToken", token).await?;
        match data.get("tokenValidated").and_then(Value::as_bool) {
            Some(false) => Err(rejected()),
            _ => Ok(()),
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

    /// Refuses a login that comes within the pause after another one, where that is one of the kind that `counts`.
    fn check_hold(&self, counts: impl Fn(&Hold) -> bool) -> Result<(), Error> {
        match &self.earlier {
            Some(hold) if !self.login.force && counts(hold) => hold.check(self.password, self.arlo.now()),
            _ => Ok(()),
        }
    }

    /// Begins the pause after a login that failed.
    async fn hold(&mut self, cause: Cause, retry_after: Option<Duration>) {
        let earlier = self.earlier.as_ref();
        self.saved.hold = Some(Hold::new(cause, retry_after, self.password, earlier, self.arlo.now()));
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
