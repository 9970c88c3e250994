//! Runs a login: checks its settings, locks and reads the session file, and makes one attempt.

use std::sync::{Arc, Mutex};

use arlo_mail::MAX_ADDRESS;
use jiff::SignedDuration;

#[cfg(feature = "http")]
use crate::HttpTransport;
use crate::arlo::{Arlo, host};
use crate::attempt::Attempt;
use crate::login::Login;
use crate::session::Session;
use crate::session_file::Saved;
use crate::transport::Transport;
use crate::{Error, ErrorKind, random};

/// A session that expires sooner is not resumed.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

impl Login {
    /// Gives a session: the saved one while Arlo accepts it, otherwise a new one of a full login.
    ///
    /// If another login uses the session file, this one waits for its end and then uses its session. Within the pause
    /// after a failed login this one [fails at once](Error::paused_until), unless it is [forced](Self::force).
    ///
    /// The password is sent to Arlo once at most. A code is sent once. If Arlo refuses it, one other code is sent if
    /// the source has one. Dropping the future ends the login and keeps what was saved until then.
    ///
    /// Needs a tokio runtime with time and I/O enabled.
    ///
    /// # Errors
    /// See [`ErrorKind`]. [`Error::is_retryable`] says whether a later login can succeed.
    pub async fn run(&self) -> Result<Session, Error> {
        self.run_unless_good_for(MARGIN).await
    }

    /// As [`run`](Self::run), without a saved session that expires within `margin`.
    pub(crate) async fn run_unless_good_for(&self, margin: SignedDuration) -> Result<Session, Error> {
        let (auth_host, api_host) = self.checked()?;
        let _lock = self.lock().await?;
        let saved = match self.load(&auth_host, &api_host).await? {
            Some(saved) => saved,
            None => Saved::new(&self.account, &auth_host, &api_host, random::uuid()?),
        };
        let arlo = Arc::new(self.browser(&saved)?);
        // Boxed, because the future is large.
        Box::pin(Attempt::new(self, arlo, saved, margin).run()).await
    }

    /// Checks the settings that need no request: the account and the hosts. [`run`](Self::run) does it too; a program
    /// tells its user earlier.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for an account that is no mail address, or a host that cannot be used.
    pub fn check(&self) -> Result<(), Error> {
        self.checked().map(drop)
    }

    /// The host of logins and that of the API.
    fn checked(&self) -> Result<(String, String), Error> {
        let account_is_address = self.account.len() <= MAX_ADDRESS
            && self
                .account
                .split_once('@')
                .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
            && !self.account.chars().any(|c| c.is_control() || c.is_whitespace());
        if !account_is_address {
            let message = "the account is no mail address: give the one you log in to Arlo with";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        self.hosts()
    }

    fn hosts(&self) -> Result<(String, String), Error> {
        Ok((host("auth host", &self.auth_host)?, host("API host", &self.api_host)?))
    }

    /// Asks both of Arlo's hosts, without account and password, whether they let this machine in. The first result is
    /// for the host of logins, the second for the host of sessions. An error says what blocked the request.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for a host that cannot be used.
    pub async fn admissions(&self) -> Result<[Result<(), Error>; 2], Error> {
        let (auth_host, api_host) = self.hosts()?;
        let empty = Saved::new("", &auth_host, &api_host, random::uuid()?);
        self.browser(&empty)?.admissions().await
    }

    /// The browser that Arlo sees, with the identity and the cookies of the file.
    fn browser(&self, saved: &Saved) -> Result<Arlo, Error> {
        let transport = match &self.transport {
            Some(transport) => Arc::clone(transport),
            None => default_transport()?,
        };
        Ok(Arlo {
            transport,
            auth_host: saved.auth_host.clone(),
            api_host: saved.api_host.clone(),
            device_id: saved.device_id.clone(),
            user_agent: self.user_agent.clone(),
            timeout: self.request_timeout,
            blocked_wait: self.blocked_wait,
            cookies: Mutex::new(saved.cookies.clone()),
            clock: Arc::clone(&self.clock),
        })
    }
}

#[cfg(feature = "http")]
fn default_transport() -> Result<Arc<dyn Transport>, Error> {
    Ok(Arc::new(HttpTransport::new()?))
}

#[cfg(not(feature = "http"))]
fn default_transport() -> Result<Arc<dyn Transport>, Error> {
    let message = "the login has no transport: set one, or build arlo-client with its feature http";
    Err(Error::new(ErrorKind::Configuration, message))
}
