//! The deployment's key, and its former one, from the Parameter Store of AWS Systems Manager: one call when a function
//! starts.
//!
//! Both are a `SecureString`, which only the functions that need them may read. They are in no setting, output or
//! template. There may be no former one. The call is made and signed here, with the signer that the other clients need
//! anyway: the SDK's crate for Systems Manager would be compiled for this one operation. Source: the API reference of
//! Systems Manager, `GetParameters`, and Signature Version 4.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use data_encoding::HEXLOWER_PERMISSIVE;
use relay::ports::Clock;
use relay::{DeploymentKey, Keys, SystemClock};
use serde::Deserialize;
use serde_json::json;

use crate::connection::Connection;
use crate::fault::with_causes;

/// Lambda gives a function ten seconds to start: the attempts and the waits between them take less.
const ATTEMPTS: u32 = 3;
const ATTEMPT: Duration = Duration::from_millis(2500);
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// The names of the parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyParameters {
    /// Of the present key.
    pub current: String,
    /// Of the key before it. There may be no parameter of this name.
    pub former: Option<String>,
}

/// Why there is no key. The message names the parameter, never its value.
#[derive(Debug)]
pub struct KeyError {
    parameter: String,
    cause: Cause,
}

/// Why one attempt failed.
#[derive(Debug)]
enum Cause {
    NoCredentials(CredentialsError),
    /// The request could not be put together or signed.
    Unsigned(BoxError),
    /// The call was not sent, or its answer was cut short.
    NoAnswer(BoxError),
    TimedOut,
    /// Systems Manager answered with an error; its code is empty where it says none.
    Refused {
        status: u16,
        code: String,
        message: String,
    },
    /// The answer is not what it should be. The error of the parser could show the key, so it is not kept.
    Unreadable,
    /// There is no such parameter.
    Missing,
    /// The parameter's value is no key.
    NoKey,
}

type BoxError = Box<dyn Error + Send + Sync>;

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key {} cannot be read: {}", self.parameter, self.cause)
    }
}

impl Error for KeyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::NoCredentials(error) => Some(error),
            Cause::Unsigned(error) | Cause::NoAnswer(error) => Some(error.as_ref()),
            Cause::TimedOut | Cause::Refused { .. } | Cause::Unreadable | Cause::Missing | Cause::NoKey => None,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredentials(error) => f.write_str(&with_causes(error)),
            Self::Unsigned(error) | Self::NoAnswer(error) => f.write_str(&with_causes(error.as_ref())),
            Self::TimedOut => f.write_str("Systems Manager does not answer in time"),
            Self::Refused { status, code, .. } if code.is_empty() => write!(f, "Systems Manager answers {status}"),
            Self::Refused { code, message, .. } if message.is_empty() => f.write_str(code),
            Self::Refused { code, message, .. } => write!(f, "{code}: {message}"),
            Self::Unreadable => f.write_str("the answer cannot be read"),
            Self::Missing => f.write_str("there is no such parameter"),
            Self::NoKey => f.write_str("its value is not 64 hexadecimal digits"),
        }
    }
}

impl Cause {
    /// Another attempt may succeed.
    fn is_retryable(&self) -> bool {
        match self {
            Self::NoAnswer(_) | Self::TimedOut => true,
            Self::Refused { status, code, .. } => {
                *status >= 500
                    || matches!(
                        code.as_str(),
                        "ThrottlingException" | "Throttling" | "ThrottledException"
                    )
            }
            Self::NoCredentials(_) | Self::Unsigned(_) | Self::Unreadable | Self::Missing | Self::NoKey => false,
        }
    }
}

