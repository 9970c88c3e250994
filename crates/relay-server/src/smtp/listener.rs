//! The listening socket: takes connections in, within their limits, and sees them out at shutdown.

use std::collections::HashMap;
use std::future::Future;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv6Addr, Shutdown, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::connection::{Shared, serve};
use super::session::Profile;
use super::{Certificate, Limits, Mailroom, reply};

/// Waits between attempts to accept when that fails for want of descriptors or memory.
const BACK_OFF: Duration = Duration::from_millis(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1);

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

/// Why the listener cannot start. The message names the address, name or file; the source says what is wrong with it.
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
            BindErrorKind::Hostname => format!("{name:?} cannot be the SMTP server's host name"),
            BindErrorKind::Certificate => format!("cannot use the TLS certificate in {name}"),
            BindErrorKind::Key => format!("cannot use the TLS key in {name}"),
        }
    }
}

/// A socket that listens. Clients can connect from now on; they are answered once [`Listener::run`] runs.
pub struct Listener {
    socket: TcpListener,
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
    if hostname.is_empty() || hostname.len() > 255 || !hostname.bytes().all(|byte| byte.is_ascii_graphic()) {
        let source = "it must be 1 to 255 printable ASCII characters without blanks";
        return Err(BindError::new(BindErrorKind::Hostname, hostname, source));
    }
    let tls = certificate.map(|certificate| certificate.load()).transpose()?;
    let address_error = |error: io::Error| BindError::new(BindErrorKind::Address, address.to_string(), error);
    let socket = TcpListener::bind(address).await.map_err(address_error)?;
    Ok(Listener {
        address: socket.local_addr().map_err(address_error)?,
        socket,
        profile: Profile {
            hostname,
            offers_tls: tls.is_some(),
            limits,
        },
        tls,
    })
}

impl Listener {
    /// The address with the port that is really used.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` ends, then lets messages under way come to their end within [`Limits::drain`]; clients
    /// that wait between commands are told `421 4.3.2`.
    pub async fn run<M: Mailroom>(self, mailroom: M, shutdown: impl Future<Output = ()>) {
        let limits = self.profile.limits.clone();
        let slots = Slots::new(&limits);
        let shared = Arc::new(Shared {
            mailroom,
            profile: self.profile,
            tls: self.tls,
            memory: Semaphore::new(limits.memory.max(limits.message).min(Semaphore::MAX_PERMITS)),
        });
        let closing = watch::Sender::new(false);
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        let mut back_off = BACK_OFF;

        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut shutdown => break,
                Some(ended) = connections.join_next() => {
                    report(ended);
                    continue;
                }
                accepted = self.socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    back_off = BACK_OFF;
                    let client = peer.ip().to_canonical();
                    let Some(slot) = slots.take(client) else {
                        tracing::debug!(%client, "smtp connection refused: too many");
                        turn_away(stream);
                        continue;
                    };
                    // Only latency is lost where this fails.
                    let _ = stream.set_nodelay(true);
                    let shared = Arc::clone(&shared);
                    let closing = closing.subscribe();
                    connections.spawn(async move {
                        serve(stream, client, &shared, closing).await;
                        drop(slot);
                    });
                }
                Err(error) if is_about_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, wait = ?back_off, "smtp: cannot accept connections");
                    tokio::select! {
                        () = &mut shutdown => break,
                        () = sleep(back_off) => back_off = (back_off * 2).min(LONGEST_BACK_OFF),
                    }
                }
            }
        }

        drop(self.socket);
        closing.send_replace(true);
        let drain = async {
            while let Some(ended) = connections.join_next().await {
                report(ended);
            }
        };
        if timeout(limits.drain, drain).await.is_err() {
            tracing::warn!(connections = connections.len(), "smtp: connections cut off at shutdown");
            connections.shutdown().await;
        }
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        // The payload may hold content; the panic hook has said where it happened.
        tracing::error!("smtp connection ended by a panic");
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}

/// Says why in passing, without waiting for a client that does not listen.
fn turn_away(stream: TcpStream) {
    let mut text = Vec::new();
    reply::TOO_MANY_CONNECTIONS.write_to(&mut text);
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write(&text).and_then(|_| stream.shutdown(Shutdown::Write));
    }
}

/// Room for connections, in all and for each client.
struct Slots {
    all: Arc<Semaphore>,
    per_client: usize,
    clients: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// The room one connection takes; given back when dropped.
struct Slot {
    _permit: OwnedSemaphorePermit,
    client: IpAddr,
    clients: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Slots {
    fn new(limits: &Limits) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS))),
            per_client: limits.connections_per_client,
            clients: Arc::default(),
        }
    }

    fn take(&self, client: IpAddr) -> Option<Slot> {
        let permit = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let client = network(client);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let count = clients.get(&client).copied().unwrap_or(0);
        if count >= self.per_client {
            return None;
        }
        clients.insert(client, count + 1);
        Some(Slot {
            _permit: permit,
            client,
            clients: Arc::clone(&self.clients),
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = clients.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                clients.remove(&self.client);
            }
        }
    }
}

/// What counts as one client: an IPv6 host has a whole /64 to choose addresses from.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_counted_by_client_and_given_back() {
        let slots = Slots::new(&Limits {
            connections: 3,
            connections_per_client: 2,
            ..Limits::default()
        });
        let [a, b]: [IpAddr; 2] = ["2001:db8::1", "2001:db8::ffff:2"].map(|text| text.parse().unwrap());
        let other: IpAddr = "2001:db8:0:1::1".parse().unwrap();
        let last: IpAddr = "192.0.2.1".parse().unwrap();
        let first = slots.take(a).unwrap();
        let second = slots.take(b).unwrap();
        assert!(slots.take(a).is_none());
        let third = slots.take(other).unwrap();
        assert!(slots.take(last).is_none());
        drop(first);
        assert!(slots.take(b).is_some());
        drop((second, third));
        assert!(slots.clients.lock().unwrap().is_empty());
        assert_eq!(slots.all.available_permits(), 3);
    }
}
