//! Accepts connections within their limits, and ends them at shutdown.

use std::future::Future;
use std::io::{self, Write};
use std::net::{IpAddr, Shutdown};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use client_limits::Client;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::body::Memory;
use super::connection::{Shared, serve};
use super::session::Profile;
use super::{Deliver, reply};
use crate::accepting::Accepting;
use crate::connections::{Connections, Counts};

/// The pauses between attempts to accept while that fails because descriptors or memory are missing.
const BACK_OFF: Duration = Duration::from_millis(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1);

/// A socket that accepts connections.
pub(super) trait Incoming: Send {
    /// One connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection, and the client's address if it has one.
    fn next(&self) -> impl Future<Output = io::Result<(Self::Stream, Option<IpAddr>)>> + Send;

    /// Writes what the system takes at once, and closes.
    fn say_and_close(stream: Self::Stream, text: &[u8]) -> io::Result<()>;

    /// Where its connections are counted.
    fn counts(&self) -> Counts {
        Counts::default()
    }
}

impl Incoming for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<(TcpStream, Option<IpAddr>)> {
        let (stream, peer) = self.accept().await?;
        // If this fails, only latency is lost.
        let _ = stream.set_nodelay(true);
        Ok((stream, Some(peer.ip().to_canonical())))
    }

    fn say_and_close(stream: TcpStream, text: &[u8]) -> io::Result<()> {
        let mut stream = stream.into_std()?;
        stream.write_all(text)?;
        stream.shutdown(Shutdown::Write)
    }
}

impl Incoming for UnixListener {
    type Stream = UnixStream;

    async fn next(&self) -> io::Result<(UnixStream, Option<IpAddr>)> {
        let (stream, _) = self.accept().await?;
        Ok((stream, None))
    }

    fn say_and_close(stream: UnixStream, text: &[u8]) -> io::Result<()> {
        let mut stream = stream.into_std()?;
        stream.write_all(text)?;
        stream.shutdown(Shutdown::Write)
    }
}

impl<I: Incoming + Sync> Incoming for Accepting<I> {
    type Stream = I::Stream;

    async fn next(&self) -> io::Result<(I::Stream, Option<IpAddr>)> {
        self.accept(I::next).await
    }

    fn say_and_close(stream: I::Stream, text: &[u8]) -> io::Result<()> {
        I::say_and_close(stream, text)
    }

    fn counts(&self) -> Counts {
        Accepting::counts(self)
    }
}

/// Serves until `shutdown` ends, then lets messages under way come to their end within [`Limits::drain`].
pub(super) async fn run<I: Incoming, D: Deliver>(
    socket: I,
    profile: Profile,
    tls: Option<TlsAcceptor>,
    delivery: D,
    shutdown: impl Future<Output = ()>,
) {
    let limits = profile.limits.clone();
    let places = Connections::new(limits.connections, limits.connections_reserved, socket.counts());
    let shared = Arc::new(Shared {
        delivery,
        profile,
        tls,
        memory: Memory::new(&limits),
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
            accepted = socket.next() => accepted,
        };
        match accepted {
            Ok((stream, client)) => {
                back_off = BACK_OFF;
                let Some(place) = places.take(Client::new(client)) else {
                    tracing::debug!(client = client.map(display), "connection refused: too many");
                    turn_away::<I>(stream);
                    continue;
                };
                let shared = Arc::clone(&shared);
                let closing = closing.subscribe();
                connections.spawn(async move {
                    serve(stream, client, &shared, &place, closing).await;
                });
            }
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, wait = ?back_off, "cannot accept connections");
                tokio::select! {
                    () = &mut shutdown => break,
                    () = sleep(back_off) => back_off = (back_off * 2).min(LONGEST_BACK_OFF),
                }
            }
        }
    }

    drop(socket);
    closing.send_replace(true);
    let drain = async {
        while let Some(ended) = connections.join_next().await {
            report(ended);
        }
    };
    if timeout(limits.drain, drain).await.is_err() {
        tracing::warn!(connections = connections.len(), "connections cut off at shutdown");
        connections.shutdown().await;
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        // The payload may contain a part of a mail. The panic hook has logged the place in the program.
        tracing::error!("a connection ended by a panic");
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}

/// Sends the reason without waiting for a client that does not read.
fn turn_away<I: Incoming>(stream: I::Stream) {
    let mut text = Vec::new();
    reply::TOO_MANY_CONNECTIONS.write_to(&mut text);
    // If this fails, the client is gone already.
    let _ = I::say_and_close(stream, &text);
}
