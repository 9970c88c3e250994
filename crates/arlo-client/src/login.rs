//! The settings of a login: the account, the hosts, the source of codes, and the session file.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::arlo::{API_HOST, AUTH_HOST, USER_AGENT};
use crate::clock::{self, Clock};
use crate::lock::Lock;
use crate::renewal::Tried;
use crate::session_file::{self, Loaded, Saved, on_disk};
use crate::source::CodeSource;
use crate::step::Step;
use crate::transport::Transport;
use crate::{Error, ErrorKind, random};

/// Longest wait for a code. A relay keeps a request no longer.
const CODE_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// Time limit for one call to Arlo.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The wait before a call that Cloudflare blocked is repeated.
const BLOCKED_WAIT: Duration = Duration::from_secs(2);
/// How long a login may take beside its wait for the code.
const OTHER_STEPS: Duration = Duration::from_secs(2 * 60);

/// The function that is called at each step.
type Observer = Box<dyn Fn(&Step) + Send + Sync>;

/// How the login gives the second factor.
pub(crate) enum SecondFactor {
    /// Not at all: a login that needs one fails.
    None,
    /// With a code from this source.
    Code(Box<dyn CodeSource>),
    /// A person approves the login in Arlo's app.
    Approval,
}

/// A login to Arlo. [`run`](Self::run) it whenever a session is needed. `Debug` shows no secret.
pub struct Login {
    pub(crate) account: String,
    pub(crate) password: SecretString,
    pub(crate) auth_host: String,
    pub(crate) api_host: String,
    session_file: Option<PathBuf>,
    pub(crate) second_factor: SecondFactor,
    pub(crate) factor: Option<String>,
    observer: Option<Observer>,
    pub(crate) transport: Option<Arc<dyn Transport>>,
    pub(crate) user_agent: String,
    pub(crate) request_timeout: Duration,
    pub(crate) blocked_wait: Duration,
    pub(crate) code_timeout: Duration,
    pub(crate) force: bool,
    pub(crate) clock: Clock,
    /// The last try of this login to renew a session.
    pub(crate) renewal_tried: Mutex<Option<Tried>>,
}

impl Login {
    /// A login of `account`, the mail address that Arlo knows, at Arlo's own hosts.
    #[must_use]
    pub fn new(account: impl Into<String>, password: SecretString) -> Self {
        Self {
            account: account.into().trim().to_owned(),
            password,
            auth_host: AUTH_HOST.to_owned(),
            api_host: API_HOST.to_owned(),
            session_file: None,
            second_factor: SecondFactor::None,
            factor: None,
            observer: None,
            transport: None,
            user_agent: USER_AGENT.to_owned(),
            request_timeout: REQUEST_TIMEOUT,
            blocked_wait: BLOCKED_WAIT,
            code_timeout: CODE_TIMEOUT,
            force: false,
            clock: clock::system(),
            renewal_tried: Mutex::new(None),
        }
    }

    /// Sets the source of codes. Without a source, a login that needs a code fails before Arlo sends one. While Arlo
    /// asks for no codes, as in October 2026, no source is needed.
    #[must_use]
    pub fn codes(mut self, source: impl CodeSource + 'static) -> Self {
        self.second_factor = SecondFactor::Code(Box::new(source));
        self
    }

    /// Uses no code. Arlo asks in its app, on the account's phone, whether to allow this login.
    #[must_use]
    pub fn approved_in_app(mut self) -> Self {
        self.second_factor = SecondFactor::Approval;
        self
    }

    /// Names the second factor, by its address, number or nickname as Arlo shows it, or by its kind (`email`, `sms`,
    /// `push`). An example is the relay address, if it was added to the account as a factor. Only factors that the code
    /// source [serves](CodeSource::serves) are used. Without a name, or if no factor has it, the login uses the
    /// account's own address, or the primary factor, or the first.
    #[must_use]
    pub fn factor(mut self, name: impl Into<String>) -> Self {
        self.factor = Some(name.into());
        self
    }

