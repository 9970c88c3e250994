//! The relay on one machine: the listeners, the store and the tasks that `arlo-relay serve` runs around the rules.

mod accepting;
pub mod authentication;
mod connections;
pub mod data_dir;
mod descriptors;
mod error;
mod http;
pub mod imap;
mod linger;
pub mod liveness;
mod metrics;
pub mod operator;
mod outgoing;
pub mod reach;
pub mod serve;
pub mod smtp;
mod smtp_delivery;
pub mod sqlite;
pub mod supervisor;
mod sweep;
mod tasks;
pub mod tls;
mod workers;

pub use error::{StartError, StartErrorKind};
