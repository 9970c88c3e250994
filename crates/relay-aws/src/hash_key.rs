//! The hash key, from the Parameter Store of AWS Systems Manager: one call when a function starts.
//!
//! The key is a `SecureString`, which only the functions that hash accounts may read; no setting, output or template
//! has it. The call is made and signed here, by the signer that the other clients bring along: the SDK's crate for
//! Systems Manager would have to be compiled whole for one operation. Source: the API reference of Systems Manager,
//! `GetParameter`, and Signature Version 4.

use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use data_encoding::HEXLOWER_PERMISSIVE;
use relay::HashKey;
use serde::Deserialize;
use serde_json::json;

use crate::connection::Connection;
use crate::fault::with_causes;

/// Lambda gives a function ten seconds to start: three attempts, and the waits between them, have to fit in.
const ATTEMPTS: u32 = 3;
const ATTEMPT: Duration = Duration::from_millis(2500);
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// Why there is no hash key. The message names the parameter, never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyError {
    parameter: String,
    cause: String,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the hash key {} cannot be read: {}", self.parameter, self.cause)
    }
}

impl Error for KeyError {}

/// One attempt that failed.
struct Failed {
    cause: String,
    /// Another attempt may go through.
    in_passing: bool,
}

/// Reads the key from the parameter of this name.
///
/// # Errors
/// When Systems Manager does not give it, or the parameter holds no key.
pub async fn read(connection: &Connection, parameter: &str) -> Result<HashKey, KeyError> {
    let mut wait = FIRST_WAIT;
    let mut left = ATTEMPTS;
    loop {
        let asked = tokio::time::timeout(ATTEMPT, ask(connection, parameter)).await;
        let failed = match asked {
            Ok(Ok(key)) => return Ok(key),
            Ok(Err(failed)) => failed,
            Err(_) => passing("Systems Manager does not answer in time"),
        };
        left -= 1;
        if left == 0 || !failed.in_passing {
            return Err(KeyError {
                parameter: parameter.to_owned(),
                cause: failed.cause,
            });
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
}

async fn ask(connection: &Connection, parameter: &str) -> Result<HashKey, Failed> {
    let body = json!({ "Name": parameter, "WithDecryption": true }).to_string();
    let request = signed(connection, body).await?;
    let answer = connection.connector().call(request).await;
    let answer = answer.map_err(|error| passing(&with_causes(&error)))?;
    let status = answer.status();
    let text = ByteStream::new(answer.into_body()).collect().await;
    let text = text.map_err(|error| passing(&with_causes(&error)))?.into_bytes();
    if !status.is_success() {
        return Err(refusal(status.as_u16(), &text));
    }
    let found: Answer = serde_json::from_slice(&text).map_err(|_| lasting("the answer cannot be read"))?;
    parse(&found.parameter.value).ok_or_else(|| lasting("its value is no 64 hexadecimal digits"))
}

/// `GetParameter`, signed by the connection's credentials.
async fn signed(connection: &Connection, body: String) -> Result<HttpRequest, Failed> {
    let url = format!("{}/", connection.systems_manager().trim_end_matches('/'));
    let credentials = connection.credentials().provide_credentials().await;
    let identity = Identity::from(credentials.map_err(|error| lasting(&with_causes(&error)))?);
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "AmazonSSM.GetParameter"),
    ];
    let unsigned = |error: &dyn Error| lasting(&with_causes(error));
    let signing = SigningParams::builder()
        .identity(&identity)
        .region(connection.region())
        .name("ssm")
        .time(SystemTime::now())
        .settings(SigningSettings::default());
    let signing = signing.build().map_err(|error| unsigned(&error))?.into();
    let signable = SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(body.as_bytes()));
    let signed = sign(signable.map_err(|error| unsigned(&error))?, &signing).map_err(|error| unsigned(&error))?;
    let (instructions, _) = signed.into_parts();

    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_uri(url.as_str()).map_err(|error| unsigned(&error))?;
    request.set_method("POST").map_err(|error| unsigned(&error))?;
    for (name, value) in headers.into_iter().chain(instructions.headers()) {
        request.headers_mut().insert(name.to_owned(), value.to_owned());
    }
    Ok(request)
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Parameter")]
    parameter: Parameter,
}

/// It holds the key: no `Debug`.
#[derive(Deserialize)]
struct Parameter {
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

fn refusal(status: u16, text: &[u8]) -> Failed {
    let refusal: Refusal = serde_json::from_slice(text).unwrap_or_default();
    let kind = refusal.kind.rsplit('#').next().unwrap_or_default();
    let cause = match (kind, refusal.message.as_str()) {
        ("", _) => format!("Systems Manager answers {status}"),
        (kind, "") => kind.to_owned(),
        (kind, message) => format!("{kind}: {message}"),
    };
    Failed {
        cause,
        in_passing: status >= 500 || kind.contains("Throttl"),
    }
}

fn passing(cause: &str) -> Failed {
    Failed {
        cause: cause.to_owned(),
        in_passing: true,
    }
}

fn lasting(cause: &str) -> Failed {
    Failed {
        cause: cause.to_owned(),
        in_passing: false,
    }
}

/// The key under which a deployment hashes accounts, from 64 hexadecimal digits.
fn parse(hex: &str) -> Option<HashKey> {
    let bytes = HEXLOWER_PERMISSIVE.decode(hex.trim().as_bytes()).ok()?;
    bytes.try_into().ok().map(HashKey::new)
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
    fn a_refusal_is_told_in_its_own_words_and_tried_again_where_it_passes() {
        for (status, text, cause, in_passing) in [
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
            let failed = refusal(status, text.as_bytes());
            assert_eq!((failed.cause.as_str(), failed.in_passing), (cause, in_passing));
        }
    }
}
