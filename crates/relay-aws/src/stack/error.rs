//! What keeps a person from working with a stack, in one sentence that says what to do.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::environment::SettingsError;
use crate::fault::Fault;
use crate::hash_key::KeyError;

/// Why a stack cannot be worked with.
#[derive(Debug)]
pub struct StackError(String);

impl fmt::Display for StackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for StackError {}

impl StackError {
    pub(super) fn none(name: &str, region: &str) -> Self {
        Self(format!(
            "there is no stack {name} in {region}: check --stack and --region, or deploy it with deploy.sh"
        ))
    }

    pub(super) fn not_ours(name: &str) -> Self {
        Self(format!(
            "the stack {name} is none of arlo-relay, or one of another version: deploy it again with deploy.sh"
        ))
    }

    pub(super) fn no_region() -> Self {
        Self("no region is set: name the stack's with --region".to_owned())
    }

    pub(super) fn no_credentials() -> Self {
        Self(
            "there are no AWS credentials: set AWS_PROFILE, or log in with `aws sso login` of AWS CLI 2 or `aws configure`; \
             after `aws login`, `aws configure export-credentials --format env` prints what this command needs"
                .to_owned(),
        )
    }

    pub(super) fn settings(error: &SettingsError) -> Self {
        Self(format!(
            "the stack's functions are set up wrongly: {error}; deploy the stack again"
        ))
    }

    pub(super) fn key(error: &KeyError) -> Self {
        Self(format!(
            "{error}; use credentials with ssm:GetParameter for it, or mend it as deploy.sh says"
        ))
    }

    pub(super) fn port(error: &relay::ports::PortError) -> Self {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        Self(format!("{error}{cause}"))
    }

    pub(super) fn api(url: &str, why: &str) -> Self {
        Self(format!("{url} does not answer as it should: {why}"))
    }

    pub(super) fn of_stack<E, R>(name: &str, region: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: fmt::Debug,
    {
        let text = Fault::of(error).to_string();
        if text.contains("does not exist") {
            return Self::none(name, region);
        }
        Self::of("CloudFormation does not tell of the stack", error)
    }

    pub(super) fn of<E, R>(what: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: fmt::Debug,
    {
        let text = Fault::of(error).to_string();
        let code = error
            .as_service_error()
            .and_then(ProvideErrorMetadata::code)
            .unwrap_or_default();
        match code {
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
                Self("the AWS credentials have expired: log in again, as with `aws sso login`".to_owned())
            }
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
                Self(format!("{what}, since the AWS credentials do not allow it: {text}"))
            }
            "" if text.contains("credential") => Self::no_credentials(),
            _ => Self(format!("{what}: {text}")),
        }
    }
}

/// A stack that failed half-way holds nothing that could be worked with.
pub(super) fn require_whole(name: &str, status: &str) -> Result<(), StackError> {
    match status {
        "ROLLBACK_COMPLETE" | "CREATE_FAILED" | "ROLLBACK_FAILED" => Err(StackError(format!(
            "the stack {name} was never made whole ({status}): see its events for the reason, delete it with `sam delete`, and deploy it again"
        ))),
        "CREATE_IN_PROGRESS" | "DELETE_IN_PROGRESS" | "ROLLBACK_IN_PROGRESS" => Err(StackError(format!(
            "the stack {name} is being made or deleted ({status}): try again in a few minutes"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_that_is_not_whole_is_refused_with_what_to_do() {
        for (status, said) in [
            ("ROLLBACK_COMPLETE", "sam delete"),
            ("DELETE_IN_PROGRESS", "a few minutes"),
        ] {
            let message = require_whole("s", status).unwrap_err().to_string();
            assert!(message.contains(status) && message.contains(said), "{message}");
        }
        for status in [
            "CREATE_COMPLETE",
            "UPDATE_COMPLETE",
            "UPDATE_ROLLBACK_COMPLETE",
            "UPDATE_IN_PROGRESS",
        ] {
            assert!(require_whole("s", status).is_ok());
        }
    }
}
