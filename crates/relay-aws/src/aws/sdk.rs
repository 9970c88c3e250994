//! The SDK's clients over our own transport, for the services that only an operator or CloudFormation asks for.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as ProvidedCredentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use bytes::Bytes;
use hyper::Request;

use super::{Answer, CredentialsSource, Fault, Limits, Most, NoAnswer, Origin, Transport, with_causes};

/// The largest answer, in bytes.
const MOST: usize = 8 << 20;

/// An HTTP client of the SDK over a transport.
pub(crate) fn http_client(transport: Arc<dyn Transport>) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Connector(transport));
    http_client_fn(move |_, _| connector.clone())
}

/// The SDK's configuration with credentials of this source.
pub(crate) fn config(transport: Arc<dyn Transport>, region: String, source: CredentialsSource) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(Provider(source)))
        .http_client(http_client(transport))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build()
}

#[derive(Debug)]
struct Provider(CredentialsSource);

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> ProvidedCredentials<'a>
    where
        Self: 'a,
    {
        ProvidedCredentials::new(async {
            let credentials = self.0.get().await.map_err(CredentialsError::not_loaded)?;
            let (id, secret, token) = credentials.parts();
            let expiry = credentials.expires_at().map(SystemTime::from);
            let token = token.map(str::to_owned);
            Ok(aws_credential_types::Credentials::new(
                id, secret, token, expiry, "relay",
            ))
        })
    }
}

/// The limits in the SDK's form.
pub(crate) fn within(limits: Limits) -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(limits.attempt)
        .operation_timeout(limits.call)
        .build()
}

#[derive(Debug)]
struct Connector(Arc<dyn Transport>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let (origin, request) = converted(&request).map_err(ConnectorError::user)?;
            match transport.call(&origin, request, Most::Refuse(MOST)).await {
                Ok(answer) => Ok(answered(answer)),
                Err(why @ (NoAnswer::ConnectTimedOut | NoAnswer::TimedOut)) => Err(ConnectorError::timeout(why.into())),
                Err(why) if why.is_retryable() => Err(ConnectorError::io(why.into())),
                Err(why) => Err(ConnectorError::user(why.into())),
            }
        })
    }
}

fn converted(request: &HttpRequest) -> Result<(Origin, Request<Bytes>), Box<dyn Error + Send + Sync>> {
    let (origin, path) = Origin::of(request.uri()).ok_or("not a URL of HTTP")?;
    let body = request.body().bytes().ok_or("a body that is not in memory")?;
    let mut converted = Request::builder().method(request.method()).uri(path);
    for (name, value) in request.headers() {
        converted = converted.header(name, value);
    }
    if request.headers().get("host").is_none() {
        converted = converted.header("host", origin.authority());
    }
    Ok((origin, converted.body(Bytes::copy_from_slice(body))?))
}

fn answered(answer: Answer) -> HttpResponse {
    let mut converted = HttpResponse::new(answer.status.into(), SdkBody::from(answer.body));
    for (name, value) in &answer.headers {
        if let Ok(value) = value.to_str() {
            converted
                .headers_mut()
                .append(name.as_str().to_owned(), value.to_owned());
        }
    }
    converted
}

impl<E, R> From<&SdkError<E, R>> for Fault
where
    E: ProvideErrorMetadata + Error + 'static,
    R: fmt::Debug,
{
    fn from(error: &SdkError<E, R>) -> Self {
        match error {
            SdkError::ServiceError(answer) => Self::Refused {
                status: None,
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

/// Whether one of the causes is a provider of credentials that had none to give.
fn lacks_credentials(cause: Option<&(dyn Error + 'static)>) -> bool {
    std::iter::successors(cause, |&cause| cause.source()).any(|cause| cause.is::<CredentialsError>())
}

#[cfg(test)]
mod tests {
    use aws_sdk_ses::operation::describe_receipt_rule_set::DescribeReceiptRuleSetError;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    type Failed = SdkError<DescribeReceiptRuleSetError, ()>;

    #[test]
    fn an_answer_of_the_sdk_keeps_its_code_and_message() {
        let metadata = ErrorMetadata::builder().code("Throttling").message("slow").build();
        let error = Failed::service_error(DescribeReceiptRuleSetError::generic(metadata), ());
        assert_eq!(Fault::from(&error).to_string(), "Throttling: slow");
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
