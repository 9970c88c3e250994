//! The arguments of `healthcheck`.

use std::net::SocketAddr;

use clap::Args;

use super::serve::DEFAULT_HTTP;

pub(super) const EXAMPLE: &str = "\
Example, in a container file:
  HEALTHCHECK CMD [\"/usr/bin/arlo-relay\", \"healthcheck\"]

It reads the address from the same setting as serve. Exits 0 if the relay can serve, 1 if not.";

#[derive(Debug, Args)]
pub(crate) struct HealthcheckArgs {
    /// Where the relay serves HTTP; a relay on every address is asked on loopback
    #[arg(long, value_name = "ADDRESS", env = "ARLO_RELAY_HTTP", default_value_t = DEFAULT_HTTP)]
    pub(crate) http: SocketAddr,
}
