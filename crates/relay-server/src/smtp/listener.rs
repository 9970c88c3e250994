//! The listening socket of SMTP, and what can keep a socket from being opened.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::session::Profile;
use super::{Certificate, Deliver, Limits, Protocol, accept};
use crate::accepting::Accepting;
use crate::liveness::Beat;

/// What to listen on, and as whom.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address and port; port 0 picks a free one.
    pub address: SocketAddr,
    /// The name this server gives itself in its greeting and in `Received`.
    pub hostname: String,
    /// Offers STARTTLS where there is one.
    pub certificate: Option<Certificate>,
    /// The limits.
    pub limits: Limits,
}

/// Why a listener cannot start. The message names the address, name or file; the source says what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct BindError {
    kind: BindErrorKind,
    name: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// What stood in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BindErrorKind {
    /// The address is taken, is not this machine's, or may not be used.
    Address,
    /// The Unix socket cannot be made, or its path is in use.
    Socket,
    /// The host name is none.
    Hostname,
    /// The certificate file cannot be read, holds no certificate, or one that cannot be used.
    Certificate,
    /// The key file cannot be read, holds no key, or one that does not belong to the certificate.
    Key,
}

impl BindError {
    pub(super) fn new(
        kind: BindErrorKind,
        name: String,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let source = source.into();
        Self { kind, name, source }
    }

    /// What stood in the way.
    #[must_use]
    pub fn kind(&self) -> BindErrorKind {
        self.kind
    }

    fn sentence(&self) -> String {
        let Self { name, .. } = self;
        match self.kind {
            BindErrorKind::Address => format!("cannot listen for SMTP on {name}"),
            BindErrorKind::Socket => format!("cannot listen for LMTP on {name}: {}", self.source),
            BindErrorKind::Hostname => format!("{name:?} cannot be the SMTP server's host name"),
            BindErrorKind::Certificate => format!("cannot use the TLS certificate in {name}"),
            BindErrorKind::Key => format!("cannot use the TLS key in {name}"),
        }
    }
}

/// A socket that listens. Clients can connect from now on; they are answered once [`Listener::run`] runs.
pub struct Listener {
    socket: Accepting<TcpListener>,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    profile: Profile,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Reads the certificate and opens the socket.
///
/// # Errors
/// A [`BindError`] that names what cannot be used.
pub async fn bind(config: Config) -> Result<Listener, BindError> {
    let Config {
        address,
        hostname,
        certificate,
        limits,
    } = config;
    check_hostname(&hostname)?;
    let tls = certificate.map(|certificate| certificate.load()).transpose()?;
    let address_error = |error: io::Error| BindError::new(BindErrorKind::Address, address.to_string(), error);
    let socket = TcpListener::bind(address).await.map_err(address_error)?;
    Ok(Listener {
        address: socket.local_addr().map_err(address_error)?,
        socket: Accepting::new(socket),
        profile: Profile {
            protocol: Protocol::Smtp,
            hostname,
            offers_tls: tls.is_some(),
            limits,
        },
        tls,
    })
}

pub(super) fn check_hostname(hostname: &str) -> Result<(), BindError> {
    if hostname.is_empty() || hostname.len() > 255 || !hostname.bytes().all(|byte| byte.is_ascii_graphic()) {
        let source = "it must be 1 to 255 printable ASCII characters without blanks";
        return Err(BindError::new(BindErrorKind::Hostname, hostname.to_owned(), source));
    }
    Ok(())
}

impl Listener {
    /// The address with the port that is really used.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Shows whether it takes connections.
    #[must_use]
    pub fn beat(&self) -> Beat {
        self.socket.beat()
    }

    /// Serves until `shutdown` ends, then lets messages under way come to their end within [`Limits::drain`]; clients
    /// that wait between commands are told `421 4.3.2`.
    pub async fn run<D: Deliver>(self, delivery: D, shutdown: impl Future<Output = ()>) {
        accept::run(self.socket, self.profile, self.tls, delivery, shutdown).await;
    }
}
