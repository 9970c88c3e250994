//! The routers: which path leads to which handler, and what holds for every call and every answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_request, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use relay::ports::{StageRequests, WebStore};

use crate::api::Api;
use crate::failure::Failure;
use crate::observe::Observer;
use crate::urls::PollUrls;
use crate::{healthz, joining, observe, openapi, page, poll, prestage, probes, pyaarlo, request_id, status, trace};

/// Longer than any call takes: the longest body, and the work on it.
const LONGEST_CALL: Duration = Duration::from_secs(180);

/// The whole API, for one machine.
pub fn router<S: WebStore, P: PollUrls + 'static>(api: Arc<Api<S, P>>) -> Router {
    // Where a token can be looked up, a stranger is turned away before a body is read.
    let known = from_fn_with_state(Arc::clone(&api), prestage::known_token::<S, P>);
    let prestage = prestage_routes(Arc::clone(&api), post(prestage::prestage).route_layer(known));
    let observer = api.observer.clone();
    finish(prestage.merge(web_routes(api)), observer)
}

/// Only `POST /prepare-arlo-mfa`: it can make login requests and can read nothing.
pub fn prestage_router<S: StageRequests + 'static, P: PollUrls + 'static>(api: Arc<Api<S, P>>) -> Router {
    let observer = api.observer.clone();
    finish(prestage_routes(api, post(prestage::prestage)), observer)
}

/// Everything but `POST /prepare-arlo-mfa`. It has that path all the same: with another method it is no unknown one.
pub fn web_router<S: WebStore, P: Send + Sync + 'static>(api: Arc<Api<S, P>>) -> Router {
    let observer = api.observer.clone();
    let elsewhere = prestage_routes(Arc::clone(&api), post(async || Failure::NotFound));
    finish(elsewhere.merge(web_routes(api)), observer)
}

fn prestage_routes<S: Send + Sync + 'static, P: Send + Sync + 'static>(
    api: Arc<Api<S, P>>,
    prestage: MethodRouter<Arc<Api<S, P>>>,
) -> Router {
    Router::new()
        .route("/prepare-arlo-mfa", prestage.clone())
        .route("/prepare-arlo-mfa/{token}", prestage)
        .with_state(api)
}

fn web_routes<S: WebStore, P: Send + Sync + 'static>(api: Arc<Api<S, P>>) -> Router {
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
        .route(
            "/register_done",
            get(pyaarlo::register::told_to_post).post(pyaarlo::register::register_done),
        )
        .route("/enrolments", post(joining::join_by_json))
        .route("/enrolment/token", post(joining::replace_token))
        .route("/enrolment/token/{token}", post(joining::replace_token))
        .route("/enrolment", delete(joining::leave_by_call))
        .route("/enrolment/{token}", delete(joining::leave_by_call))
        .route("/status", get(status::status))
        .route("/status/{token}", get(status::status))
        .route("/healthz", get(healthz::healthz))
        .route("/livez", get(probes::livez))
        .route("/readyz", get(probes::readyz))
        .route("/", get(page::index))
        .route("/join", get(page::join_page).post(page::join))
        .route("/manage", get(page::manage_page).post(page::manage))
        .route("/privacy", get(page::privacy))
        .route("/register", get(page::register_page))
        .with_state(api)
        .route("/openapi.json", get(async move || document))
}

/// What holds for every call and every answer.
fn finish(routes: Router, observer: Observer) -> Router {
    let routes = routes
        .fallback(async || Failure::NotFound)
        .method_not_allowed_fallback(async || Failure::MethodNotAllowed)
        .layer(from_fn(with_deadline))
        .layer(map_response(protect))
        .layer(from_fn_with_state(observer, observe::calls))
        .layer(trace::layer());
    // Outside, since what is inside sees a path only once it has a route.
    Router::new()
        .fallback_service(routes)
        .layer(map_request(without_empty_start))
        .layer(from_fn(request_id::identify))
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

/// Gives up a call that a store keeps waiting.
async fn with_deadline(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(LONGEST_CALL, next.run(request)).await;
    answer.unwrap_or_else(|_| Failure::Away { retryable: true }.into_response())
}

/// The answer to a call for which a listener has no place.
#[must_use]
pub fn turned_away() -> Response {
    request_id::name(protected(Failure::NoPlace.into_response()))
}

pub(crate) async fn protect(response: Response) -> Response {
    protected(response)
}

/// Every answer is one person's business or may carry a capability: it is kept nowhere and embedded nowhere.
fn protected(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
        .entry(header::REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("no-referrer"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    response
}
