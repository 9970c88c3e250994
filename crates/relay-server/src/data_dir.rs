//! The data directory of a relay.
//!
//! | file | what | mode |
//! |---|---|---|
//! | `relay.sqlite3` (and `-wal`, `-shm`) | enrolments, requests, counts | 0600 |
//! | `hash.key` | the secret under which accounts are hashed | 0600 |
//! | `serve.lock` | held by the process that serves | 0600 |
//!
//! The key is beside the database and not in it, so that a copy of the database alone reveals no account.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use relay::ports::PortError;
use relay::{Domain, HashKey};
use zeroize::Zeroizing;

use crate::error::{StartError, StartErrorKind};
use crate::sqlite::SqliteStore;

const DATABASE: &str = "relay.sqlite3";
const KEY_FINGERPRINT: &str = "hash-key-fingerprint";
const DOMAIN: &str = "domain";
const PUBLIC_URL: &str = "public-url";
const HTTP: &str = "http";
const SMTP: &str = "smtp";

/// How a relay is reached: `serve` records it, and `enroll` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The domain whose mail the relay receives.
    pub domain: Domain,
    /// How clients reach it.
    pub public_url: String,
    /// Where it serves HTTP and SMTP.
    pub listeners: Option<Listeners>,
}

/// Where a relay serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listeners {
    /// HTTP.
    pub http: SocketAddr,
    /// SMTP.
    pub smtp: SocketAddr,
}

/// An open data directory.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    /// The database in it.
    pub store: SqliteStore,
    /// The deployment's secret.
    pub hash_key: HashKey,
}

fn file_error(path: &Path, error: io::Error) -> StartError {
    StartError::new(StartErrorKind::File, format!("{} cannot be used", path.display())).caused_by(error)
}

fn wrong_key(path: &Path) -> StartError {
    StartError::new(
        StartErrorKind::WrongKey,
        format!(
            "{} is not the key that this database was made with: restore it from a backup (without it no enrolment can \
             be found)",
            path.display()
        ),
    )
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
        let key_path = path.join("hash.key");
        let existed = key_path.exists();
        let store = SqliteStore::open(&path.join(DATABASE))?;
        let known = store.setting(KEY_FINGERPRINT).await;
        let known = known.map_err(|error| unavailable(path, error))?;
        if known.is_some() && !existed {
            return Err(wrong_key(&key_path));
        }
        let hash_key = read_or_make_key(&key_path)?;
        match known {
            Some(known) if known != hash_key.fingerprint() => return Err(wrong_key(&key_path)),
            Some(_) => {}
            None => {
                let fingerprint = hash_key.fingerprint().to_vec();
                let set = store.set_setting(KEY_FINGERPRINT, fingerprint).await;
                set.map_err(|error| unavailable(path, error))?;
            }
        }
        Ok(Self {
            path: path.to_owned(),
            store,
            hash_key,
        })
    }

    /// Opens a directory that a relay has used before; makes nothing in any other.
    ///
    /// # Errors
    /// A [`StartError`] of the kind [`StartErrorKind::NoDatabase`], or as [`Self::open`].
    pub async fn open_existing(path: &Path) -> Result<Self, StartError> {
        if !path.join(DATABASE).exists() {
            return Err(StartError::new(
                StartErrorKind::NoDatabase,
                format!(
                    "there is no database of arlo-relay in {}: name the directory that the relay serves from",
                    path.display()
                ),
            ));
        }
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
        Ok(domain.zip(public_url).map(|(domain, public_url)| Addresses {
            domain,
            public_url,
            listeners: listeners.map(|(http, smtp)| Listeners { http, smtp }),
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
        ];
        if let Some(listeners) = addresses.listeners {
            settings.extend([(HTTP, listeners.http.to_string()), (SMTP, listeners.smtp.to_string())]);
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
        let path = self.path.join("serve.lock");
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
                format!("another arlo-relay serves from {} already", self.path.display()),
            )),
            Err(TryLockError::Error(error)) => Err(file_error(&path, error)),
        }
    }
}

/// Two processes that start at the same time must use one key. So it is written to a file of another name and then
/// linked, which only the first process can do.
fn read_or_make_key(path: &Path) -> Result<HashKey, StartError> {
    let file = |error| file_error(path, error);
    if !path.exists() {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).map_err(|error| file(io::Error::other(error)))?;
        let draft = path.with_extension(format!("key.{}", std::process::id()));
        let written = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .and_then(|mut draft| draft.write_all(&*key).and_then(|()| draft.sync_all()));
        let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            result => result,
        });
        let _ = fs::remove_file(&draft);
        linked.map_err(file)?;
    }
    // Large enough for the whole key: a buffer that grows would leave a copy of it in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    File::open(path)
        .and_then(|key| key.take(33).read_to_end(&mut bytes))
        .map_err(file)?;
    <[u8; 32]>::try_from(bytes.as_slice())
        .map(HashKey::new)
        .map_err(|_| wrong_key(path))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn the_key_is_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new").join("data");
        let first = DataDir::open(&path).await.unwrap().hash_key.fingerprint();
        assert_eq!(DataDir::open(&path).await.unwrap().hash_key.fingerprint(), first);
        for file in [path.clone(), path.join("hash.key")] {
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o077, 0);
        }
        let names: Vec<_> = fs::read_dir(&path).unwrap().map(|f| f.unwrap().file_name()).collect();
        assert!(
            !names.iter().any(|name| name.to_string_lossy().contains("key.")),
            "{names:?}"
        );
    }

    #[tokio::test]
    async fn where_nothing_was_nothing_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing");
        for path in [dir.path(), &missing] {
            let error = DataDir::open_existing(path).await.unwrap_err();
            assert!(error.kind() == StartErrorKind::NoDatabase, "{error}");
            assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        drop(DataDir::open(dir.path()).await.unwrap());
        DataDir::open_existing(dir.path()).await.unwrap();
    }

    #[tokio::test]
    async fn another_or_a_missing_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        drop(DataDir::open(dir.path()).await.unwrap());
        let key = dir.path().join("hash.key");
        let original = fs::read(&key).unwrap();
        for wrong in [vec![1; 32], vec![1; 31], vec![1; 33], vec![]] {
            fs::write(&key, &wrong).unwrap();
            let error = DataDir::open(dir.path()).await.unwrap_err();
            assert!(error.kind() == StartErrorKind::WrongKey, "{error}");
            assert_eq!(fs::read(&key).unwrap(), wrong);
        }
        fs::remove_file(&key).unwrap();
        let error = DataDir::open(dir.path()).await.unwrap_err();
        assert_eq!(error.kind(), StartErrorKind::WrongKey);
        assert!(!key.exists());
        fs::write(&key, original).unwrap();
        DataDir::open(dir.path()).await.unwrap();
    }

    #[tokio::test]
    async fn one_process_serves_and_another_opens() {
        let dir = tempfile::tempdir().unwrap();
        let serving = DataDir::open(dir.path()).await.unwrap();
        let lock = serving.lock().unwrap();
        let other = DataDir::open(dir.path()).await.unwrap();
        assert_eq!(other.lock().unwrap_err().kind(), StartErrorKind::InUse);
        drop(lock);
        other.lock().unwrap();
    }

    #[tokio::test]
    async fn a_directory_that_is_a_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "").unwrap();
        let error = DataDir::open(&path).await.unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
    }
}
