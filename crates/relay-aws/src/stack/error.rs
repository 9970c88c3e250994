//! What keeps an operator from working with a stack.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use relay::ports::PortError;

use crate::aws::{Fault, with_causes};
use crate::deployment_key::KeyError;
use crate::environment::SettingsError;

/// Why a stack cannot be worked with: one sentence that names the cause and says what to do. The source is the cause.
#[derive(Debug)]
pub struct StackError(Kind);

#[derive(Debug)]
pub(super) enum Kind {
    NoStack {
        name: String,
        region: String,
    },
    /// The stack lacks what every stack of this version has.
    OtherStack {
        name: String,
    },
    /// An earlier version made the stack, and this one cannot read its enrolments.
    OfBefore {
        name: String,
    },
    /// The stack's creation failed.
    NeverComplete {
        name: String,
        status: String,
    },
    /// The stack is being created or deleted.
    Changing {
        name: String,
        status: String,
    },
    NoRegion,
    NoCredentials(Option<Fault>),
    ExpiredCredentials(Fault),
    /// `what` says which call it was, as a sentence.
    Denied {
        what: &'static str,
        fault: Fault,
    },
    CallFailed {
        what: &'static str,
        fault: Fault,
    },
    Settings(SettingsError),
    Key(KeyError),
    Store(PortError),
    /// The relay's own API did not answer.
    Unreachable {
        url: String,
        cause: Box<dyn Error + Send + Sync>,
    },
    /// The relay's own API answered with this status.
    Unhealthy {
        url: String,
        status: u16,
    },
}

impl fmt::Display for StackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::NoStack { name, region } => write!(
                f,
                "there is no stack {name} in {region}: check --stack and --region, or deploy it with deploy.sh"
            ),
            Kind::OtherStack { name } => write!(
                f,
                "the stack {name} is not one of arlo-relay, or is one of another version: deploy it again with deploy.sh"
            ),
            Kind::OfBefore { name } => write!(
                f,
                "an earlier version made the stack {name}, and this one cannot read its enrolments: delete it with \
                 `sam delete`, deploy again and enrol anew"
            ),
            Kind::NeverComplete { name, status } => write!(
                f,
                "the stack {name} was never complete ({status}): read its events for the reason, delete it with \
                 `sam delete`, and deploy it again"
            ),
            Kind::Changing { name, status } => write!(
                f,
                "the stack {name} is being created or deleted ({status}): try again in a few minutes"
            ),
            Kind::NoRegion => f.write_str("no region is set: name the stack's region with --region"),
            Kind::NoCredentials(_) => f.write_str(
                "there are no AWS credentials: set AWS_PROFILE, or log in with `aws sso login` of AWS CLI 2 or \
                 `aws configure`; after `aws login`, `aws configure export-credentials --format env` prints what this \
                 command needs",
            ),
            Kind::ExpiredCredentials(_) => {
                f.write_str("the AWS credentials have expired: log in again, as with `aws sso login`")
            }
            Kind::Denied { what, fault } => {
                write!(f, "{what}, since the AWS credentials do not allow it: {fault}")
            }
            Kind::CallFailed { what, fault } => write!(f, "{what}: {fault}"),
            Kind::Settings(error) => write!(
                f,
                "the settings of the stack's functions are wrong: {error}; deploy the stack again"
            ),
            Kind::Key(error) => write!(
                f,
                "{error}; use credentials with ssm:GetParameters for it, or do what deploy.sh says"
            ),
            Kind::Store(error) => f.write_str(&with_causes(error)),
            Kind::Unreachable { url, cause } => write!(f, "{url} cannot be reached: {}", with_causes(cause.as_ref())),
            Kind::Unhealthy { url, status } => write!(f, "{url} answers {status}"),
        }
    }
}

impl Error for StackError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Kind::NoStack { .. }
            | Kind::OtherStack { .. }
            | Kind::OfBefore { .. }
            | Kind::NeverComplete { .. }
            | Kind::Changing { .. }
            | Kind::NoRegion
            | Kind::Unhealthy { .. } => None,
            Kind::NoCredentials(fault) => fault.as_ref().map(|fault| fault as _),
            Kind::ExpiredCredentials(fault) | Kind::Denied { fault, .. } | Kind::CallFailed { fault, .. } => {
                Some(fault)
            }
            Kind::Settings(error) => Some(error),
            Kind::Key(error) => Some(error),
            Kind::Store(error) => Some(error),
            Kind::Unreachable { cause, .. } => Some(cause.as_ref()),
        }
    }
}

impl From<Kind> for StackError {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}

impl From<SettingsError> for StackError {
    fn from(error: SettingsError) -> Self {
        Self(Kind::Settings(error))
    }
}

