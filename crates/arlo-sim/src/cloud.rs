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
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::broker::Broker;
use crate::config::Config;
use crate::error::Error;
use crate::faults::{Fault, Faults};
use crate::mailer::Sent;
use crate::script::Script;
use crate::state::Shared;
use crate::{api, auth, control, scene};

/// How long a shutdown waits for current calls.
const DRAIN: Duration = Duration::from_secs(5);

/// Listens for HTTP, and for MQTT and on the control port where the configuration has them, and serves in the
/// background, on the current runtime.
///
/// # Errors
/// The configuration cannot be used, an address cannot be listened on, or the certificate of the broker cannot be made
/// or written.
pub async fn start(config: Config) -> Result<Cloud, Error> {
    config.check()?;
    let (listener, address) = listen(config.http, "HTTP").await?;
    let control = match config.control {
        Some(address) => Some(listen(address, "the control port").await?),
        None => None,
    };
    let broker = match &config.mqtt {
        Some(mqtt) => Some(Broker::bind(mqtt).await?),
        None => None,
    };
    let (stop, stopping) = watch::channel(false);
    let mqtt_url = broker.as_ref().map(|broker| broker.url.clone());
    let shared = Shared::new(config, format!("http://{address}"), mqtt_url, stopping.clone());
    let shared = Arc::new(shared);
    let mut servers = vec![tokio::spawn(serve(
        listener,
        router(Arc::clone(&shared)),
        stopping.clone(),
    ))];
    let control = control.map(|(listener, address)| {
        let router = control::router(Arc::clone(&shared));
        servers.push(tokio::spawn(serve(listener, router, stopping)));
        address
    });
    let ca = broker.map(|broker| {
        let ca = broker.ca.clone();
        servers.push(broker.serve(Arc::clone(&shared)));
        ca
    });
    Ok(Cloud {
        address,
        control,
        ca,
        shared,
        stop,
        servers,
    })
}

async fn listen(address: SocketAddr, protocol: &str) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |error| Error::bind(address, protocol, error);
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
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
    control: Option<SocketAddr>,
    ca: Option<String>,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
}

impl Cloud {
    /// Its URL without a path: auth host and API host in one.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the session says of the MQTT broker, as `wss://127.0.0.1:PORT`. `None` without a broker.
    #[must_use]
    pub fn mqtt_url(&self) -> Option<&str> {
        self.shared.mqtt_url.as_deref()
    }

    /// The certificate of the authority that signed the broker's, as PEM. `None` without a broker.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca.as_deref()
    }

    /// The URL of the control port, if there is one.
    #[must_use]
    pub fn control_url(&self) -> Option<String> {
        self.control.map(|address| format!("http://{address}"))
    }

    /// How many event streams are open: by server-sent events, and those MQTT sessions that have a topic.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.shared.streams.open()
    }

    /// The live properties of a user's device, by its id or name.
    #[must_use]
    pub fn properties(&self, email: &str, device: &str) -> Option<Value> {
        let (user, _) = self.shared.find_user(email)?;
        let found = self.shared.with_account(user, |account, _| {
            let device = account.devices.iter().find(|known| known.is_called(device))?;
            Some(Value::Object(device.properties().clone()))
        });
        found.flatten()
    }

    /// Plays a script in a user's house and cloud. Returns when it has been played.
    ///
    /// # Errors
    /// [`ErrorKind::Script`](crate::ErrorKind::Script) with the number of the line that cannot be played: there is no
    /// such user, device or mode.
    pub async fn play(&self, email: &str, script: &Script) -> Result<(), Error> {
        let found = self.shared.find_user(email);
        let (user, _) = found.ok_or_else(|| Error::script("there is no such user".to_owned()))?;
        scene::play(&self.shared, user, script).await
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
        let drained = async {
            for server in &mut self.servers {
                // A server that panicked has stopped as well.
                let _ = server.await;
            }
        };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            for server in &self.servers {
                server.abort();
            }
        }
    }
}
