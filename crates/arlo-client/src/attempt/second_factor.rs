//! The second factor of a login: the choice among `getFactors`, the preparation of the code source, `startAuth` (which
//! makes Arlo send the code, or ask in its app), and `finishAuth` with the code, or repeatedly until the approval.
//!
//! Invariants: the source is ready before Arlo is asked for a code; no code is sent twice; the pause is saved before
//! the wait for the code, so that a login that is started and killed again and again does not fill the mailbox.

use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Access, Attempt};
use crate::factor::{self, Factor};
use crate::login::SecondFactor;
use crate::pause::Cause;
use crate::refusal::no_code_sent;
use crate::source::PendingCode;
use crate::{Code, CodeSource, Error, ErrorKind, FactorKind, Step};

/// How much longer than its time a code source may take, and how long its preparation may take.
const SOURCE_SLACK: Duration = Duration::from_secs(60);
/// Time limit for cancelling at a code source.
const CANCEL: Duration = Duration::from_secs(5);
/// Longest wait for an approval.
const APPROVAL_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// The time between two requests about an approval: at first, and after [`SOON`]. Arlo takes frequent requests for an
/// attack.
const OFTEN: Duration = Duration::from_secs(5);
const SELDOM: Duration = Duration::from_secs(15);
const SOON: Duration = Duration::from_secs(60);

impl Attempt<'_> {
    /// Gives the second factor in the way that the caller chose.
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
        self.login.report(&Step::SourceReady);
        let result = self.code_from(pending.as_mut(), &factor, first).await;
        if result.is_err() {
            let _ = tokio::time::timeout(CANCEL, pending.cancel()).await;
        }
        result
    }

    /// Asks for a code, waits for it, and sends it to Arlo.
    async fn code_from(
        &mut self,
        pending: &mut dyn PendingCode,
        factor: &Factor,
        first: &Access,
    ) -> Result<Access, Error> {
        let request = self.request(factor, first).await?;
        self.login.report(&Step::CodeRequested(factor.kind));
        self.finish(pending, &request, first).await
    }

    async fn with_approval(&mut self, factors: Vec<Factor>, first: &Access) -> Result<Access, Error> {
        let factor = self.choose(factors, &[FactorKind::Push])?;
        let request = self.request(&factor, first).await?;
        self.login.report(&Step::WaitingForApproval);
        let access = self.wait_for_approval(&request, first).await?;
        self.login.report(&Step::Approved);
        Ok(access)
    }

    /// Chooses the factor of the account.
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
        self.login.report(&Step::FactorChosen(reason));
        Ok(factor)
    }

    /// Makes Arlo send the code, or ask in its app. Gives the value that `finishAuth` needs.
    async fn request(&mut self, factor: &Factor, first: &Access) -> Result<String, Error> {
        self.begin_pause(Cause::Unfinished, None).await;
        // A code is for this browser. A push question is for the phone and names no factor type.
        let factor_type = if factor.kind == FactorKind::Push { "" } else { "BROWSER" };
        let data = self.start(&factor.factor_id, factor_type, first).await?;
        let request = data.get("factorAuthCode").and_then(Value::as_str);
        Ok(request.ok_or_else(no_code_sent)?.to_owned())
    }

    /// Waits for the code and sends it to Arlo. If Arlo refuses it, sends one other code.
    async fn finish(&self, pending: &mut dyn PendingCode, request: &str, first: &Access) -> Result<Access, Error> {
        let within = self.login.code_timeout;
        let limit = within.saturating_add(SOURCE_SLACK);
        self.login.report(&Step::WaitingForCode);
        let code = bounded(limit, pending.code(within)).await?;
        self.login.report(&Step::CodeReceived);
        let refused = match self.send_code(&code, request, first).await {
            Err(error) if matches!(error.kind(), ErrorKind::InvalidCode | ErrorKind::CodeExpired) => error,
            result => return result,
        };

        self.login.report(&Step::CodeRefused);
        match bounded(limit, pending.another(within)).await {
            Ok(Some(another)) if another != code => {
                self.login.report(&Step::CodeReceived);
                self.send_code(&another, request, first).await
            }
            // The reason for the failure is the refusal, not the source that has no other code.
            _ => Err(refused),
        }
    }

    async fn send_code(&self, code: &Code, request: &str, first: &Access) -> Result<Access, Error> {
        self.login.report(&Step::Finishing);
        let body = json!({ "factorAuthCode": request, "otp": code.expose(), "isBrowserTrusted": true });
        self.finish_auth(&body, first).await
    }

    /// Asks until the person has answered. Asks again after an answer was lost.
    async fn wait_for_approval(&self, request: &str, first: &Access) -> Result<Access, Error> {
        let body = json!({ "factorAuthCode": request, "isBrowserTrusted": true });
        let began = Instant::now();
        let within = self.login.code_timeout.min(APPROVAL_TIMEOUT);
        loop {
            let trouble = match self.finish_auth(&body, first).await {
                Err(error) if error.is_not_approved() => None,
                Err(error) if error.is_temporary() => Some(error),
                result => return result,
            };
            let wait = if began.elapsed() < SOON { OFTEN } else { SELDOM };
            if began.elapsed() + wait > within {
                let message = "nobody approved the login in the Arlo app in time: open the app when the next one asks";
                let error = Error::new(ErrorKind::CodeTimeout, message);
                return Err(match trouble {
                    Some(trouble) => error.with_source(trouble),
                    None => error,
                });
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn finish_auth(&self, body: &Value, first: &Access) -> Result<Access, Error> {
        let data = self.arlo.post("finishAuth", body, Some(&first.token)).await?;
        Access::read("finishAuth", &data, self.arlo.now())
    }
}

/// Limits the time of a code source, even if the source does not do that itself.
async fn bounded<T>(limit: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(
            ErrorKind::CodeTimeout,
            "the code source did not end in the time it was given",
        )),
    }
}
