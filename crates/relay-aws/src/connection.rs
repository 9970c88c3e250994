//! How AWS is reached: credentials, endpoints, TLS and time limits.
//!
//! TLS is rustls with ring. It trusts only the roots of Amazon Trust Services, to which every AWS endpoint's
//! certificate chains: nothing is loaded from a disk, and no other authority can issue a certificate that is accepted
//! for AWS. All services share one pool of connections. [`Connection::warm`] fills it while the function starts, when
//! Lambda gives it a whole processor.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::checksum_config::{RequestChecksumCalculation, ResponseChecksumValidation};
#[cfg(any(feature = "lambda", feature = "stack"))]
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::environment::{Environment, SettingsError};

/// The five roots of Amazon Trust Services.
const AMAZON_ROOTS: &str = include_str!("amazon-roots.pem");
/// Time to reach an endpoint.
const CONNECT: Duration = Duration::from_secs(2);
/// Time for one attempt of a small call, and for the call with all of its attempts. A prestage and its withdrawal must
/// both end before the time limits of Lambda and API Gateway.
const SMALL_CALL: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(8));
/// The same for sending a mail.
const MAIL_CALL: (Duration, Duration) = (Duration::from_secs(8), Duration::from_secs(15));
/// The same for a receipt rule: SES tests the bucket and the function before it accepts one.
#[cfg(any(feature = "lambda", feature = "stack"))]
const RULE_CALL: (Duration, Duration) = (Duration::from_secs(25), Duration::from_secs(60));
/// The longest that a function waits while connections are opened in advance.
const WARM_WITHIN: Duration = Duration::from_secs(2);

/// A connector of this process, with its own pool.
///
/// # Errors
/// When the roots cannot be read.
pub fn connector() -> Result<SharedHttpConnector, SettingsError> {
    let roots = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    let tls = TlsContext::builder().with_trust_store(roots).build();
    let connector = Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls.map_err(|_| SettingsError::new("TLS", "cannot be set up"))?)
        .connector_settings(HttpConnectorSettings::builder().connect_timeout(CONNECT).build())
        .sleep_impl(TokioSleep::new())
        .build();
    Ok(SharedHttpConnector::new(connector))
}

/// An HTTP client over one connector.
#[must_use]
pub fn http_client(connector: SharedHttpConnector) -> SharedHttpClient {
    http_client_fn(move |_, _| connector.clone())
}

/// The clients of one function.
#[derive(Debug, Clone)]
pub struct Connection {
    config: SdkConfig,
    connector: SharedHttpConnector,
    credentials: SharedCredentialsProvider,
    region: String,
    endpoints: Endpoints,
}

/// Where a test reaches the services instead of AWS.
#[derive(Debug, Clone, Default)]
struct Endpoints {
    dynamodb: Option<String>,
    s3: Option<String>,
    #[cfg_attr(
        not(any(feature = "lambda", feature = "stack")),
        allow(dead_code, reason = "one client has no feature")
    )]
    ses: Option<String>,
    sesv2: Option<String>,
    systems_manager: Option<String>,
}

impl Connection {
    /// The connection of a function, from the environment that Lambda gives it: `AWS_REGION`, the role's credentials,
    /// and in a test `AWS_ENDPOINT_URL` or `AWS_ENDPOINT_URL_<SERVICE>`.
    ///
    /// # Errors
    /// A [`SettingsError`] that names the variable.
    pub fn for_lambda(environment: &Environment) -> Result<Self, SettingsError> {
        Self::over(connector()?, environment)
    }

