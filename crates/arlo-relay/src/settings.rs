//! The settings file, and how a flag, the environment and the file come together.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::cli::{FileMode, LogLevel, PlaceArgs, Registration};
use crate::failure::Failure;
use crate::imap::ImapTable;

/// The file given by `--config`. An unknown key is a fault: a misspelt setting must not be silently ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) log: Option<LogLevel>,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) domain: Option<String>,
    pub(crate) public_url: Option<String>,
    pub(crate) http: Option<SocketAddr>,
    pub(crate) smtp: Option<SocketAddr>,
    pub(crate) lmtp: Option<PathBuf>,
    pub(crate) lmtp_mode: Option<FileMode>,
    pub(crate) shared_mailbox: Option<String>,
    pub(crate) lifetime: Option<u32>,
    #[serde(default)]
    pub(crate) senders: Vec<String>,
    pub(crate) forward_to: Option<String>,
    pub(crate) smarthost: Option<String>,
    pub(crate) smarthost_user: Option<String>,
    pub(crate) smarthost_password_file: Option<PathBuf>,
    pub(crate) tls_certificate: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    #[serde(default)]
    pub(crate) name_servers: Vec<SocketAddr>,
    #[serde(default)]
    pub(crate) mail_servers: Vec<String>,
    pub(crate) registration: Option<Registration>,
    #[serde(default)]
    pub(crate) imap: Vec<ImapTable>,
    pub(crate) url: Option<String>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) timeout: Option<u32>,
}

impl File {
    /// Reads the file, if one is named.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::default()) };
        let fault = |error: &dyn std::fmt::Display| {
            Failure::operation(format!("the settings in {} cannot be read: {error}", path.display()))
        };
        let text = fs::read_to_string(path).map_err(|error| fault(&error))?;
        toml::from_str(&text).map_err(|error| fault(&error.message()))
    }
}

/// Where the relay keeps its data: as told, else in the user's data directory.
pub(crate) fn data_dir(place: &PlaceArgs, file: &File) -> Result<PathBuf, Failure> {
    if let Some(told) = place.data_dir.as_ref().or(file.data_dir.as_ref()) {
        return Ok(told.clone());
    }
    directories::ProjectDirs::from("", "", "arlo-relay")
        .map(|own| own.data_dir().to_owned())
        .ok_or_else(|| Failure::usage("this user has no home directory: say where the data is with --data-dir"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(text: &str) -> Result<File, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        File::read(Some(file.path())).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_file_may_hold_every_setting() {
        let file = read(
            r#"
            log = "debug"
            data_dir = "/var/lib/arlo-relay"
            domain = "relay.example.org"
            public_url = "https://relay.example.org"
            http = "127.0.0.1:8080"
            smtp = "[::]:25"
            lmtp = "/run/arlo-relay/lmtp.sock"
            lmtp_mode = "0660"
            url = "http://127.0.0.1:8080"
            token_file = "/etc/arlo-relay/token"
            timeout = 20
            shared_mailbox = "codes"
            lifetime = 600
            senders = ["x@icloud.example"]
            forward_to = "op@example.org"
            smarthost = "smtps://mail.example.org"
            smarthost_user = "relay"
            smarthost_password_file = "/run/secrets/smarthost"
            tls_certificate = "chain.pem"
            tls_key = "key.pem"
            name_servers = ["192.0.2.53:53"]
            mail_servers = ["192.0.2.25", "10.0.0.0/8"]
            registration = "open"
            "#,
        )
        .unwrap();
        assert_eq!(file.log, Some(LogLevel::Debug));
        assert_eq!(file.smtp.unwrap().port(), 25);
        assert_eq!(file.registration, Some(Registration::Open));
    }

    #[test]
    fn a_misspelt_or_wrong_setting_is_named() {
        for (text, named) in [
            ("htpp = 1", "htpp"),
            ("http = \"nowhere\"", "socket address"),
            ("lifetime = -1", "-1"),
            ("lmtp_mode = \"rw\"", "octal"),
            ("lmtp_mode = \"1777\"", "octal"),
            ("x", ""),
        ] {
            let message = read(text).unwrap_err();
            assert!(
                message.contains(named) && message.contains("cannot be read"),
                "{message}"
            );
        }
        assert!(
            File::read(Some(Path::new("/nowhere/x.toml")))
                .unwrap_err()
                .to_string()
                .contains("/nowhere/x.toml")
        );
    }
}
