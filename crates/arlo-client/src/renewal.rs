//! A session that outlives its token: renewed before it ends, for whoever keeps a client running.
//!
//! Invariant: a renewal is one [run](Login::run) of the login, and so one password at most; two are a minute apart at
//! least, whatever the caller does and whatever end Arlo tells of its tokens.

use std::sync::PoisonError;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{Error, Login, Session};

/// How long before its end a session is renewed.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);
/// Between two tries.
const APART: Duration = Duration::from_secs(60);
/// Longest wait after a failure that passes by itself, and after any other.
const PASSING: Duration = Duration::from_secs(5 * 60);
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// The clock is looked at so often: a machine that sleeps must not sleep over the renewal.
const LOOK: Duration = Duration::from_secs(60);

impl Session {
    /// When it is time for another one: ten minutes before this one ends.
    #[must_use]
    pub fn renew_at(&self) -> Timestamp {
        self.expires_at().saturating_sub(AHEAD).unwrap_or(Timestamp::MIN)
    }
}

impl Login {
    /// Another session where this one ends within ten minutes, else `None`. To be called before a session is used, by a
    /// program that runs for long; [`keep_open`](Self::keep_open) calls it by itself.
    ///
    /// Where another process has renewed the session of the same [file](Self::session_file), that one is given and no
    /// password is sent. `None` as well where the last try was less than a minute ago.
    ///
    /// # Errors
    /// As [`run`](Self::run). The session given is good until its end all the same.
    pub async fn renew_if_due(&self, session: &Session) -> Result<Option<Session>, Error> {
        let now = (self.clock)();
        if now < session.renew_at() || !self.may_try(now) {
            return Ok(None);
        }
        self.run_unless_good_for(AHEAD).await.map(Some)
    }

    /// Renews the session whenever it is due, and gives each new one to `renewed`: for a task of its own. A failure
    /// that can pass is waited out, a minute at first; the one that ends this, as a password that Arlo no longer takes,
    /// is returned.
    ///
    /// A session that Arlo rejects before its end is not noticed here: [`run`](Self::run) the login then, which gives
    /// another one.
    pub async fn keep_open(&self, session: Session, mut renewed: impl FnMut(&Session) + Send) -> Error {
        let mut session = session;
        let mut failures: u32 = 0;
        loop {
            let left = session.renew_at().duration_since((self.clock)());
            if let Ok(left) = Duration::try_from(left)
                && !left.is_zero()
            {
                tokio::time::sleep(left.min(LOOK)).await;
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

    /// Whether the last try is long enough ago; this is the next one then.
    fn may_try(&self, now: Timestamp) -> bool {
        let mut tried = self.renewal_tried.lock().unwrap_or_else(PoisonError::into_inner);
        let since = tried.map(|tried| now.duration_since(tried));
        // A clock that was set back is no reason to wait.
        if since.is_some_and(|since| since >= SignedDuration::ZERO && since < APART.try_into().unwrap_or(AHEAD)) {
            return false;
        }
        *tried = Some(now);
        true
    }
}
