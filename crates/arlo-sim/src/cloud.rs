//! Starting and stopping the cloud, and what a test may ask of it.

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

/// How long a shutdown waits for calls under way.
const DRAIN: Duration = Duration::from_secs(5);

/// Listens for HTTP and serves in the background, on the runtime it is called from.
///
/// # Errors
/// The configuration makes no sense, or its HTTP address cannot be listened on.
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
        // An error means that the cloud was dropped: stop as well.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    // A stream's small events must not wait for acknowledgements; without it they are late, not lost.
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

/// Records each request before anything answers it, and answers what is the same for every path.
async fn observe(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    tracing::debug!(method = %request.method(), path, "request");
    shared.record(format!("{} {path}", request.method()));
    let blocked = [("/api/", Fault::Cloudflare403), ("/hmsweb/", Fault::Cloudflare403Api)];
    let blocked = blocked.into_iter().find(|(host, _)| path.starts_with(host));
    if request.method() == Method::OPTIONS {
        // A preflight meets the page too, and uses up none of its times.
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
    /// Where it listens, as a URL without a path: auth host and API host in one.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The switches for what goes wrong.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.shared.faults.clone()
    }

    /// How many mails were sent so far.
    #[must_use]
    pub fn sent(&self) -> Sent {
        self.shared.mailer.sent()
    }

    /// The first 10,000 requests in the order in which they came, as `POST /api/auth`, without query.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests()
    }

    /// The code of the user's latest challenge that still waits for one: what a person would read in the mail.
    #[must_use]
    pub fn pending_code(&self, email: &str) -> Option<String> {
        let (user, _) = self.shared.find_user(email)?;
        self.shared.pending_code(user)
    }

    /// Moves the cloud's clock forward, in whole seconds: tokens, codes, trust and locks end accordingly.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// Answers yes, as the user would in the mobile application, to every push question that waits.
    pub fn approve_pushes(&self, email: &str) {
        if let Some((user, _)) = self.shared.find_user(email) {
            self.shared.approve_pushes(user);
        }
    }

    /// Ends streams and mails under way, lets calls finish for a few seconds and closes the listener.
    pub async fn shutdown(mut self) {
        // Cannot fail while `self` lives, and then there is nothing to stop.
        let _ = self.stop.send(true);
        if tokio::time::timeout(DRAIN, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}
