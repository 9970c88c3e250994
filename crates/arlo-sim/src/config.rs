//! The configuration of the simulated cloud: its address, its users, and where their mail is sent.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};

use crate::error::Error;
use crate::house;

/// The configuration for [`start`](crate::start).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Where the cloud listens for HTTP; port 0 picks a free one. Default `127.0.0.1:0`.
    pub http: SocketAddr,
    /// The SMTP listener that receives every mail, whatever the recipient's domain is.
    pub smtp: SocketAddr,
    /// The accounts, at least one.
    pub users: Vec<User>,
    /// How long an access token is valid. Default two hours, as with Arlo since 2025.
    pub token_lifetime: Duration,
    /// How long a code is valid. Default five minutes.
    pub code_lifetime: Duration,
    /// How long a browser stays trusted. Default 14 days.
    pub trust_lifetime: Duration,
    /// The MQTT broker. Without one, no answer of the cloud names MQTT, and events come by server-sent events only.
    pub mqtt: Option<Mqtt>,
    /// Where the control port listens for HTTP, on a loopback address; port 0 picks a free one. Default: none.
    pub control: Option<SocketAddr>,
    /// Whether a hub publishes nothing until a client has registered with it, and two minutes after that no more. As
    /// with Arlo; off by default, so that a test can leave the registration out.
    pub hubs_need_registration: bool,
    /// How long the URLs of recordings and snapshots are valid. Default 24 hours.
    pub media_lifetime: Duration,
    /// How many bytes each recording has. Default 16 KiB.
    pub recording_bytes: usize,
    /// How many times faster than in life the scenes run. Default 1.
    pub speed: u32,
}

impl Config {
    /// A cloud on a free loopback port that mails to `smtp`.
    #[must_use]
    pub fn new(smtp: SocketAddr, users: Vec<User>) -> Self {
        Self {
            http: ([127, 0, 0, 1], 0).into(),
            smtp,
            users,
            token_lifetime: Duration::from_secs(2 * 60 * 60),
            code_lifetime: Duration::from_secs(5 * 60),
            trust_lifetime: Duration::from_secs(14 * 24 * 60 * 60),
            mqtt: None,
            control: None,
            hubs_need_registration: false,
            media_lifetime: Duration::from_secs(24 * 60 * 60),
            recording_bytes: 16 * 1024,
            speed: 1,
        }
    }

    /// Refuses a configuration whose mail would never arrive.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.users.is_empty() {
            return Err(Error::config("the simulated cloud needs at least one user"));
        }
        if self.control.is_some_and(|address| !address.ip().is_loopback()) {
            // It asks for no password, and expires tokens.
            return Err(Error::config("the control port must be on a loopback address"));
        }
        if self.speed == 0 {
            return Err(Error::config("the speed of scenes must be at least 1"));
        }
        for (index, user) in self.users.iter().enumerate() {
            if !is_address(&user.email) {
                return Err(Error::config("a user's email must be an ASCII mail address"));
            }
            if user.deliver_to.as_deref().is_some_and(|to| !is_address(to)) {
                return Err(Error::config(
                    "a user's forwarding address must be an ASCII mail address",
                ));
            }
            let mut mailed = user.factors.iter().filter(|factor| factor.kind == FactorKind::Email);
            if mailed.any(|factor| !is_address(&factor.destination)) {
                return Err(Error::config(
                    "an e-mail factor's destination must be an ASCII mail address",
                ));
            }
            if self.users.iter().take(index).any(|other| other.is_named(&user.email)) {
                return Err(Error::config("two users have the same email"));
            }
        }
        Ok(())
    }
}

/// The MQTT broker of a simulated cloud. It speaks MQTT 3.1.1, over TLS always.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Mqtt {
    /// Where it listens; port 0 picks a free one. Its certificate is for this IP address and for `localhost`.
    pub address: SocketAddr,
    /// How it carries MQTT.
    pub transport: MqttTransport,
    /// Where the certificate of its authority is written as PEM, for clients in other processes.
    pub ca_file: Option<PathBuf>,
}

