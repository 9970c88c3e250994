//! One connection, with TLS or without: from its place to its end.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;

use super::Front;
use super::answer::{Peer, answer};
use super::stream::{Left, Timed};
use crate::connections::Place;
use crate::linger::linger;
use crate::tls::was_for_proof;

/// Bytes that a client may still send after an answer. Many clients send all of a body before they read. So this is a
/// MiB more than the largest body that a call takes: who sends a mail of up to 7 MB reads why it is refused.
const LINGER_BYTES: usize = 7 << 20;

/// A connection that has a place.
pub(super) struct Connection {
    front: Front,
    peer: Peer,
    place: Arc<Place>,
    closes_at: Instant,
}

impl Connection {
    pub(super) fn new(front: Front, peer: Peer, place: Place) -> Self {
        let closes_at = Instant::now() + front.limits.life;
        Self {
            front,
            peer,
            place: Arc::new(place),
            closes_at,
        }
    }

    /// Begins with a handshake, for which it has a place too. A handshake ends when the listener stops: there is no
    /// call yet that could be answered.
    pub(super) async fn shake_hands(
        self,
        stream: TcpStream,
        tls: TlsAcceptor,
        handshake: Place,
        mut closing: watch::Receiver<bool>,
    ) {
        let shaking = Box::pin(timeout(self.header_time(), tls.accept(stream)));
        let shaken = tokio::select! {
            biased;
            () = self.place.displaced() => return displaced(),
            () = handshake.displaced() => return displaced(),
            () = stop(&mut closing) => return,
            shaken = shaking => shaken,
        };
        drop(handshake);
        match shaken {
            Ok(Ok(stream)) if was_for_proof(&stream) => {}
            Ok(Ok(stream)) => self.run(stream, closing).await,
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
    }

    /// Answers its calls.
    pub(super) async fn run<S>(self, mut stream: S, mut closing: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let header = self.header_time();
        let Self {
            front,
            peer,
            place,
            closes_at,
        } = self;
        let left = Arc::new(Left::default());
        let service = {
            let (place, left, calls) = (Arc::clone(&place), Arc::clone(&left), front.calls);
            service_fn(move |request| {
                let (place, left) = (Arc::clone(&place), Arc::clone(&left));
                answer(request, Arc::clone(&calls), peer, place, left, closes_at)
            })
        };
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(header)
            .max_buf_size(front.limits.header_bytes);
        let ended = {
            let timed = TokioIo::new(Timed::new(&mut stream, front.limits.answer, Arc::clone(&left)));
            let mut connection = pin!(builder.serve_connection(timed, service));
            let served = async {
                tokio::select! {
                    biased;
                    ended = connection.as_mut() => return Some(ended),
                    () = stop(&mut closing) => {}
                }
                if place.is_waiting() && !left.untaken.load(Ordering::Relaxed) {
                    return None;
                }
                connection.as_mut().graceful_shutdown();
                Some(connection.await)
            };
            tokio::select! {
                biased;
                () = place.displaced() => return displaced(),
                ended = served => ended,
            }
        };
        // From here on the stop waits for this connection no more.
        drop(closing);
        let may_send = match ended {
            None => {
                // With TLS this tells the client that nothing is missing. Nothing waits for it.
                let _ = timeout(Duration::ZERO, stream.shutdown()).await;
                false
            }
            Some(Ok(())) => left.unread.load(Ordering::Relaxed),
            Some(Err(error)) => {
                tracing::debug!(%error, "a connection ended early");
                // Of such a call at most the header was read.
                error.is_parse()
            }
        };
        if may_send {
            tokio::select! {
                biased;
                () = place.displaced() => displaced(),
                () = linger(&mut stream, LINGER_BYTES) => {}
            }
        }
    }

    /// How long the client may take until it has asked for something.
    fn header_time(&self) -> Duration {
        if *self.place.pressed().borrow() {
            self.front.limits.header_pressed
        } else {
            self.front.limits.header
        }
    }
}

/// Ends when the listener stops.
async fn stop(closing: &mut watch::Receiver<bool>) {
    // Fails if the listener is gone, which is the same.
    let _ = closing.wait_for(|closing| *closing).await;
}

fn displaced() {
    tracing::debug!("a connection was displaced by another");
}
