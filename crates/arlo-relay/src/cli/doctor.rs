//! The arguments of `doctor`.

use clap::Args;

use super::deployment::{LocalRelayArgs, StackArgs};

pub(super) const EXAMPLE: &str = "\
Examples:
  arlo-relay doctor --data-dir ~/arlo-relay
  arlo-relay doctor --stack arlo-relay --region eu-west-1
  arlo-relay doctor --arlo

It changes nothing. Exits 0 if nothing is wrong, 1 if something is.";

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) local: LocalRelayArgs,
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// Ask Arlo instead, without account and password, whether it lets this machine in, and say whether it asks for
    /// codes
    #[arg(long, conflicts_with_all = ["data_dir", "stack"])]
    pub(crate) arlo: bool,
    /// Where Arlo authenticates [default: Arlo's own]. Without --arlo, only its clock is compared with this machine's
    #[arg(long, value_name = "URL", env = "ARLO_AUTH_HOST")]
    pub(crate) auth_host: Option<String>,
    /// Where Arlo's API is, for --arlo [default: Arlo's own]
    #[arg(long, value_name = "URL", env = "ARLO_HOST")]
    pub(crate) host: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
