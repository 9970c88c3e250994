//! Why a call of AWS failed, as a log may have it: an error's code and message, never a request or an answer as a
//! whole, which hold items of the table.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use relay::ports::PortError;

/// A call of AWS that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// AWS answered with an error.
    Refused {
        code: Option<String>,
        message: Option<String>,
    },
    /// There are no credentials to sign the call with. The text says why.
    NoCredentials(String),
    /// The call was not sent, or not answered. The text says why.
    NoAnswer(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { code, message } => {
                f.write_str(code.as_deref().unwrap_or("no error code"))?;
                message.as_ref().map_or(Ok(()), |message| write!(f, ": {message}"))
            }
            Self::NoCredentials(why) | Self::NoAnswer(why) => f.write_str(why),
        }
    }
}

impl Error for Fault {}

impl<E, R> From<&SdkError<E, R>> for Fault
where
    E: ProvideErrorMetadata + Error + 'static,
    R: fmt::Debug,
{
    fn from(error: &SdkError<E, R>) -> Self {
        match error {
            SdkError::ServiceError(answer) => Self::Refused {
                code: answer.err().code().map(str::to_owned),
                message: answer.err().message().map(str::to_owned),
            },
            SdkError::ConstructionFailure(_) | SdkError::DispatchFailure(_) if lacks_credentials(error.source()) => {
                Self::NoCredentials(with_causes(error))
            }
            _ => Self::NoAnswer(with_causes(error)),
        }
    }
}

#[cfg(any(test, feature = "lambda", feature = "stack"))]
impl Fault {
    /// The code of the error with which AWS answered.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => code.as_deref(),
            Self::NoCredentials(_) | Self::NoAnswer(_) => None,
        }
    }

    /// The role or the person has no right to the call, or a policy above the account forbids it.
    pub(crate) fn is_denied(&self) -> bool {
        matches!(
            self.code(),
            Some("AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation")
        )
    }
}

/// Whether one of the causes is a provider of credentials that had none to give.
fn lacks_credentials(cause: Option<&(dyn Error + 'static)>) -> bool {
    std::iter::successors(cause, |&cause| cause.source()).any(|cause| cause.is::<CredentialsError>())
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
pub(crate) fn away<E, R>(what: &'static str, error: &SdkError<E, R>) -> PortError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: fmt::Debug,
{
    PortError::away(what, Fault::from(error))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::operation::get_item::GetItemError;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    type Failed = SdkError<GetItemError, ()>;

    fn refused(code: Option<&str>, message: Option<&str>) -> Fault {
        let mut metadata = ErrorMetadata::builder();
        if let Some(code) = code {
            metadata = metadata.code(code);
        }
        if let Some(message) = message {
            metadata = metadata.message(message);
        }
        Fault::from(&Failed::service_error(GetItemError::generic(metadata.build()), ()))
    }

    #[test]
    fn an_answer_keeps_its_code_and_message() {
        let fault = refused(Some("AccessDeniedException"), Some("no"));
        assert_eq!(fault.code(), Some("AccessDeniedException"));
        assert_eq!(fault.to_string(), "AccessDeniedException: no");
        assert!(fault.is_denied());
        assert_eq!(refused(Some("Throttling"), None).to_string(), "Throttling");
        assert_eq!(refused(None, None).to_string(), "no error code");
    }

    #[test]
    fn missing_credentials_are_known_by_the_type_of_the_error() {
        let dispatched = |cause: Box<dyn Error + Send + Sync>| {
            Fault::from(&Failed::dispatch_failure(ConnectorError::other(cause, None)))
        };
        let missing = dispatched(CredentialsError::not_loaded("nothing was set").into());
        assert!(matches!(missing, Fault::NoCredentials(_)), "{missing:?}");
        let missing = Failed::construction_failure(CredentialsError::not_loaded("nothing was set"));
        assert!(matches!(Fault::from(&missing), Fault::NoCredentials(_)));
        // What only says the word is not one.
        let other = dispatched("the credential helper of the proxy".into());
        assert_eq!(other.code(), None);
        assert!(
            matches!(&other, Fault::NoAnswer(why) if why.contains("proxy")),
            "{other:?}"
        );
    }
}
