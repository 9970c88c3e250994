//! Keeps the session alive: renews it before its expiry, and replaces it once if Arlo refuses it.
//!
//! Invariants: there is one login at a time, however many calls were refused, and it makes a password login only after
//! the API host itself refused the token. A fault of the event stream never does. A caller that no longer waits does
//! not end a login, for which Arlo may have sent a code. Between two logins there is at least a minute, and after
//! failures up to an hour. Only an error about the password, the settings or a missing source of codes ends the tries.
//! arlo-client's lock and pauses of the session file hold beside that.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arlo_client::{ApiCall, ErrorKind as ClientError, Login, Method, Session};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::{Error, ErrorKind};

/// The least time between two logins, and the most after several that did not help.
const APART: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// A session that lasted so long after the wait that its login began was no failure.
const GOOD_SESSION: Duration = Duration::from_secs(10 * 60);
/// The clock is read so often, because a machine can be suspended during the wait.
const CLOCK_INTERVAL: Duration = Duration::from_secs(60);

/// The owner of the login and of its session.
pub(crate) struct Keeper {
    shared: Arc<Shared>,
    /// Held during a login.
    logging_in: Arc<tokio::sync::Mutex<()>>,
    /// The login in place of a session that was refused. It is aborted when the keeper is dropped.
    replacing: Mutex<JoinSet<()>>,
}

/// What a login needs, whoever waits for it.
struct Shared {
    login: Login,
    session: watch::Sender<Session>,
    pace: Mutex<Pace>,
}

/// When the next login may be made.
#[derive(Debug)]
struct Pace {
    not_before: Option<Instant>,
    /// When the session of the last login has lasted so long that the count begins again; `None` if there is none.
    good_at: Option<Instant>,
    /// How many logins in a row did not help.
    count: u32,
    /// Why no login can help without a person.
    lost: Option<String>,
}

impl Keeper {
    /// Keeps the session that the login gave.
    pub(crate) fn new(login: Login, session: Session) -> Self {
        Self {
            shared: Arc::new(Shared {
                login,
                session: watch::Sender::new(session),
                pace: Mutex::new(Pace {
                    not_before: None,
                    good_at: None,
                    count: 0,
                    lost: None,
                }),
            }),
            logging_in: Arc::default(),
            replacing: Mutex::default(),
        }
    }

    /// The current session.
    pub(crate) fn session(&self) -> Session {
        self.shared.session.borrow().clone()
    }

    /// Tells of each new session.
    pub(crate) fn renewals(&self) -> watch::Receiver<Session> {
        self.shared.session.subscribe()
    }

    /// Why the session is lost for good, if it is.
    pub(crate) fn lost(&self) -> Option<String> {
        self.shared.pace().lost.clone()
    }

    /// Makes a call. If Arlo refuses the token, it logs in once and makes the call again. The refused one had no
    /// effect.
    pub(crate) async fn call(&self, call: ApiCall) -> Result<Value, Error> {
        let session = self.session();
        match session.call(call.clone()).await {
            Err(error) if error.kind() == ClientError::SessionRejected => {
                let session = self.replace(&session).await?;
                Ok(session.call(call).await?)
            }
            answer => Ok(answer?),
        }
    }

    /// Asks the API host whether it accepts the token. Replaces the session if it does not.
    pub(crate) async fn check(&self) -> Result<(), Error> {
        let call = ApiCall::new("users/session/v3", Method::Get, "/hmsweb/users/session/v3");
        self.call(call).await.map(drop)
    }

    /// A session in place of one that the API host refused.
    async fn replace(&self, refused: &Session) -> Result<Session, Error> {
        let one = Arc::clone(&self.logging_in).lock_owned().await;
        let current = self.session();
        if !is_same(&current, refused) {
            return Ok(current);
        }
        self.shared.may_log_in()?;
        let (made, session) = oneshot::channel();
        let (shared, refused) = (Arc::clone(&self.shared), refused.clone());
        // The one before has ended: it held the lock.
        let mut replacing = JoinSet::new();
        replacing.spawn(async move {
            let _one = one;
            // Without a caller that waits, the session is there for the next one.
            let _ = made.send(shared.log_in(&refused).await);
        });
        *self.replacing.lock().unwrap_or_else(PoisonError::into_inner) = replacing;
        let broken = |_| Err(Error::new(ErrorKind::Session, "the login broke off: try again later"));
        session.await.unwrap_or_else(broken)
    }

