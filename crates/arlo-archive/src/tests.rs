//! The whole archive against a scripted media server on loopback.

mod content;
mod disk_full;
mod hundred;
mod killed;
mod library;
mod order;
mod pace;
mod process;
mod removal;
mod support;
