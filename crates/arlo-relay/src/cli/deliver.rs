//! The arguments of `deliver`.

use std::path::PathBuf;

use clap::Args;

use super::serve::DEFAULT_HTTP;

pub(super) const EXAMPLE: &str = "\
Example, as an alias of postfix:
  arlo: \"|/usr/local/bin/arlo-relay deliver --token-file /etc/arlo-relay/token\"

Example, by hand:
  arlo-relay deliver --url https://relay.example.org --token-file token < mail.eml

The token comes from ARLO_RELAY_TOKEN or from the file. One at the end of the URL works too, but
every user of the machine can read it there. The exit codes
are those of sysexits.h: 0 the relay took the mail, whatever it was; 64 wrong usage; 65 no mail, or
one over 6 MiB; 75 the relay is away, try again later; 77 the relay refused the token; 78 a setting
is wrong.";

#[derive(Args)]
pub(crate) struct DeliverArgs {
    /// Where the relay is
    #[arg(
        long,
        value_name = "URL",
        env = "ARLO_RELAY_URL",
        hide_env_values = true,
        default_value = format!("http://{DEFAULT_HTTP}")
    )]
    pub(crate) url: String,
    /// A file that holds the access token
    #[arg(long, value_name = "FILE", env = "ARLO_RELAY_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// How many seconds it may take in all, from 1 to 600
    #[arg(long, value_name = "SECONDS", env = "ARLO_RELAY_TIMEOUT", default_value_t = 30)]
    pub(crate) timeout: u32,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

// The URL may end with the token.
relay::redacted_debug!(DeliverArgs);
