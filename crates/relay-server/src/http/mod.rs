//! The HTTP listener: one router, a limit of connections for each client, a time limit for each thing that a client
//! does, and a drain at the end.
//!
//! - A connection that waits for its client is displaced when there is no place for a new one. A connection with a
//!   request is not displaced, however long the request waits for a code.
//! - There are time limits for a client to send a header, to take an answer, and for its whole connection. The first is
//!   shorter while many connections are open. Bodies have their limits in `relay-http`.
//! - A request whose length a proxy may understand differently is the last one of its connection (RFC 9112 section
//!   6.1).

mod limits;
mod stream;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CONNECTION, TRANSFER_ENCODING};
use axum::response::Response;
use client_limits::Client;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};
use tower::Service;

pub(crate) use self::limits::Limits;
use self::stream::Timed;
use crate::accepting::Accepting;
use crate::connections::{Activity, Connections, Place};
use crate::error::{StartError, StartErrorKind};

/// Pause after the system refused a connection (out of file descriptors, out of memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const TOO_MANY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n\
    Retry-After: 5\r\nConnection: close\r\n\r\n\
    {\"title\":\"Service Unavailable\",\"status\":503,\"detail\":\"Too many connections. Try again later.\"}";

/// Serves until `shutdown` ends, then lets requests under way end.
pub(crate) async fn serve(
    listener: Accepting<TcpListener>,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) {
    let places = Connections::new(limits.connections, 0, listener.counts());
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
        let client = Client::new(Some(peer.ip()));
        let client = if limits.trusts_local && client.is_local() {
            Client::default()
        } else {
            client
        };
        let Some(place) = places.take(client) else {
            tracing::debug!("connection refused: too many");
            turn_away(stream);
            continue;
        };
        set_options(&stream, &limits);
        let place = Arc::new(place);
        let service = {
            let (place, router, closes_at) = (Arc::clone(&place), router.clone(), Instant::now() + limits.life);
            service_fn(move |request| answer(request, router.clone(), client, Arc::clone(&place), closes_at))
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

/// Answers one request. The connection can be displaced only before and after it.
async fn answer(
    mut request: Request<Incoming>,
    mut router: Router,
    client: Client,
    place: Arc<Place>,
    closes_at: Instant,
) -> Result<Response, Infallible> {
    place.set(Activity::Busy);
    // If there is a length too, two readers may disagree where the next request begins. So there is no next one.
    let closes = request.headers().contains_key(TRANSFER_ENCODING) || Instant::now() >= closes_at;
    request.extensions_mut().insert(client);
    let mut response = router.call(request).await?;
    if closes {
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    place.set(Activity::Idle);
    Ok(response)
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
