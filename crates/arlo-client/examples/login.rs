//! Logs in to Arlo with the code that arlo-relay received, and lists the devices.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

use std::env;
use std::process::ExitCode;

use arlo_client::{Error, Login, RelaySource, Session};

/// The session, kept between runs. Only the first run, and one about every two weeks, needs a code.
const SESSION_FILE: &str = "arlo-session.json";

async fn log_in() -> Result<Session, Error> {
    let variable = |name| env::var(name).unwrap_or_default();
    let mut login = Login::new(variable("ARLO_ACCOUNT"), variable("ARLO_PASSWORD").into())
        .session_file(SESSION_FILE)
        .on_step(|step| eprintln!("{step}"));
    // Not needed while Arlo asks for no codes.
    if let Ok(url) = env::var("ARLO_PRESTAGE_URL") {
        login = login.codes(RelaySource::new(&url)?);
    }
    // For tests with a simulated cloud. Without these, Arlo's own hosts are used.
    if let Ok(url) = env::var("ARLO_AUTH_HOST") {
        login = login.auth_host(url);
    }
    if let Ok(url) = env::var("ARLO_HOST") {
        login = login.api_host(url);
    }
    login.run().await
}

async fn list_devices() -> Result<(), Error> {
    for device in log_in().await?.devices().await? {
        println!("{}", device.name.as_deref().unwrap_or("(no name)"));
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match list_devices().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
