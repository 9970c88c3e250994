//! `healthcheck`: one call to the relay of this machine, and an exit code. A container without a shell runs it.

use relay_server::reach::on_this_machine;

use super::doctor::is_healthy;
use crate::cli::HealthcheckArgs;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) async fn run(args: HealthcheckArgs, output: &Output) -> Result<(), Failure> {
    let http = args.http;
    match is_healthy(on_this_machine(http)).await {
        Ok(true) => output.line("ok"),
        Ok(false) => Err(Failure::operation(format!(
            "the relay at {http} cannot serve: its log says why, and so does /healthz"
        ))),
        Err(error) => Err(Failure::operation(format!("no relay answers at {http}: {error}"))),
    }
}