impl Mqtt {
    /// A broker on a free loopback port.
    #[must_use]
    pub fn new(transport: MqttTransport) -> Self {
        Self {
            address: ([127, 0, 0, 1], 0).into(),
            transport,
            ca_file: None,
        }
    }
}

/// How MQTT is carried. Arlo's session says it by the scheme of `mqttUrl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MqttTransport {
    /// `wss`: in binary messages of a websocket, on the path `/mqtt`, with the subprotocol `mqtt`.
    WebSocket,
    /// `ssl`: in TLS alone, as newer accounts have it.
    Tls,
}

impl MqttTransport {
    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Self::WebSocket => "wss",
            Self::Tls => "ssl",
        }
    }
}

/// Which calls an account has for its modes, and how it gets its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Generation {
    /// Modes belong to a base station. Events come by server-sent events, and by MQTT where a broker runs.
    #[default]
    V2,
    /// `supportsMultiLocation`: modes belong to a location. Where a broker runs, server-sent events are refused.
    V3,
}

/// A user's index in [`Config::users`].
pub(crate) type UserIndex = usize;

/// One Arlo account.
#[derive(Clone)]
#[non_exhaustive]
pub struct User {
    /// The address with which the user logs in. The code is sent to its mailbox.
    pub email: String,
    /// The password. `Debug` shows nothing of it.
    pub password: SecretString,
    /// The second factors, in the order in which Arlo lists them. Without any, the login needs no code.
    pub factors: Vec<Factor>,
    /// The relay address to which the mailbox forwards Arlo's mail. Without one no mail is sent.
    pub deliver_to: Option<String>,
    /// The device list, as Arlo's API gives it. In a record without a `uniqueId` the cloud fills in the names of the
    /// user and the live properties.
    pub devices: Vec<Value>,
    /// The modes of each base station, as the automation definitions of Arlo's API give them.
    pub modes: Vec<Value>,
    /// The schedules of each base station, likewise.
    pub schedules: Vec<Value>,
    /// Which calls the account has for its modes.
    pub generation: Generation,
}

impl User {
    /// A user with e-mail, SMS and push factors, a base station and two cameras. The mailbox forwards nothing.
    #[must_use]
    pub fn new(email: &str, password: impl Into<SecretString>) -> Self {
        Self {
            email: email.to_owned(),
            password: password.into(),
            factors: vec![
                Factor::email(email),
                Factor::new(FactorKind::Sms, "+15555550123", "My phone"),
                Factor::new(FactorKind::Push, "Phone app", "Phone app"),
            ],
            deliver_to: None,
            devices: default_devices(),
            modes: Vec::new(),
            schedules: Vec::new(),
            generation: Generation::V2,
        }
    }

    /// Gives the user a whole house: a hub with a siren, two cameras, a doorbell, a light and a sensor on it, a camera
    /// that is its own gateway, and on each gateway the modes `mode0`, `mode1`, a custom one, and a schedule.
    #[must_use]
    pub fn house(mut self, generation: Generation) -> Self {
        self.devices = house::devices();
        self.modes = house::modes();
        self.schedules = house::schedules();
        self.generation = generation;
        self
    }

    /// Sets the relay address to which the mailbox forwards Arlo's mail.
    #[must_use]
    pub fn deliver_to(mut self, relay_address: &str) -> Self {
        self.deliver_to = Some(relay_address.to_owned());
        self
    }

    /// Replaces the second factors.
    #[must_use]
    pub fn factors(mut self, factors: Vec<Factor>) -> Self {
        self.factors = factors;
        self
    }

    /// Replaces the devices.
    #[must_use]
    pub fn devices(mut self, devices: Vec<Value>) -> Self {
        self.devices = devices;
        self
    }

    /// Adds cameras to the hub of [`house`](Self::house), which are called `Camera 1` and so on.
    #[must_use]
    pub fn more_cameras(mut self, count: u16) -> Self {
        self.devices.extend((1..=count).map(house::camera));
        self
    }

    pub(crate) fn is_named(&self, email: &str) -> bool {
        self.email.eq_ignore_ascii_case(email.trim())
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").finish_non_exhaustive()
    }
}

