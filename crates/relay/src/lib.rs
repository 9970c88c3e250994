//! The rules of arlo-relay: accounts, login requests, mail reading, who may do what.
//!
//! No I/O, no clock and no randomness of its own: those are [`ports`]. The calls are those of [`relay::Relay`].

pub mod account;
pub mod claims;
pub mod code;
pub mod enrolment;
pub mod intake;
pub mod mail;
pub mod operator_mail;
pub mod origin;
pub mod ports;
pub mod relay;
pub mod request;
pub mod secret;
pub mod signature;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod wipe;
