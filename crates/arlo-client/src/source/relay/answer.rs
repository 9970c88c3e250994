//! What a relay's answers without a code say.

use serde::Deserialize;

use crate::quotable::quotable;
use crate::source::announce::wait_after;
use crate::transport::Response;
use crate::{Error, ErrorKind};

/// The error for an HTTP status that is no success, with the detail of a problem document (RFC 9457) if there is one.
pub(super) fn refusal(answer: &Response) -> Error {
    #[derive(Deserialize)]
    struct Problem {
        detail: String,
    }
    let message = match answer.status {
        401 => "the relay wants an access token: use the whole prestage URL that the enrolment printed".to_owned(),
        403 => "the relay does not take this access token for this account: check both, or enrol again".to_owned(),
        404 | 410 => "the relay knows nothing at this URL: check the prestage URL".to_owned(),
        429 => "the relay wants fewer requests".to_owned(),
        503 => "the relay is out of order for now".to_owned(),
        status => format!("the relay answered with HTTP {status}"),
    };
    let problem: Option<Problem> = serde_json::from_slice(&answer.body).ok();
    let message = match problem.as_ref().and_then(|problem| quotable(&problem.detail)) {
        Some(detail) => format!("{message} ({detail})"),
        None => message,
    };
    Error::new(ErrorKind::CodeSource, message).with_retry_after(wait_after(answer))
}

/// The error for an answer that is not a relay's.
pub(super) fn unexpected(message: &'static str) -> Error {
    Error::new(ErrorKind::CodeSource, message)
}
