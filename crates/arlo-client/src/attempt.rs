//! One run of a login: the calls in the order in which Arlo's own web application makes them.
//!
//! `auth`, then, where Arlo wants a second factor, `getFactorId`: with the trust cookie of an earlier login it answers with
//! the browser's own factor, and `startAuth` with that ends the matter. Else `getFactors`, the code source's preparation,
//! `startAuth` (which sends the mail), the code, `finishAuth`, and at last `startPairingFactor` for the trust cookie.
//! `validateAccessToken` and the API host's `session/v3` close every way.
//!
//! Invariants: the password goes out once; the source is ready before a mail is caused; no code goes out twice; a cookie
//! or token that replaces another is saved before the next call.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::arlo::Arlo;
use crate::refusal::{is_not_trusted, lacking, number, rejected};
use crate::session_file::{Saved, SavedSession};
use crate::source::PendingCode;
use crate::{Code, Error, ErrorKind, Login, Session, Step, factor};

/// What a code source may take to be told that the login has failed.
const CANCEL: Duration = Duration::from_secs(5);
/// A session that ends sooner is not worth resuming.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);
/// What a code source may take beyond the time it was given, and all it may take to get ready.
const SOURCE_SLACK: Duration = Duration::from_secs(60);

pub(crate) struct Attempt<'a> {
    login: &'a Login,
    arlo: Arc<Arlo>,
    saved: Saved,
    /// Whether the caller knows already that nothing can be saved.
    not_saved: bool,
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
    fn read(call: &str, data: &Value) -> Result<Self, Error> {
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
                .unwrap_or_else(Timestamp::now),
            completed: flag("authCompleted"),
            mfa: flag("mfa"),
            browser_auth_code: text("browserAuthCode").map(SecretString::from),
        })
    }
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(login: &'a Login, arlo: Arc<Arlo>, saved: Saved) -> Self {
        Self {
            login,
            arlo,
            saved,
            not_saved: false,
        }
    }

    pub(crate) async fn run(mut self) -> Result<Session, Error> {
        if let Some(session) = self.resume().await? {
            return Ok(session);
        }
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
                let access = self.with_code(&first).await?;
                self.open(access, true).await
            }
        }
    }

    /// The saved session, where Arlo still takes it.
    async fn resume(&mut self) -> Result<Option<Session>, Error> {
        let Some(saved) = self.saved.session.as_ref() else {
            return Ok(None);
        };
        if saved.expires_at.duration_since(Timestamp::now()) > MARGIN {
            let session = Session::resume(Arc::clone(&self.arlo), saved);
            match self.validate(&session.token).await {
                Ok(()) => {
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
    async fn authenticate(&self) -> Result<Access, Error> {
        self.login.tell(&Step::Authenticating);
        self.arlo.preflight("auth").await;
        let body = json!({
            "email": self.login.account,
            "password": STANDARD.encode(self.login.password.expose_secret()),
            "language": "en",
            "EnvSource": "prod",
        });
        Access::read("auth", &self.arlo.post("auth", &body, None).await?)
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
            Ok(data) => Access::read("startAuth", &data)?,
            Err(error) if is_not_trusted(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        if access.completed == Some(false) {
            return Ok(None);
        }
        self.login.tell(&Step::BrowserTrusted);
        Ok(Some(access))
    }

    /// The way with a mail and its code.
    async fn with_code(&mut self, first: &Access) -> Result<Access, Error> {
        let factors = factor::list(&self.arlo.get("getFactors", &first.token).await?);
        let chosen = factor::choose(&factors, self.login.factor.as_deref(), &self.login.account);
        let Some((factor, reason)) = chosen else {
            let message = "the account has no e-mail factor: add one in the Arlo app, under two-step verification";
            return Err(Error::new(ErrorKind::NoUsableFactor, message));
        };
        self.login.tell(&Step::FactorChosen(reason));
        let Some(source) = &self.login.codes else {
            let message = "Arlo wants a code and the login has no source for one: name where codes come from";
            return Err(Error::new(ErrorKind::NoCodeSource, message));
        };
        let mut pending = bounded(SOURCE_SLACK, source.prepare(&self.login.account)).await?;
        self.login.tell(&Step::SourceReady);

        let result = self.second_factor(pending.as_mut(), &factor.factor_id, first).await;
        if result.is_err() {
            let _ = tokio::time::timeout(CANCEL, pending.cancel()).await;
        }
        result
    }

    /// From the request for a mail to its code in Arlo's hands.
    async fn second_factor(
        &self,
        pending: &mut dyn PendingCode,
        factor_id: &str,
        first: &Access,
    ) -> Result<Access, Error> {
        let data = self.start(factor_id, first).await?;
        let factor_auth_code = data.get("factorAuthCode").and_then(Value::as_str);
        let factor_auth_code = factor_auth_code.ok_or_else(|| lacking("startAuth", "factorAuthCode"))?;
        self.login.tell(&Step::CodeRequested);
        self.finish(pending, factor_auth_code, first).await
    }

    /// `startAuth`: for an e-mail factor this sends the mail.
    async fn start(&self, factor_id: &str, first: &Access) -> Result<Value, Error> {
        self.arlo.preflight("startAuth").await;
        let body = json!({ "factorId": factor_id, "factorType": "BROWSER", "userId": first.user_id });
        self.arlo.post("startAuth", &body, Some(&first.token)).await
    }

    /// Waits for the code and hands it over; where it is refused, another one, once.
    async fn finish(&self, pending: &mut dyn PendingCode, request: &str, first: &Access) -> Result<Access, Error> {
        let within = self.login.code_timeout;
        let limit = within.saturating_add(SOURCE_SLACK);
        self.login.tell(&Step::WaitingForCode);
        let code = bounded(limit, pending.code(within)).await?;
        self.login.tell(&Step::CodeReceived);
        let refused = match self.hand_over(&code, request, first).await {
            Err(error) if error.kind() == ErrorKind::InvalidCode => error,
            result => return result,
        };

        self.login.tell(&Step::CodeRefused);
        match bounded(limit, pending.another(within)).await {
            Ok(Some(another)) if another != code => {
                self.login.tell(&Step::CodeReceived);
                self.hand_over(&another, request, first).await
            }
            // That the source has none, or failed at looking for one, is not why the login fails.
            _ => Err(refused),
        }
    }

    async fn hand_over(&self, code: &Code, request: &str, first: &Access) -> Result<Access, Error> {
        self.login.tell(&Step::Finishing);
        let body = json!({ "factorAuthCode": request, "otp": code.expose(), "isBrowserTrusted": true });
        Access::read(
            "finishAuth",
            &self.arlo.post("finishAuth", &body, Some(&first.token)).await?,
        )
    }

    /// From a token that is good to an open session.
    async fn open(mut self, access: Access, mfa: bool) -> Result<Session, Error> {
        self.remember(&access, mfa).await;
        self.validate(&access.token).await?;
        if let Some(code) = access.browser_auth_code.as_ref().filter(|_| mfa) {
            self.pair(code, &access.token).await;
        }
        self.arlo.api("users/session/v3", &access.token).await?;
        self.keep().await;
        self.login.tell(&Step::SessionOpened);
        Ok(Session {
            arlo: self.arlo,
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

/// A code source's work, which must come to an end even where the source does not see to it.
async fn bounded<T>(limit: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(
            ErrorKind::CodeTimeout,
            "the code source did not end in the time it was given",
        )),
    }
}
