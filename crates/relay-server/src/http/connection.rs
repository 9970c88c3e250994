//! One connection, with TLS or without: from its place to its end.

use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;

use super::Front;
use super::answer::{Peer, answer};
use super::stream::Timed;
use crate::connections::Place;
use crate::tls::was_for_proof;

/// A connection that has a place.
pub(super) struct Connection {
    front: Front,
    peer: Peer,
    place: Arc<Place>,
    /// Lets it end in order when the listener stops.
    watcher: Watcher,
    closes_at: Instant,
}

impl Connection {
    pub(super) fn new(front: Front, peer: Peer, place: Place, watcher: Watcher) -> Self {
        let closes_at = Instant::now() + front.limits.life;
        Self {
            front,
            peer,
            place: Arc::new(place),
            watcher,
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
            _ = closing.wait_for(|closing| *closing) => return,
            shaken = shaking => shaken,
        };
        drop(handshake);
        match shaken {
            Ok(Ok(stream)) if was_for_proof(&stream) => {}
            Ok(Ok(stream)) => self.run(stream).await,
            Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
    }

    /// Answers its calls.
    pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S) {
        let header = self.header_time();
        let Self {
            front,
            peer,
            place,
            watcher,
            closes_at,
        } = self;
        let service = {
            let (place, calls) = (Arc::clone(&place), front.calls);
            service_fn(move |request| answer(request, Arc::clone(&calls), peer, Arc::clone(&place), closes_at))
        };
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(header)
            .max_buf_size(front.limits.header_bytes);
        let stream = TokioIo::new(Timed::new(stream, front.limits.answer));
        let connection = watcher.watch(builder.serve_connection(stream, service));
        tokio::select! {
            biased;
            () = place.displaced() => displaced(),
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            },
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

fn displaced() {
    tracing::debug!("a connection was displaced by another");
}
