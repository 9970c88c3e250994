//! The HTTP listener: one router, so many connections, a time limit on what a client sends, and a drain at the end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::accepting::Accepting;

/// Connections at a time. A waiting client holds one for as long as it polls; a further one waits to be accepted.
const MAX_CONNECTIONS: usize = 4096;
/// From the first byte of a request, or the opening of the connection, to the end of its headers. Also how long an
/// idle connection is kept.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// Request line and headers of one request, in bytes.
const MAX_HEADER_BYTES: usize = 32 * 1024;
/// What a drain may take before connections are cut.
const DRAIN: Duration = Duration::from_secs(10);
/// Pause after the system refused a connection (out of file descriptors, out of memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` ends, then lets requests under way end.
pub(crate) async fn serve(listener: Accepting<TcpListener>, router: Router, shutdown: impl Future<Output = ()>) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = async {
            // The semaphore is never closed.
            let permit = Arc::clone(&permits).acquire_owned().await.map_err(io::Error::other)?;
            listener
                .accept(TcpListener::accept)
                .await
                .map(|(stream, _)| (stream, permit))
        };
        let (stream, permit) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accepted => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        // An answer of a few bytes must not wait for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(MAX_HEADER_BYTES);
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections were cut at the end of the drain");
    }
}

/// Binds the address.
pub(crate) async fn bind(address: SocketAddr) -> io::Result<Accepting<TcpListener>> {
    TcpListener::bind(address).await.map(Accepting::new)
}