/// A second factor. The first of a user is its primary one.
#[derive(Clone)]
#[non_exhaustive]
pub struct Factor {
    /// How the code is sent.
    pub kind: FactorKind,
    /// The destination: for [`FactorKind::Email`] the address. Arlo sends the mail directly, without a forwarder, to an
    /// address that is not the user's own mailbox, for example a relay address that was added as a factor.
    pub destination: String,
    /// The name that the user gave it.
    pub nickname: String,
}

impl Factor {
    /// A second factor.
    #[must_use]
    pub fn new(kind: FactorKind, destination: &str, nickname: &str) -> Self {
        Self {
            kind,
            destination: destination.to_owned(),
            nickname: nickname.to_owned(),
        }
    }

    /// An e-mail factor with its address as its name, as with Arlo.
    #[must_use]
    pub fn email(address: &str) -> Self {
        Self::new(FactorKind::Email, address, address)
    }
}

impl fmt::Debug for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Factor")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// How a second factor reaches the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FactorKind {
    /// A code by mail.
    Email,
    /// A code by text message. The simulated cloud sends none; [`Cloud::pending_code`](crate::Cloud::pending_code)
    /// gives the code.
    Sms,
    /// A question in the mobile application, without a code.
    Push,
}

impl FactorKind {
    /// The value of Arlo's `factorType`.
    pub(crate) fn wire_name(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Sms => "SMS",
            Self::Push => "PUSH",
        }
    }
}

/// Whether this is printable ASCII with one `@`, which needs no quotes in an SMTP command or a header.
fn is_address(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"<>()[]\\,;:\"".contains(&byte);
    matches!(text.split_once('@'), Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
        && text.len() <= 254
        && text.bytes().all(plain)
}

/// A base station with two cameras. No `allowedMqttTopics`: it would send a client to the real MQTT cluster.
fn default_devices() -> Vec<Value> {
    let device = |id: &str, kind: &str, model: &str, name: &str| {
        json!({
            "deviceId": id,
            "uniqueId": format!("SIM-1001-{id}"),
            "parentId": "48B4597VD0001",
            "deviceType": kind,
            "deviceName": name,
            "modelId": model,
            "userId": "SIM-1001",
            "userRole": "ADMIN",
            "xCloudId": "SIM0-0001-0001",
            "state": "provisioned",
            "lastModified": 1_790_000_000_000_u64,
            "interfaceVersion": "3",
            "properties": { "modelId": model, "hwVersion": "r1", "olsonTimeZone": "Europe/Berlin" },
        })
    };
    vec![
        device("48B4597VD0001", "basestation", "VMB4540", "Home"),
        device("52M1897PA0001", "camera", "VMC4030P", "Front door"),
        device("52M1897PA0002", "camera", "VMC4030P", "Garden"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn config(users: Vec<User>) -> Config {
        Config::new(([127, 0, 0, 1], 1).into(), users)
    }

    #[test]
    fn a_configuration_that_cannot_deliver_is_refused() {
        let good = User::new("casey+a@gmail.com", "pw").deliver_to("k3y@relay.localhost");
        assert!(config(vec![good.clone()]).check().is_ok());
        for users in [
            vec![],
            vec![User::new("casey", "pw")],
            vec![User::new("ca sey@gmail.com", "pw")],
            vec![User::new("casey@gmail.com\r\nRCPT TO:<x@y>", "pw")],
            vec![User::new("caséy@gmail.com", "pw")],
            vec![good.clone().deliver_to("relay.localhost")],
            vec![good.clone().deliver_to("a@b@c")],
            vec![good.clone().factors(vec![Factor::email("nobody")])],
            vec![good, User::new("Casey+A@Gmail.com", "other")],
        ] {
            assert_eq!(config(users).check().unwrap_err().kind(), ErrorKind::Config);
        }
    }

    #[test]
    fn debug_shows_no_user() {
        let shown = format!("{:?}", config(vec![User::new("casey@gmail.com", "correct horse")]));
        assert!(!shown.contains("casey") && !shown.contains("horse"), "{shown}");
    }

    #[test]
    fn default_devices_name_no_mqtt_topic() {
        let shown = serde_json::to_string(&default_devices()).unwrap();
        assert!(!shown.contains("allowedMqttTopics") && !shown.contains("mqtt"));
    }
}
