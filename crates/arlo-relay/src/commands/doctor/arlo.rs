//! `doctor --arlo`: whether Arlo lets this machine in, and whether it asks for codes. Shows no account and no password.

use arlo_client::{Error, ErrorKind, Login};

use super::{Check, WITHIN};
use crate::failure::Failure;

/// What is known of Arlo's second factor. No call without a password can find out more.
const CODES: &str = "Arlo has asked nobody for a code since 2026-10-06, by reports until 2026-10-15; each login says whether \
                     it did, and one with --codes works in either case";

pub(super) async fn checks(auth_host: Option<String>, host: Option<String>) -> Result<Vec<Check>, Failure> {
    let mut login = Login::new("", String::new().into()).request_timeout(WITHIN);
    if let Some(auth_host) = auth_host {
        login = login.auth_host(auth_host);
    }
    if let Some(host) = host {
        login = login.api_host(host);
    }
    let [logins, sessions] = login.admissions().await.map_err(Failure::usage)?;
    Ok(vec![
        admission("Arlo's logins", logins),
        admission("Arlo's sessions", sessions),
        Check::ok("codes", CODES),
    ])
}

fn admission(check: &'static str, admission: Result<(), Error>) -> Check {
    let Err(error) = admission else {
        return Check::ok(check, "this machine is let in");
    };
    match error.kind() {
        ErrorKind::BlockedByCloudflare => Check::wrong(
            check,
            "Cloudflare, which protects Arlo, rejects this machine",
            "Usually that ends within minutes. If it does not, log in from another network: addresses of data centres and of \
             VPNs are rejected most often.",
        ),
        ErrorKind::RateLimited => Check::warning(
            check,
            error.to_string(),
            "Stop every program that logs in to Arlo from this address, and try again later.",
        ),
        _ => Check::wrong(
            check,
            error.to_string(),
            "Check the network. If it works, Arlo is out of order: try again later.",
        ),
    }
}
