//! The rules of arlo-relay: enrolments, login requests, who may do what. What a mail says is read by `arlo_mail`.
//!
//! No I/O, no clock and no randomness of its own: those are [`ports`]. The calls are those of [`relay::Relay`].

pub mod claims;
pub mod enrolment;
pub mod hash_key;
pub mod intake;
pub mod operator_mail;
pub mod origin;
pub mod overview;
pub mod ports;
mod redacted;
pub mod relay;
pub mod request;
pub mod secret;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod wipe;
