//! A simulated cloud with a house, and an account that is open on it.

use std::sync::Arc;
use std::time::Duration;

use arlo_cameras::arlo_client::Login;
use arlo_cameras::{Account, Change, Device, Event, Options, Update, Updates};
use arlo_sim::{Cloud, Config, Generation, Mqtt, MqttTransport, Script, User};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

pub(crate) const EMAIL: &str = "casey@gmail.com";
pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const HUB: &str = "48B4597VD0001";
pub(crate) const GARDEN: &str = "52M1897PA0002";
/// The camera that is its own base, with a battery.
pub(crate) const DRIVE: &str = "A0P4041PA0001";
/// Longer than any step here. A test that reaches it fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// How events come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Wire {
    Sse,
    Wss,
    Ssl,
}

pub(crate) struct Setup {
    pub(crate) cloud: Cloud,
    pub(crate) account: Account,
    directory: tempfile::TempDir,
}

/// The configuration of a cloud with one house.
pub(crate) fn config(wire: Wire, generation: Generation) -> Config {
    let user = User::new(EMAIL, PASSWORD).factors(Vec::new()).house(generation);
    let mut config = Config::new(([127, 0, 0, 1], 1).into(), vec![user]);
    config.mqtt = match wire {
        Wire::Sse => None,
        Wire::Wss => Some(Mqtt::new(MqttTransport::WebSocket)),
        Wire::Ssl => Some(Mqtt::new(MqttTransport::Tls)),
    };
    config.speed = 20;
    config
}

/// Options that wait less than a person would.
pub(crate) fn options(cloud: &Cloud) -> Options {
    let options = Options::default().reconnect(Duration::from_millis(5), Duration::from_millis(40));
    match cloud.ca_pem() {
        Some(pem) => options.trust(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()),
        None => options,
    }
}

impl Setup {
    pub(crate) async fn new(wire: Wire, generation: Generation) -> Self {
        Self::with(config(wire, generation), |options| options).await
    }

    /// With other settings, connected.
    pub(crate) async fn with(config: Config, change: impl FnOnce(Options) -> Options) -> Self {
        let setup = Self::opened(config, change).await;
        setup.connected().await;
        // The hub was asked for its cameras, so that what follows is a change.
        let is_known = |device: &Device| device.id != *GARDEN || device.attributes.contains_key("batteryLevel");
        eventually(|| setup.account.devices().iter().all(is_known)).await;
        setup
    }

    /// With other settings, whether or not the stream can be opened.
    pub(crate) async fn opened(config: Config, change: impl FnOnce(Options) -> Options) -> Self {
        let cloud = arlo_sim::start(config).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let login = login(&cloud, directory.path());
        let account = Account::open(login, change(options(&cloud))).await.unwrap();
        Self {
            cloud,
            account,
            directory,
        }
    }

    /// One more account on the same session file.
    pub(crate) async fn second(&self) -> Account {
        let login = login(&self.cloud, self.directory.path());
        Account::open(login, options(&self.cloud)).await.unwrap()
    }

    pub(crate) async fn connected(&self) {
        let mut status = self.account.status();
        let connected = status.wait_for(|status| status.connected);
        tokio::time::timeout(DEADLINE, connected).await.unwrap().unwrap();
    }

    /// Waits until the stream was opened so many times.
    pub(crate) async fn connections(&self, count: u64) {
        let mut status = self.account.status();
        let connected = status.wait_for(|status| status.connected && status.connections >= count);
        tokio::time::timeout(DEADLINE, connected).await.unwrap().unwrap();
    }

    pub(crate) async fn play(&self, script: &str) {
        let script: Script = script.parse().unwrap();
        self.cloud.play(EMAIL, &script).await.unwrap();
    }

    /// How often the request was made, as `POST /api/auth`.
    pub(crate) fn count(&self, request: &str) -> usize {
        let requests = self.cloud.requests();
        requests.iter().filter(|made| made.starts_with(request)).count()
    }

    /// How many logins with the password there were.
    pub(crate) fn logins(&self) -> usize {
        self.count("POST /api/auth")
    }
}

pub(crate) fn login(cloud: &Cloud, directory: &std::path::Path) -> Login {
    Login::new(EMAIL, PASSWORD.to_owned().into())
        .auth_host(cloud.url())
        .api_host(cloud.url())
        .session_file(directory.join("session.json"))
        .blocked_wait(Duration::from_millis(1))
}

/// The next update for which `wanted` gives something.
pub(crate) async fn until<T>(updates: &mut Updates, mut wanted: impl FnMut(&Arc<Update>) -> Option<T>) -> T {
    let found = async {
        loop {
            let update = updates.next().await.expect("the account is open");
            if let Some(found) = wanted(&update) {
                return found;
            }
        }
    };
    tokio::time::timeout(DEADLINE, found).await.expect("it never came")
}

/// The next event for which `wanted` says so.
pub(crate) async fn event(updates: &mut Updates, wanted: impl Fn(&Event) -> bool) -> Event {
    until(updates, |update| {
        update.events.iter().find(|event| wanted(event)).cloned()
    })
    .await
}

/// The next change of the attribute.
pub(crate) async fn change(updates: &mut Updates, device: &str, attribute: &str) -> Change {
    until(updates, |update| {
        let mut changes = update.changes.iter();
        let found = changes.find(|change| change.device == *device && change.attribute == attribute);
        found.cloned()
    })
    .await
}

/// Waits until another task makes the condition true.
pub(crate) async fn eventually(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(DEADLINE, wait).await.expect("it never came true");
}
