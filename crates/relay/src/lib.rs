//! The rules of arlo-relay. No I/O, no clock and no randomness of its own: those are ports.

pub mod account;
pub mod code;
pub mod mail;
