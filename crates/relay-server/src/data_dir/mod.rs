//! The data directory of a relay.
//!
//! | file | what | mode |
//! |---|---|---|
//! | `relay.sqlite3` (and `-wal`, `-shm`) | enrolments, requests, counts | 0600 |
//! | `hash.key` | the deployment's key: accounts are hashed with it, and it proves tokens and relay addresses | 0600 |
//! | `hash.former.key` | the key before that, where the key was changed, until no enrolment needs it | 0600 |
//! | `acme/` | the account at an ACME authority, the certificate and its key, where one is asked for | 0700, 0600 |
//! | `serve.lock` | held by the process that serves, or restores | 0600 |
//! | `last-backup` | when the newest backup was made | 0600 |
//! | `before-restore-TIME` | what a restore replaced | 0700 |
//!
//! The keys are beside the database and not in it, so that a copy of the database alone reveals no account.

mod backup;
mod domain;
mod key_files;
mod restore;
#[cfg(test)]
mod tests;

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use relay::ports::PortError;
use relay::{Domain, KeyId, Keys, Registration};

pub use self::backup::{BackedUp, backup, newest_backup};
pub use self::domain::is_local;
use self::key_files::KeyFiles;
pub(crate) use self::key_files::KeyPair;
pub use self::restore::{Restored, restore};
use crate::error::{StartError, StartErrorKind};
use crate::sqlite::SqliteStore;

const DATABASE: &str = "relay.sqlite3";
const LOCK: &str = "serve.lock";
/// The setting with the id of the key that the relay used last.
pub(crate) const KEY_ID: &str = "key-id";
const DOMAIN: &str = "domain";
const PUBLIC_URL: &str = "public-url";
const REGISTRATION: &str = "registration";
const HTTP: &str = "http";
const HTTPS: &str = "https";
const SMTP: &str = "smtp";

/// How a relay is reached: `serve` records it, and `enroll` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The domain whose mail the relay receives.
    pub domain: Domain,
    /// How clients reach it.
    pub public_url: String,
    /// Who may enrol himself.
    pub registration: Registration,
    /// Where it serves.
    pub listeners: Option<Listeners>,
}

/// Where a relay serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listeners {
    /// HTTP.
    pub http: SocketAddr,
    /// HTTPS, if it serves it. A version that did not record it has none.
    pub https: Option<SocketAddr>,
    /// SMTP.
    pub smtp: SocketAddr,
}

/// An open data directory.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    /// The database in it.
    pub store: SqliteStore,
    /// The deployment's keys: the present one, and the former one where its file is there.
    pub keys: Keys,
}

fn file_error(path: &Path, error: io::Error) -> StartError {
    StartError::new(StartErrorKind::File, format!("{} cannot be used", path.display())).caused_by(error)
}

/// Gives a file in the directory the owner that the directory has.
fn give(directory: &Path, file: &Path) -> Result<(), StartError> {
    let owner = |path: &Path| match fs::metadata(path) {
        Ok(found) => Ok((found.uid(), found.gid())),
        Err(error) => Err(file_error(path, error)),
    };
    let wanted = owner(directory)?;
    if owner(file)? == wanted {
        return Ok(());
    }
    chown(file, Some(wanted.0), Some(wanted.1)).map_err(|error| file_error(file, error))
}

fn unavailable(path: &Path, error: PortError) -> StartError {
    StartError::new(
        StartErrorKind::Unavailable,
        format!("{} cannot be used", path.display()),
    )
    .caused_by(error)
}

