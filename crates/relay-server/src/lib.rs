//! The relay on one machine: what `arlo-relay serve` runs beside the rules.

pub mod authentication;
pub mod operator;
