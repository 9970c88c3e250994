//! What AWS says went wrong, as a log may have it: its code and message, never a request or an answer as a whole, which
//! hold items.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use relay::ports::PortError;

/// What AWS answered, or why it did not.
#[derive(Debug)]
pub(crate) struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Fault {}

impl Fault {
    pub(crate) fn of<E, R>(error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: fmt::Debug,
    {
        if let Some(service) = error.as_service_error() {
            let code = service.code().unwrap_or("no error code");
            return Self(
                service
                    .message()
                    .map_or_else(|| code.to_owned(), |text| format!("{code}: {text}")),
            );
        }
        Self(with_causes(error))
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

/// A call that AWS did not do. It counts as one that may go through later: what an operator has to mend first, as a
/// role that lacks an action, is retried to the end and then kept as a dead letter.
pub(crate) fn away<E, R>(what: &'static str, error: &SdkError<E, R>) -> PortError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: fmt::Debug,
{
    PortError::away(what, Fault::of(error))
}
