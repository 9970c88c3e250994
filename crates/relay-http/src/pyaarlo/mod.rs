//! The REST API that pyaarlo's `tfa_source='rest-api'` speaks, and that phones and mail servers feed.
//!
//! Its client takes a code from HTTP 200 and `data.code`, and crashes on `data: null`, on what is no JSON and on an
//! answer later than ten seconds. So every answer is HTTP 200 with an object in `data`, a refused token and a store
//! that is away included; `meta.code` and `data.success` distinguish them.

pub(crate) mod code;
pub(crate) mod mail;
pub(crate) mod register;

use std::future::Future;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::failure::Failure;
use crate::observe::Limit;

/// An answer later than 10 s ends the client: this leaves half a second for the way.
const LATEST_ANSWER: Duration = Duration::from_millis(9_500);

/// The frame around every answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Envelope<T> {
    meta: Meta,
    data: T,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Meta {
    /// 200 for success, 400 for anything else.
    #[schema(example = 200)]
    code: u16,
}

/// Why a call was not done.
#[derive(Serialize, ToSchema)]
pub(crate) struct Failed {
    #[schema(example = false)]
    success: bool,
    /// What to change, or when to come back.
    error: String,
    /// Always null.
    code: Option<String>,
    /// The HTTP status that the other calls give this failure: what a mail server's pipe decides by.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 403)]
    status: Option<u16>,
    /// Seconds after which the same call may go through; missing where it will not.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// For the host, not for the caller.
    #[serde(skip)]
    limit: Option<Limit>,
}

/// What a call came to: HTTP 200 in either case.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Answer<T> {
    Done(Envelope<T>),
    Failed(Envelope<Failed>),
}

impl<T> From<Result<T, Failure>> for Answer<T> {
    fn from(result: Result<T, Failure>) -> Self {
        match result {
            Ok(data) => Self::Done(Envelope {
                meta: Meta { code: 200 },
                data,
            }),
            Err(failure) => Self::Failed(Envelope {
                meta: Meta { code: 400 },
                data: Failed {
                    success: false,
                    error: failure.detail(),
                    code: None,
                    status: Some(failure.status().as_u16()),
                    retry_after: failure.retry_after(),
                    limit: failure.limit(),
                },
            }),
        }
    }
}

impl<T> Answer<T> {
    /// The call was done, and there is no code.
    fn no_code(why: &str) -> Self {
        Self::Failed(Envelope {
            meta: Meta { code: 400 },
            data: Failed {
                success: false,
                error: why.to_owned(),
                code: None,
                status: None,
                retry_after: None,
                limit: None,
            },
        })
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let limit = match &self {
            Self::Failed(failed) => failed.data.limit,
            Self::Done(_) => None,
        };
        let mut response = Json(self).into_response();
        if let Some(limit) = limit {
            response.extensions_mut().insert(limit);
        }
        response
    }
}

/// The call's result, or that the relay cannot do it now, in time for the client.
async fn with_deadline<T>(call: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::time::timeout(LATEST_ANSWER, call)
        .await
        .unwrap_or(Err(Failure::Away { retryable: true }))
}
