//! The library against the simulated Arlo cloud, over real sockets of this machine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures
)]

mod calls;
mod faults;
mod modes;
mod opening;
mod scripted;
mod session;
mod setup;
mod streams;
