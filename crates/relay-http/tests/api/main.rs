//! The router over the store in memory: every answer, every error row, every wait.

mod away;
mod errors;
mod logs;
mod mail;
mod openapi;
mod pages;
mod poll;
mod prestage;
mod pyaarlo;
mod status;
mod world;
