//! What a login is made of: whose, where, with what to wait for a code, and what to keep.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::arlo::{API_HOST, AUTH_HOST, USER_AGENT};
use crate::clock::{self, Clock};
use crate::lock::Lock;
use crate::session_file::{self, Loaded, Saved, on_disk};
use crate::source::CodeSource;
use crate::step::Step;
use crate::transport::Transport;
use crate::{Error, ErrorKind};

/// Longest wait for a code: what a relay keeps a request for at most.
const CODE_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// Longest time for one call to Arlo.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Before a call is made again that Cloudflare turned away.
const BLOCKED_WAIT: Duration = Duration::from_secs(2);
/// What a login may take beside its wait for the code.
const OTHER_STEPS: Duration = Duration::from_secs(2 * 60);

/// Who is told of the steps.
type Observer = Box<dyn Fn(&Step) + Send + Sync>;

/// What answers Arlo's question for a second factor.
pub(crate) enum SecondFactor {
    /// Nothing: a login that needs one fails.
    None,
    /// A code, from here.
    Code(Box<dyn CodeSource>),
    /// The person, in Arlo's app.
    Approval,
}

/// A login to Arlo, to be [`run`](Self::run) as often as a session is needed. `Debug` shows no secret.
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
    /// When this login last tried to renew a session.
    pub(crate) renewal_tried: Mutex<Option<Timestamp>>,
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

    /// Where the login's code comes from. Without one, a login that needs a code fails before one is sent; while Arlo
    /// asks for no codes, as it did in October 2026, none is needed.
    #[must_use]
    pub fn codes(mut self, source: impl CodeSource + 'static) -> Self {
        self.second_factor = SecondFactor::Code(Box::new(source));
        self
    }

    /// No code: Arlo asks in its app, on the account's phone, whether to let this login in.
    #[must_use]
    pub fn approved_in_app(mut self) -> Self {
        self.second_factor = SecondFactor::Approval;
        self
    }

    /// Which second factor is to be used, by its address, number or nickname as Arlo shows it, or by its kind (`email`,
    /// `sms`, `push`): the relay address where it was added to the account. Only those come into question that the code
    /// source [can serve](CodeSource::serves). Without a name, or where none fits, it is the account's own address,
    /// then the primary one, then the first.
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

    /// Another `User-Agent` than this crate's own name, for a [transport](Self::transport) that is what it says.
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

    /// How long to wait before a call is made again that Cloudflare turned away; two seconds unless set. It is made
    /// again twice, the second time after three times as long.
    #[must_use]
    pub fn blocked_wait(mut self, wait: Duration) -> Self {
        self.blocked_wait = wait;
        self
    }

    /// Longest wait for a code; 15 minutes unless set. A source whose own request ends earlier ends the wait.
    #[must_use]
    pub fn code_timeout(mut self, limit: Duration) -> Self {
        self.code_timeout = limit;
        self
    }

    /// Tries even within the pause after a login that failed, which the session file remembers. For a person who knows
    /// that the cause is gone; a loop that forces gets its account locked.
    #[must_use]
    pub fn force(mut self) -> Self {
        self.force = true;
        self
    }

    /// Another clock than the system's, for tests: what ends sessions, cookies and pauses.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Whether Arlo's question for a second factor can be answered.
    pub(crate) fn has_codes(&self) -> bool {
        !matches!(self.second_factor, SecondFactor::None)
    }

    pub(crate) fn tell(&self, step: &Step) {
        tracing::debug!(%step, "login");
        if let Some(observer) = &self.observer {
            observer(step);
        }
    }

    /// The session file, for this login alone.
    pub(crate) async fn lock(&self) -> Result<Option<Lock>, Error> {
        let Some(path) = &self.session_file else {
            return Ok(None);
        };
        let within = self.code_timeout.saturating_add(OTHER_STEPS);
        let waits = || self.tell(&Step::WaitingForOtherLogin);
        let unlocked = |error| self.tell(&Step::SessionNotLocked(error));
        Lock::acquire(path, within, waits, unlocked).await
    }

    /// What the session file holds for this very login.
    pub(crate) async fn load(&self, auth_host: &str, api_host: &str) -> Result<Option<Saved>, Error> {
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
