//! The HTTP API's router behind API Gateway (HTTP API, payload format 2.0).

mod gateway;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::response::Response;
use relay::ports::Clock;
use relay::{Relay, RequestId, SystemClock};
use relay_http::{Api, PublicUrl};
use tokio::sync::watch;
use tower::Service;

use self::gateway::host_of;
use crate::connection::Connection;
use crate::metrics::{Metrics, PrestageDone};
use crate::presign::SignedPollUrls;
use crate::runtime::{Error, Events};
use crate::settings::Settings;
use crate::store::AwsStore;

/// Serves `POST /prepare-arlo-mfa` until Lambda ends the process.
///
/// # Errors
/// When Lambda's runtime API is away.
pub async fn serve_prestage(events: &Events, connection: Connection, settings: Settings) -> Result<(), Error> {
    let relay = Relay::new(settings.relay.clone(), settings.store(&connection));
    let urls = SignedPollUrls::new(
        connection.bucket(&settings.places.bucket),
        settings.places.clone(),
        connection.credentials(),
        Arc::clone(&settings.relay.deployment.clock),
    );
    serve(events, settings.public_url, &settings.metrics, move |public_url| {
        let api = Api::with_poll_urls(relay.clone(), urls.clone(), api_settings(public_url));
        relay_http::prestage_router(Arc::new(api))
    })
    .await
}

/// Serves everything else until Lambda ends the process.
///
/// # Errors
/// When Lambda's runtime API is away.
pub async fn serve_web(events: &Events, connection: Connection, settings: Settings) -> Result<(), Error> {
    let relay: Relay<AwsStore> = Relay::new(settings.relay.clone(), settings.store(&connection));
    // What is called there is not counted: AWS counts the calls, and their errors and times, of itself.
    serve(events, settings.public_url, &Metrics::none(), move |public_url| {
        let router = relay_http::web_router(Arc::new(Api::new(relay.clone(), api_settings(public_url.clone()))));
        relay_http::at_its_own_address(router, &public_url)
    })
    .await
}

fn api_settings(public_url: PublicUrl) -> relay_http::Settings {
    relay_http::Settings {
        public_url,
        version: env!("CARGO_PKG_VERSION"),
        shutdown: watch::channel(false).1,
    }
}

/// Answers events with the router that is made for the public URL, or else for the host name of the first event.
async fn serve(
    events: &Events,
    public_url: Option<PublicUrl>,
    metrics: &Metrics,
    router: impl Fn(PublicUrl) -> Router,
) -> Result<(), Error> {
    let mut ready: Option<Router> = public_url.map(&router);
    events
        .serve(async |event| {
            let began = Instant::now();
            let request = gateway::request(&event.payload)?;
            let router = ready.get_or_insert_with(|| router(PublicUrl::for_host(host_of(&request))));
            let Ok(answer) = router.call(request).await;
            let called = Called::of(&answer);
            let answer = gateway::answer(answer).await?;
            metrics.prestage(&PrestageDone {
                event: &event.id,
                call: called.id.as_deref(),
                request: called.request,
                status: called.status,
                took: began.elapsed(),
                at: SystemClock.now(),
            });
            Ok(answer)
        })
        .await
}

/// What an answer says of its call.
struct Called {
    id: Option<String>,
    request: Option<RequestId>,
    status: u16,
}

impl Called {
    fn of(answer: &Response) -> Self {
        let id = answer.headers().get("x-request-id").and_then(|id| id.to_str().ok());
        Self {
            id: id.map(str::to_owned),
            request: answer.extensions().get().copied(),
            status: answer.status().as_u16(),
        }
    }
}

#[cfg(test)]
mod tests;
