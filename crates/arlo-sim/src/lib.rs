//! A simulated Arlo cloud: the authentication and device calls that clients make, and the mail that carries the code.
//!
//! It replaces `ocapi-app.arlo.com` and `myapi.arlo.com` on one loopback port and answers as they do. It sends the
//! one-time code by real SMTP, in the form in which Gmail forwards Arlo's mail. [`Faults`] switches the failures of the
//! real cloud on and off at run time. Of the relay it knows only the address of the SMTP listener.
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

mod api;
mod auth;
mod call;
mod clock;
mod cloud;
mod config;
mod error;
mod event;
mod event_stream;
mod expiring;
mod faults;
mod mail;
mod mailer;
mod random;
mod state;

pub use cloud::{Cloud, start};
pub use config::{Config, Factor, FactorKind, User};
pub use error::{Error, ErrorKind};
pub use faults::{Fault, Faults};
pub use mailer::Sent;
