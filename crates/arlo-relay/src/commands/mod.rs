//! One file for each subcommand.

pub(crate) mod completions;
pub(crate) mod deliver;
pub(crate) mod demo;
pub(crate) mod enroll;
pub(crate) mod extract;
pub(crate) mod login;
pub(crate) mod serve;

use comfy_table::{ContentArrangement, Table, presets};

/// A table as every command prints one.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    table
}
