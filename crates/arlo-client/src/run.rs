//! Runs a login: checks its settings, locks and reads the session file, and makes one attempt.

use std::sync::{Arc, Mutex};

use arlo_mail::MAX_ADDRESS;
use jiff::SignedDuration;

use crate::HttpTransport;
use crate::arlo::{Arlo, host};
use crate::attempt::Attempt;
use crate::login::Login;
use crate::session::Session;
use crate::session_file::Saved;
use crate::transport::Transport;
use crate::{Error, ErrorKind, random};

/// A session that ends sooner is not worth resuming.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

impl Login {
    /// Gives a session: the saved one while Arlo takes it, else one of a full login.
    ///
    /// Where another login uses the session file, this one waits for its end and then uses its session. Within the
    /// pause that follows a failed login this one [fails at once](Error::paused_until), unless [forced](Self::force).
    ///
    /// The password reaches Arlo once at most, whatever happens. A code is sent once; where Arlo refuses it, one other
    /// code is tried if the source has one. Dropping the future ends the login, and what it has saved until then stays.
    ///
    /// Needs a tokio runtime with time and I/O enabled.
    ///
    /// # Errors
    /// See [`ErrorKind`]. [`Error::is_retryable`] tells whether a later login can do better.
    pub async fn run(&self) -> Result<Session, Error> {
        self.run_unless_good_for(MARGIN).await
    }

    /// As [`run`](Self::run); a saved session that ends within `margin` is not used.
    pub(crate) async fn run_unless_good_for(&self, margin: SignedDuration) -> Result<Session, Error> {
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
        let auth_host = host("auth host", &self.auth_host)?;
        let api_host = host("API host", &self.api_host)?;
        let _lock = self.lock().await?;
        let saved = match self.load(&auth_host, &api_host).await? {
            Some(saved) => saved,
            None => Saved::new(&self.account, &auth_host, &api_host, random::uuid()?),
        };
        let arlo = Arc::new(self.browser(&saved)?);
        // Boxed: it is a large future, and one login has one.
        Box::pin(Attempt::new(self, arlo, saved, margin).run()).await
    }

    /// Asks both of Arlo's hosts, without account and password, whether they let this machine in: first the one for
    /// logins, then the one for sessions. An error tells what turned it away.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for a host that makes no sense.
    pub async fn admissions(&self) -> Result<[Result<(), Error>; 2], Error> {
        let auth_host = host("auth host", &self.auth_host)?;
        let api_host = host("API host", &self.api_host)?;
        let stranger = Saved::new("", &auth_host, &api_host, random::uuid()?);
        self.browser(&stranger)?.admissions().await
    }

    /// The browser that Arlo sees, with the identity and the cookies of the file.
    fn browser(&self, saved: &Saved) -> Result<Arlo, Error> {
        let transport = match &self.transport {
            Some(transport) => Arc::clone(transport),
            None => Arc::new(HttpTransport::new()?),
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
