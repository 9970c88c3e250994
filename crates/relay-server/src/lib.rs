//! The relay on one machine: an SQLite store, an SMTP listener, an HTTP listener.

pub mod data_dir;
pub mod operator;
pub mod sqlite;
