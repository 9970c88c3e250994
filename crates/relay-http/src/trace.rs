//! One log line for each call: method, route, id, status, latency in microseconds. Never the path or query as they
//! came: both carry tokens and poll keys.

use std::time::Duration;

use axum::extract::MatchedPath;
use axum::http::{Method, Request, Response};
use tower_http::classify::{ServerErrorsAsFailures, SharedClassifier};
use tower_http::trace::{MakeSpan, OnResponse, TraceLayer};
use tracing::Span;

use crate::request_id::CallId;

/// The route of a path that leads nowhere.
pub(crate) const UNKNOWN: &str = "unknown";

/// Names the route that a call matched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RouteSpan;

impl<B> MakeSpan<B> for RouteSpan {
    fn make_span(&mut self, request: &Request<B>) -> Span {
        let route = request.extensions().get::<MatchedPath>();
        tracing::info_span!(
            "http",
            method = method(request.method()),
            route = route.map_or(UNKNOWN, MatchedPath::as_str),
            call = request.extensions().get::<CallId>().map(display),
        )
    }
}

/// The method, if it is a known one: an extension method is text that the client made up.
pub(crate) fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Writes the line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogAnswer;

impl<B> OnResponse<B> for LogAnswer {
    fn on_response(self, response: &Response<B>, latency: Duration, _: &Span) {
        let microseconds = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        tracing::info!(status = response.status().as_u16(), us = microseconds, "answered");
    }
}

type Trace = TraceLayer<SharedClassifier<ServerErrorsAsFailures>, RouteSpan, (), LogAnswer, (), (), ()>;

/// The layer around every route.
pub(crate) fn layer() -> Trace {
    TraceLayer::new_for_http()
        .make_span_with(RouteSpan)
        .on_request(())
        .on_response(LogAnswer)
        .on_body_chunk(())
        .on_eos(())
        .on_failure(())
}