impl DataDir {
    /// Opens the directory, and makes the files that are missing in it.
    ///
    /// # Errors
    /// A [`StartError`]; the files are unchanged then.
    pub async fn open(path: &Path) -> Result<Self, StartError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| file_error(path, error))?;
        restore::finish(path)?;
        Self::open_here(path).await
    }

    /// Opens the directory as it is.
    async fn open_here(path: &Path) -> Result<Self, StartError> {
        let store = SqliteStore::open(&path.join(DATABASE))?;
        let keys = open_keys(path, &store).await?;
        Ok(Self {
            path: path.to_owned(),
            store,
            keys,
        })
    }

    /// Opens a directory that a relay has used before; makes nothing in any other.
    ///
    /// # Errors
    /// A [`StartError`] of the kind [`StartErrorKind::NoDatabase`], or as [`Self::open`].
    pub async fn open_existing(path: &Path) -> Result<Self, StartError> {
        restore::finish(path)?;
        check_is_used(path)?;
        Self::open(path).await
    }

    /// How the relay of this directory was reached when it last served; `None` if it never has.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn addresses(&self) -> Result<Option<Addresses>, PortError> {
        let read = async |name| {
            let value = self.store.setting(name).await?;
            Ok::<_, PortError>(value.and_then(|value| String::from_utf8(value).ok()))
        };
        let domain = read(DOMAIN).await?.and_then(|domain| Domain::parse(&domain).ok());
        let public_url = read(PUBLIC_URL).await?;
        let listening = |address: Option<String>| address.and_then(|address| address.parse().ok());
        let listeners = listening(read(HTTP).await?).zip(listening(read(SMTP).await?));
        let https = listening(read(HTTPS).await?);
        let registration = read(REGISTRATION).await?;
        let registration = registration.and_then(|name| Registration::from_name(&name));
        Ok(domain.zip(public_url).map(|(domain, public_url)| Addresses {
            domain,
            public_url,
            registration: registration.unwrap_or_default(),
            listeners: listeners.map(|(http, smtp)| Listeners { http, https, smtp }),
        }))
    }

    /// Records for other processes how the relay is reached.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn set_addresses(&self, addresses: &Addresses) -> Result<(), StartError> {
        let mut settings = vec![
            (DOMAIN, addresses.domain.to_string()),
            (PUBLIC_URL, addresses.public_url.clone()),
            (REGISTRATION, addresses.registration.name().to_owned()),
        ];
        if let Some(listeners) = addresses.listeners {
            let https = listeners.https.map_or_else(String::new, |https| https.to_string());
            settings.extend([
                (HTTP, listeners.http.to_string()),
                (HTTPS, https),
                (SMTP, listeners.smtp.to_string()),
            ]);
        }
        for (name, value) in settings {
            let set = self.store.set_setting(name, value.into_bytes()).await;
            set.map_err(|error| unavailable(&self.path, error))?;
        }
        Ok(())
    }

    /// Locks the directory for the one process that serves, until the lock is dropped.
    ///
    /// # Errors
    /// A [`StartError`] of the kind [`StartErrorKind::InUse`] if another process has it.
    pub fn lock(&self) -> Result<File, StartError> {
        lock(&self.path)
    }
}

/// Whether a relay has served or enrolled from this directory.
#[must_use]
pub fn is_used(directory: &Path) -> bool {
    directory.join(DATABASE).exists()
}

/// Fails where no relay has served or enrolled before.
fn check_is_used(directory: &Path) -> Result<(), StartError> {
    if is_used(directory) {
        return Ok(());
    }
    Err(StartError::new(
        StartErrorKind::NoDatabase,
        format!(
            "there is no database of arlo-relay in {}: name the directory that the relay serves from",
            directory.display()
        ),
    ))
}

fn lock(directory: &Path) -> Result<File, StartError> {
    let path = directory.join(LOCK);
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path);
    let lock = lock.map_err(|error| file_error(&path, error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StartError::new(
            StartErrorKind::InUse,
            format!("another arlo-relay serves from {} already", directory.display()),
        )),
        Err(TryLockError::Error(error)) => Err(file_error(&path, error)),
    }
}

/// Reads the keys, or makes the present one, and checks that the database needs no other.
async fn open_keys(directory: &Path, store: &SqliteStore) -> Result<Keys, StartError> {
    let away = |error| unavailable(directory, error);
    // Read before the files: what another process has just made a key for is not missed.
    let used = store.setting(KEY_ID).await.map_err(away)?;
    let used = used.and_then(|id| Some(KeyId::from_bytes(id.try_into().ok()?)));
    let needed = store.needed_keys().await.map_err(away)?;

    let files = KeyFiles::in_directory(directory);
    let found = files.pair()?;
    for (id, enrolments) in needed.into_iter().chain(used.map(|id| (id, 0))) {
        if !found.has(id) {
            return Err(files.missing(enrolments));
        }
    }
    let KeyPair { present, former } = found;
    let present = match (present, &former) {
        (Some(present), _) => present,
        (None, None) => files.make_present()?,
        (None, Some(_)) => {
            // A relay that serves has read the key that was the present one then, and would refuse what is made with
            // the new one.
            let _not_serving = lock(directory)?;
            files.make_present()?
        }
    };
    let id = present.id();
    if used != Some(id) {
        let set = store.set_setting(KEY_ID, id.as_bytes().to_vec()).await;
        set.map_err(away)?;
    }
    let keys = Keys::new(&present);
    // The same file twice is no former key.
    let former = former.filter(|former| former.id() != id);
    Ok(match &former {
        Some(former) => keys.with_former(former),
        None => keys,
    })
}
