//! The router over the store in memory: every answer, every error row, every wait.

// clippy.toml frees test functions of these; what they share is test code too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod away;
mod errors;
mod forms;
mod host;
mod join_form;
mod joining;
mod limits;
mod mail;
mod manage_form;
mod openapi;
mod pages;
mod poll;
mod prestage;
mod pyaarlo;
mod seen;
mod status;
mod wire;
mod world;
