//! The arguments of `invite`.

use clap::Args;
use relay::InvitationId;

use super::deployment::{LocalRelayArgs, StackArgs};
use super::unrepeated::Unrepeated;

pub(super) const EXAMPLE: &str = "\
Examples:
  arlo-relay invite --data-dir ~/arlo-relay
  arlo-relay invite --uses 5 --days 30
  arlo-relay invite --list
  arlo-relay invite --withdraw aaaqeayeaudaocaj
  arlo-relay invite --stack arlo-relay --region eu-west-1

Whoever has the link may join, so send it to those alone whom you invite. It is shown once. The relay
takes invitations unless it was started with --registration closed; on AWS, where the stack's
parameter Registration says so. Works while serve runs.";

#[derive(Debug, Args)]
pub(crate) struct InviteArgs {
    /// How many may join by the link
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) uses: u32,
    /// For how many days
    #[arg(long, value_name = "D", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub(crate) days: u32,
    /// List the invitations by which somebody may still join
    #[arg(long, conflicts_with_all = ["uses", "days", "withdraw"])]
    pub(crate) list: bool,
    /// Let nobody join any more by the invitation of this id
    // The link, by which anybody may join, is given here by mistake.
    #[arg(long, value_name = "ID", value_parser = Unrepeated(id), conflicts_with_all = ["uses", "days"])]
    pub(crate) withdraw: Option<InvitationId>,
    #[command(flatten)]
    pub(crate) local: LocalRelayArgs,
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

fn id(text: &str) -> Result<InvitationId, &'static str> {
    InvitationId::parse(text).ok_or("needs the id of an invitation, which has 16 letters and digits")
}
