//! The state of a stack, one fact at a time. The command puts them into words.

use std::error::Error;
use std::time::Duration;

use aws_sdk_cloudwatch::types::StateValue;
use bytes::Bytes;
use hyper::header::HOST;
use hyper::{Method, Request};
use jiff::Timestamp;
use relay::Overview;
use serde::de::IgnoredAny;
use serde_json::json;

use super::error::Kind;
use super::{Stack, StackError};
use crate::aws::{Fault, Most, NoAnswer, Origin};
use crate::settings::Settings;

/// The longest that the relay may take to say how it is, and how much of that is read.
const HEALTH_WITHIN: Duration = Duration::from_secs(30);
const MAX_HEALTH: usize = 64 << 10;

/// Whether SES may receive and send mail for the relay's domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// SES has verified that the domain belongs to the account.
    Verified,
    /// SES waits for the DKIM records.
    Pending,
    /// SES has no identity for it.
    Missing,
}

/// Whether SES would send mail to the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// To anybody, or to the operator's verified address.
    Open,
    /// The account is in the sandbox, and the operator's address is not verified.
    Sandboxed,
    /// SES has stopped the account's mail.
    Stopped,
}

/// Where the stack's receipt rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// In the active rule set, and enabled.
    Active,
    /// In the active rule set, and disabled.
    Disabled,
    /// Not in the active rule set.
    Missing,
    /// No rule set is active.
    NoneActive,
}

/// One alarm of the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its description: what is wrong while it is in the state ALARM.
    pub description: String,
    /// It is in the state ALARM.
    pub is_active: bool,
    /// It notifies somebody when its state changes.
    pub notifies: bool,
}

impl Stack {
    /// Whether the table can be used.
    ///
    /// # Errors
    /// A [`StackError`] that says why not.
    pub async fn table(&self, settings: &Settings) -> Result<(), StackError> {
        let input = json!({ "TableName": settings.places.table });
        let described = self.connection.dynamodb();
        let described = described.call("DynamoDB_20120810.DescribeTable", &input).await;
        described
            .map(|_: IgnoredAny| ())
            .map_err(failed("the table cannot be used"))
    }

    /// Whether the bucket can be used.
    ///
    /// # Errors
    /// A [`StackError`] that says why not.
    pub async fn bucket(&self, settings: &Settings) -> Result<(), StackError> {
        let bucket = self.connection.bucket(&settings.places.bucket);
        bucket
            .itself(Method::HEAD)
            .await
            .map_err(failed("the bucket cannot be used"))
    }

    /// The state of the SES identity that covers the domain: its own, or that of the nearest domain above it.
    ///
    /// # Errors
    /// When SES cannot be asked.
    pub async fn identity(&self, domain: &str) -> Result<Identity, StackError> {
        let ses = self.connection.sesv2();
        let mut name = domain;
        while let Some((_, above)) = name.split_once('.') {
            let found = ses.is_verified(name).await;
            match found.map_err(failed("SES does not describe the identity of the domain"))? {
                Some(true) => return Ok(Identity::Verified),
                Some(false) => return Ok(Identity::Pending),
                None => name = above,
            }
        }
        Ok(Identity::Missing)
    }

    /// Whether SES would send mail to the operator at this address.
    ///
    /// # Errors
    /// When SES cannot be asked.
    pub async fn sending(&self, operator: &str) -> Result<Sending, StackError> {
        let account = self.connection.sesv2().account().await;
        let account = account.map_err(failed("SES does not describe the account"))?;
        if !account.sending_enabled {
            return Ok(Sending::Stopped);
        }
        let domain = operator.rsplit_once('@').map_or(operator, |(_, domain)| domain);
        let may = account.production_access_enabled
            || self.identity(operator).await? == Identity::Verified
            || self.identity(domain).await? == Identity::Verified;
        Ok(if may { Sending::Open } else { Sending::Sandboxed })
    }

