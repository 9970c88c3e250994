//! Bridges the cameras of an account to an MQTT broker, with Home Assistant's discovery.
//!
//! [`run`] publishes every device of an open [`Account`](arlo_cameras::Account) with its state, and hands commands
//! back. `docs/mqtt.md` has the topics and the entities.
//!
//! ```no_run
//! # async fn example(account: std::sync::Arc<arlo_cameras::Account>) -> Result<(), mqtt_bridge::Error> {
//! use mqtt_bridge::{Settings, run};
//!
//! let settings = Settings::new("mqtt://localhost".parse()?, "homeassistant".parse()?, "arlo-relay".parse()?);
//! run(account, settings, |devices| println!("{devices} devices"), std::future::pending()).await
//! # }
//! ```
//!
//! # How it is built
//!
//! - `ha` has the tables: which entities a device has, what Home Assistant is told of them, how their states are
//!   written, and what a command asks for. It does no input or output. `thing` and `topics` are its words.
//! - `link` keeps the connection to the broker, on the packets of [`mqtt_packets`]: TCP, or rustls with ring. The
//!   client that is used most, `rumqttc`, takes no TLS connection of ours, brings an older certificate verifier with
//!   its own, and has a queue in which a newer state cannot take the place of an older one.
//! - `outbox` is between the two: the latest state of each topic, and a few events.
//! - `bridge` joins the account and the link, one task for all that is decided.
//!
//! # What always holds
//!
//! - No camera is woken and no stream is started, but for a picture that a command asks for.
//! - What comes from the broker is written by whoever may publish there. A command that the device does not offer, that
//!   is too long, or that was retained changes nothing. A message of any length costs no memory.
//! - Everything that waits has a limit: a newer state replaces an older one, and of one entity only the latest command
//!   waits.
//! - A password, and what a picture's URL opens, are of types that do not print.

mod bridge;
mod broker;
mod error;
mod ha;
mod link;
mod outbox;
mod settings;
mod thing;
mod topics;

pub use bridge::run;
pub use broker::Broker;
pub use error::{Error, ErrorKind};
pub use settings::Settings;
pub use topics::Prefix;
