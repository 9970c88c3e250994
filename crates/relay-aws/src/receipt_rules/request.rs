//! CloudFormation's request and our answer, which goes to a presigned URL.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request as HttpRequest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{Failed, Reason};
use crate::aws::{Most, Origin, Transport};
use crate::runtime::Error;

/// The longest reason that is sent: CloudFormation takes 4 KiB in all.
const MAX_REASON: usize = 1000;
/// How much is read of what the answer is answered.
const MAX_ACCEPTED: usize = 16 << 10;
/// How often the answer is sent.
const ATTEMPTS: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(200);
const ATTEMPT: Duration = Duration::from_secs(2);

/// The physical id of a resource whose create failed and left nothing.
const NOTHING: &str = "nothing-was-made";

/// What CloudFormation does with the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Kind {
    Create,
    Update,
    Delete,
}

/// The properties of our rule in the template.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Properties {
    /// Our own rule set, where none is active.
    #[serde(rename = "RuleSetName")]
    pub(super) rule_set: String,
    #[serde(rename = "RuleName")]
    pub(super) rule: String,
    /// Every address of it is received.
    pub(super) domain: String,
    pub(super) bucket: String,
    pub(super) mail_prefix: String,
    /// The function `inbound`.
    pub(super) function_arn: String,
    /// `Require` or `Optional`.
    pub(super) tls_policy: String,
    /// `on` or `off`. A template of before has it not.
    #[serde(default = "on")]
    pub(super) receiving: String,
}

fn on() -> String {
    "on".to_owned()
}

/// The properties of the bucket's contents in the template.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contents {
    bucket: String,
}

/// What one request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Add our rule.
    Create(Properties),
    /// Add our rule, and remove the previous one if its properties can be read.
    Update(Properties, Option<Properties>),
    /// Remove our rule.
    Withdraw(Properties),
    /// Change nothing.
    Keep,
    /// Empty this bucket.
    Empty(String),
}

impl Request {
    pub(super) fn parse(event: &Value) -> Result<Self, Reason> {
        let kind = event.get("RequestType").map(Kind::deserialize);
        let kind = kind.and_then(Result::ok).ok_or(Reason::UnknownRequest)?;
        let id = event.get("PhysicalResourceId").and_then(Value::as_str);
        if (kind, id) == (Kind::Delete, Some(NOTHING)) {
            return Ok(Self::Keep);
        }
        let properties = event.get("ResourceProperties").unwrap_or(&Value::Null);
        match event.get("ResourceType").and_then(Value::as_str) {
            Some("Custom::ReceiptRules") => {
                let properties = Properties::deserialize(properties).map_err(Reason::UnreadableProperties)?;
                let old = event.get("OldResourceProperties").map(Properties::deserialize);
                Ok(match kind {
                    Kind::Create => Self::Create(properties),
                    Kind::Update => Self::Update(properties, old.and_then(Result::ok)),
                    Kind::Delete => Self::Withdraw(properties),
                })
            }
            Some("Custom::BucketContents") => {
                let contents = Contents::deserialize(properties).map_err(Reason::UnreadableProperties)?;
                Ok(match kind {
                    Kind::Create | Kind::Update => Self::Keep,
                    Kind::Delete => Self::Empty(contents.bucket),
                })
            }
            _ => Err(Reason::UnknownResource),
        }
    }
}

/// Where the answer is sent, and the ids of the request. The URL is a capability, so there is no `Debug`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReplyTo {
    #[serde(rename = "ResponseURL")]
    url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
    request_type: Option<String>,
}

pub(super) fn reply_to(event: &Value) -> Result<ReplyTo, serde_json::Error> {
    ReplyTo::deserialize(event)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Answer<'a> {
    status: &'static str,
    reason: String,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
    physical_resource_id: &'a str,
}

impl<'a> Answer<'a> {
    pub(super) fn new(to: &'a ReplyTo, done: &Result<(), Failed>) -> Self {
        let (status, reason) = match done {
            Ok(()) => ("SUCCESS", String::new()),
            Err(failed) => ("FAILED", failed.reason.to_string().chars().take(MAX_REASON).collect()),
        };
        let is_create = to.request_type.as_deref() == Some("Create");
        let made = match done {
            Err(failed) if failed.leaves_nothing && is_create => NOTHING,
            _ => &to.logical_resource_id,
        };
        Self {
            status,
            reason,
            stack_id: &to.stack_id,
            request_id: &to.request_id,
            logical_resource_id: &to.logical_resource_id,
            // A different id would make CloudFormation delete the resource under the old one.
            physical_resource_id: to.physical_resource_id.as_deref().unwrap_or(made),
        }
    }
}