    /// Whether SES gives the domain's mail to the stack.
    ///
    /// # Errors
    /// When SES cannot be asked.
    pub async fn rule(&self, settings: &Settings) -> Result<Rule, StackError> {
        let active = self.connection.ses().describe_active_receipt_rule_set().send().await;
        let active = active.map_err(StackError::call("SES does not describe its active rule set"))?;
        if active.metadata.is_none() {
            return Ok(Rule::NoneActive);
        }
        let ours = active.rules.unwrap_or_default().into_iter().find(|rule| {
            let mut buckets = rule.actions().iter().filter_map(|action| action.s3_action());
            buckets.any(|store| store.bucket_name() == settings.places.bucket)
        });
        Ok(match ours {
            Some(rule) if rule.enabled() => Rule::Active,
            Some(_) => Rule::Disabled,
            None => Rule::Missing,
        })
    }

    /// The stack's alarms.
    ///
    /// # Errors
    /// When CloudWatch cannot be asked.
    pub async fn alarms(&self) -> Result<Vec<Alarm>, StackError> {
        let alarms = self
            .resources
            .iter()
            .filter(|resource| resource.resource_type() == Some("AWS::CloudWatch::Alarm"));
        let names: Vec<String> = alarms
            .filter_map(|alarm| alarm.physical_resource_id().map(str::to_owned))
            .collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let watch = aws_sdk_cloudwatch::Client::new(&self.connection.sdk());
        let alarms = watch.describe_alarms().set_alarm_names(Some(names)).send().await;
        let alarms = alarms.map_err(StackError::call("CloudWatch does not describe the alarms"))?;
        let alarms = alarms.metric_alarms.unwrap_or_default().into_iter();
        Ok(alarms
            .map(|alarm| Alarm {
                is_active: alarm.state_value == Some(StateValue::Alarm),
                notifies: !alarm.alarm_actions().is_empty(),
                name: alarm.alarm_name.unwrap_or_default(),
                description: alarm.alarm_description.unwrap_or_default(),
            })
            .collect())
    }

    /// How many enrolments there are, and the newest mail.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn overview(&self, settings: &Settings) -> Result<Overview, StackError> {
        let (store, deployment) = (settings.store(&self.connection), &settings.relay.deployment);
        Ok(Overview::read(&store, &deployment.keys, deployment.clock.now()).await?)
    }

    /// Calls the relay over HTTP. The time of its answer, by its own clock; `None` where the answer has no date.
    ///
    /// # Errors
    /// When the relay does not answer, or answers that something is wrong.
    pub async fn health(&self) -> Result<Option<Timestamp>, StackError> {
        let url = format!("{}/healthz", self.web_url()?);
        let unreachable = |cause: Box<dyn Error + Send + Sync>| Kind::Unreachable {
            url: url.clone(),
            cause,
        };
        let (origin, path) = Origin::of(&url).ok_or_else(|| unreachable("it is no URL".into()))?;
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = path.parse().map_err(|_| unreachable("it is no URL".into()))?;
        request.headers_mut().insert(HOST, origin.authority().clone());
        let asked = self
            .connection
            .transport()
            .call(&origin, request, Most::Cut(MAX_HEALTH));
        let answer = tokio::time::timeout(HEALTH_WITHIN, asked).await;
        let answer = answer.unwrap_or(Err(NoAnswer::TimedOut));
        let answer = answer.map_err(|error| unreachable(error.into()))?;
        if !answer.status.is_success() {
            let status = answer.status.as_u16();
            return Err(Kind::Unhealthy { url, status }.into());
        }
        Ok(answer
            .header("date")
            .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
            .map(|date| date.timestamp()))
    }
}

/// A call that failed. `what` says which one, as a sentence.
fn failed(what: &'static str) -> impl FnOnce(Fault) -> StackError {
    move |fault| StackError::from_fault(what, fault)
}
