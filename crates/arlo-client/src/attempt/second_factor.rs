//! The second factor of a login: the choice among `getFactors`, the code source's preparation, `startAuth` (which sends
//! the code, or asks in Arlo's app), and `finishAuth` with the code, or again and again until the login is approved.
//!
//! Invariants: the source is ready before a code is caused; no code goes out twice; a login that is cut off while it
//! waits has left a pause behind, so that one that is started over and over does not fill the mailbox.

use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Access, Attempt};
use crate::factor::{self, Factor};
use crate::login::SecondFactor;
use crate::pause::Cause;
use crate::refusal::missing_field;
use crate::source::PendingCode;
use crate::{Code, CodeSource, Error, ErrorKind, FactorKind, Step};

/// What a code source may take beyond the time it was given, and all it may take to get ready.
const SOURCE_SLACK: Duration = Duration::from_secs(60);
/// What a code source may take to be told that the login has failed.
const CANCEL: Duration = Duration::from_secs(5);
/// Longest wait for an approval. Nobody answers a question later than that.
const APPROVAL_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// Between two looks at an approval: at first, and once [`SOON`] is over. Arlo takes many looks for an attack.
const OFTEN: Duration = Duration::from_secs(5);
const SELDOM: Duration = Duration::from_secs(15);
const SOON: Duration = Duration::from_secs(60);

impl Attempt<'_> {
    /// Passes the second factor in the way that the caller chose.
    pub(super) async fn second_factor(&mut self, factors: Vec<Factor>, first: &Access) -> Result<Access, Error> {
        let login = self.login;
        match &login.second_factor {
            SecondFactor::Code(source) => self.with_code(source.as_ref(), factors, first).await,
            SecondFactor::Approval => self.with_approval(factors, first).await,
            SecondFactor::None => {
                let message = "Arlo wants a code and the login has no source for one: name where codes come from";
                Err(Error::new(ErrorKind::NoCodeSource, message))
            }
        }
    }

    async fn with_code(
        &mut self,
        source: &dyn CodeSource,
        factors: Vec<Factor>,
        first: &Access,
    ) -> Result<Access, Error> {
        let factor = self.choose(factors, source.serves())?;
        let mut pending = bounded(SOURCE_SLACK, source.prepare(&self.login.account)).await?;
        self.login.tell(&Step::SourceReady);
        let result = self.code_from(pending.as_mut(), &factor, first).await;
        if result.is_err() {
            let _ = tokio::time::timeout(CANCEL, pending.cancel()).await;
        }
        result
    }

    /// From the request for a code to the code in Arlo's hands.
    async fn code_from(
        &mut self,
        pending: &mut dyn PendingCode,
        factor: &Factor,
        first: &Access,
    ) -> Result<Access, Error> {
        let request = self.request(factor, first).await?;
        self.login.tell(&Step::CodeRequested(factor.kind));
        self.finish(pending, &request, first).await
    }

    async fn with_approval(&mut self, factors: Vec<Factor>, first: &Access) -> Result<Access, Error> {
        let factor = self.choose(factors, &[FactorKind::Push])?;
        let request = self.request(&factor, first).await?;
        self.login.tell(&Step::WaitingForApproval);
        let access = self.approved(&request, first).await?;
        self.login.tell(&Step::Approved);
        Ok(access)
    }

    /// The account's factor that is to be used.
    fn choose(&self, factors: Vec<Factor>, kinds: &[FactorKind]) -> Result<Factor, Error> {
        let named = self.login.factor.as_deref();
        let Some((factor, reason)) = factor::choose(factors, kinds, named, &self.login.account) else {
            let message = if kinds == [FactorKind::Push] {
                "no phone of the account can approve logins: add one in the Arlo app, under two-step verification"
            } else if kinds.contains(&FactorKind::Sms) {
                "the account has neither an address nor a number for codes: add one in the Arlo app, under two-step \
                 verification"
            } else {
                "the account has no e-mail factor: add one in the Arlo app, under two-step verification"
            };
            return Err(Error::new(ErrorKind::NoUsableFactor, message));
        };
        self.login.tell(&Step::FactorChosen(reason));
        Ok(factor)
    }

    /// Causes the code, or the question; gives what `finishAuth` needs.
    async fn request(&mut self, factor: &Factor, first: &Access) -> Result<String, Error> {
        self.begin_pause(Cause::Unfinished, None).await;
        // A code goes to this browser; a question goes to the phone, and names no kind.
        let factor_type = if factor.kind == FactorKind::Push { "" } else { "BROWSER" };
        let data = self.start(&factor.factor_id, factor_type, first).await?;
        let request = data.get("factorAuthCode").and_then(Value::as_str);
        Ok(request
            .ok_or_else(|| missing_field("startAuth", "factorAuthCode"))?
            .to_owned())
    }

    /// Waits for the code and hands it over; where it is refused, another one, once.
    async fn finish(&self, pending: &mut dyn PendingCode, request: &str, first: &Access) -> Result<Access, Error> {
        let within = self.login.code_timeout;
        let limit = within.saturating_add(SOURCE_SLACK);
        self.login.tell(&Step::WaitingForCode);
        let code = bounded(limit, pending.code(within)).await?;
        self.login.tell(&Step::CodeReceived);
        let refused = match self.hand_over(&code, request, first).await {
            Err(error) if matches!(error.kind(), ErrorKind::InvalidCode | ErrorKind::CodeExpired) => error,
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
        self.finish_auth(&body, first).await
    }

    /// Asks until the person has answered. An answer that got lost is asked for again.
    async fn approved(&self, request: &str, first: &Access) -> Result<Access, Error> {
        let body = json!({ "factorAuthCode": request, "isBrowserTrusted": true });
        let began = Instant::now();
        let within = self.login.code_timeout.min(APPROVAL_TIMEOUT);
        loop {
            let trouble = match self.finish_auth(&body, first).await {
                Err(error) if error.is_not_approved() => None,
                Err(error) if error.is_temporary() => Some(error),
                result => return result,
            };
            let pause = if began.elapsed() < SOON { OFTEN } else { SELDOM };
            if began.elapsed() + pause > within {
                let message = "nobody approved the login in the Arlo app in time: open the app when the next one asks";
                let error = Error::new(ErrorKind::CodeTimeout, message);
                return Err(match trouble {
                    Some(trouble) => error.with_source(trouble),
                    None => error,
                });
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn finish_auth(&self, body: &Value, first: &Access) -> Result<Access, Error> {
        let data = self.arlo.post("finishAuth", body, Some(&first.token)).await?;
        Access::read("finishAuth", &data, self.arlo.now())
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
