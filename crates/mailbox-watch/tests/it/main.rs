//! The watcher against a scripted server: what servers do, and what they should not do.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected fails, its helper functions too"
)]

mod arrivals;
mod login;
mod position;
mod refused_fetch;
mod server;
mod tls;
