//! The commands of an open account.

mod act;
mod devices;
mod lines;
mod modes;
mod watch;

use std::fs;

use arlo_cameras::{Account, Options, Outcome, StreamChoice};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

pub(crate) use self::act::{set, snapshot, stream};
pub(crate) use self::devices::devices;
pub(crate) use self::modes::mode;
pub(crate) use self::watch::watch;
use crate::cli::AccountArgs;
use crate::commands::login::{self, Opening};
use crate::failure::Failure;
use crate::output::Output;

/// Logs in and opens the account.
pub(super) async fn open(args: AccountArgs, choice: StreamChoice) -> Result<Account, Failure> {
    opened(args, choice, Opening::AtOnce).await
}

/// As [`open`], for a command that goes on: it waits while what is wrong passes by itself. A service manager gives up
/// on a command that ends again and again.
pub(super) async fn open_in_time(args: AccountArgs) -> Result<Account, Failure> {
    opened(args, StreamChoice::Auto, Opening::InTime).await
}

async fn opened(args: AccountArgs, choice: StreamChoice, opening: Opening) -> Result<Account, Failure> {
    let mut options = Options::default().stream(choice);
    if let Some(path) = args.broker_ca_file {
        let shown = path.display().to_string();
        let pem = fs::read(path).map_err(|error| Failure::usage(format!("{shown} cannot be read: {error}")))?;
        let certificate = CertificateDer::from_pem_slice(&pem)
            .map_err(|_| Failure::usage(format!("{shown} has no certificate in PEM")))?;
        options = options.trust(certificate);
    }
    login::account(args.login, options, opening).await
}

/// Prints what became of a change. One that nothing confirmed is no success.
fn print(output: &Output, outcome: Outcome, mut object: Value, what: &str) -> Result<(), Failure> {
    let is_confirmed = outcome == Outcome::Confirmed;
    if let Some(object) = object.as_object_mut() {
        let word = if is_confirmed { "confirmed" } else { "unknown" };
        object.insert("outcome".to_owned(), json!(word));
    }
    let unknown = format!("{what}: Arlo took it, and nothing confirmed it in time; it may have happened");
    if is_confirmed {
        return output.result(&object, || format!("{what}."));
    }
    if output.is_json() {
        output.line(&object.to_string())?;
    }
    Err(Failure::reported(unknown))
}
