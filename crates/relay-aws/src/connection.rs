//! How AWS is reached: credentials, endpoints and time limits. All services share one pool of connections.
//! [`Connection::warm`] fills it while the function starts, when Lambda gives it a whole processor.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::HOST;
use hyper::{Method, Request};

use crate::aws::{Bucket, Credentials, CredentialsSource, DynamoDb, Limits, Most, Origin, Place, Pool, Ses};
use crate::aws::{SystemsManager, Transport};
use crate::environment::{Environment, SettingsError};

const fn limits(attempt: u64, call: u64) -> Limits {
    Limits {
        attempts: 3,
        attempt: Duration::from_millis(attempt),
        call: Duration::from_millis(call),
    }
}

/// For a small call. A prestage and its withdrawal must both end before the time limits of Lambda and API Gateway.
const SMALL_CALL: Limits = limits(3000, 8000);
/// For reading a mail.
const MAIL_CALL: Limits = limits(8000, 15_000);
/// For sending the operator a mail. It is tried twice at most: while the function waits, it takes in no other mail, and
/// strangers may write as many for the operator as they like.
const COPY_CALL: Limits = Limits {
    attempts: 2,
    ..MAIL_CALL
};
/// For reading the keys: Lambda gives a function ten seconds to start. Parameter Store answers 40 calls a second of an
/// account, and many functions start at once, so it is asked for as long as there is time.
pub(crate) const KEY_CALL: Limits = Limits {
    attempts: 6,
    ..limits(2500, 8500)
};
/// For a receipt rule: SES tests the bucket and the function before it accepts one.
#[cfg(any(feature = "lambda", feature = "stack"))]
const RULE_CALL: Limits = limits(25_000, 60_000);
/// The longest that a function waits while connections are opened in advance.
const WARM_WITHIN: Duration = Duration::from_secs(2);
/// The largest answer that is read while connections are opened.
const WARM_ANSWER: usize = 64 << 10;

/// The clients of one function.
#[derive(Debug, Clone)]
pub struct Connection {
    transport: Arc<dyn Transport>,
    credentials: CredentialsSource,
    region: String,
    endpoints: Endpoints,
    #[cfg(feature = "stack")]
    operator: Option<aws_types::SdkConfig>,
}

/// Where a test reaches the services instead of AWS.
#[derive(Debug, Clone, Default)]
struct Endpoints {
    dynamodb: Option<Origin>,
    s3: Option<Origin>,
    #[cfg(any(feature = "lambda", feature = "stack"))]
    ses: Option<String>,
    sesv2: Option<Origin>,
    systems_manager: Option<Origin>,
}

impl Endpoints {
    fn read(environment: &Environment) -> Result<Self, SettingsError> {
        let text = |service: &str| {
            let name = format!("AWS_ENDPOINT_URL_{service}");
            let own = environment.optional(&name).map(|url| (name, url));
            own.or_else(|| Some(("AWS_ENDPOINT_URL".to_owned(), environment.optional("AWS_ENDPOINT_URL")?)))
        };
        let endpoint = |service| {
            let set = text(service);
            let origin = set.map(|(name, url)| origin(&url).ok_or_else(|| SettingsError::new(&name, NO_ORIGIN)));
            origin.transpose()
        };
        Ok(Self {
            dynamodb: endpoint("DYNAMODB")?,
            s3: endpoint("S3")?,
            #[cfg(any(feature = "lambda", feature = "stack"))]
            ses: text("SES").map(|(_, url)| url),
            sesv2: endpoint("SESV2")?,
            systems_manager: endpoint("SSM")?,
        })
    }

    /// The same for all.
    #[cfg(feature = "stack")]
    fn all(url: &str) -> Option<Self> {
        let origin = origin(url)?;
        Some(Self {
            dynamodb: Some(origin.clone()),
            s3: Some(origin.clone()),
            ses: Some(url.to_owned()),
            sesv2: Some(origin.clone()),
            systems_manager: Some(origin),
        })
    }
}

const NO_ORIGIN: &str = "is no URL that names a host and no path";

fn origin(url: &str) -> Option<Origin> {
    let (origin, path) = Origin::of(url)?;
    (path == "/").then_some(origin)
}

/// The connections of this process.
///
/// # Errors
/// When the roots cannot be read.
pub fn transport() -> Result<Arc<dyn Transport>, SettingsError> {
    Ok(Arc::new(Pool::new()?))
}