    /// Renews the session whenever it is due, until a login fails for a reason that only a person can end. Gives the
    /// reason.
    pub(crate) async fn run(&self) -> String {
        let mut failures: u32 = 0;
        loop {
            if let Some(reason) = self.lost() {
                return reason;
            }
            let session = self.session();
            let left = session.renew_at().duration_since(session.now());
            let left = Duration::try_from(left).unwrap_or_default();
            if !left.is_zero() {
                tokio::time::sleep(left.min(CLOCK_INTERVAL)).await;
                continue;
            }
            let one = self.logging_in.lock().await;
            let renewed = Box::pin(self.shared.login.renew_if_due(&self.session())).await;
            let wait = match renewed {
                Ok(Some(new)) => {
                    failures = 0;
                    let is_new = !is_same(&new, &session);
                    if is_new {
                        tracing::debug!("the session is renewed");
                        self.shared.session.send_replace(new);
                    }
                    if is_new { Duration::ZERO } else { APART }
                }
                Ok(None) => APART,
                Err(error) if error.needs_a_person() => {
                    self.shared.pace().lost = Some(error.to_string());
                    Duration::ZERO
                }
                Err(error) => {
                    tracing::warn!(%error, "the session is renewed later");
                    let wait = wait_after(failures, error.retry_after());
                    failures = failures.saturating_add(1);
                    wait
                }
            };
            drop(one);
            tokio::time::sleep(wait).await;
        }
    }
}

impl Shared {
    /// Logs in, and notes what became of it.
    async fn log_in(&self, refused: &Session) -> Result<Session, Error> {
        tracing::info!("Arlo no longer accepts the session: logging in");
        let result = Box::pin(self.login.run()).await;
        self.note(&result);
        let session = result.map_err(|error| match error.needs_a_person() || error.is_retryable() {
            true => error.into(),
            // The next login can succeed, so the error of this one ends no program.
            false => Error::new(ErrorKind::Session, error.to_string()),
        })?;
        if is_same(&session, refused) {
            // The API host accepts the token in one call and refuses it in another.
            let message = "Arlo refuses the call with a session that it accepts otherwise: try again later";
            return Err(Error::new(ErrorKind::Session, message));
        }
        self.session.send_replace(session.clone());
        Ok(session)
    }

    /// Refuses a login that comes too soon after another one.
    fn may_log_in(&self) -> Result<(), Error> {
        let pace = self.pace();
        if let Some(reason) = &pace.lost {
            return Err(Error::new(ErrorKind::Session, reason.clone()));
        }
        match pace.not_before {
            Some(at) if at > Instant::now() => {
                let left = at.saturating_duration_since(Instant::now()).as_secs().max(1);
                let message = format!("Arlo refuses a session that is new: the next login is made in {left} s");
                Err(Error::new(ErrorKind::Session, message))
            }
            _ => Ok(()),
        }
    }

    /// Remembers what became of a login.
    fn note(&self, result: &Result<Session, arlo_client::Error>) {
        let now = Instant::now();
        let mut pace = self.pace();
        if pace.good_at.is_some_and(|good_at| now >= good_at) {
            pace.count = 0;
        }
        let wait = wait_after(pace.count, None);
        let wait = match result {
            Ok(_) => wait,
            Err(error) if error.needs_a_person() => {
                pace.lost = Some(error.to_string());
                wait
            }
            Err(error) => wait.max(error.retry_after().unwrap_or_default()),
        };
        pace.count = pace.count.saturating_add(1);
        pace.not_before = now.checked_add(wait);
        let lasts = pace.not_before.filter(|_| result.is_ok());
        pace.good_at = lasts.and_then(|not_before| not_before.checked_add(GOOD_SESSION));
    }

    fn pace(&self) -> std::sync::MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wait after a login or another try that did not help, after so many others: at least as long as it asks for.
pub(crate) fn wait_after(failures: u32, asked_for: Option<Duration>) -> Duration {
    let wait = APART.saturating_mul(1 << failures.min(10)).min(LONGEST);
    wait.max(asked_for.unwrap_or_default())
}

fn is_same(a: &Session, b: &Session) -> bool {
    a.token().expose_secret() == b.token().expose_secret()
}

/// A keeper that several tasks share.
pub(crate) type SharedKeeper = Arc<Keeper>;

#[cfg(test)]
mod tests;
