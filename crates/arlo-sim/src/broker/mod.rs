//! The MQTT broker: Arlo's `mqtt-cluster`, over TLS, with the websocket in it or not.
//!
//! It only gives: a client subscribes, and the broker sends what the cloud publishes. It keeps nothing for a client
//! that is away, as Arlo's does not.

mod certificate;
mod session;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::config::{Mqtt, MqttTransport};
use crate::error::Error;
use crate::state::Shared;
use wire::Wire;

/// The most connections at once. A further one is closed.
const MAX_CONNECTIONS: usize = 256;
/// How long a client may take for TLS, the websocket and CONNECT.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The wait after an error of the listener, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A broker that listens and does not serve yet.
pub(crate) struct Broker {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    transport: MqttTransport,
    /// The certificate of its authority, as PEM.
    pub(crate) ca: String,
    pub(crate) url: String,
}

impl Broker {
    /// Makes the certificate, writes that of its authority where the configuration says, and listens.
    pub(crate) async fn bind(config: &Mqtt) -> Result<Self, Error> {
        let identity = certificate::make(config.address.ip()).map_err(Error::certificate)?;
        if let Some(path) = &config.ca_file {
            // Some hundred bytes, before anything is served.
            std::fs::write(path, &identity.ca).map_err(|error| Error::ca_file(path, error))?;
        }
        let failed = |error| Error::bind(config.address, "MQTT", error);
        let listener = TcpListener::bind(config.address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            acceptor: TlsAcceptor::from(Arc::new(identity.server)),
            transport: config.transport,
            ca: identity.ca,
            url: format!("{}://{}", config.transport.scheme(), reachable(address)),
        })
    }

    /// Serves in the background until the cloud stops.
    pub(crate) fn serve(self, shared: Arc<Shared>) -> JoinHandle<()> {
        tokio::spawn(async move {
            let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
            let mut stopping = shared.stopping.clone();
            loop {
                let accepted = tokio::select! {
                    accepted = self.listener.accept() => accepted,
                    _ = stopping.wait_for(|stopping| *stopping) => return,
                };
                let stream = match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "a connection to the broker was not accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                        continue;
                    }
                };
                let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
                    tracing::warn!("too many connections to the broker: one is closed");
                    continue;
                };
                let (acceptor, transport, shared) = (self.acceptor.clone(), self.transport, Arc::clone(&shared));
                tokio::spawn(async move {
                    if let Err(error) = converse(stream, &acceptor, transport, &shared).await {
                        tracing::debug!(%error, "a connection to the broker ended");
                    }
                    drop(slot);
                });
            }
        })
    }
}

async fn converse(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    transport: MqttTransport,
    shared: &Arc<Shared>,
) -> io::Result<()> {
    // If this fails, small packets are late and not lost.
    let _ = stream.set_nodelay(true);
    let shake = async {
        let stream = acceptor.accept(stream).await?;
        match transport {
            MqttTransport::WebSocket => Wire::upgrade(stream).await,
            MqttTransport::Tls => Ok(Wire::plain(stream)),
        }
    };
    let wire = timeout(HANDSHAKE, shake).await.map_err(io::Error::from)??;
    let mut stopping = shared.stopping.clone();
    tokio::select! {
        ended = Box::pin(session::run(wire, shared, HANDSHAKE)) => ended,
        _ = stopping.wait_for(|stopping| *stopping) => Ok(()),
    }
}

/// The address for a URL: one that listens everywhere is reached on the loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        ([127, 0, 0, 1], address.port()).into()
    } else {
        address
    }
}
