//! The relay on one machine: what `arlo-relay serve` runs beside the rules.

pub mod authentication;
pub mod data_dir;
pub mod operator;
pub mod smtp;
pub mod sqlite;
