//! The listeners of HTTP and HTTPS: one router, a limit of connections for each client, a time limit for each thing
//! that a client does, and a drain at the end.
//!
//! - A connection that waits for its client is displaced when there is no place for a new one, also while the body of a
//!   request arrives; with a good token it is displaced later. A connection with a whole request is not displaced,
//!   however long the request waits for a code.
//! - A stop ends each connection that waits for a client without a good token, at once. The others may end in order.
//! - There are time limits for a client to shake hands, to send a header, to take an answer, and for its whole
//!   connection. Those before an answer are shorter while many connections are open. Bodies have their limits in
//!   `relay-http`.
//! - Both listeners share all places. A handshake needs one of those for handshakes as well: there are fewer, since a
//!   handshake takes processor time.
//! - A request whose length a proxy may understand differently is the last one of its connection (RFC 9112 section
//!   6.1).
//! - Connections of a proxy that the operator names have no limit of their own. Each of its calls counts as the
//!   client's for whom it is passed on, see [`forwarded`].

mod answer;
mod arriving;
mod connection;
mod forwarded;
mod limits;
mod stream;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::to_bytes;
use axum::http::HeaderValue;
use axum::http::header::{CONNECTION, CONTENT_LENGTH};
use axum::response::Response;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use self::answer::Calls;
use self::connection::Connection;
pub(crate) use self::forwarded::Proxies;
pub(crate) use self::limits::Limits;
use crate::accepting::Accepting;
use crate::connections::{Connections, Counts};

/// Pause after the system refused a connection (out of file descriptors, out of memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What all connections share, whichever listener they come by. Its clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Front {
    calls: Arc<Calls>,
    limits: Limits,
    places: Connections,
    handshakes: Connections,
}

impl Front {
    /// Nobody is connected yet. `counts` is told of the connections of all listeners.
    pub(crate) fn new(router: axum::Router, proxies: Proxies, limits: Limits, counts: Counts) -> Self {
        Self {
            calls: Arc::new(Calls::new(router, proxies, &limits)),
            places: Connections::new(limits.connections, 0, counts),
            handshakes: Connections::new(limits.handshakes, 0, Counts::default()),
            limits,
        }
    }
}

/// Serves until `shutdown` ends, then lets requests under way end. With `tls`, each connection begins with a handshake.
pub(crate) async fn serve(
    listener: Accepting<TcpListener>,
    front: Front,
    tls: Option<TlsAcceptor>,
    shutdown: impl Future<Output = ()>,
) {
    let limits = &front.limits;
    let closing = watch::Sender::new(false);
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
        let peer = front.calls.peer(peer.ip());
        let Some(place) = front.places.take(peer.client) else {
            tracing::debug!("connection refused: too many");
            turn_away(stream, tls.is_some()).await;
            continue;
        };
        set_options(&stream, limits);
        let connection = Connection::new(front.clone(), peer, place);
        match &tls {
            None => drop(tokio::spawn(connection.run(stream, closing.subscribe()))),
            Some(tls) => {
                let Some(handshake) = front.handshakes.take(peer.client) else {
                    tracing::debug!("handshake refused: too many");
                    continue;
                };
                drop(tokio::spawn(connection.shake_hands(
                    stream,
                    tls.clone(),
                    handshake,
                    closing.subscribe(),
                )));
            }
        }
    }
    drop(listener);
    closing.send_replace(true);
    // Each connection keeps its receiver until it has ended.
    if timeout(limits.drain, closing.closed()).await.is_err() {
        tracing::warn!("some connections were cut at the end of the drain");
    }
}

/// Sends the reason without waiting for a client that does not read. A client that expects a handshake could not read
/// it.
async fn turn_away(stream: TcpStream, expects_tls: bool) {
    let answer = if expects_tls {
        Vec::new()
    } else {
        on_the_wire(relay_http::turned_away()).await
    };
    // If this fails, the client is gone already.
    let _ = stream.into_std().and_then(|mut stream| {
        stream.write_all(&answer)?;
        stream.shutdown(std::net::Shutdown::Write)
    });
}

/// An answer after which the connection is closed. Its body is in memory.
async fn on_the_wire(answer: Response) -> Vec<u8> {
    let (mut head, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.insert(CONTENT_LENGTH, body.len().into());
    head.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    let mut bytes = format!("HTTP/1.1 {}\r\n", head.status).into_bytes();
    for (name, value) in &head.headers {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
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
