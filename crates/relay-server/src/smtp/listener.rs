//! The listening socket of SMTP.

use std::future::Future;
use std::net::{SocketAddr, TcpListener as StdTcpListener};

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::session::Profile;
use super::{Deliver, Limits, Protocol, accept};
use crate::accepting::Accepting;
use crate::connections::Counts;
use crate::error::StartError;
use crate::liveness::Beat;
use crate::supervisor::listen;
use crate::tls::Identity;

/// The address and the name of the listener.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address and port; port 0 picks a free one.
    pub address: SocketAddr,
    /// The name this server gives itself in its greeting and in `Received`.
    pub hostname: String,
    /// The certificate for STARTTLS, which is offered while there is one.
    pub identity: Option<Identity>,
    /// The limits.
    pub limits: Limits,
}

/// A socket that listens. Clients can connect from now on; they are answered once [`Listener::run`] runs.
pub struct Listener {
    socket: Accepting<TcpListener>,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    profile: Profile,
}

relay::redacted_debug!(Listener, |listener| address = listener.address);

/// Opens the socket.
///
/// # Errors
/// A [`StartError`] that names what cannot be used.
pub async fn bind(config: Config) -> Result<Listener, StartError> {
    bind_on(config, None).await
}

/// Opens the socket, or takes one that is open.
pub(crate) async fn bind_on(config: Config, handed: Option<StdTcpListener>) -> Result<Listener, StartError> {
    let Config {
        address,
        hostname,
        identity,
        limits,
    } = config;
    check_hostname(&hostname)?;
    let tls = identity.as_ref().map(Identity::for_smtp).transpose()?;
    let (socket, address) = listen("SMTP", address, handed).await?;
    Ok(Listener {
        address,
        socket: Accepting::new(socket),
        profile: Profile {
            protocol: Protocol::Smtp,
            hostname,
            identity,
            limits,
        },
        tls,
    })
}

pub(super) fn check_hostname(hostname: &str) -> Result<(), StartError> {
    if hostname.is_empty() || hostname.len() > 255 || !hostname.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(StartError::setting(format!(
            "{hostname:?} cannot be the SMTP server's host name: it must be 1 to 255 printable ASCII characters without blanks"
        )));
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

    /// How many connections it has.
    pub(crate) fn counts(&self) -> Counts {
        self.socket.counts()
    }

    /// Serves until `shutdown` ends. Messages under way may then end within [`Limits::drain`]; clients between two
    /// commands get `421 4.3.2`.
    pub async fn run<D: Deliver>(self, delivery: D, shutdown: impl Future<Output = ()>) {
        accept::run(self.socket, self.profile, self.tls, delivery, shutdown).await;
    }
}
