//! One file for each subcommand.

pub(crate) mod cameras;
pub(crate) mod completions;
pub(crate) mod deliver;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod enroll;
pub(crate) mod extract;
pub(crate) mod login;
pub(crate) mod serve;

use comfy_table::{ContentArrangement, Table, presets};

/// The error of `--stack` in a build without AWS.
#[cfg(not(feature = "aws"))]
pub(crate) fn without_aws() -> crate::failure::Failure {
    crate::failure::Failure::usage(
        "this arlo-relay was built without AWS: build it with `cargo build --release --features aws` to use --stack",
    )
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
