//! Reads the files of a certificate again when they change.
//!
//! They are looked at regularly, since a change by a mount, a link or a container's volume is announced by no system
//! call that all of these have. What cannot be used is logged once for each change, and tried again: a program may be
//! writing the files just then.

use std::sync::Arc;
use std::time::Duration;

use relay::SystemClock;
use relay::ports::Clock;
use rustls::sign::CertifiedKey;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::files::{Certificate, Stamp};
use super::identity::Identity;
use super::validity::Validity;
use crate::error::StartError;

/// The time between two looks.
pub(crate) const EVERY: Duration = Duration::from_secs(30);
/// The time between two warnings that a certificate ends soon.
const REMIND_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a look that was asked for is waited for.
const LOOK_WITHIN: Duration = Duration::from_secs(10);

/// Asks for a look at once. Its clones ask the same.
#[derive(Debug, Clone, Default)]
pub struct Reload {
    asked: Arc<Notify>,
    looked: Arc<Notify>,
}

impl Reload {
    /// Reads the files again, whether or not they have changed, and returns when that is done.
    pub async fn now(&self) {
        let looked = self.looked.notified();
        self.asked.notify_one();
        // A disk that does not answer is no reason to wait for ever.
        let _ = timeout(LOOK_WITHIN, looked).await;
    }

    pub(super) async fn asked(&self) {
        self.asked.notified().await;
    }

    /// What was asked for is done.
    pub(super) fn done(&self) {
        self.looked.notify_waiters();
    }
}

/// Follows the files until `stopped` ends.
pub(crate) async fn watch(
    certificate: Certificate,
    identity: Identity,
    reload: Reload,
    every: Duration,
    stopped: impl Future<Output = ()>,
) {
    let mut stopped = std::pin::pin!(stopped);
    let mut looks = interval(every);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watched = Watched::new(certificate, identity);
    let mut remind_at = Instant::now();
    loop {
        let is_asked = tokio::select! {
            () = &mut stopped => return,
            () = reload.asked() => true,
            _ = looks.tick() => false,
            () = sleep_until(remind_at) => {
                watched.remind();
                remind_at = Instant::now() + REMIND_EVERY;
                continue;
            }
        };
        if watched.look(is_asked).await {
            remind_at = Instant::now();
        }
        if is_asked {
            reload.done();
        }
    }
}

/// The files, and what is known of them.
struct Watched {
    certificate: Certificate,
    identity: Identity,
    /// What was read last, whether or not it could be used. `None` before the first look: the files may have changed
    /// since the start.
    read: Option<Stamp>,
    is_good: bool,
}

impl Watched {
    fn new(certificate: Certificate, identity: Identity) -> Self {
        Self {
            certificate,
            identity,
            read: None,
            is_good: true,
        }
    }

    /// Whether there is another certificate now.
    async fn look(&mut self, is_asked: bool) -> bool {
        let (certificate, last, is_good) = (self.certificate.clone(), self.read.clone(), self.is_good);
        // A file may be on a disk that does not answer.
        let looked = tokio::task::spawn_blocking(move || {
            // Before the files are read: a change meanwhile is seen at the next look.
            let stamp = certificate.stamp();
            let is_known = last.as_ref() == Some(&stamp);
            (!is_known || is_asked || !is_good).then(|| (certificate.read(), stamp, is_known))
        });
        let Ok(Some((read, stamp, is_known))) = looked.await else {
            return false;
        };
        self.read = Some(stamp);
        self.take(read, is_asked || !is_known || self.is_good)
    }

    fn take(&mut self, read: Result<CertifiedKey, StartError>, warns: bool) -> bool {
        match read {
            Ok(key) => {
                self.is_good = true;
                let is_new = self.identity.chain().is_none_or(|present| present != key.cert);
                if is_new {
                    let ends = key
                        .end_entity_cert()
                        .ok()
                        .and_then(Validity::of)
                        .map(|validity| validity.to);
                    tracing::info!(
                        ends = ends.map(tracing::field::display),
                        "there is another TLS certificate"
                    );
                    self.identity.set(key);
                }
                is_new
            }
            Err(error) => {
                self.is_good = false;
                if warns {
                    tracing::warn!(%error, "the TLS certificate stays as it was: the files cannot be used");
                }
                false
            }
        }
    }

    fn remind(&self) {
        let chain = self.identity.chain();
        let validity = chain.as_deref().and_then(|chain| Validity::of(chain.first()?));
        let now = SystemClock.now();
        match validity {
            Some(Validity { to, .. }) if to <= now => {
                tracing::warn!(ended = %to, "the TLS certificate has ended: renew it");
            }
            Some(validity) if validity.ends_soon(now) => {
                tracing::warn!(ends = %validity.to, "the TLS certificate ends soon: renew it");
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
