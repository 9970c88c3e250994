//! The relay on one machine.

pub mod smtp;