impl Connection {
    /// The connection of a function, from the environment that Lambda gives it: `AWS_REGION`, the role's credentials,
    /// and in a test `AWS_ENDPOINT_URL` or `AWS_ENDPOINT_URL_<SERVICE>`.
    ///
    /// # Errors
    /// A [`SettingsError`] that names the variable.
    pub fn for_lambda(environment: &Environment) -> Result<Self, SettingsError> {
        Self::over(transport()?, environment)
    }

    /// The same over another transport.
    ///
    /// # Errors
    /// As [`Self::for_lambda`].
    pub fn over(transport: Arc<dyn Transport>, environment: &Environment) -> Result<Self, SettingsError> {
        let region = environment.required("AWS_REGION")?;
        if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(SettingsError::new("AWS_REGION", "is no region"));
        }
        Ok(Self {
            transport,
            region,
            credentials: Credentials::for_lambda(environment)?.into(),
            endpoints: Endpoints::read(environment)?,
            #[cfg(feature = "stack")]
            operator: None,
        })
    }

    /// The connection of an operator, with the region and the credentials of this configuration.
    #[cfg(feature = "stack")]
    pub(crate) fn for_operator(
        config: aws_types::SdkConfig,
        transport: Arc<dyn Transport>,
    ) -> Result<Option<Self>, SettingsError> {
        let (Some(provider), Some(region)) = (config.credentials_provider(), config.region()) else {
            return Ok(None);
        };
        let endpoints = match config.endpoint_url() {
            Some(url) => Endpoints::all(url).ok_or_else(|| SettingsError::new("AWS_ENDPOINT_URL", NO_ORIGIN))?,
            None => Endpoints::default(),
        };
        Ok(Some(Self {
            credentials: CredentialsSource::refreshed(provider, Arc::new(relay::SystemClock)),
            region: region.to_string(),
            endpoints,
            transport,
            operator: Some(config),
        }))
    }

    /// The configuration of the SDK's clients.
    #[cfg(any(feature = "lambda", feature = "stack"))]
    pub(crate) fn sdk(&self) -> aws_types::SdkConfig {
        #[cfg(feature = "stack")]
        if let Some(config) = &self.operator {
            return config.clone();
        }
        let transport = Arc::clone(&self.transport);
        crate::aws::sdk::config(transport, self.region.clone(), self.credentials.clone())
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Sends what is no call of a service.
    #[must_use]
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// The credentials that sign.
    #[must_use]
    pub fn credentials(&self) -> CredentialsSource {
        self.credentials.clone()
    }

    fn place(&self, set: Option<&Origin>, host: &str, limits: Limits) -> Place {
        Place {
            transport: Arc::clone(&self.transport),
            credentials: self.credentials.clone(),
            region: self.region.clone(),
            origin: set.cloned().unwrap_or_else(|| self.origin(host)),
            limits,
        }
    }

    /// A client for the table.
    #[must_use]
    pub fn dynamodb(&self) -> DynamoDb {
        DynamoDb::new(self.place(self.endpoints.dynamodb.as_ref(), "dynamodb", SMALL_CALL))
    }

    /// A client for a bucket: at the bucket's own host name, or by path where an endpoint is set.
    #[must_use]
    pub fn bucket(&self, name: &str) -> Bucket {
        self.bucket_within(name, SMALL_CALL)
    }

    /// The same for a bucket of mails, which are larger than what else is read.
    #[must_use]
    pub fn bucket_of_mails(&self, name: &str) -> Bucket {
        self.bucket_within(name, MAIL_CALL)
    }

    fn bucket_within(&self, name: &str, limits: Limits) -> Bucket {
        let (host, path) = self.bucket_at(name);
        Bucket::new(self.place(self.endpoints.s3.as_ref(), &host, limits), &path)
    }

    /// The host name and path of a bucket. A name with a dot would not be covered by the certificate.
    fn bucket_at(&self, name: &str) -> (String, String) {
        if self.endpoints.s3.is_some() || name.contains('.') {
            ("s3".to_owned(), format!("/{name}/"))
        } else {
            (format!("{name}.s3"), "/".to_owned())
        }
    }

    /// A client that sends mail.
    #[must_use]
    pub fn sesv2(&self) -> Ses {
        Ses::new(self.place(self.endpoints.sesv2.as_ref(), "email", COPY_CALL))
    }

    /// A client that reads the keys.
    pub(crate) fn systems_manager(&self) -> SystemsManager {
        SystemsManager::new(self.place(self.endpoints.systems_manager.as_ref(), "ssm", KEY_CALL))
    }

    /// A client for the receipt rules.
    #[cfg(any(feature = "lambda", feature = "stack"))]
    #[must_use]
    pub fn ses(&self) -> aws_sdk_ses::Client {
        // SES accepts one such call a second and throttles the others.
        let patient = aws_smithy_types::retry::RetryConfig::standard().with_max_attempts(8);
        let config = aws_sdk_ses::config::Builder::from(&self.sdk()).retry_config(patient);
        let mut config = config.timeout_config(crate::aws::sdk::within(RULE_CALL));
        config.set_endpoint_url(self.endpoints.ses.clone());
        aws_sdk_ses::Client::from_conf(config.build())
    }

    /// Opens the connections to the table and to this bucket. It calls nothing that a role would have to allow. A
    /// failure is only logged: the first real call reports it.
    pub async fn warm(&self, bucket: &str) {
        let table = self
            .place(self.endpoints.dynamodb.as_ref(), "dynamodb", SMALL_CALL)
            .origin;
        let (host, _) = self.bucket_at(bucket);
        let objects = self.place(self.endpoints.s3.as_ref(), &host, SMALL_CALL).origin;
        // Each service answers the method used here and keeps the connection open.
        tokio::join!(self.open(Method::GET, &table), self.open(Method::HEAD, &objects));
    }

    /// The regional endpoint of a service.
    fn origin(&self, service: &str) -> Origin {
        let suffix = if self.region.starts_with("cn-") {
            "amazonaws.com.cn"
        } else {
            "amazonaws.com"
        };
        Origin::https(&format!("{service}.{}.{suffix}", self.region))
    }

    async fn open(&self, method: Method, origin: &Origin) {
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = method;
        request.headers_mut().insert(HOST, origin.authority().clone());
        let asked = self.transport.call(origin, request, Most::Refuse(WARM_ANSWER));
        if !matches!(tokio::time::timeout(WARM_WITHIN, asked).await, Ok(Ok(_))) {
            tracing::warn!(%origin, "no connection could be opened while starting");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(variables: &[(&str, &str)]) -> Result<Connection, String> {
        let all = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ];
        let all = all.iter().chain(variables);
        let environment = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Connection::for_lambda(&environment.collect()).map_err(|error| error.to_string())
    }

    fn origins(variables: &[(&str, &str)]) -> [String; 3] {
        let connection = connection(variables).unwrap();
        let (dynamodb, sesv2) = (connection.dynamodb(), connection.sesv2());
        [
            format!("{dynamodb:?}"),
            format!("{:?}", connection.bucket("b")),
            format!("{sesv2:?}"),
        ]
    }

    #[test]
    fn a_service_is_at_its_regional_endpoint_or_where_the_environment_says() {
        let [dynamodb, bucket, sesv2] = origins(&[]);
        assert!(
            dynamodb.contains("https://dynamodb.eu-west-1.amazonaws.com\""),
            "{dynamodb}"
        );
        assert!(bucket.contains("https://b.s3.eu-west-1.amazonaws.com\""), "{bucket}");
        assert!(bucket.contains("path: \"/\""), "{bucket}");
        assert!(sesv2.contains("https://email.eu-west-1.amazonaws.com\""), "{sesv2}");

        let [dynamodb, _, _] = origins(&[("AWS_REGION", "cn-north-1")]);
        assert!(
            dynamodb.contains("https://dynamodb.cn-north-1.amazonaws.com.cn\""),
            "{dynamodb}"
        );

        let set = [
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_SESV2", "http://127.0.0.1:2/"),
        ];
        let [dynamodb, bucket, sesv2] = origins(&set);
        assert!(dynamodb.contains("http://127.0.0.1:1\""), "{dynamodb}");
        assert!(
            bucket.contains("http://127.0.0.1:1\"") && bucket.contains("path: \"/b/\""),
            "{bucket}"
        );
        assert!(sesv2.contains("http://127.0.0.1:2\""), "{sesv2}");

        let dotted = format!("{:?}", connection(&[]).unwrap().bucket("a.b"));
        assert!(
            dotted.contains("https://s3.eu-west-1") && dotted.contains("/a.b/"),
            "{dotted}"
        );
    }

    #[test]
    fn what_names_no_region_or_host_is_refused_by_its_name() {
        for (name, value) in [
            ("AWS_REGION", "eu west"),
            ("AWS_ENDPOINT_URL", "localhost"),
            ("AWS_ENDPOINT_URL_S3", "http://localhost/path"),
        ] {
            let refused = connection(&[(name, value)]).unwrap_err();
            assert!(refused.starts_with(name) && !refused.contains(value), "{refused}");
        }
    }

    #[test]
    fn no_secret_prints() {
        let connection = connection(&[("AWS_SESSION_TOKEN", "token")]).unwrap();
        let printed = format!("{connection:?}");
        assert!(!printed.contains("secret") && !printed.contains("token"), "{printed}");
    }
}
