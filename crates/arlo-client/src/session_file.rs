//! The session on disk, so that a restart needs neither the password nor a code.
//!
//! The file is JSON with a version. Only its owner can read it, from its creation on. It is replaced as a whole:
//! another process sees the old file or the new one. A file that cannot be read is never overwritten. The next save
//! renames it.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cookies::Jar;
use crate::pause::Pause;
use crate::{Error, ErrorKind};

/// The version of the file. A file with another version is not used.
const VERSION: u32 = 1;
/// Longest file, in bytes.
const MAX_FILE: u64 = 1024 * 1024;
/// How many unreadable files are kept before the last one is overwritten.
const MAX_ASIDE: u32 = 9;

/// The content of the file. It has no `Debug`, because it contains a valid token and the account's address.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Saved {
    version: u32,
    pub(crate) account: String,
    pub(crate) auth_host: String,
    pub(crate) api_host: String,
    /// The identity to which Arlo's trust belongs.
    pub(crate) device_id: String,
    pub(crate) cookies: Jar,
    pub(crate) session: Option<SavedSession>,
    /// The pause after a login that failed.
    #[serde(default, alias = "hold", skip_serializing_if = "Option::is_none")]
    pub(crate) pause: Option<Pause>,
}

/// A token that was valid when it was saved.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SavedSession {
    pub(crate) token: String,
    pub(crate) user_id: String,
    /// By the clock of this machine.
    pub(crate) expires_at: Timestamp,
    pub(crate) mfa: bool,
}

impl Saved {
    /// A file without a session yet.
    pub(crate) fn new(account: &str, auth_host: &str, api_host: &str, device_id: String) -> Self {
        Self {
            version: VERSION,
            account: account.to_owned(),
            auth_host: auth_host.to_owned(),
            api_host: api_host.to_owned(),
            device_id,
            cookies: Jar::default(),
            session: None,
            pause: None,
        }
    }

    /// A file of another account, without a session, in place of this one. A pause that is about this machine stays.
    pub(crate) fn for_account(self, account: &str, device_id: String) -> Self {
        Self {
            pause: self.pause.filter(Pause::holds_for_every_account),
            ..Self::new(account, &self.auth_host, &self.api_host, device_id)
        }
    }
}

/// What is at the path.
pub(crate) enum Loaded {
    Nothing,
    Saved(Box<Saved>),
    /// A file that this version cannot use, and why. It is not changed before the next save.
    Unusable(Error),
}

/// Reads the file.
///
/// # Errors
/// [`ErrorKind::SessionFile`] if the path cannot be read at all, because the session could not be saved there.
pub(crate) fn load(path: &Path) -> Result<Loaded, Error> {
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut text));
    match read {
        Ok(_) => Ok(parse(&text).map_or_else(
            |why| {
                Loaded::Unusable(file_error(
                    path,
                    &format!("{why}; a new one takes its place and it is kept beside it"),
                ))
            },
            |saved| Loaded::Saved(Box::new(saved)),
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Loaded::Nothing),
        Err(error) => Err(file_error(path, "cannot be read").with_source(error)),
    }
}

fn parse(text: &[u8]) -> Result<Saved, &'static str> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    if text.len() as u64 > MAX_FILE {
        return Err("is too long to be a session");
    }
    // An error of serde can quote the file, so it is not kept as the source.
    let Version { version } = serde_json::from_slice(text).map_err(|_| "is damaged or no session")?;
    if version != VERSION {
        return Err("was written by another version of this program");
    }
    serde_json::from_slice(text).map_err(|_| "is damaged")
}

/// Replaces the file at the path with `saved`. Renames an unusable file before.
///
/// # Errors
/// [`ErrorKind::SessionFile`] with the old file untouched.
pub(crate) fn save(path: &Path, saved: &Saved) -> Result<(), Error> {
    let failed = |error: io::Error| file_error(path, "cannot be written").with_source(error);
    let path = resolved(path);
    let text = serde_json::to_vec_pretty(saved).map_err(|error| failed(error.into()))?;
    create_parent(&path).map_err(failed)?;
    let temporary = beside(&path, &format!(".{}.tmp", suffix()?));
    let written = write_new(&temporary, &text).and_then(|()| {
        move_aside(&path)?;
        fs::rename(&temporary, &path)
    });
    if let Err(error) = written {
        let _ = fs::remove_file(&temporary);
        return Err(failed(error));
    }
    // The rename is on disk only after its directory. Not every file system can do that, so a failure is ignored.
    let _ = File::open(parent(&path)).and_then(|directory| directory.sync_all());
    Ok(())
}

fn write_new(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

/// The file itself. A link is kept, and its target is replaced.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Creates the directory of the file, for its owner only.
pub(crate) fn create_parent(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(parent(path))
}

/// Renames a file that cannot be used, to `.bad`, `.bad.1` and so on.
fn move_aside(path: &Path) -> io::Result<()> {
    let mut text = Vec::new();
    match File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut text)) {
        Ok(_) if parse(&text).is_err() => {}
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    let mut aside = beside(path, ".bad");
    for n in 1..=MAX_ASIDE {
        if !aside.exists() {
            break;
        }
        aside = beside(path, &format!(".bad.{n}"));
    }
    fs::rename(path, aside)
}

/// The path with a suffix.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Runs file operations on a thread that may block.
pub(crate) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::new(ErrorKind::SessionFile, "the session file could not be used").with_source(error))?
}

fn suffix() -> Result<String, Error> {
    Ok(format!("{:016x}", crate::random::number()?))
}

fn file_error(path: &Path, what: &str) -> Error {
    Error::new(
        ErrorKind::SessionFile,
        format!("the session file {} {what}", path.display()),
    )
}

#[cfg(test)]
mod tests;
