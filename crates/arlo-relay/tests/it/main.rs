//! The command as its users run it.

// clippy.toml frees test functions of these; what they share is test code too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod app;
mod backup;
mod cameras;
mod deliver;
mod docs;
mod doctor;
mod enrolling;
mod extract;
mod failing;
mod help;
mod invite;
mod lmtp;
mod login;
mod opening;
mod other_mail;
mod record;
mod seen;
mod serve;
mod setup;
mod sources;
mod starting;
#[path = "../support/mod.rs"]
mod support;
