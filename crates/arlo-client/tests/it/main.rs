//! The library as a program uses it, against an Arlo that a test scripts and against the simulated one.

// A test may panic where it is not what it should be, also in its helpers.
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[cfg(feature = "http")]
mod api_call;
#[cfg(feature = "http")]
mod approval;
#[cfg(feature = "http")]
mod chain;
#[cfg(feature = "http")]
mod errors;
#[cfg(feature = "imap")]
mod imap;
#[cfg(feature = "http")]
mod one_at_a_time;
#[cfg(feature = "http")]
mod pause;
#[cfg(feature = "http")]
mod renewal;
#[cfg(feature = "http")]
mod session;
#[cfg(feature = "http")]
mod support;
mod transport;
#[cfg(feature = "http")]
mod two_weeks;
