//! The cloud over HTTP and SMTP on loopback sockets, as its clients use it.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that meets the unexpected fails, its helper functions too"
)]

mod bad_input;
mod binary;
mod cameras;
mod common;
mod control;
mod events;
mod faults;
mod house;
mod login;
mod mail;
mod media;
mod modes;
mod mqtt;
mod mqtt_client;
mod pictures;
mod stream_faults;
