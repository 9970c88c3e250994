//! Why a relay cannot start: the one error of everything that is checked, opened or bound before it serves.

use std::error::Error;
use std::fmt;

/// Why a relay, or a part of it, cannot start. The message is one sentence that names the setting, the file or the
/// address, and ends with the cause. No address of a mailbox and no secret is in it.
#[derive(Debug)]
pub struct StartError {
    kind: StartErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What kind of obstacle a start met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartErrorKind {
    /// A setting has a value that cannot be used.
    Setting,
    /// A network address is taken, is not this machine's, or may not be used.
    Address,
    /// The Unix socket cannot be made, or its path is in use.
    Socket,
    /// The certificate file cannot be read, holds no certificate, or one that cannot be used.
    Certificate,
    /// The key file of the certificate cannot be read, holds no key, or one that does not belong to the certificate.
    Key,
    /// A file of the data directory cannot be made, read or written.
    File,
    /// No relay has ever served from the data directory, nor has anybody been enrolled in it.
    NoDatabase,
    /// Another process serves from the data directory.
    InUse,
    /// A key of the deployment is not 32 bytes, or one that the database needs is not there.
    WrongKey,
    /// The database cannot be made, read or written.
    NotWritable,
    /// The file is no database, or that of another program.
    NotOurs,
    /// The database was made before the first release.
    Unreleased,
    /// A newer arlo-relay made the database.
    Newer,
    /// The disk is full.
    Full,
    /// The database is damaged, or the disk fails.
    Damaged,
    /// The database does not answer now.
    Unavailable,
    /// The file in place of the database is a backup.
    IsABackup,
    /// The file is no backup, or a damaged one.
    NotABackup,
    /// There is something where a backup would be written or restored to.
    Occupied,
}

impl StartError {
    pub(crate) fn new(kind: StartErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// The same with its cause.
    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// A setting that cannot be used; the message names it.
    pub(crate) fn setting(message: impl fmt::Display) -> Self {
        Self::new(StartErrorKind::Setting, message.to_string())
    }

    /// What kind of obstacle it is.
    #[must_use]
    pub fn kind(&self) -> StartErrorKind {
        self.kind
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.source.iter().try_for_each(|source| write!(f, ": {source}"))
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
