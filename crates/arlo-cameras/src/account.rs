//! An account: its session, its state, and the tasks that keep both current.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arlo_client::{Login, Method, Request};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::device::Device;
use crate::hub::{self, Hub, Status};
use crate::keeper::{self, Keeper};
use crate::live::{self, LiveKind, LiveStream};
use crate::location::Location;
use crate::mode::{self, Modes};
use crate::notify::Outcome;
use crate::state::State;
use crate::update::{Changes, Filter, Updates};
use crate::{
    Error, ErrorKind, Event, Id, MediaUrl, Options, Recording, StreamChoice, UserAgent, library, picture, refresh,
    registration, restart, setting, stream,
};

/// Longest picture that is fetched, in bytes.
const MAX_PICTURE: usize = 32 * 1024 * 1024;

/// An open account. Dropping it ends its tasks and its connections.
///
/// The tasks keep the session alive and the event stream open, ask bases whether they are there, and read again what a
/// gap in the stream can have hidden. They start no stream of a camera and wake none.
pub struct Account {
    hub: Arc<Hub>,
    /// Aborted when it is dropped.
    _tasks: JoinSet<()>,
}

impl Account {
    /// Logs in, or uses the session of the login's file, reads the devices, and begins to watch.
    ///
    /// # Errors
    /// Whatever the login and the first calls meet. The event stream is opened in the background, and its failures are
    /// events.
    pub async fn open(login: Login, options: Options) -> Result<Self, Error> {
        let session = Box::pin(login.run()).await?;
        let keeper = Arc::new(Keeper::new(login, session));
        let state = read(&keeper).await?;
        Ok(Self::watched(keeper, options, state))
    }

    /// As [`open`](Self::open), for a program that goes on for a long time. After a failure that
    /// [passes by itself](Error::is_retryable) it tries again: after a minute, then after waits that double up to an
    /// hour, and not before [`Error::retry_after`]. It calls `waits` before each wait.
    ///
    /// # Errors
    /// The first failure that does not pass by itself, such as a password that Arlo refuses.
    pub async fn open_in_time(
        login: Login,
        options: Options,
        mut waits: impl FnMut(&Error, Duration) + Send,
    ) -> Result<Self, Error> {
        let session = persist(|| async { Ok(Box::pin(login.run()).await?) }, &mut waits).await?;
        let keeper = Arc::new(Keeper::new(login, session));
        let state = persist(|| read(&keeper), &mut waits).await?;
        Ok(Self::watched(keeper, options, state))
    }

    /// Begins to watch.
    fn watched(keeper: Arc<Keeper>, options: Options, state: State) -> Self {
        let watches = options.stream != StreamChoice::Off;
        let hub = Arc::new(Hub::new(keeper, options, state));
        let mut tasks = JoinSet::new();
        let shared = || Arc::clone(&hub);
        let kept = shared();
        tasks.spawn(async move {
            let reason = kept.keeper.run().await;
            tracing::error!(reason, "the session is lost");
            kept.announce(Event::SessionLost { reason });
        });
        if watches {
            let (streamed, registered, refreshed, ended) = (shared(), shared(), shared(), shared());
            tasks.spawn(async move { stream::run(&streamed).await });
            tasks.spawn(async move { registration::run(&registered).await });
            tasks.spawn(async move { refresh::run(&refreshed).await });
            tasks.spawn(async move { hub::end_attributes(&ended).await });
        }
        Self { hub, _tasks: tasks }
    }

    /// The devices with what they said last.
    #[must_use]
    pub fn devices(&self) -> Vec<Device> {
        self.hub.state().devices.values().cloned().collect()
    }

    /// Waits until the stream is open and the bases have told the state of the devices behind them, which Arlo's list
    /// leaves out; at most for `within`, because some models do not tell it. Gives whether it is known.
    pub async fn settled(&self, within: Duration) -> bool {
        let mut updates = self.updates();
        let mut status = self.status();
        let settled = async {
            if status.wait_for(|status| status.connected).await.is_err() {
                return;
            }
            while !self.hub.state().is_settled() {
                if updates.next().await.is_none() {
                    return;
                }
            }
        };
        tokio::time::timeout(within, settled).await.is_ok()
    }

