//! The listening socket of LMTP (RFC 2033): a file, whose mode decides who may deliver.
//!
//! - Whoever can open the socket can deliver, so it never exists with another mode than its own: it is made in a
//!   private directory and then moved.
//! - A socket on which another process listens is not replaced, and neither is a file that is no socket. Only a socket
//!   on which nobody listens, such as a killed process leaves, is replaced.
//! - The file is removed at the end, unless another file has replaced it since.

use std::fs::{self, Permissions};
use std::future::Future;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use super::listener::check_hostname;
use super::session::Profile;
use super::{Deliver, Limits, Protocol, accept};
use crate::accepting::Accepting;
use crate::connections::Counts;
use crate::error::{StartError, StartErrorKind};
use crate::liveness::Beat;

/// The default mode of the socket: the relay's own user and group.
pub const DEFAULT_MODE: u32 = 0o660;

/// The path and the name of the listener.
#[derive(Debug, Clone)]
pub struct LmtpConfig {
    /// The socket's path. Its directory must exist.
    pub path: PathBuf,
    /// The socket's mode: who may write to it may deliver.
    pub mode: u32,
    /// The name this server gives itself in its greeting and in `Received`.
    pub hostname: String,
    /// The limits. All clients count as one, to which only the limits for all clients apply.
    pub limits: Limits,
}

/// A Unix socket that listens. Clients can connect from now on; they are answered once [`LmtpListener::run`] runs.
#[derive(Debug)]
pub struct LmtpListener {
    socket: Accepting<UnixListener>,
    file: SocketFile,
    profile: Profile,
}

/// Opens the socket.
///
/// # Errors
/// A [`StartError`] that names the path or the host name.
pub async fn bind_lmtp(config: LmtpConfig) -> Result<LmtpListener, StartError> {
    let LmtpConfig {
        path,
        mode,
        hostname,
        limits,
    } = config;
    check_hostname(&hostname)?;
    let opened = async {
        free_path(&path).await?;
        open(&path, mode)
    };
    let (socket, file) = opened.await.map_err(|error| {
        let message = format!("cannot listen for LMTP on {}", path.display());
        StartError::new(StartErrorKind::Socket, message).caused_by(error)
    })?;
    Ok(LmtpListener {
        socket: Accepting::new(socket),
        file,
        profile: Profile {
            protocol: Protocol::Lmtp,
            hostname,
            identity: None,
            limits,
        },
    })
}

impl LmtpListener {
    /// Where it listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Shows whether it takes connections.
    #[must_use]
    pub fn beat(&self) -> Beat {
        self.socket.beat()
    }

    /// How many connections it has.
    pub(crate) fn counts(&self) -> Counts {
        self.socket.counts()
    }

    /// Serves until `shutdown` ends, as [`Listener::run`](super::Listener::run) does, and removes the socket.
    pub async fn run<D: Deliver>(self, delivery: D, shutdown: impl Future<Output = ()>) {
        let Self { socket, file, profile } = self;
        let shutdown = async move {
            shutdown.await;
            // From now on a client cannot connect, instead of getting no answer.
            drop(file);
        };
        accept::run(socket, profile, None, delivery, shutdown).await;
    }
}

/// Fails unless the path is free, or holds a socket that nobody listens on.
async fn free_path(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(found) if !found.file_type().is_socket() => {
            let message = "there is a file of that name which is no socket";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            "another process listens on it",
        )),
    }
}

fn open(path: &Path, mode: u32) -> io::Result<(UnixListener, SocketFile)> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let private = tempfile::Builder::new()
        .prefix(".lmtp")
        .rand_bytes(4)
        .tempdir_in(parent.unwrap_or(Path::new(".")))?;
    let made = private.path().join("s");
    let socket = UnixListener::bind(&made)?;
    fs::set_permissions(&made, Permissions::from_mode(mode))?;
    let identity = identity(&made)?;
    fs::rename(&made, path)?;
    let file = SocketFile {
        path: path.to_owned(),
        identity,
    };
    Ok((socket, file))
}

/// The socket's file, removed when dropped.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|found| found == self.identity)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "the LMTP socket cannot be removed");
        }
    }
}
