//! A certificate by ACME (RFC 8555): asked for, kept and renewed while the relay serves.
//!
//! - A name is proven by TLS-ALPN-01 (RFC 8737) on the listener of HTTPS, so that no other port is needed. The
//!   authority connects to port 443 of the name.
//! - The certificate is renewed when a third of its time is left. What fails is tried again after five minutes, then
//!   after twice as long each time, and every six hours at most: authorities count failures (Let's Encrypt: five an
//!   hour for a name).
//! - Account, key and certificate are below the data directory, readable by its user alone. A start with a certificate
//!   that is still good for these names asks nobody.
//!
//! The protocol is the crate `instant-acme`'s, over the HTTP client that the relay has already. `rustls-acme` would
//! bring a second HTTP client, a second reactor and chrono.

mod cache;
mod order;
mod transport;

use std::path::{Path, PathBuf};
use std::time::Duration;

use instant_acme::{Account, AccountCredentials, NewAccount};
use jiff::{SignedDuration, Timestamp};
use relay::ports::Clock;
use relay::{Domain, SystemClock};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};

use self::cache::Cache;
use self::order::{Fault, Issued};
use self::transport::Transport;
use super::identity::Identity;
use super::validity::Validity;
use super::watch::Reload;
use crate::error::StartError;

/// Let's Encrypt.
pub const DEFAULT_DIRECTORY: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(5 * 60);
/// The pause after the first failure, and the longest one.
const BACK_OFF: Duration = Duration::from_secs(5 * 60);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(6 * 60 * 60);
/// A certificate is kept so long, even if it has ended by the clock of this machine: then the clock is wrong.
const KEPT_AT_LEAST: SignedDuration = SignedDuration::from_hours(1);
/// The longest sleep. The wall clock may be put on meanwhile.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);

const ACCOUNT: &str = "account.json";
const CERTIFICATE: &str = "certificate.json";

/// What is asked for, and of whom.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The names in the certificate, one at least.
    pub domains: Vec<Domain>,
    /// Where the authority may write to.
    pub contact: Option<String>,
    /// The URL of the authority's directory.
    pub directory: String,
    /// A PEM file with the roots for the directory's own certificate, in place of Mozilla's.
    pub roots: Option<PathBuf>,
}

/// Keeps the certificate good.
pub(crate) struct Acme {
    settings: Settings,
    transport: Transport,
    cache: Cache,
    identity: Identity,
    /// When the present certificate is to be renewed; `None` where there is none.
    renew_at: Option<Timestamp>,
}

relay::redacted_debug!(Acme);

/// The account at the authority, as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptAccount {
    directory: String,
    credentials: AccountCredentials,
}

/// The certificate as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptCertificate {
    directory: String,
    domains: Vec<String>,
    issued: Issued,
}

impl Acme {
    /// Opens what is kept in that directory, and shows the certificate if there is one for these names.
    pub(super) fn open(settings: Settings, directory: &Path, identity: &Identity) -> Result<Self, StartError> {
        let mut acme = Self {
            transport: Transport::new(&settings)?,
            cache: Cache::open(directory)?,
            settings,
            identity: identity.clone(),
            renew_at: None,
        };
        let kept: Option<KeptCertificate> = acme.cache.read(CERTIFICATE);
        let kept = kept.filter(|kept| {
            kept.directory == acme.settings.directory && kept.domains == order::names(&acme.settings.domains)
        });
        if let Some((key, validity)) = kept.and_then(|kept| kept.issued.certified_key().ok()) {
            acme.renew_at = Some(validity.renew_at());
            acme.show(key, validity);
        }
        Ok(acme)
    }

    fn show(&self, key: CertifiedKey, validity: Validity) {
        tracing::info!(ends = %validity.to, "the TLS certificate is one by ACME");
        self.identity.set(key);
    }