    /// The locations, on an account whose modes belong to locations. Empty on others.
    #[must_use]
    pub fn locations(&self) -> Vec<Location> {
        self.hub.state().locations.values().cloned().collect()
    }

    /// The device of this identifier or name.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownDevice`], with the names that there are, or if several have this name.
    pub fn device(&self, name: &str) -> Result<Device, Error> {
        let state = self.hub.state();
        if let Some(device) = state.devices.get(name) {
            return Ok(device.clone());
        }
        let wanted = name.trim().to_lowercase();
        let mut named = state
            .devices
            .values()
            .filter(|device| device.name.to_lowercase() == wanted);
        let message = match (named.next(), named.next()) {
            (Some(device), None) => return Ok(device.clone()),
            (Some(_), Some(_)) => format!("several devices have the name {name:?}: name one by its device id"),
            (None, _) => {
                let names: Vec<&str> = state.devices.values().map(|device| device.name.as_str()).collect();
                format!("the account has no device {name:?}: it has {}", names.join(", "))
            }
        };
        Err(Error::new(ErrorKind::UnknownDevice, message))
    }

    /// The updates from now on: each message of the stream with what it says and what it changed.
    #[must_use]
    pub fn updates(&self) -> Updates {
        self.hub.updates()
    }

    /// The changes from now on that the filter takes.
    #[must_use]
    pub fn changes(&self, filter: Filter) -> Changes {
        Changes::new(self.hub.updates(), filter)
    }

    /// What is known of the event stream, now and whenever it changes.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.hub.status.subscribe()
    }

    /// Arlo's identifier of the user.
    #[must_use]
    pub fn user_id(&self) -> String {
        self.hub.keeper.session().user_id().to_owned()
    }

    /// When the session expires. It is renewed before.
    #[must_use]
    pub fn session_expires_at(&self) -> Timestamp {
        self.hub.keeper.session().expires_at()
    }

    /// The current time of the login's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.hub.now()
    }

    /// Sets an attribute, and waits until the device says so. [`settable`](crate::settable) names the attributes.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownAttribute`] and [`ErrorKind::InvalidValue`] before anything is sent, and what Arlo or the
    /// device refuses.
    pub async fn set(&self, device: &Device, attribute: &str, value: &Value) -> Result<Outcome, Error> {
        setting::set(&self.hub, device, attribute, value).await
    }

    /// The modes of every base and location, with the active one. They are read from Arlo.
    ///
    /// # Errors
    /// If Arlo cannot be asked.
    pub async fn modes(&self) -> Result<Vec<Modes>, Error> {
        mode::read(&self.hub).await
    }

    /// The identifier of the mode that is active at a base or location, as it was told last; `None` if it is not known,
    /// or a schedule has chosen it. [`modes`](Self::modes) takes a while to read all, and one may change meanwhile.
    #[must_use]
    pub fn active_mode(&self, at: &Id) -> Option<String> {
        mode::active(&self.hub, at)
    }

    /// Chooses a mode by its name or identifier, and waits until Arlo says so.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownMode`] before anything is sent, and what Arlo refuses.
    pub async fn choose_mode(&self, at: &Modes, mode: &str) -> Result<Outcome, Error> {
        let mode = at.find(mode)?;
        mode::choose(&self.hub, at, mode).await
    }

    /// The recordings and pictures that Arlo keeps, from `from` up to and without `to`, oldest first.
    ///
    /// # Errors
    /// If Arlo cannot be asked, or the time is longer than three years.
    pub async fn library(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Recording>, Error> {
        library::list(&self.hub.keeper, from, to).await
    }

    /// Takes a picture, and gives where it is. This wakes the camera.
    ///
    /// # Errors
    /// [`ErrorKind::NotNow`] in standby or privacy, [`ErrorKind::TimedOut`] if no picture came.
    pub async fn take_picture(&self, camera: &Device) -> Result<MediaUrl, Error> {
        picture::take(&self.hub, camera).await
    }

    /// Restarts a base station. Arlo says that it took the request, and no more.
    ///
    /// # Errors
    /// [`ErrorKind::NotSupported`] for a device that is no base station, and what Arlo refuses.
    pub async fn restart(&self, base: &Device) -> Result<(), Error> {
        restart::restart(&self.hub, base).await
    }

    /// Whether the API host is on this machine, as a simulated one is. Otherwise no URL of Arlo may lead there.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let session = self.hub.keeper.session();
        let host = session.api_host();
        host.starts_with("http://") && !arlo_client::is_in_clear(host)
    }

    /// Fetches a picture, which needs no header of Arlo.
    ///
    /// # Errors
    /// If it cannot be fetched, is longer than 32 MiB, or is expired; and if its URL is not `https`, unless that and
    /// the API host are on this machine.
    pub async fn fetch(&self, url: &MediaUrl) -> Result<Vec<u8>, Error> {
        let origin = url.origin();
        let is_here = self.is_local() && origin.starts_with("http://") && !arlo_client::is_in_clear(&origin);
        if !is_here && !origin.starts_with("https://") {
            let message = format!("the picture is not fetched: its URL, of {origin}, is not https");
            return Err(Error::new(ErrorKind::UnexpectedAnswer, message));
        }
        let mut request = Request::new(Method::Get, url.expose());
        request.max_body = MAX_PICTURE;
        let answer = self.hub.keeper.session().transport().send(request).await?;
        match answer.status {
            200 => Ok(answer.body),
            403 => Err(Error::new(
                ErrorKind::UnexpectedAnswer,
                "the picture's URL is expired: take it again",
            )),
            status => Err(Error::new(
                ErrorKind::Unavailable,
                format!("the picture cannot be fetched from {}: HTTP {status}", url.origin()),
            )),
        }
    }

    /// Starts a live stream and gives its URL. This wakes the camera. Arlo chooses the kind by the program that it is
    /// told: one that gets `kind`, unless `user_agent` names another.
    ///
    /// # Errors
    /// [`ErrorKind::NotNow`] in standby or privacy, [`ErrorKind::NotSupported`] for a camera without such a stream.
    pub async fn start_stream(
        &self,
        camera: &Device,
        kind: LiveKind,
        user_agent: Option<&UserAgent>,
    ) -> Result<LiveStream, Error> {
        live::start(&self.hub, camera, kind, user_agent).await
    }

    /// The device records as Arlo lists them, for a report. They contain identifiers and URLs: see
    /// [`redacted`](crate::redacted).
    ///
    /// # Errors
    /// If Arlo cannot be asked.
    pub async fn raw_devices(&self) -> Result<Value, Error> {
        let call = arlo_client::ApiCall::new("v2/users/devices", Method::Get, "/hmsweb/v2/users/devices");
        self.hub.keeper.call(call).await
    }
}

