//! What a login is made of: whose, where, with what to wait for a code, and what to keep.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;

use crate::arlo::{API_HOST, AUTH_HOST, Arlo, USER_AGENT, host};
use crate::attempt::Attempt;
use crate::session_file::{self, Loaded, Saved};
use crate::{CodeSource, Error, ErrorKind, HttpTransport, Session, Step, Transport, random};

/// Longest wait for a code: what a relay keeps a request for at most.
const CODE_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// Longest time for one call to Arlo.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest address: RFC 5321 section 4.5.3.1.3.
const MAX_ACCOUNT: usize = 254;

/// Who is told of the steps.
type Observer = Box<dyn Fn(&Step) + Send + Sync>;

/// A login to Arlo, to be [`run`](Self::run) as often as a session is needed. `Debug` shows no secret.
pub struct Login {
    pub(crate) account: String,
    pub(crate) password: SecretString,
    auth_host: String,
    api_host: String,
    session_file: Option<PathBuf>,
    pub(crate) codes: Option<Box<dyn CodeSource>>,
    pub(crate) factor: Option<String>,
    observer: Option<Observer>,
    transport: Option<Arc<dyn Transport>>,
    user_agent: String,
    request_timeout: Duration,
    pub(crate) code_timeout: Duration,
}

impl Login {
    /// A login of `account`, the mail address as Arlo knows it, at Arlo's own hosts.
    #[must_use]
    pub fn new(account: impl Into<String>, password: SecretString) -> Self {
        Self {
            account: account.into().trim().to_owned(),
            password,
            auth_host: AUTH_HOST.to_owned(),
            api_host: API_HOST.to_owned(),
            session_file: None,
            codes: None,
            factor: None,
            observer: None,
            transport: None,
            user_agent: USER_AGENT.to_owned(),
            request_timeout: REQUEST_TIMEOUT,
            code_timeout: CODE_TIMEOUT,
        }
    }

    /// Where the login's code comes from. Without one, a login that needs a code fails before a mail is sent.
    #[must_use]
    pub fn codes(mut self, source: impl CodeSource + 'static) -> Self {
        self.codes = Some(Box::new(source));
        self
    }

    /// Which e-mail factor is to send the code, by its address or nickname: the relay address where it was added to the
    /// account. Without one, or where none fits, it is the account's own address, then the primary one, then the first.
    #[must_use]
    pub fn factor(mut self, name: impl Into<String>) -> Self {
        self.factor = Some(name.into());
        self
    }

    /// The file that keeps the session, readable by its owner only. It holds the account's address, a live token and
    /// the cookie by which Arlo trusts this browser. Without it, every login starts anew and asks for a code.
    #[must_use]
    pub fn session_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.session_file = Some(path.into());
        self
    }

    /// Another host than `https://ocapi-app.arlo.com` for the login itself. `http://` only for this machine.
    #[must_use]
    pub fn auth_host(mut self, url: impl Into<String>) -> Self {
        self.auth_host = url.into();
        self
    }

    /// Another host than `https://myapi.arlo.com` for the session. `http://` only for this machine.
    #[must_use]
    pub fn api_host(mut self, url: impl Into<String>) -> Self {
        self.api_host = url.into();
        self
    }

    /// Called at each [`Step`], on the task that runs the login.
    #[must_use]
    pub fn on_step(mut self, observer: impl Fn(&Step) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Another HTTP stack than [`HttpTransport`].
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Another `User-Agent` than a current browser's.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Longest time for one call to Arlo; 30 seconds unless set.
    #[must_use]
    pub fn request_timeout(mut self, limit: Duration) -> Self {
        self.request_timeout = limit;
        self
    }

    /// Longest wait for a code; 15 minutes unless set. A source whose own request ends earlier ends the wait.
    #[must_use]
    pub fn code_timeout(mut self, limit: Duration) -> Self {
        self.code_timeout = limit;
        self
    }

    /// Gives a session: the saved one while Arlo takes it, else one of a full login.
    ///
    /// The password is sent once at most, whatever happens. A code is sent once; where Arlo refuses it, one other code is
    /// tried if the source has one. Dropping the future ends the login, and what it has saved until then stays.
    ///
    /// Needs a tokio runtime with time and I/O enabled.
    ///
    /// # Errors
    /// See [`ErrorKind`]. [`Error::is_retryable`] tells whether a later login can do better.
    pub async fn run(&self) -> Result<Session, Error> {
        let account_is_address = self.account.len() <= MAX_ACCOUNT
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
        let transport = match &self.transport {
            Some(transport) => Arc::clone(transport),
            None => Arc::new(HttpTransport::new()?),
        };
        let saved = match self.load(&auth_host, &api_host).await? {
            Some(saved) => saved,
            None => Saved::new(&self.account, &auth_host, &api_host, random::uuid()?),
        };
        let arlo = Arc::new(Arlo {
            transport,
            auth_host,
            api_host,
            device_id: saved.device_id.clone(),
            user_agent: self.user_agent.clone(),
            timeout: self.request_timeout,
            cookies: Mutex::new(saved.cookies.clone()),
        });
        // Boxed: it is a large future, and one login has one.
        Box::pin(Attempt::new(self, arlo, saved).run()).await
    }

    pub(crate) fn tell(&self, step: &Step) {
        tracing::debug!(%step, "login");
        if let Some(observer) = &self.observer {
            observer(step);
        }
    }

    /// What the session file holds for this very login.
    async fn load(&self, auth_host: &str, api_host: &str) -> Result<Option<Saved>, Error> {
        let Some(path) = self.session_file.clone() else {
            return Ok(None);
        };
        let shown = path.display().to_string();
        match on_disk(move || session_file::load(&path)).await? {
            Loaded::Nothing => Ok(None),
            Loaded::Unusable(error) => {
                self.tell(&Step::SessionFileUnusable(error));
                Ok(None)
            }
            // A token must not reach another host than its own, nor one account's login end another's.
            Loaded::Saved(saved) if !saved.account.eq_ignore_ascii_case(&self.account) => Err(Error::new(
                ErrorKind::SessionFile,
                format!("the session file {shown} belongs to another account: name another file for this one"),
            )),
            Loaded::Saved(saved) if saved.auth_host != auth_host || saved.api_host != api_host => Err(Error::new(
                ErrorKind::SessionFile,
                format!("the session file {shown} belongs to other hosts: name another file for these"),
            )),
            Loaded::Saved(saved) => Ok(Some(*saved)),
        }
    }

    /// Keeps the session, where the caller wants that.
    pub(crate) async fn save(&self, saved: &Saved) -> Result<(), Error> {
        let Some(path) = self.session_file.clone() else {
            return Ok(());
        };
        let saved = saved.clone();
        on_disk(move || session_file::save(&path, &saved)).await
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("auth_host", &self.auth_host)
            .field("api_host", &self.api_host)
            .field("session_file", &self.session_file)
            .finish_non_exhaustive()
    }
}

/// Runs file work where it may block.
async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::new(ErrorKind::SessionFile, "the session file could not be used").with_source(error))?
}
