//! The options of the Home Assistant app (`/data/options.json`), and what they mean for the commands that it runs.
//!
//! The names are those of `app/config.yaml`. An empty text counts as one that is not set, since Home Assistant's form
//! leaves empty texts behind.

use std::fs;
use std::path::Path;

use arlo_mail::Account;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use crate::failure::Failure;

/// How long recordings are kept if the user said nothing.
const KEEP_DAYS: u16 = 30;

/// What the user set. `Debug` shows no password.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Options {
    /// The mail address of the Arlo login.
    #[serde(deserialize_with = "set")]
    pub(super) arlo_account: Option<String>,
    /// The password of the Arlo login. Only recordings and MQTT need it.
    #[serde(deserialize_with = "secret")]
    pub(super) arlo_password: Option<SecretString>,
    pub(super) mailbox: Mailbox,
    /// How other machines reach the relay.
    #[serde(deserialize_with = "set")]
    pub(super) public_url: Option<String>,
    /// The domain whose mail comes to the relay.
    #[serde(deserialize_with = "set")]
    pub(super) domain: Option<String>,
    /// The domain that the relay moves away from.
    #[serde(deserialize_with = "set")]
    pub(super) former_domain: Option<String>,
    pub(super) record: Record,
    /// Whether cameras are bridged to the MQTT service of Home Assistant, where there is one.
    pub(super) mqtt: bool,
    /// How much is logged.
    #[serde(deserialize_with = "set")]
    pub(super) log: Option<String>,
}

/// The mailbox to which Arlo's mail comes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Mailbox {
    #[serde(deserialize_with = "set")]
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    /// Left out, it is the account.
    #[serde(deserialize_with = "set")]
    pub(super) user: Option<String>,
    #[serde(deserialize_with = "secret")]
    pub(super) password: Option<SecretString>,
    /// A file with the certificates to trust, for a mail server of the household.
    #[serde(deserialize_with = "set")]
    pub(super) ca_file: Option<String>,
}

/// Recordings on disk.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Record {
    pub(super) enabled: bool,
    pub(super) keep_days: Option<u16>,
}

impl Record {
    pub(super) fn days(&self) -> u16 {
        self.keep_days.unwrap_or(KEEP_DAYS)
    }
}

fn set<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// A password may begin and end with spaces.
pub(super) fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.filter(|text| !text.is_empty()).map(Into::into))
}

impl Options {
    /// # Errors
    /// A sentence that names the file or the option.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let fault = |error: &dyn std::fmt::Display| {
            Failure::operation(format!("the options in {} cannot be read: {error}", path.display()))
        };
        let text = fs::read_to_string(path).map_err(|error| fault(&error))?;
        // What serde says names the key and the place. It repeats a value of the wrong type, and a password is a
        // string, which is the right type.
        let options: Self = serde_json::from_str(&text).map_err(|error| fault(&error))?;
        options.check().map_err(Failure::operation)?;
        Ok(options)
    }

    fn check(&self) -> Result<(), String> {
        if let Some(account) = &self.arlo_account {
            Account::parse(account).map_err(|error| format!("the option arlo_account: {error}"))?;
        }
        let mailbox = &self.mailbox;
        match (&mailbox.host, &mailbox.password) {
            (Some(_), None) => return Err("the option mailbox needs the password of the mailbox".to_owned()),
            (None, Some(_)) => return Err("the option mailbox needs the host of the IMAP server".to_owned()),
            (Some(_), Some(_)) if self.arlo_account.is_none() => {
                return Err("the option arlo_account is missing: the mailbox belongs to one account".to_owned());
            }
            _ => {}
        }
        let needs_login = self.record.enabled || (self.mqtt && self.arlo_password.is_some());
        if needs_login && (self.arlo_account.is_none() || self.arlo_password.is_none()) {
            return Err("recordings need the options arlo_account and arlo_password".to_owned());
        }
        Ok(())
    }

    /// The mailbox as `USER@HOST:PORT`.
    pub(super) fn watched(&self) -> Option<String> {
        let host = self.mailbox.host.as_ref()?;
        let user = self.mailbox.user.as_ref().or(self.arlo_account.as_ref())?;
        let port = self.mailbox.port.map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{user}@{host}{port}"))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn read(text: &str) -> Result<Options, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, text).unwrap();
        Options::read(file.path()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn all_options_are_read_and_empty_texts_are_none() {
        let options = read(
            r#"{"arlo_account": "casey@gmail.com", "arlo_password": " pass ", "public_url": "", "domain": null,
                "mailbox": {"host": "imap.gmail.com", "port": 993, "user": "", "password": "s3cr3t"},
                "record": {"enabled": true, "keep_days": 7}, "mqtt": true, "log": "debug"}"#,
        )
        .unwrap();
        assert_eq!(options.watched().as_deref(), Some("casey@gmail.com@imap.gmail.com:993"));
        assert_eq!(options.arlo_password.as_ref().unwrap().expose_secret(), " pass ");
        assert_eq!((options.public_url.as_ref(), options.domain.as_ref()), (None, None));
        assert_eq!(options.record.days(), 7);
        let shown = format!("{options:?}");
        assert!(!shown.contains("s3cr3t") && !shown.contains(" pass "), "{shown}");
    }

    #[test]
    fn what_a_fresh_install_has_is_enough_to_start() {
        let options = read(r#"{"mqtt": true, "record": {"enabled": false}, "mailbox": {}, "log": "info"}"#).unwrap();
        assert_eq!(options.watched(), None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, named) in [
            (r#"{"arlo_account": "casey"}"#, "arlo_account"),
            (
                r#"{"arlo_account": "c@x.example", "mailbox": {"host": "h"}}"#,
                "password",
            ),
            (
                r#"{"arlo_account": "c@x.example", "mailbox": {"password": "p"}}"#,
                "host",
            ),
            (
                r#"{"mailbox": {"host": "h", "user": "u", "password": "p"}}"#,
                "arlo_account",
            ),
            (
                r#"{"arlo_account": "c@x.example", "record": {"enabled": true}}"#,
                "arlo_password",
            ),
            (r#"{"colour": "blue"}"#, "colour"),
            ("[", "options.json"),
        ] {
            let fault = read(text).unwrap_err();
            let named = if named == "options.json" {
                "cannot be read"
            } else {
                named
            };
            assert!(fault.contains(named), "{text}: {fault}");
        }
    }
}