/// The devices and the locations, as Arlo lists them.
async fn read(keeper: &Keeper) -> Result<State, Error> {
    let session = keeper.session();
    let is_third = session.details().get("supportsMultiLocation").and_then(Value::as_bool) == Some(true);
    let locations = async {
        match is_third {
            true => refresh::locations(keeper).await,
            false => Ok(Default::default()),
        }
    };
    let (devices, locations) = futures_util::future::try_join(refresh::devices(keeper), locations).await?;
    Ok(State::new(devices, locations, Instant::now()))
}

/// Whether an account that cannot be opened may open later. A relay that refuses the token is more likely set up wrong
/// than out of order.
fn may_pass(error: &Error) -> bool {
    let is_odd = matches!(error.kind(), ErrorKind::UnexpectedAnswer | ErrorKind::Refused { .. });
    error.is_retryable() || is_odd && !error.needs_a_person()
}

/// Tries until it succeeds, or fails for good.
async fn persist<T, F: Future<Output = Result<T, Error>>>(
    attempt: impl Fn() -> F,
    waits: &mut impl FnMut(&Error, Duration),
) -> Result<T, Error> {
    let mut failures = 0;
    loop {
        match attempt().await {
            Err(error) if may_pass(&error) => {
                let wait = keeper::wait_after(failures, error.retry_after());
                failures = failures.saturating_add(1);
                waits(&error, wait);
                tokio::time::sleep(wait).await;
            }
            result => return result,
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").finish_non_exhaustive()
    }
}
