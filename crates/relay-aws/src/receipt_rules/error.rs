//! Why a request of CloudFormation failed.

use std::error::Error;
use std::fmt;

use aws_sdk_ses::error::BuildError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::aws::Fault;

/// What went wrong. `Display` is what CloudFormation shows to the person who deploys.
#[derive(Debug)]
pub(super) enum Reason {
    /// The request is neither Create, Update nor Delete.
    UnknownRequest,
    UnknownResource,
    UnreadableProperties(serde_json::Error),
    UnknownTlsPolicy,
    /// `Receiving` is neither of the two.
    UnknownReceiving,
    /// A rule of our name that is not ours.
    ForeignRule {
        rule_set: String,
        rule: String,
    },
    /// A call of AWS failed. `what` says which one, as a sentence.
    Call {
        what: &'static str,
        fault: Fault,
    },
    /// S3 refused to delete an object, with this error code.
    ObjectNotDeleted {
        code: String,
    },
    /// The SDK did not accept a request that was put together here.
    Incomplete(BuildError),
    OutOfTime,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownRequest => f.write_str("the request is neither Create, Update nor Delete"),
            Self::UnknownResource => f.write_str("the resource is of a type that this function does not know"),
            Self::UnreadableProperties(error) => {
                write!(f, "the properties of the resource cannot be read: {error}")
            }
            Self::UnknownTlsPolicy => f.write_str("TlsPolicy is neither Require nor Optional"),
            Self::UnknownReceiving => f.write_str("Receiving is neither on nor off"),
            Self::ForeignRule { rule_set, rule } => write!(
                f,
                "the rule set {rule_set} already has a rule named {rule} that is not this stack's: rename it, or the stack"
            ),
            Self::Call { what, fault } => write!(f, "{what}: {fault}"),
            Self::ObjectNotDeleted { code } => write!(f, "the bucket cannot be emptied: {code}"),
            Self::Incomplete(error) => error.fmt(f),
            Self::OutOfTime => f.write_str("it took too long; another attempt continues where this one ended"),
        }
    }
}

impl Error for Reason {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::UnreadableProperties(error) => Some(error),
            Self::Call { fault, .. } => Some(fault),
            Self::Incomplete(error) => Some(error),
            Self::UnknownRequest
            | Self::UnknownResource
            | Self::UnknownTlsPolicy
            | Self::UnknownReceiving
            | Self::ForeignRule { .. }
            | Self::ObjectNotDeleted { .. }
            | Self::OutOfTime => None,
        }
    }
}

impl From<BuildError> for Reason {
    fn from(error: BuildError) -> Self {
        Self::Incomplete(error)
    }
}

impl Reason {
    /// A call that failed. `what` says which one, as a sentence.
    pub(super) fn call<E, R>(what: &'static str) -> impl FnOnce(SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: fmt::Debug,
    {
        move |error| Self::Call {
            what,
            fault: Fault::from(&error),
        }
    }

    fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Call { fault, .. } => Some(fault),
            _ => None,
        }
    }

    /// The role has no right to the call, or a policy above the account forbids it.
    pub(super) fn is_denied(&self) -> bool {
        self.fault().is_some_and(Fault::is_denied)
    }

    /// The same call may succeed in a moment. SES may not yet see the role, or what else the template has just made. A
    /// rule that exists already was made by a call whose answer was lost: the next attempt finds it.
    pub(super) fn is_early(&self) -> bool {
        let code = self.fault().and_then(Fault::code);
        let is_unseen = matches!(
            code,
            Some("InvalidS3Configuration" | "InvalidLambdaFunction" | "AlreadyExists")
        );
        is_unseen || self.is_denied()
    }
}

/// A request that failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) reason: Reason,
    /// There is nothing that a later request has to take back.
    pub(super) leaves_nothing: bool,
}

impl Failed {
    pub(super) fn with_traces(reason: Reason) -> Self {
        Self {
            reason,
            leaves_nothing: false,
        }
    }

    pub(super) fn without_traces(reason: Reason) -> Self {
        Self {
            reason,
            leaves_nothing: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_to_try_again_is_read_from_the_code_alone() {
        for (code, is_early, is_denied) in [
            ("AccessDenied", true, true),
            ("AccessDeniedException", true, true),
            ("InvalidLambdaFunction", true, false),
            ("AlreadyExists", true, false),
            ("LimitExceeded", false, false),
        ] {
            let fault = Fault::Refused {
                status: None,
                code: Some(code.to_owned()),
                message: Some("AccessDenied".to_owned()),
            };
            let reason = Reason::Call {
                what: "SES does not",
                fault,
            };
            assert_eq!((reason.is_early(), reason.is_denied()), (is_early, is_denied), "{code}");
            assert_eq!(reason.to_string(), format!("SES does not: {code}: AccessDenied"));
        }
        assert!(!Reason::OutOfTime.is_early());
    }
}
