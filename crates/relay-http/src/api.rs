//! What the handlers share, and the routers over it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_request, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use client_limits::Client;
use relay::ports::{StageRequests, WebStore};
use relay::relay::{Refusal, Relay};
use relay::secret::AccessToken;
use tokio::sync::watch;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::health::{Health, Vitals};
use crate::limits::{Limits, Shares};
use crate::urls::{LocalPollUrls, PollUrls, PublicUrl};
use crate::work::{ClientWork, WorkPool};
use crate::{health, openapi, page, poll, prestage, pyaarlo, status, trace};

/// Longer than any call takes: the longest body plus what is done with it.
const ANSWER_WITHIN: Duration = Duration::from_secs(180);

/// What a deployment decides about its HTTP API.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where clients reach the router, with the path prefix that a proxy in front of it removes.
    pub public_url: PublicUrl,
    /// Whether a call may wait for a change. Not where a waiting call costs money, as in a Lambda.
    pub long_poll: bool,
    /// Who may enrol over HTTP.
    pub registration: Registration,
    /// The version that `/healthz` and the OpenAPI document name.
    pub version: &'static str,
    /// Becomes true when the server drains: every waiting call then answers at once.
    pub shutdown: watch::Receiver<bool>,
}

/// Who may enrol over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Registration {
    /// Nobody: the operator enrols.
    #[default]
    Closed,
    /// Everyone who can reach the relay, any address: only for a network where all are trusted.
    Open,
}

/// The relay and all that its HTTP API needs beside it.
#[derive(Debug)]
pub struct Api<S, P = LocalPollUrls> {
    pub(crate) relay: Relay<S>,
    pub(crate) poll_urls: P,
    pub(crate) settings: Settings,
    pub(crate) health: Health,
    pub(crate) shares: Shares,
    pool: Option<Arc<dyn WorkPool>>,
}

impl<S> Api<S> {
    /// The API of a relay that serves its poll URLs itself.
    #[must_use]
    pub fn new(relay: Relay<S>, settings: Settings) -> Self {
        let poll_urls = LocalPollUrls::new(settings.public_url.clone());
        Self::with_poll_urls(relay, poll_urls, settings)
    }
}

impl<S, P> Api<S, P> {
    /// The API of a relay whose poll URLs lead elsewhere.
    #[must_use]
    pub fn with_poll_urls(relay: Relay<S>, poll_urls: P, settings: Settings) -> Self {
        Self {
            relay,
            poll_urls,
            settings,
            health: Health::default(),
            shares: Shares::new(&Limits::default()),
            pool: None,
        }
    }

    /// With other limits than the usual ones.
    #[must_use]
    pub fn with_limits(mut self, limits: &Limits) -> Self {
        self.shares = Shares::new(limits);
        self
    }

    /// With a pool for what takes processor time, which is done at once otherwise.
    #[must_use]
    pub fn with_pool(mut self, pool: Arc<dyn WorkPool>) -> Self {
        self.pool = Some(pool);
        self
    }

    /// The client's share of the pool.
    pub(crate) fn work(&self, client: Client) -> ClientWork<'_> {
        let pool = self.pool.as_deref();
        ClientWork { pool, client }
    }

    /// Counts the call, and takes its token. Not whether that is good.
    pub(crate) fn token(&self, caller: &Caller) -> Result<AccessToken, Failure> {
        self.shares.call(caller.client)?;
        caller.token().map_err(|failure| match failure {
            Failure::Denied => self.shares.refused(caller.client),
            other => other,
        })
    }

    /// What a refusal is to that caller, now. Who shows bad tokens again and again is told to wait.
    pub(crate) fn refused(&self, caller: &Caller, refusal: Refusal) -> Failure {
        match self.failure(refusal) {
            Failure::Denied => self.shares.refused(caller.client),
            other => other,
        }
    }

    /// Lets `/healthz` tell of these, too.
    #[must_use]
    pub fn watching(mut self, vitals: Arc<dyn Vitals>) -> Self {
        self.health.watch(vitals);
        self
    }

    /// What a refusal is to the caller, now.
    pub(crate) fn failure(&self, refusal: Refusal) -> Failure {
        Failure::of(refusal, self.relay.settings().clock.now())
    }
}

