//! The arguments of `demo`.

use clap::Args;

pub(super) const EXAMPLE: &str = "\
Example:
  arlo-relay demo

It needs no account and no network: the relay and a simulated Arlo run on free ports of this
machine, with a directory of their own that is removed at the end.";

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
