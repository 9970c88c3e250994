//! The HTTP listener: one router, a limit of connections for each client, a time limit for each thing that a client
//! does, and a drain at the end.
//!
//! - A connection that waits for its client is displaced when there is no place for a new one. A connection with a
//!   request is not displaced, however long the request waits for a code.
//! - There are time limits for a client to send a header, to take an answer, and for its whole connection. The first is
//!   shorter while many connections are open. Bodies have their limits in `relay-http`.
//! - A request whose length a proxy may understand differently is the last one of its connection (RFC 9112 section
//!   6.1).
//! - Connections of a proxy that the operator names have no limit of their own. Each of its calls counts as the
//!   client's for whom it is passed on, see [`forwarded`].

mod answer;
mod forwarded;
mod limits;
mod stream;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

pub(crate) use self::answer::Calls;
use self::answer::answer;
pub(crate) use self::forwarded::Proxies;
pub(crate) use self::limits::Limits;
use self::stream::Timed;
use crate::accepting::Accepting;
use crate::connections::Connections;
use crate::error::{StartError, StartErrorKind};

/// Pause after the system refused a connection (out of file descriptors, out of memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const TOO_MANY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n\
    Retry-After: 5\r\nConnection: close\r\n\r\n\
    {\"title\":\"Service Unavailable\",\"status\":503,\"detail\":\"Too many connections. Try again later.\"}";

/// Serves until `shutdown` ends, then lets requests under way end.
pub(crate) async fn serve(
    listener: Accepting<TcpListener>,
    calls: Calls,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) {
    let places = Connections::new(limits.connections, 0);
    let calls = Arc::new(calls);
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept(TcpListener::accept) => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let peer = calls.peer(peer.ip());
        let Some(place) = places.take(peer.client) else {
            tracing::debug!("connection refused: too many");
            turn_away(stream);
            continue;
        };
        set_options(&stream, &limits);
        let place = Arc::new(place);
        let service = {
            let (place, calls, closes_at) = (Arc::clone(&place), Arc::clone(&calls), Instant::now() + limits.life);
            service_fn(move |request| answer(request, Arc::clone(&calls), peer, Arc::clone(&place), closes_at))
        };
        let header = if *place.pressed().borrow() {
            limits.header_pressed
        } else {
            limits.header
        };
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(header)
            .max_buf_size(limits.header_bytes);
        let stream = TokioIo::new(Timed::new(stream, limits.answer));
        let connection = graceful.watch(builder.serve_connection(stream, service));
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = place.displaced() => tracing::debug!("a connection was displaced by another"),
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                },
            }
        });
    }
    drop(listener);
    if timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections were cut at the end of the drain");
    }
}

/// Sends the reason without waiting for a client that does not read.
fn turn_away(stream: TcpStream) {
    // If this fails, the client is gone already.
    let _ = stream.into_std().and_then(|mut stream| {
        stream.write_all(TOO_MANY.as_bytes())?;
        stream.shutdown(std::net::Shutdown::Write)
    });
}

/// If this fails, answers are slower, or a dead connection is noticed later.
fn set_options(stream: &TcpStream, limits: &Limits) {
    // An answer of a few bytes must not wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    // The client has to acknowledge in time what the system has buffered of an answer, too.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(limits.answer));
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = limits;
}

/// Binds the address.
pub(crate) async fn bind(address: SocketAddr) -> Result<(Accepting<TcpListener>, SocketAddr), StartError> {
    let unusable = |error: io::Error| {
        StartError::new(StartErrorKind::Address, format!("cannot listen for HTTP on {address}")).caused_by(error)
    };
    let socket = TcpListener::bind(address).await.map_err(unusable)?;
    let bound = socket.local_addr().map_err(unusable)?;
    Ok((Accepting::new(socket), bound))
}
