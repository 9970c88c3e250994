//! Why a call of AWS failed, as a log may have it: an error's code and message, never a request or an answer as a
//! whole, which hold items of the table.
//!
//! Messages of DynamoDB, S3 and Systems Manager name roles, resources and parameters. Those of SES name the addresses
//! of the mail, so where a mail is sent its message is left out ([`Fault::without_message`]).

use std::error::Error;
use std::fmt;

use hyper::StatusCode;
use relay::ports::PortError;

use super::NoAnswer;
use super::backoff::{self, Why};

/// A call of AWS that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// AWS answered with an error.
    Refused {
        /// The answer's status, where it is known.
        status: Option<u16>,
        /// The error's code, where the answer has one.
        code: Option<String>,
        /// The error's message, where the answer has one.
        message: Option<String>,
    },
    /// There are no credentials to sign the call with. The text says why.
    NoCredentials(String),
    /// The call was not sent, or not answered. The text says why.
    NoAnswer(String),
    /// The answer has another form than it should. The error of the parser could show a secret, so it is not kept.
    Unreadable,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status, code, message } => {
                match (code, status) {
                    (Some(code), _) => f.write_str(code)?,
                    (None, Some(status)) => write!(f, "HTTP status {status}, no error code")?,
                    (None, None) => f.write_str("no error code")?,
                }
                message.as_ref().map_or(Ok(()), |message| write!(f, ": {message}"))
            }
            Self::NoCredentials(why) | Self::NoAnswer(why) => f.write_str(why),
            Self::Unreadable => f.write_str("the answer cannot be read"),
        }
    }
}

impl Error for Fault {}

impl From<&NoAnswer> for Fault {
    fn from(why: &NoAnswer) -> Self {
        Self::NoAnswer(with_causes(why))
    }
}

impl Fault {
    /// The same without AWS's message.
    #[must_use]
    pub(super) fn without_message(self) -> Self {
        match self {
            Self::Refused { status, code, .. } => Self::Refused {
                status,
                code,
                message: None,
            },
            other => other,
        }
    }

    /// The code of the error with which AWS answered.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => code.as_deref(),
            Self::NoCredentials(_) | Self::NoAnswer(_) | Self::Unreadable => None,
        }
    }

    /// There were too many calls, or a quota is used up.
    #[must_use]
    pub(crate) fn is_throttled(&self) -> bool {
        let Self::Refused { status, code, .. } = self else {
            return false;
        };
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        backoff::why(status.unwrap_or_default(), code.as_deref()) == Some(Why::Throttled)
    }

    /// The role or the person has no right to the call, or a policy above the account forbids it.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        match self {
            // The answer to a HEAD has no code.
            Self::Refused { status, code: None, .. } => *status == Some(403),
            _ => matches!(
                self.code(),
                Some("AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation")
            ),
        }
    }
}

/// An error and what caused it: a failed connection says why in its sources alone.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// A call that AWS did not do. It counts as one that may go through later: what an operator has to mend first, such as
/// a role that lacks an action, is retried to the end and then kept as a dead letter.
pub(crate) fn away(what: &'static str) -> impl FnOnce(Fault) -> PortError {
    move |fault| PortError::away(what, fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: Option<&str>, message: Option<&str>) -> Fault {
        Fault::Refused {
            status: Some(403),
            code: code.map(str::to_owned),
            message: message.map(str::to_owned),
        }
    }

    #[test]
    fn an_answer_keeps_its_code_and_message() {
        let fault = refused(Some("AccessDeniedException"), Some("no"));
        assert_eq!(fault.code(), Some("AccessDeniedException"));
        assert_eq!(fault.to_string(), "AccessDeniedException: no");
        assert!(fault.is_denied());
        assert_eq!(refused(Some("Throttling"), None).to_string(), "Throttling");
        assert!(!refused(Some("Throttling"), None).is_denied());
        assert!(refused(Some("Throttling"), None).is_throttled());
        assert!(!refused(None, None).is_throttled() && !fault.is_throttled());
        assert_eq!(refused(None, None).to_string(), "HTTP status 403, no error code");
        assert!(refused(None, None).is_denied());
    }
}
