//! Starts and stops the cloud, and answers what a test asks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::error::Error;
use crate::faults::{Fault, Faults};
use crate::mailer::Sent;
use crate::state::Shared;
use crate::{api, auth};

/// How long a shutdown waits for current calls.
const DRAIN: Duration = Duration::from_secs(5);

/// Listens for HTTP and serves in the background, on the current runtime.
///
/// # Errors
/// The configuration cannot be used, or the HTTP address cannot be listened on.
pub async fn start(config: Config) -> Result<Cloud, Error> {
    config.check()?;
    let address = config.http;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Error::bind(address, error))?;
    let address = listener.local_addr().map_err(|error| Error::bind(address, error))?;
    let (stop, stopping) = watch::channel(false);
    let shared = Arc::new(Shared::new(config, stopping.clone()));
    let server = tokio::spawn(serve(listener, router(Arc::clone(&shared)), stopping));
    Ok(Cloud {
        address,
        shared,
        stop,
        server,
    })
}

async fn serve(listener: TcpListener, router: Router, mut stopping: watch::Receiver<bool>) {
    let stopped = async move {
        // An error means that the cloud was dropped, which stops it as well.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    // Small events must not wait for acknowledgements. If this fails they are late and not lost.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
        tracing::error!(%error, "the simulated cloud stopped serving");
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .merge(auth::router())
        .merge(api::router())
        .fallback(|uri: Uri| std::future::ready(api::not_found(&uri)))
        .method_not_allowed_fallback(|uri: Uri| std::future::ready(api::not_found(&uri)))
        .layer(from_fn_with_state(Arc::clone(&shared), observe))
        .with_state(shared)
}

/// Records each request, and answers what is the same for every path.
async fn observe(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    tracing::debug!(method = %request.method(), path, "request");
    shared.record(format!("{} {path}", request.method()));
    let blocked = [("/api/", Fault::Cloudflare403), ("/hmsweb/", Fault::Cloudflare403Api)];
    let blocked = blocked.into_iter().find(|(host, _)| path.starts_with(host));
    if request.method() == Method::OPTIONS {
        // A preflight also gets the page, and uses up none of its times.
        return match blocked {
            Some((_, fault)) if shared.faults.is_on(fault) => auth::blocked_by_cloudflare(),
            _ => StatusCode::NO_CONTENT.into_response(),
        };
    }
    if blocked.is_some_and(|(_, fault)| shared.faults.occurs(fault)) {
        return auth::blocked_by_cloudflare();
    }
    next.run(request).await
}

/// A running cloud. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Cloud {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

impl Cloud {
    /// Its URL without a path: auth host and API host in one.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The switches for the faults.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.shared.faults.clone()
    }

    /// How many mails were sent until now.
    #[must_use]
    pub fn sent(&self) -> Sent {
        self.shared.mailer.sent()
    }

    /// The first 10,000 requests in their order, written as `POST /api/auth`, without the query.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests()
    }

    /// The code of the user's newest open challenge: what a person would read in the mail.
    #[must_use]
    pub fn pending_code(&self, email: &str) -> Option<String> {
        let (user, _) = self.shared.find_user(email)?;
        self.shared.pending_code(user)
    }

    /// Moves the cloud's clock forward, in whole seconds. Tokens, codes, trust and locks expire accordingly.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// Approves every open push question of the user, as the user would in the mobile application.
    pub fn approve_pushes(&self, email: &str) {
        if let Some((user, _)) = self.shared.find_user(email) {
            self.shared.approve_pushes(user);
        }
    }

    /// Ends the streams and the sending of mails, lets calls finish for a few seconds, and closes the listener.
    pub async fn shutdown(mut self) {
        // Fails only without a receiver, and then there is nothing to stop.
        let _ = self.stop.send(true);
        if tokio::time::timeout(DRAIN, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}
