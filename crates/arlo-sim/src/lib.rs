//! A simulated Arlo cloud: the authentication and device calls that clients make, and the mail that carries the code.
//!
//! It stands in for `ocapi-app.arlo.com` and `myapi.arlo.com` on one loopback port, answers as they do, and sends the
//! one-time code by real SMTP in the form in which Gmail forwards Arlo's mail. What goes wrong with the real cloud is
//! switched on at run time through [`Faults`]. It knows nothing of the relay but the address of its SMTP listener.
//!
//! Nothing here is hardened against the internet: it is for a demonstration on one machine and for tests.
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
mod events;
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
