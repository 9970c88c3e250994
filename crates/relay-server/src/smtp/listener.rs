//! The listening socket of SMTP.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::session::Profile;
use super::{Certificate, Deliver, Limits, Protocol, accept};
use crate::accepting::Accepting;
use crate::connections::Counts;
use crate::error::{StartError, StartErrorKind};
use crate::liveness::Beat;

/// The address and the name of the listener.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address and port; port 0 picks a free one.
    pub address: SocketAddr,
    /// The name this server gives itself in its greeting and in `Received`.
    pub hostname: String,
    /// The certificate for STARTTLS, which is offered if there is one.
    pub certificate: Option<Certificate>,
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

/// Reads the certificate and opens the socket.
///
/// # Errors
/// A [`StartError`] that names what cannot be used.
pub async fn bind(config: Config) -> Result<Listener, StartError> {
    let Config {
        address,
        hostname,
        certificate,
        limits,
    } = config;
    check_hostname(&hostname)?;
    let tls = certificate.map(|certificate| certificate.load()).transpose()?;
    let address_error = |error: io::Error| {
        StartError::new(StartErrorKind::Address, format!("cannot listen for SMTP on {address}")).caused_by(error)
    };
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
