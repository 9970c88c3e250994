//! The enrolment of the house's account: made at the first start, and kept with its token in a file of mode 0600.
//!
//! The token is stored nowhere else, and the page has to show it again. The Supervisor's backups hold the file, as they
//! hold the passwords in the options.

use std::fs;
use std::io;
use std::path::Path;

use secrecy::SecretString;
use serde_json::Value;

use super::children::Program;
use crate::failure::Failure;
use crate::private_file;

/// What the page and the other commands need of it.
#[derive(Debug)]
pub(super) struct Enrolment {
    pub(super) account: String,
    pub(super) token: SecretString,
    pub(super) relay_address: String,
}

impl Enrolment {
    /// The one of this account: that of the file, else a new one, which takes the file's place. The former account's is
    /// revoked.
    pub(super) async fn of(account: &str, file: &Path, program: &Program) -> Result<Self, Failure> {
        if let Some(kept) = read(file)? {
            if kept.account.eq_ignore_ascii_case(account) {
                return Ok(kept);
            }
            if let Err(error) = program.output(&["enroll", "--revoke", &kept.account, "--json"]).await {
                tracing::warn!(%error, "the enrolment of the former account could not be revoked");
            }
        }
        let printed = program.output(&["enroll", account, "--json"]).await?;
        let made = parse(&printed).ok_or_else(|| Failure::operation("the enrolment that was made cannot be read"))?;
        private_file::write(file, &printed)
            .map_err(|error| Failure::operation(format!("{} cannot be written: {error}", file.display())))?;
        tracing::info!("the account is enrolled");
        Ok(made)
    }

    /// Its relay address at the domain whose mail comes to the relay now. The one that was kept ends with the domain of
    /// the time when it was made.
    pub(super) fn relay_address_at(&self, domain: &str) -> String {
        let local_part = self.relay_address.split('@').next().unwrap_or_default();
        format!("{local_part}@{domain}")
    }
}

fn read(file: &Path) -> Result<Option<Enrolment>, Failure> {
    match fs::read(file) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::operation(format!(
            "{} cannot be read: {error}",
            file.display()
        ))),
    }
}

fn parse(text: &[u8]) -> Option<Enrolment> {
    let object: Value = serde_json::from_slice(text).ok()?;
    let text = |key: &str| object.get(key)?.as_str().map(str::to_owned);
    Some(Enrolment {
        account: text("account")?,
        token: text("token")?.into(),
        relay_address: text("relay_address")?,
    })
}
