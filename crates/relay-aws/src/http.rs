//! The HTTP API's router behind API Gateway (HTTP API, payload format 2.0).
//!
//! `lambda_http` turns an event into a request. It ends the process on an event that it cannot turn into one, with a
//! character in the path, query or host that no URI has. Callers can send such events, so each is made valid first.

use std::sync::Arc;

use axum::Router;
use data_encoding::BASE64;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::http::HeaderValue;
use lambda_http::http::header::HOST;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Error, LambdaEvent, Service, service_fn};
use relay::Relay;
use relay_http::{Api, PublicUrl, Registration};
use tokio::sync::watch;

use crate::connection::Connection;
use crate::presign::SignedPollUrls;
use crate::settings::Settings;
use crate::store::AwsStore;

/// Serves `POST /prepare-arlo-mfa` until Lambda ends the process.
///
/// # Errors
/// When Lambda's runtime API is away.
pub async fn serve_prestage(connection: Connection, settings: Settings) -> Result<(), Error> {
    let relay = Relay::new(settings.relay.clone(), settings.store(&connection));
    let urls = SignedPollUrls::new(
        connection.s3(),
        settings.places.clone(),
        connection.credentials(),
        Arc::clone(&settings.relay.deployment.clock),
    );
    serve(settings.public_url, move |public_url| {
        let api = Api::with_poll_urls(relay.clone(), urls.clone(), api_settings(public_url));
        relay_http::prestage_router(Arc::new(api))
    })
    .await
}

/// Serves everything else until Lambda ends the process.
///
/// # Errors
/// When Lambda's runtime API is away.
pub async fn serve_web(connection: Connection, settings: Settings) -> Result<(), Error> {
    let relay: Relay<AwsStore> = Relay::new(settings.relay.clone(), settings.store(&connection));
    serve(settings.public_url, move |public_url| {
        relay_http::web_router(Arc::new(Api::new(relay.clone(), api_settings(public_url))))
    })
    .await
}

fn api_settings(public_url: PublicUrl) -> relay_http::Settings {
    relay_http::Settings {
        public_url,
        registration: Registration::Closed,
        version: env!("CARGO_PKG_VERSION"),
        shutdown: watch::channel(false).1,
    }
}

/// Answers events with the router that is made for the public URL, or else for the host name of the first event.
async fn serve(public_url: Option<PublicUrl>, router: impl Fn(PublicUrl) -> Router) -> Result<(), Error> {
    let mut ready: Option<Router> = public_url.map(&router);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<LambdaRequest>| {
        let right = valid_event(event.payload);
        let answer = right.map(|request| {
            let router = ready.get_or_insert_with(|| router(found_at(&request))).clone();
            let request = LambdaEvent::new(LambdaRequest::ApiGatewayV2(request), event.context);
            Adapter::from(router).call(request)
        });
        async move { Ok::<_, Error>(answer?.await?) }
    }))
    .await
}

/// The base URL at which the client found the API.
fn found_at(request: &ApiGatewayV2httpRequest) -> PublicUrl {
    let host = request.headers.get(HOST).and_then(|host| host.to_str().ok());
    PublicUrl::for_host(host.unwrap_or(NO_HOST))
}

/// The host of a call that names none.
const NO_HOST: &str = "localhost";

/// The event without characters that no URI can hold, and without the stage in its path.
fn valid_event(event: LambdaRequest) -> Result<ApiGatewayV2httpRequest, Error> {
    let LambdaRequest::ApiGatewayV2(mut event) = event else {
        return Err("this is no event of an HTTP API in payload format 2.0".into());
    };
    let path = event.raw_path.take().unwrap_or_default();
    let stage = event.request_context.stage.take().filter(|stage| stage != "$default");
    event.raw_path = Some(escaped(without_stage(&path, stage.as_deref()), b"?#[]\\^`{|}\"<> "));
    event.raw_query_string = event.raw_query_string.map(|query| escaped(&query, b"#[]\\^`{|}\"<> "));
    event.headers.remove("x-forwarded-proto");
    let host = event
        .request_context
        .domain_name
        .as_deref()
        .filter(|name| is_host(name));
    let host = HeaderValue::from_str(host.unwrap_or(NO_HOST));
    event
        .headers
        .insert(HOST, host.unwrap_or(HeaderValue::from_static(NO_HOST)));
    if event.is_base64_encoded
        && event
            .body
            .as_ref()
            .is_some_and(|body| BASE64.decode(body.as_bytes()).is_err())
    {
        event.body = None;
    }
    Ok(event)
}

fn is_host(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

fn without_stage<'a>(path: &'a str, stage: Option<&str>) -> &'a str {
    let rest = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
    rest.filter(|rest| rest.is_empty() || rest.starts_with('/'))
        .unwrap_or(path)
}

/// Percent-encodes what a URI cannot hold (RFC 3986 section 2). What is encoded already stays as it is.
fn escaped(text: &str, reserved: &[u8]) -> String {
    let mut uri = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !reserved.contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests;
