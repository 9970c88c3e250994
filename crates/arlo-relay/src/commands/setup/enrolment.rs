//! The enrolment of the account: made by `enroll`, as the user who owns the data directory.

use std::env;
use std::process::{Command, Stdio};

use arlo_mail::Account;
use serde_json::Value;

use super::plan::Plan;
use crate::failure::Failure;
use crate::output::{FAINT, STRONG, styled};
use crate::owner::Owner;

/// What `enroll --if-none --json` printed.
pub(super) struct Made(Value);

/// Enrols the account if it has no enrolment yet. It runs as a process of its own, since root must not make files in a
/// directory that another user serves from.
pub(super) fn ensure(plan: &Plan, account: &Account) -> Result<Made, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::operation(format!("the account was not enrolled: {error}"));
    let itself = env::current_exe().map_err(|error| failed(&error))?;
    let mut command = Command::new(itself);
    command
        .args(["enroll", account.as_str(), "--if-none", "--json"])
        .arg("--data-dir")
        .arg(&plan.data_dir)
        .args(["--public-url", &plan.url()])
        .env_remove("ARLO_RELAY_CONFIG")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    if let Some(domain) = plan.source.domain() {
        command.args(["--domain", domain]);
    }
    if let Some(owner) = Owner::other_than_root(&plan.data_dir) {
        owner.runs(&mut command);
    }
    let ran = command.output().map_err(|error| failed(&error))?;
    let printed: Value = serde_json::from_slice(&ran.stdout).map_err(|error| failed(&error))?;
    match printed.get("error").and_then(Value::as_str) {
        Some(error) => Err(failed(&error)),
        None if ran.status.success() => Ok(Made(printed)),
        None => Err(failed(&ran.status)),
    }
}

impl Made {
    /// The object, with the token in it: for its owner alone.
    pub(super) fn object(&self) -> &Value {
        &self.0
    }

    /// What a person does with it.
    pub(super) fn shown(&self, plan: &Plan) -> String {
        let text = |key: &str| self.0.get(key).and_then(Value::as_str);
        let Some(token) = text("token") else {
            return "The account is enrolled already. arlo-relay enroll --rotate ACCOUNT gives it a new token."
                .to_owned();
        };
        let forwards = match (plan.source.domain(), text("relay_address")) {
            (Some(_), Some(address)) => format!(
                "Let the account's mailbox forward mail from do_not_reply@arlo.com to the relay address\n  {}\n",
                styled(STRONG, address)
            ),
            _ => String::new(),
        };
        let url = plan.url();
        let port = if plan.needs_no_port() {
            ""
        } else {
            "pyaarlo and hass-aarlo take no port from a URL, and call port 80. For them run this again with --public-url and\n\
             a URL without a port.\n"
        };
        format!(
            "{} is enrolled. {forwards}Give the program that logs in to Arlo:\n\
             \x20 prestage URL  {url}/prepare-arlo-mfa\n\
             \x20 token         {}\n\
             pyaarlo and hass-aarlo take tfa_source=rest-api, tfa_host={url}, tfa_username={} and the token as\n\
             tfa_password.\n{port}{}",
            text("account").unwrap_or("The account"),
            styled(STRONG, token),
            text("account").unwrap_or("the account"),
            styled(
                FAINT,
                "Keep the token secret. It is not stored and cannot be shown again."
            ),
        )
    }
}
