//! A simulated Arlo cloud: the authentication and device calls that clients make, and the mail that carries the code.
//!
//! It replaces `ocapi-app.arlo.com` and `myapi.arlo.com` on one loopback port and answers as they do. It sends the
//! one-time code by real SMTP, in the form in which Gmail forwards Arlo's mail. [`Faults`] switches the failures of the
//! real cloud on and off at run time. Of the relay it knows only the address of the SMTP listener.
//!
//! Behind the login is a house ([`User::house`]): devices with live properties, modes of both [`Generation`]s, events
//! by server-sent events and by an MQTT broker ([`Config::mqtt`]), a library, and a media server whose recordings are
//! real MP4 files. A [`Script`] says what happens in it. [`Config::control`] opens a port on which other programs play
//! scripts.
//!
//! It is for a demonstration on one machine and for tests. It is not hardened against the internet.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), arlo_sim::Error> {
//! use arlo_sim::{Config, Fault, User};
//!
//! let user = User::new("casey@gmail.com", "correct horse").deliver_to("k3y@relay.localhost");
//! let cloud = arlo_sim::start(Config::new(([127, 0, 0, 1], 2525).into(), vec![user])).await?;
//! cloud.faults().set(Fault::WrongOtp);
//! println!("Arlo is at {}", cloud.url());
//! cloud.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod account;
mod api;
mod auth;
mod broker;
mod call;
mod camera_calls;
mod clock;
mod cloud;
mod config;
mod control;
mod error;
mod event;
mod event_stream;
mod expiring;
mod faults;
mod house;
mod mail;
mod mailer;
mod media;
mod notify;
mod pictures;
mod publish;
mod random;
mod scene;
mod script;
mod state;
mod v2;
mod v3;

pub use cloud::{Cloud, start};
pub use config::{Config, Factor, FactorKind, Generation, Mqtt, MqttTransport, User};
pub use control::play_remotely;
pub use error::{Error, ErrorKind};
pub use faults::{Fault, Faults};
pub use mailer::Sent;
pub use script::{SCRIPT_HELP, Script};
