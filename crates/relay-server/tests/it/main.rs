//! The relay as those who speak to it meet it: over sockets of this machine.

// A test may panic where it is not what it should be, also in its helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod authentication;
mod dns;
mod lmtp;
mod operator;
mod own_address;
mod public_url;
mod serving;
mod shared_address;
mod signed;
mod smtp;
mod smtp_limits;
mod smtp_shares;
mod smtp_support;
mod smtp_tls;
mod upgrade;