    /// Runs until `stopped` ends. `reload` tries at once what failed before.
    pub(super) async fn run(mut self, reload: Reload, stopped: impl Future<Output = ()>) {
        let mut stopped = std::pin::pin!(stopped);
        let mut failures = 0;
        loop {
            let wait = if failures == 0 {
                due_in(self.renew_at, SystemClock.now())
            } else {
                back_off(failures)
            };
            if !wait.is_zero() {
                tokio::select! {
                    () = &mut stopped => return,
                    () = reload.asked() => {
                        failures = 0;
                        reload.done();
                    }
                    () = sleep(wait.min(LOOK_EVERY)), if failures == 0 => {}
                    () = sleep(wait), if failures > 0 => {}
                }
            }
            if !due_in(self.renew_at, SystemClock.now()).is_zero() {
                continue;
            }
            let attempt = Box::pin(timeout(ATTEMPT, self.obtain()));
            let obtained = tokio::select! {
                () = &mut stopped => return,
                obtained = attempt => obtained.unwrap_or(Err(Fault::Late(ATTEMPT))),
            };
            match obtained {
                Ok((key, validity)) => {
                    failures = 0;
                    let least = SystemClock
                        .now()
                        .saturating_add(KEPT_AT_LEAST)
                        .unwrap_or(Timestamp::MAX);
                    self.renew_at = Some(validity.renew_at().max(least));
                    self.show(key, validity);
                }
                Err(fault) => {
                    failures += 1;
                    let again = back_off(failures);
                    tracing::warn!(error = %order::all_causes(&fault), ?again, "no TLS certificate came by ACME");
                }
            }
        }
    }

    /// Asks for a certificate, and keeps it.
    async fn obtain(&self) -> Result<(CertifiedKey, Validity), Fault> {
        let issued = match order::place(&self.account().await?, &self.settings.domains, &self.identity).await {
            // The authority has forgotten the account, or this is another authority at the same address.
            Err(fault) if fault.is_about_account() => {
                self.cache.remove(ACCOUNT);
                order::place(&self.account().await?, &self.settings.domains, &self.identity).await?
            }
            placed => placed?,
        };
        let good = issued.certified_key()?;
        let kept = KeptCertificate {
            directory: self.settings.directory.clone(),
            domains: order::names(&self.settings.domains),
            issued,
        };
        // It serves all the same; the next start asks for another one.
        if let Err(error) = self.cache.write(CERTIFICATE, &kept) {
            tracing::warn!(%error, "the TLS certificate could not be kept");
        }
        Ok(good)
    }

    async fn account(&self) -> Result<Account, Fault> {
        let builder = Account::builder_with_http(Box::new(self.transport.clone()));
        let kept: Option<KeptAccount> = self.cache.read(ACCOUNT);
        if let Some(kept) = kept.filter(|kept| kept.directory == self.settings.directory) {
            return Ok(builder.from_credentials(kept.credentials).await?);
        }
        let contact = self.settings.contact.iter().map(|address| format!("mailto:{address}"));
        let contact: Vec<String> = contact.collect();
        let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
        let new = NewAccount {
            contact: &contact,
            // The operator does, by the setting that names a domain.
            terms_of_service_agreed: true,
            only_return_existing: false,
        };
        let directory = self.settings.directory.clone();
        let (account, credentials) = builder.create(&new, directory.clone(), None).await?;
        // Without its key, each attempt would make another account.
        self.cache.write(ACCOUNT, &KeptAccount { directory, credentials })?;
        Ok(account)
    }
}

/// How long the certificate is still good enough; nothing where there is none.
fn due_in(renew_at: Option<Timestamp>, now: Timestamp) -> Duration {
    let left = renew_at.map(|at| at.duration_since(now));
    left.and_then(|left| left.try_into().ok()).unwrap_or_default()
}

/// The pause after so many failures in a row.
fn back_off(failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    BACK_OFF.saturating_mul(doubled).min(LONGEST_BACK_OFF)
}

#[cfg(test)]
mod tests;