    /// The same over another connector.
    ///
    /// # Errors
    /// As [`Self::for_lambda`].
    pub fn over(connector: SharedHttpConnector, environment: &Environment) -> Result<Self, SettingsError> {
        let region = environment.required("AWS_REGION")?;
        // They do not change while this process lives: Lambda replaces it before they expire.
        let credentials = SharedCredentialsProvider::new(Credentials::new(
            environment.required("AWS_ACCESS_KEY_ID")?,
            environment.required("AWS_SECRET_ACCESS_KEY")?,
            environment.optional("AWS_SESSION_TOKEN"),
            None,
            "function",
        ));
        let endpoint = |name| {
            environment
                .optional(name)
                .or_else(|| environment.optional("AWS_ENDPOINT_URL"))
        };
        let endpoints = Endpoints {
            dynamodb: endpoint("AWS_ENDPOINT_URL_DYNAMODB"),
            s3: endpoint("AWS_ENDPOINT_URL_S3"),
            ses: endpoint("AWS_ENDPOINT_URL_SES"),
            sesv2: endpoint("AWS_ENDPOINT_URL_SESV2"),
            systems_manager: endpoint("AWS_ENDPOINT_URL_SSM"),
        };
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.clone()))
            .credentials_provider(credentials.clone())
            .http_client(http_client(connector.clone()))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .timeout_config(within(SMALL_CALL))
            .build();
        Ok(Self {
            config,
            connector,
            credentials,
            region,
            endpoints,
        })
    }

    /// The connection of an operator, with the region and the credentials of this configuration.
    #[cfg(feature = "stack")]
    pub(crate) fn for_operator(config: SdkConfig, connector: SharedHttpConnector) -> Option<Self> {
        let endpoint = config.endpoint_url().map(str::to_owned);
        Some(Self {
            credentials: config.credentials_provider()?,
            region: config.region()?.to_string(),
            endpoints: Endpoints {
                dynamodb: endpoint.clone(),
                s3: endpoint.clone(),
                ses: endpoint.clone(),
                sesv2: endpoint.clone(),
                systems_manager: endpoint,
            },
            config,
            connector,
        })
    }

    /// The configuration of the clients.
    #[cfg(feature = "stack")]
    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Sends the requests that no SDK makes.
    #[must_use]
    pub fn connector(&self) -> &SharedHttpConnector {
        &self.connector
    }

    /// The credentials that sign.
    #[must_use]
    pub fn credentials(&self) -> SharedCredentialsProvider {
        self.credentials.clone()
    }

    /// A client for the table.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::config::Builder::from(&self.config);
        config.set_endpoint_url(self.endpoints.dynamodb.clone());
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// A client for the bucket: at the bucket's own host name, or by path where an endpoint is set.
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let mut config = aws_sdk_s3::config::Builder::from(&self.config);
        config.set_endpoint_url(self.endpoints.s3.clone());
        let config = config
            .force_path_style(self.endpoints.s3.is_some())
            // TLS and the signature protect what is sent. A checksum would cost CPU time and change presigned URLs.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// A client that sends mail.
    #[must_use]
    pub fn sesv2(&self) -> aws_sdk_sesv2::Client {
        let mut config = aws_sdk_sesv2::config::Builder::from(&self.config).timeout_config(within(MAIL_CALL));
        config.set_endpoint_url(self.endpoints.sesv2.clone());
        aws_sdk_sesv2::Client::from_conf(config.build())
    }

    /// A client for the receipt rules.
    #[cfg(any(feature = "lambda", feature = "stack"))]
    #[must_use]
    pub fn ses(&self) -> aws_sdk_ses::Client {
        // SES accepts one such call a second and throttles the others.
        let patient = RetryConfig::standard().with_max_attempts(8);
        let config = aws_sdk_ses::config::Builder::from(&self.config).retry_config(patient);
        let mut config = config.timeout_config(within(RULE_CALL));
        config.set_endpoint_url(self.endpoints.ses.clone());
        aws_sdk_ses::Client::from_conf(config.build())
    }

    /// Opens the connections to the table and to this bucket. It calls nothing that a role would have to allow. A
    /// failure is only logged: the first real call reports it.
    pub async fn warm(&self, bucket: &str) {
        let table = self.endpoints.dynamodb.clone();
        let table = table.unwrap_or_else(|| self.origin("dynamodb"));
        let objects = self.endpoints.s3.clone();
        let objects = objects.unwrap_or_else(|| self.origin(&format!("{bucket}.s3")));
        // Each service answers the method used here and keeps the connection open.
        tokio::join!(self.open("GET", &table), self.open("HEAD", &objects));
    }

    /// Where Systems Manager answers.
    pub(crate) fn systems_manager(&self) -> String {
        let set = self.endpoints.systems_manager.clone();
        set.unwrap_or_else(|| self.origin("ssm"))
    }

    /// The regional endpoint of a service.
    fn origin(&self, service: &str) -> String {
        let suffix = if self.region.starts_with("cn-") {
            "amazonaws.com.cn"
        } else {
            "amazonaws.com"
        };
        format!("https://{service}.{}.{suffix}", self.region)
    }

    async fn open(&self, method: &str, origin: &str) {
        let ask = async {
            let mut request = HttpRequest::get(format!("{}/", origin.trim_end_matches('/'))).ok()?;
            request.set_method(method).ok()?;
            let answer = self.connector.call(request).await.ok()?;
            // A connection returns to the pool once its answer has been read.
            ByteStream::new(answer.into_body()).collect().await.ok()
        };
        if !matches!(tokio::time::timeout(WARM_WITHIN, ask).await, Ok(Some(_))) {
            tracing::warn!(origin, "no connection could be opened while starting");
        }
    }
}

fn within((attempt, call): (Duration, Duration)) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(attempt)
        .operation_timeout(call)
        .build()
}
