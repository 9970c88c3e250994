//! The files that `setup` writes: the settings, and the password of a mailbox beside them.
//!
//! Each is written by [`private_file`].

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::plan::Starter;
use crate::failure::Failure;
use crate::owner::is_root;
use crate::private_file;

/// Where root's settings are.
const OF_THE_SYSTEM: &str = "/etc/arlo-relay/relay.toml";
/// Where the unit of the Debian package is, or of the archive.
const UNITS: [&str; 2] = [
    "/usr/lib/systemd/system/arlo-relay.service",
    "/etc/systemd/system/arlo-relay.service",
];

/// The settings file of this user.
pub(super) fn settings_file() -> Result<PathBuf, Failure> {
    if is_root() {
        return Ok(OF_THE_SYSTEM.into());
    }
    directories::ProjectDirs::from("", "", "arlo-relay")
        .map(|own| own.config_dir().join("relay.toml"))
        .ok_or_else(|| Failure::usage("this user has no home directory: name the settings file with --to"))
}

/// The settings that were there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Former {
    /// None, or none but comments.
    Nothing,
    /// The same ones.
    Same,
    /// Others.
    Other,
}

/// What the file says now.
pub(super) fn former(path: &Path, settings: &str) -> Result<Former, Failure> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Former::Nothing),
        read => read.map_err(|error| unusable(path, &error))?,
    };
    let says_nothing = text.parse::<toml::Table>().is_ok_and(|table| table.is_empty());
    Ok(match text {
        text if text == settings => Former::Same,
        _ if says_nothing => Former::Nothing,
        _ => Former::Other,
    })
}

/// Writes the settings. Other ones that were there are kept beside them, and the name of that file is given.
pub(super) fn write_settings(path: &Path, settings: &str, former: Former) -> Result<Option<PathBuf>, Failure> {
    let kept = match former {
        Former::Same => return Ok(None),
        Former::Nothing => None,
        Former::Other => {
            let name = free_name(path)?;
            fs::copy(path, &name).map_err(|error| unusable(&name, &error))?;
            Some(name)
        }
    };
    write(path, settings.as_bytes())?;
    Ok(kept)
}

/// Makes an empty file for former settings. Those that were kept before stay.
fn free_name(path: &Path) -> Result<PathBuf, Failure> {
    for number in 1_u32.. {
        let name = match number {
            1 => path.with_extension("toml.former"),
            number => path.with_extension(format!("toml.former-{number}")),
        };
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&name) {
            Ok(_) => return Ok(name),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unusable(&name, &error)),
        }
    }
    Err(Failure::operation("no name for the former settings is free"))
}

/// Who will start the relay of these settings.
pub(super) fn starter(settings: &Path) -> Starter {
    match is_root() {
        false => Starter::User,
        true if settings == Path::new(OF_THE_SYSTEM) && UNITS.iter().any(|unit| Path::new(unit).exists()) => {
            Starter::Unit
        }
        true => Starter::Root,
    }
}

/// The file of a mailbox's password.
#[derive(Debug)]
pub(super) struct PasswordFile {
    /// Where it is written.
    pub(super) written: PathBuf,
    /// Where the relay reads it.
    pub(super) read: PathBuf,
}

impl PasswordFile {
    /// Beside the settings; for the unit of systemd, where that takes secrets from.
    pub(super) fn beside(settings: &Path, starter: Starter) -> Self {
        match starter {
            Starter::Unit => Self {
                written: settings.with_file_name("secrets").join("imap"),
                read: "/run/credentials/arlo-relay.service/secret_imap".into(),
            },
            Starter::Root | Starter::User => {
                let path = settings.with_file_name("imap-password");
                Self {
                    written: path.clone(),
                    read: path,
                }
            }
        }
    }
}

/// Writes a password.
pub(super) fn write_password(path: &Path, password: &SecretString) -> Result<(), Failure> {
    write(path, password.expose_secret().as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    private_file::write(path, bytes).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::operation(format!("{} cannot be used: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_of_comments_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("relay.toml");
        assert_eq!(former(&path, "a = 1").unwrap(), Former::Nothing);
        for (text, expected) in [
            ("# only\n#a = 2\n", Former::Nothing),
            ("a = 1", Former::Same),
            ("a = 2", Former::Other),
            ("not TOML", Former::Other),
        ] {
            fs::write(&path, text).unwrap();
            assert_eq!(former(&path, "a = 1").unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_by_its_owner_alone_and_the_former_file_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/relay.toml");
        assert_eq!(write_settings(&path, "a = 1", Former::Nothing).unwrap(), None);
        let kept = write_settings(&path, "a = 2", Former::Other).unwrap().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a = 2");
        assert_eq!(fs::read_to_string(&kept).unwrap(), "a = 1");
        // A second replacement leaves the first settings where they are.
        let second = write_settings(&path, "a = 3", Former::Other).unwrap().unwrap();
        assert_eq!(fs::read_to_string(second).unwrap(), "a = 2");
        assert_eq!(fs::read_to_string(kept).unwrap(), "a = 1");
        let password = PasswordFile::beside(&path, Starter::User).written;
        write_password(&password, &SecretString::from("word")).unwrap();
        for file in [&path, &password] {
            let mode = fs::metadata(file).unwrap().permissions().mode();
            assert_eq!(mode & 0o007, 0, "{}", file.display());
        }
    }
}