impl From<KeyError> for StackError {
    fn from(error: KeyError) -> Self {
        Self(Kind::Key(error))
    }
}

impl From<PortError> for StackError {
    fn from(error: PortError) -> Self {
        Self(Kind::Store(error))
    }
}

impl StackError {
    /// A call of AWS that failed. `what` says which one, as a sentence that the cause ends.
    pub(super) fn call<E, R>(what: &'static str) -> impl FnOnce(SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: fmt::Debug,
    {
        move |error| Self::from_fault(what, Fault::from(&error))
    }

    /// `DescribeStacks` of this stack that failed. CloudFormation has no error code of its own for a stack that does
    /// not exist: it answers `ValidationError`, as it does for a name that no stack can have.
    pub(super) fn describe_stacks<E, R>(name: &str, region: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: fmt::Debug,
    {
        let fault = Fault::from(error);
        if fault.code() == Some("ValidationError") {
            return Self::no_stack(name, region);
        }
        Self::from_fault("CloudFormation does not describe the stack", fault)
    }

    pub(super) fn no_stack(name: &str, region: &str) -> Self {
        Self(Kind::NoStack {
            name: name.to_owned(),
            region: region.to_owned(),
        })
    }

    pub(super) fn other_stack(name: &str) -> Self {
        Self(Kind::OtherStack { name: name.to_owned() })
    }

    pub(super) fn of_before(name: &str) -> Self {
        Self(Kind::OfBefore { name: name.to_owned() })
    }

    pub(super) fn from_fault(what: &'static str, fault: Fault) -> Self {
        if let Fault::NoCredentials(_) = fault {
            return Self(Kind::NoCredentials(Some(fault)));
        }
        Self(match fault.code() {
            Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired") => Kind::ExpiredCredentials(fault),
            _ if fault.is_denied() => Kind::Denied { what, fault },
            _ => Kind::CallFailed { what, fault },
        })
    }
}

/// Refuses a stack in a status in which it holds nothing to work with.
pub(super) fn require_complete(name: &str, status: &str) -> Result<(), StackError> {
    let (name, status) = (name.to_owned(), status.to_owned());
    match status.as_str() {
        "ROLLBACK_COMPLETE" | "CREATE_FAILED" | "ROLLBACK_FAILED" => Err(Kind::NeverComplete { name, status }.into()),
        "CREATE_IN_PROGRESS" | "DELETE_IN_PROGRESS" | "ROLLBACK_IN_PROGRESS" => {
            Err(Kind::Changing { name, status }.into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::operation::describe_stacks::DescribeStacksError;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    #[test]
    fn a_stack_that_is_not_complete_is_refused_with_what_to_do() {
        for (status, said) in [
            ("ROLLBACK_COMPLETE", "sam delete"),
            ("DELETE_IN_PROGRESS", "a few minutes"),
        ] {
            let message = require_complete("s", status).unwrap_err().to_string();
            assert!(message.contains(status) && message.contains(said), "{message}");
        }
        for status in [
            "CREATE_COMPLETE",
            "UPDATE_COMPLETE",
            "UPDATE_ROLLBACK_COMPLETE",
            "UPDATE_IN_PROGRESS",
        ] {
            assert!(require_complete("s", status).is_ok());
        }
    }

    #[test]
    fn answers_of_cloudformation_differ_by_their_code_alone() {
        let described = |code, message| {
            let metadata = ErrorMetadata::builder().code(code).message(message).build();
            let error = SdkError::service_error(DescribeStacksError::generic(metadata), ());
            StackError::describe_stacks("s", "eu-west-1", &error).0
        };
        assert!(matches!(described("ValidationError", "no"), Kind::NoStack { .. }));
        assert!(matches!(described("ExpiredToken", "no"), Kind::ExpiredCredentials(_)));
        assert!(matches!(described("AccessDenied", "no"), Kind::Denied { .. }));
        let other = described("Throttling", "a credential that does not exist");
        assert!(matches!(other, Kind::CallFailed { .. }), "{other:?}");
    }

    #[test]
    fn the_cause_is_in_the_sentence_and_in_the_source() {
        let fault = Fault::NoAnswer("no route to host".to_owned());
        let error = StackError::from_fault("the bucket cannot be used", fault.clone());
        assert_eq!(error.to_string(), "the bucket cannot be used: no route to host");
        assert_eq!(error.source().unwrap().downcast_ref::<Fault>(), Some(&fault));
        let missing = StackError::from_fault("x", Fault::NoCredentials("nothing was set".to_owned()));
        assert!(matches!(missing.0, Kind::NoCredentials(Some(_))), "{missing:?}");
    }
}
