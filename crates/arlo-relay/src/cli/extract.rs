//! The arguments of `extract`.

use std::path::PathBuf;

use arlo_mail::Sender;
use clap::Args;

pub(super) const EXAMPLE: &str = "\
Examples:
  arlo-relay extract mail.eml
  arlo-relay extract --json < mail.eml

Exits 0 for a code, a forwarding confirmation and any other mail, 1 for what is no mail at all.";

#[derive(Debug, Args)]
pub(crate) struct ExtractArgs {
    /// The raw mail; - is standard input
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    /// One more sender whose mail counts as Arlo's; may be repeated
    #[arg(long = "sender", value_name = "ADDRESS", value_parser = Sender::parse)]
    pub(crate) senders: Vec<Sender>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
