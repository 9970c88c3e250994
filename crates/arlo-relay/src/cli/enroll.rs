//! The arguments of `enroll`.

use arlo_mail::{Account, Sender};
use clap::{ArgGroup, Args};
use relay::{EnrolmentId, Label};

use super::deployment::{LocalRelayArgs, StackArgs};
use super::unrepeated::Unrepeated;

pub(super) const EXAMPLE: &str = "\
Examples:
  arlo-relay enroll casey@gmail.com --label \"Home Assistant\" --data-dir ~/arlo-relay
  arlo-relay enroll casey@gmail.com --if-none --json
  arlo-relay enroll --list --json
  arlo-relay enroll --rotate casey@gmail.com
  arlo-relay enroll --rotate-address aaaqeayeaudaocaj --overlap 48
  arlo-relay enroll casey@gmail.com --stack arlo-relay --region eu-west-1

An account may have several enrolments, one for each client: each has its own token and relay
address. A token is shown once and stored only as a hash: a lost one is replaced with --rotate.
Works while serve runs. --stack is there where arlo-relay was built with --features aws.";

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").args(["list", "revoke", "rotate", "rotate_address", "suspend", "resume"]))]
pub(crate) struct EnrollArgs {
    /// The mail address of the Arlo login; to change an enrolment its id, or the account where that has one enrolment
    // A token is typed here by mistake.
    #[arg(value_name = "ACCOUNT|ID", value_parser = Unrepeated(Named::parse), required_unless_present = "list")]
    pub(crate) named: Option<Named>,
    /// What to call the new enrolment, such as the client that it is for
    #[arg(long, value_name = "TEXT", value_parser = label, conflicts_with = "change")]
    pub(crate) label: Option<Label>,
    /// Do nothing if the account has an enrolment already
    #[arg(long, conflicts_with = "change")]
    pub(crate) if_none: bool,
    /// List the enrolments: accounts are stored only as hashes, so each shows its id and relay address
    #[arg(long, conflicts_with = "named")]
    pub(crate) list: bool,
    /// End the enrolment, with all its login requests; of an account, all its enrolments
    #[arg(long)]
    pub(crate) revoke: bool,
    /// Replace the token; the relay address stays
    #[arg(long)]
    pub(crate) rotate: bool,
    /// Replace the relay address; the token stays
    #[arg(long)]
    pub(crate) rotate_address: bool,
    /// How long the replaced relay address still takes mail; with 0 all old ones end now
    #[arg(long, value_name = "HOURS", default_value_t = 24, requires = "rotate_address")]
    // What conflicts with an argument that another needs lets clap forget the need.
    #[arg(conflicts_with_all = ["list", "revoke", "rotate", "suspend", "resume"])]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=8760))]
    pub(crate) overlap: u32,
    /// Let the enrolment do nothing until it is resumed; of an account, all its enrolments
    #[arg(long)]
    pub(crate) suspend: bool,
    /// Let a suspended enrolment go on; of an account, all its enrolments
    #[arg(long)]
    pub(crate) resume: bool,
    /// One more sender whose mail counts as Arlo's, as iCloud's Hide My Email needs it
    #[arg(long, value_name = "ADDRESS", value_parser = Sender::parse, conflicts_with = "change")]
    pub(crate) sender: Option<Sender>,
    /// Take its mail only at its own relay address, and not at the address that all enrolments share
    #[arg(long, conflicts_with = "change")]
    pub(crate) own_address_only: bool,
    /// Take the code of a mail only if Arlo's DKIM signature names the account or the relay address in it, whatever way
    /// the mail came; what is forwarded by hand has no such signature
    #[arg(long, conflicts_with_all = ["change", "sender"])]
    pub(crate) require_dkim: bool,
    #[command(flatten)]
    pub(crate) local: LocalRelayArgs,
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// An enrolment, or all of an account.
#[derive(Debug, Clone)]
pub(crate) enum Named {
    Account(Account),
    Id(EnrolmentId),
}

impl Named {
    fn parse(text: &str) -> Result<Self, arlo_mail::AccountError> {
        match EnrolmentId::parse(text) {
            Some(id) => Ok(Self::Id(id)),
            None => Account::parse(text).map(Self::Account),
        }
    }
}

fn label(text: &str) -> Result<Label, String> {
    Label::parse(text).ok_or_else(|| format!("needs 1 to {} characters on one line, all of them visible", Label::MAX))
}