    /// Sets the file that keeps the session. Only its owner can read it. It contains the account's address, a valid
    /// token and the cookie by which Arlo trusts this browser. Without a file, every login starts anew and asks for a
    /// code.
    #[must_use]
    pub fn session_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.session_file = Some(path.into());
        self
    }

    /// Replaces the host `https://ocapi-app.arlo.com` of the login itself. `http://` only for this machine.
    #[must_use]
    pub fn auth_host(mut self, url: impl Into<String>) -> Self {
        self.auth_host = url.into();
        self
    }

    /// Replaces the host `https://myapi.arlo.com` of the session. `http://` only for this machine.
    #[must_use]
    pub fn api_host(mut self, url: impl Into<String>) -> Self {
        self.api_host = url.into();
        self
    }

    /// Sets a function that is called at each [`Step`], on the task that runs the login.
    #[must_use]
    pub fn on_step(mut self, observer: impl Fn(&Step) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Replaces the default HTTP stack, `HttpTransport`.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Replaces this crate's own name in `User-Agent`, for a [transport](Self::transport) that fits the other name.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Sets the time limit for one call to Arlo; 30 seconds unless set.
    #[must_use]
    pub fn request_timeout(mut self, limit: Duration) -> Self {
        self.request_timeout = limit;
        self
    }

    /// Sets the wait before a call that Cloudflare blocked is repeated; two seconds unless set. The call is repeated
    /// twice, the second time after three times as long.
    #[must_use]
    pub fn blocked_wait(mut self, wait: Duration) -> Self {
        self.blocked_wait = wait;
        self
    }

    /// Sets the longest wait for a code; 15 minutes unless set. The wait ends sooner if the source's own request ends.
    #[must_use]
    pub fn code_timeout(mut self, limit: Duration) -> Self {
        self.code_timeout = limit;
        self
    }

    /// Logs in even within the pause after a failed login. For a person who knows that the cause is gone. A loop with
    /// this setting gets its account locked.
    #[must_use]
    pub fn force(mut self) -> Self {
        self.force = true;
        self
    }

    /// Replaces the system's clock, for tests. The clock decides when sessions, cookies and pauses end.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Whether the login can give a second factor.
    pub(crate) fn has_codes(&self) -> bool {
        !matches!(self.second_factor, SecondFactor::None)
    }

    /// Logs the step and calls the observer.
    pub(crate) fn report(&self, step: &Step) {
        tracing::debug!(%step, "login");
        if let Some(observer) = &self.observer {
            observer(step);
        }
    }

    /// Locks the session file for this login.
    pub(crate) async fn lock(&self) -> Result<Option<Lock>, Error> {
        let Some(path) = &self.session_file else {
            return Ok(None);
        };
        let within = self.code_timeout.saturating_add(OTHER_STEPS);
        let waits = || self.report(&Step::WaitingForOtherLogin);
        let unlocked = |error| self.report(&Step::SessionNotLocked(error));
        Lock::acquire(path, within, waits, unlocked).await
    }

    /// The content of the session file, which must belong to this login.
    pub(crate) async fn load(&self, auth_host: &str, api_host: &str) -> Result<Option<Saved>, Error> {
        let Some(path) = self.session_file.clone() else {
            return Ok(None);
        };
        let shown = path.display().to_string();
        match on_disk(move || session_file::load(&path)).await? {
            Loaded::Nothing => Ok(None),
            Loaded::Unusable(error) => {
                self.report(&Step::SessionFileUnusable(error));
                Ok(None)
            }
            // A token must not be sent to another host, and a login must not replace the session of another account.
            Loaded::Saved(saved) if !self.is_of(&saved) && saved.session.is_some() => Err(Error::new(
                ErrorKind::SessionFile,
                format!("the session file {shown} belongs to another account: name another file for this one"),
            )),
            Loaded::Saved(saved) if saved.auth_host != auth_host || saved.api_host != api_host => Err(Error::new(
                ErrorKind::SessionFile,
                format!("the session file {shown} belongs to other hosts: name another file for these"),
            )),
            // A login that failed left no session. Once a mistyped account is mended, that must not stop it.
            Loaded::Saved(saved) if !self.is_of(&saved) => Ok(Some(saved.for_account(&self.account, random::uuid()?))),
            Loaded::Saved(saved) => Ok(Some(*saved)),
        }
    }

    /// Whether the file belongs to this account.
    fn is_of(&self, saved: &Saved) -> bool {
        saved.account.eq_ignore_ascii_case(&self.account)
    }

    /// Saves the session, if there is a session file.
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