/// Reads the keys.
///
/// # Errors
/// When Systems Manager does not give the present one, or a parameter holds no key.
pub async fn read(connection: &Connection, parameters: &KeyParameters) -> Result<Keys, KeyError> {
    let failed = |parameter: &str, cause| KeyError {
        parameter: parameter.to_owned(),
        cause,
    };
    let mut wait = FIRST_WAIT;
    let mut left = ATTEMPTS;
    let answer = loop {
        let asked = tokio::time::timeout(ATTEMPT, ask(connection, parameters)).await;
        let cause = match asked {
            Ok(Ok(answer)) => break answer,
            Ok(Err(cause)) => cause,
            Err(_) => Cause::TimedOut,
        };
        left -= 1;
        if left == 0 || !cause.is_retryable() {
            return Err(failed(&parameters.current, cause));
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    };
    let key = |name: &str| {
        let found = answer.parameters.iter().find(|parameter| parameter.name == name);
        let key = found.map(|parameter| parse(&parameter.value).ok_or_else(|| failed(name, Cause::NoKey)));
        key.transpose()
    };
    let current = key(&parameters.current)?.ok_or_else(|| failed(&parameters.current, Cause::Missing))?;
    let former = parameters.former.as_deref().map(key).transpose()?.flatten();
    let keys = Keys::new(&current);
    Ok(match former {
        Some(former) => keys.with_former(&former),
        None => keys,
    })
}

async fn ask(connection: &Connection, parameters: &KeyParameters) -> Result<Answer, Cause> {
    let names: Vec<&str> = std::iter::once(parameters.current.as_str())
        .chain(parameters.former.as_deref())
        .collect();
    let body = json!({ "Names": names, "WithDecryption": true }).to_string();
    let request = signed(connection, body).await?;
    let answer = connection.connector().call(request).await;
    let answer = answer.map_err(|error| Cause::NoAnswer(error.into()))?;
    let status = answer.status();
    let text = ByteStream::new(answer.into_body()).collect().await;
    let text = text.map_err(|error| Cause::NoAnswer(error.into()))?.into_bytes();
    if !status.is_success() {
        return Err(refusal(status.as_u16(), &text));
    }
    serde_json::from_slice(&text).map_err(|_| Cause::Unreadable)
}

/// `GetParameters`, signed by the connection's credentials.
async fn signed(connection: &Connection, body: String) -> Result<HttpRequest, Cause> {
    let url = format!("{}/", connection.systems_manager().trim_end_matches('/'));
    let credentials = connection.credentials().provide_credentials().await;
    let identity = Identity::from(credentials.map_err(Cause::NoCredentials)?);
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "AmazonSSM.GetParameters"),
    ];
    let signing = SigningParams::builder()
        .identity(&identity)
        .region(connection.region())
        .name("ssm")
        .time(SystemClock.now().into())
        .settings(SigningSettings::default());
    let signing = signing.build().map_err(unsigned)?.into();
    let signable = SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(body.as_bytes()));
    let signed = sign(signable.map_err(unsigned)?, &signing).map_err(unsigned)?;
    let (instructions, _) = signed.into_parts();

    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_uri(url.as_str()).map_err(unsigned)?;
    request.set_method("POST").map_err(unsigned)?;
    for (name, value) in headers.into_iter().chain(instructions.headers()) {
        request.headers_mut().insert(name.to_owned(), value.to_owned());
    }
    Ok(request)
}

fn unsigned(error: impl Into<BoxError>) -> Cause {
    Cause::Unsigned(error.into())
}

/// It holds keys, so it has no `Debug`.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Parameters", default)]
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
struct Parameter {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Value")]
    value: String,
}

/// An error as AWS's JSON protocols write one; the message's name is in either case.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(rename = "__type", default)]
    kind: String,
    #[serde(rename = "message", alias = "Message", default)]
    message: String,
}

fn refusal(status: u16, text: &[u8]) -> Cause {
    let Refusal { kind, message } = serde_json::from_slice(text).unwrap_or_default();
    Cause::Refused {
        status,
        code: kind.rsplit('#').next().unwrap_or_default().to_owned(),
        message,
    }
}

/// A key from 64 hexadecimal digits.
fn parse(hex: &str) -> Option<DeploymentKey> {
    let bytes = HEXLOWER_PERMISSIVE.decode(hex.trim().as_bytes()).ok()?;
    bytes.try_into().ok().map(DeploymentKey::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_hexadecimal_digits() {
        let key = "07aF".repeat(16);
        for (text, good) in [
            (key.as_str(), true),
            (&format!("{key}\n"), true),
            ("07af", false),
            ("zz", false),
            ("", false),
        ] {
            assert_eq!(parse(text).is_some(), good, "{}", text.len());
        }
    }

    #[test]
    fn a_refusal_is_shown_in_its_own_words_and_tried_again_where_it_may_pass() {
        for (status, text, shown, is_retryable) in [
            (400, r#"{"__type":"ParameterNotFound"}"#, "ParameterNotFound", false),
            (
                400,
                r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"no"}"#,
                "AccessDeniedException: no",
                false,
            ),
            (
                400,
                r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#,
                "ThrottlingException: Rate exceeded",
                true,
            ),
            (503, "<html>", "Systems Manager answers 503", true),
        ] {
            let cause = refusal(status, text.as_bytes());
            assert_eq!(
                (cause.to_string().as_str(), cause.is_retryable()),
                (shown, is_retryable)
            );
        }
    }
}
