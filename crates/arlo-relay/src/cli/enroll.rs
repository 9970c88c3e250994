//! The arguments of `enroll`.

use arlo_mail::Account;
use arlo_mail::Sender;
use clap::Args;

use super::deployment::{LocalRelayArgs, StackArgs};

pub(super) const EXAMPLE: &str = "\
Examples:
  arlo-relay enroll casey@gmail.com --data-dir ~/arlo-relay
  arlo-relay enroll casey@gmail.com --rotate
  arlo-relay enroll --list --json
  arlo-relay enroll casey@gmail.com --stack arlo-relay --region eu-west-1

The token is shown once and stored only as a hash: a lost one is replaced with --rotate. Works
while serve runs. --stack is there where arlo-relay was built with --features aws.";

#[derive(Debug, Args)]
pub(crate) struct EnrollArgs {
    /// The mail address of the Arlo login
    #[arg(value_parser = Account::parse, required_unless_present = "list")]
    pub(crate) account: Option<Account>,
    /// List the enrolments: accounts are stored only as hashes, so each shows its relay address
    #[arg(long, conflicts_with_all = ["account", "revoke", "rotate", "sender"])]
    pub(crate) list: bool,
    /// End the enrolment, with all its login requests
    #[arg(long, conflicts_with_all = ["rotate", "sender"])]
    pub(crate) revoke: bool,
    /// Replace the token; the relay address stays
    #[arg(long, conflicts_with = "sender")]
    pub(crate) rotate: bool,
    /// One more sender whose mail counts as Arlo's, as iCloud's Hide My Email needs it
    #[arg(long, value_name = "ADDRESS", value_parser = Sender::parse)]
    pub(crate) sender: Option<Sender>,
    /// Take its mail only at its own relay address, and not at the address that all enrolments share
    #[arg(long, conflicts_with_all = ["list", "revoke", "rotate"])]
    pub(crate) own_address_only: bool,
    #[command(flatten)]
    pub(crate) local: LocalRelayArgs,
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
