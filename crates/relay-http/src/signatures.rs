//! Where the signatures of a mail are checked that was handed in.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use axum::body::Bytes;
use relay::ports::{AuthenticateMail, PortError, RunWork};
use relay::{Claims, Verdicts};

use crate::work::ClientWork;

/// What a check of signatures comes to.
pub type VerdictsFuture<'a> = Pin<Box<dyn Future<Output = Result<Verdicts, PortError>> + Send + 'a>>;

/// Checks which signatures of a mail verify. Who handed it in proves nothing about who sent it.
pub trait CheckSignatures: fmt::Debug + Send + Sync {
    /// Checks the claims of one mail. What takes processor time is left to `work`.
    fn check<'a>(&'a self, claims: &'a Claims, raw: &'a Bytes, work: &'a ClientWork<'a>) -> VerdictsFuture<'a>;
}

/// Judges one caller's mail; without a check nothing is proven.
#[derive(Debug)]
pub(crate) struct Signatures<'a> {
    pub(crate) check: Option<&'a dyn CheckSignatures>,
    pub(crate) work: ClientWork<'a>,
}

impl AuthenticateMail for Signatures<'_> {
    async fn verdicts(
        &self,
        claims: &Claims,
        _: Option<&str>,
        raw: &Bytes,
        _: &impl RunWork,
    ) -> Result<Verdicts, PortError> {
        match self.check {
            Some(check) => check.check(claims, raw, &self.work).await,
            None => Ok(Verdicts::default()),
        }
    }
}
