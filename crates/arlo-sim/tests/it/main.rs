//! The cloud over HTTP and SMTP on loopback sockets, as its clients use it.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that meets the unexpected fails, its helper functions too"
)]

mod bad_input;
mod binary;
mod common;
mod events;
mod faults;
mod login;
mod mail;