/// The whole API, for one machine.
pub fn router<S: WebStore, P: PollUrls + 'static>(api: Arc<Api<S, P>>) -> Router {
    // Where a token can be looked up, a stranger is turned away before a body is read.
    let known = from_fn_with_state(Arc::clone(&api), prestage::known_token::<S, P>);
    let prestage = prestage_routes(Arc::clone(&api), post(prestage::prestage).route_layer(known));
    finish(prestage.merge(web_routes(api)))
}

/// Only `POST /prepare-arlo-mfa`: it can make login requests and can read nothing.
pub fn prestage_router<S: StageRequests + 'static, P: PollUrls + 'static>(api: Arc<Api<S, P>>) -> Router {
    finish(prestage_routes(api, post(prestage::prestage)))
}

/// Everything but `POST /prepare-arlo-mfa`.
pub fn web_router<S: WebStore, P: Send + Sync + 'static>(api: Arc<Api<S, P>>) -> Router {
    finish(web_routes(api))
}

fn prestage_routes<S: StageRequests + 'static, P: PollUrls + 'static>(
    api: Arc<Api<S, P>>,
    prestage: MethodRouter<Arc<Api<S, P>>>,
) -> Router {
    Router::new()
        .route("/prepare-arlo-mfa", prestage.clone())
        .route("/prepare-arlo-mfa/{token}", prestage)
        .with_state(api)
}

fn web_routes<S: WebStore, P: Send + Sync + 'static>(api: Arc<Api<S, P>>) -> Router {
    let index = page::index(&api.settings);
    let register = page::register(api.settings.registration);
    let document = openapi::serialized(&api.settings);
    Router::new()
        .route("/poll/{key}", get(poll::poll).delete(poll::cancel))
        .route("/clear", get(pyaarlo::code::clear))
        .route("/clear/{token}", get(pyaarlo::code::clear))
        .route("/get", get(pyaarlo::code::get))
        .route("/get/{token}", get(pyaarlo::code::get))
        .route("/add", get(pyaarlo::code::add).post(pyaarlo::code::add_posted))
        .route("/add/{token}", get(pyaarlo::code::add).post(pyaarlo::code::add_posted))
        .route("/mail", post(pyaarlo::mail::mail))
        .route("/mail/{token}", post(pyaarlo::mail::mail))
        .route("/register_done", get(pyaarlo::register::register_done))
        .route("/status", get(status::status))
        .route("/healthz", get(health::healthz))
        .with_state(api)
        .route("/register", get(async move || register))
        .route("/openapi.json", get(async move || document))
        .route("/", get(async move || index))
}

/// What holds for every call and every answer.
fn finish(routes: Router) -> Router {
    let routes = routes
        .fallback(async || Failure::NotFound)
        .method_not_allowed_fallback(async || Failure::MethodNotAllowed)
        .layer(from_fn(in_time))
        .layer(map_response(protect))
        .layer(trace::layer());
    // Outside, since what is inside sees a path only once it has a route.
    Router::new()
        .fallback_service(routes)
        .layer(map_request(without_empty_start))
}

/// A client that joins a base URL with a slash at its end and a path asks for `//clear`. The page at `/` is no such
/// path: a browser would take what it asks for next for another host's.
async fn without_empty_start(mut request: Request) -> Request {
    let asked = request.uri().path_and_query().map_or("", PathAndQuery::as_str);
    let name = asked.trim_start_matches('/');
    if asked.starts_with("//") && !name.is_empty() && !name.starts_with('?') {
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = format!("/{name}").parse().ok();
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

/// A call that a store keeps waiting is given up.
async fn in_time(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await;
    answer.unwrap_or_else(|_| Failure::Away { retryable: true }.into_response())
}

/// Every answer is one person's business or may carry a capability: it is kept nowhere and embedded nowhere.
async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    response
}