/// Sends the answer until it is accepted.
pub(super) async fn send(transport: &dyn Transport, to: &ReplyTo, answer: &Answer<'_>) -> Result<(), Error> {
    let body = Bytes::from(serde_json::to_vec(answer)?);
    let (origin, path) = Origin::of(&to.url).ok_or("CloudFormation names no URL for the answer")?;
    let mut wait = FIRST_WAIT;
    for _ in 0..ATTEMPTS {
        let mut request = HttpRequest::new(body.clone());
        *request.method_mut() = Method::PUT;
        *request.uri_mut() = path.parse()?;
        let headers = request.headers_mut();
        headers.insert(HOST, origin.authority().clone());
        // The URL is signed for a request without a type.
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(""));
        let sent = transport.call(&origin, request, Most::Cut(MAX_ACCEPTED));
        let sent = tokio::time::timeout(ATTEMPT, sent).await;
        if matches!(&sent, Ok(Ok(response)) if response.status.is_success()) {
            return Ok(());
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    Err("CloudFormation does not accept the answer".into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({
            "RequestType": "Update",
            "ResponseURL": "https://cloudformation.example/secret",
            "StackId": "arn:stack",
            "RequestId": "r1",
            "LogicalResourceId": "ReceiptRules",
            "ResourceType": "Custom::ReceiptRules",
            "ResourceProperties": {
                "ServiceToken": "arn:f", "ServiceTimeout": "330", "RuleSetName": "s", "RuleName": "r", "Domain": "relay.example",
                "Bucket": "b", "MailPrefix": "mail/", "FunctionArn": "arn:inbound", "TlsPolicy": "Require",
            },
            "OldResourceProperties": { "RuleName": "only this" },
        })
    }

    #[test]
    fn a_request_is_read() {
        let mut event = event();
        let Request::Update(properties, old) = Request::parse(&event).unwrap() else {
            panic!("an update establishes the rule");
        };
        assert_eq!(properties.rule, "r");
        // The properties of an older template may lack some of ours.
        assert_eq!(old, None);
        event["RequestType"] = json!("Delete");
        assert_eq!(Request::parse(&event).unwrap(), Request::Withdraw(properties));

        event["ResourceType"] = json!("Custom::BucketContents");
        assert_eq!(Request::parse(&event).unwrap(), Request::Empty("b".to_owned()));
        event["RequestType"] = json!("Create");
        assert_eq!(Request::parse(&event).unwrap(), Request::Keep);
    }

    #[test]
    fn a_failed_create_that_left_nothing_is_deleted_without_a_call() {
        let mut event = event();
        event["RequestType"] = json!("Create");
        let reply = reply_to(&event).unwrap();
        let id = |failed: Failed| {
            let answer = Err(failed);
            Answer::new(&reply, &answer).physical_resource_id.to_owned()
        };
        let (left, nothing) = (
            id(Failed::with_traces(Reason::OutOfTime)),
            id(Failed::without_traces(Reason::OutOfTime)),
        );
        assert_eq!(left, "ReceiptRules");
        assert_ne!(nothing, left);
        event["RequestType"] = json!("Delete");
        event["PhysicalResourceId"] = json!(nothing);
        assert_eq!(Request::parse(&event).unwrap(), Request::Keep);
        event["PhysicalResourceId"] = json!(left);
        assert!(matches!(Request::parse(&event).unwrap(), Request::Withdraw(_)));
    }

    #[test]
    fn what_is_missing_is_named() {
        let mut event = event();
        event["ResourceProperties"]
            .as_object_mut()
            .unwrap()
            .remove("FunctionArn");
        let refused = |event: &Value| Request::parse(event).unwrap_err().to_string();
        assert!(refused(&event).contains("FunctionArn"));
        event["RequestType"] = json!("Sing");
        assert!(refused(&event).contains("neither"));
        event["RequestType"] = json!("Create");
        event["ResourceType"] = json!("Custom::Other");
        assert!(refused(&event).contains("type"));
        assert!(reply_to(&json!({})).is_err());
    }

    #[test]
    fn the_resource_keeps_its_id() {
        let mut event = event();
        let failed = Err(Failed::without_traces(Reason::ForeignRule {
            rule_set: "s".to_owned(),
            rule: "x".repeat(9000),
        }));
        let reply = reply_to(&event).unwrap();
        let answer = serde_json::to_value(Answer::new(&reply, &failed)).unwrap();
        assert_eq!(
            (&answer["Status"], &answer["PhysicalResourceId"]),
            (&json!("FAILED"), &json!("ReceiptRules"))
        );
        assert!(answer.to_string().len() < 4096);
        event["PhysicalResourceId"] = json!("as before");
        let reply = reply_to(&event).unwrap();
        let answer = serde_json::to_value(Answer::new(&reply, &Ok(()))).unwrap();
        assert_eq!(
            (&answer["Status"], &answer["PhysicalResourceId"]),
            (&json!("SUCCESS"), &json!("as before"))
        );
    }
}
