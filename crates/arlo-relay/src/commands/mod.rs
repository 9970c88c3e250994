//! One file for each subcommand.

pub(crate) mod app;
pub(crate) mod backup;
pub(crate) mod cameras;
pub(crate) mod completions;
pub(crate) mod deliver;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod enroll;
pub(crate) mod extract;
pub(crate) mod healthcheck;
pub(crate) mod invite;
mod local;
pub(crate) mod login;
pub(crate) mod mqtt;
pub(crate) mod record;
pub(crate) mod serve;
pub(crate) mod setup;

use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use relay::Refusal;
use relay::ports::PortError;

use crate::failure::Failure;

/// The error of what needs AWS in a build without it.
#[cfg(not(feature = "aws"))]
pub(crate) fn without_aws(what: &str) -> Failure {
    Failure::usage(format!(
        "this arlo-relay was built without AWS: build it with `cargo build --release --features aws` to use {what}"
    ))
}

/// A time, for a person.
pub(crate) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Port(error) => away(&error),
        other => Failure::operation(other),
    }
}

fn away(error: &PortError) -> Failure {
    Failure::operation(match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    })
}

/// A table in the style of all commands.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    table
}
