//! Renews a session before its token expires, for a program that runs for a long time.
//!
//! Invariant: a renewal is one [run](Login::run) of the login, and so sends the password once at most. Between two
//! renewals there is at least a minute, whatever the caller does and whatever expiry Arlo gives its tokens. After
//! renewals whose sessions were due again at once, as without a known expiry, the time between doubles up to an hour.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{Error, Login, Session};

/// How long before its expiry a session is renewed.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);
/// The least time between two tries, as long as the sessions last.
const APART: Duration = Duration::from_secs(60);
/// Longest wait after a temporary failure, and after any other.
const PASSING: Duration = Duration::from_secs(5 * 60);
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// The clock is read so often, because a machine can be suspended during the wait.
const CLOCK_INTERVAL: Duration = Duration::from_secs(60);

/// The last try to renew a session.
#[derive(Debug)]
pub(crate) struct Tried {
    at: Timestamp,
    /// How many sessions in a row were due again at once.
    in_vain: u32,
}

impl Tried {
    /// The least time from this try to the next.
    fn apart(&self) -> Duration {
        APART
            .saturating_mul(1 << self.in_vain.saturating_sub(1).min(10))
            .min(LONGEST)
    }
}

impl Session {
    /// When the session should be renewed: ten minutes before it expires.
    #[must_use]
    pub fn renew_at(&self) -> Timestamp {
        self.expires_at().saturating_sub(AHEAD).unwrap_or(Timestamp::MIN)
    }
}

impl Login {
    /// A new session if this one expires within ten minutes, otherwise `None`. A program that runs for a long time
    /// calls this before it uses the session. [`keep_open`](Self::keep_open) calls it by itself.
    ///
    /// If another process has renewed the session of the same [file](Self::session_file), that session is given and no
    /// password is sent. `None` also if the last try was less than a minute ago, or up to an hour if one new session
    /// after another was due at once.
    ///
    /// # Errors
    /// As [`run`](Self::run). The old session is valid until its expiry all the same.
    pub async fn renew_if_due(&self, session: &Session) -> Result<Option<Session>, Error> {
        let now = (self.clock)();
        if now < session.renew_at() || !self.may_try(now) {
            return Ok(None);
        }
        let new = self.run_unless_good_for(AHEAD).await?;
        self.note_renewal(&new);
        Ok(Some(new))
    }

    /// Renews the session whenever it is due, and calls `renewed` with each new one. Run it in a separate task. After a
    /// temporary failure it waits, a minute at first, and tries again. It returns any other failure, for example a
    /// password that Arlo no longer accepts.
    ///
    /// It does not notice that Arlo rejects a session before its expiry. In that case [`run`](Self::run) the login,
    /// which gives a new session.
    pub async fn keep_open(&self, session: Session, mut renewed: impl FnMut(&Session) + Send) -> Error {
        let mut session = session;
        let mut failures: u32 = 0;
        loop {
            let left = session.renew_at().duration_since((self.clock)());
            if let Ok(left) = Duration::try_from(left)
                && !left.is_zero()
            {
                tokio::time::sleep(left.min(CLOCK_INTERVAL)).await;
                continue;
            }
            let wait = match self.renew_if_due(&session).await {
                Ok(Some(new)) => {
                    failures = 0;
                    renewed(&new);
                    session = new;
                    continue;
                }
                Ok(None) => APART,
                Err(error) if error.is_retryable() || error.is_temporary() => {
                    tracing::debug!(%error, "the session is renewed later");
                    let most = if error.is_temporary() { PASSING } else { LONGEST };
                    let wait = APART.saturating_mul(1 << failures.min(10)).min(most);
                    failures = failures.saturating_add(1);
                    wait.max(error.retry_after().unwrap_or_default())
                }
                Err(error) => return error,
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Whether the last try is long enough ago. If so, this is the next try.
    fn may_try(&self, now: Timestamp) -> bool {
        let mut tried = self.tried();
        let mut in_vain = 0;
        if let Some(last) = tried.as_ref() {
            let since = now.duration_since(last.at);
            // After the clock was set back there is no wait.
            if since >= SignedDuration::ZERO && since < last.apart().try_into().unwrap_or(AHEAD) {
                return false;
            }
            in_vain = last.in_vain;
        }
        *tried = Some(Tried { at: now, in_vain });
        true
    }

    /// Remembers whether the renewed session lasts.
    fn note_renewal(&self, new: &Session) {
        let is_due = new.renew_at() <= (self.clock)();
        if let Some(tried) = self.tried().as_mut() {
            tried.in_vain = if is_due { tried.in_vain.saturating_add(1) } else { 0 };
        }
    }

    fn tried(&self) -> MutexGuard<'_, Option<Tried>> {
        self.renewal_tried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
