//! How a stack fares: facts, one at a time, for whoever puts them into words.

use std::error::Error;

use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_sesv2::operation::get_email_identity::GetEmailIdentityError;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use jiff::Timestamp;
use relay::Overview;

use super::error::Kind;
use super::{Stack, StackError};
use crate::settings::Settings;

/// Whether SES may take and send mail for the relay's domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// SES knows that the domain is the account's.
    Verified,
    /// SES waits for the DKIM records.
    Pending,
    /// SES was never told of it.
    Missing,
}

/// Whether SES would send the operator's mail.
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
    /// In the active rule set, and on.
    Active,
    /// In the active rule set, and off.
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
    /// What it says when it rings.
    pub says: String,
    /// It rings.
    pub rings: bool,
    /// Somebody is told.
    pub is_heard: bool,
}

impl Stack {
    /// Whether the table can be used.
    ///
    /// # Errors
    /// A [`StackError`] that says why not.
    pub async fn table(&self, settings: &Settings) -> Result<(), StackError> {
        let table = self.connection.dynamodb();
        let described = table.describe_table().table_name(&settings.places.table).send().await;
        described
            .map(|_| ())
            .map_err(StackError::call("the table cannot be used"))
    }

    /// Whether the bucket can be used.
    ///
    /// # Errors
    /// A [`StackError`] that says why not.
    pub async fn bucket(&self, settings: &Settings) -> Result<(), StackError> {
        let bucket = self.connection.s3();
        let head = bucket.head_bucket().bucket(&settings.places.bucket).send().await;
        head.map(|_| ()).map_err(StackError::call("the bucket cannot be used"))
    }

    /// Whether SES knows the domain: by an identity of its own, or by the nearest one above it, which covers it too.
    ///
    /// # Errors
    /// When SES does not say.
    pub async fn identity(&self, domain: &str) -> Result<Identity, StackError> {
        let ses = self.connection.sesv2();
        let mut name = domain;
        while let Some((_, above)) = name.split_once('.') {
            match ses.get_email_identity().email_identity(name).send().await {
                Ok(identity) if identity.verified_for_sending_status() => return Ok(Identity::Verified),
                Ok(_) => return Ok(Identity::Pending),
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(GetEmailIdentityError::is_not_found_exception) => {}
                Err(error) => return Err(StackError::call("SES does not say whether it knows the domain")(error)),
            }
            name = above;
        }
        Ok(Identity::Missing)
    }

    /// Whether SES would send mail to the operator at this address.
    ///
    /// # Errors
    /// When SES does not say.
    pub async fn sending(&self, operator: &str) -> Result<Sending, StackError> {
        let account = self.connection.sesv2().get_account().send().await;
        let account = account.map_err(StackError::call("SES does not tell of the account"))?;
        if !account.sending_enabled() {
            return Ok(Sending::Stopped);
        }
        let domain = operator.rsplit_once('@').map_or(operator, |(_, domain)| domain);
        let may = account.production_access_enabled()
            || self.identity(operator).await? == Identity::Verified
            || self.identity(domain).await? == Identity::Verified;
        Ok(if may { Sending::Open } else { Sending::Sandboxed })
    }

    /// Whether SES hands the domain's mail to the stack.
    ///
    /// # Errors
    /// When SES does not say.
    pub async fn rule(&self, settings: &Settings) -> Result<Rule, StackError> {
        let active = self.connection.ses().describe_active_receipt_rule_set().send().await;
        let active = active.map_err(StackError::call("SES does not tell its active rule set"))?;
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
    /// When CloudWatch does not say.
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
        let watch = aws_sdk_cloudwatch::Client::new(self.connection.config());
        let alarms = watch.describe_alarms().set_alarm_names(Some(names)).send().await;
        let alarms = alarms.map_err(StackError::call("CloudWatch does not tell of the alarms"))?;
        let alarms = alarms.metric_alarms.unwrap_or_default().into_iter();
        Ok(alarms
            .map(|alarm| Alarm {
                rings: alarm.state_value == Some(StateValue::Alarm),
                is_heard: !alarm.alarm_actions().is_empty(),
                name: alarm.alarm_name.unwrap_or_default(),
                says: alarm.alarm_description.unwrap_or_default(),
            })
            .collect())
    }

    /// How many are enrolled, and the newest mail.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn overview(&self, settings: &Settings) -> Result<Overview, StackError> {
        let store = settings.store(&self.connection);
        Ok(Overview::read(&store).await?)
    }

    /// Calls the relay over HTTP: when it answered, by its own clock; `None` where the answer does not say.
    ///
    /// # Errors
    /// When it does not answer, or not that it is well.
    pub async fn health(&self) -> Result<Option<Timestamp>, StackError> {
        let url = format!("{}/healthz", self.web_url()?);
        let unreachable = |cause: Box<dyn Error + Send + Sync>| Kind::Unreachable {
            url: url.clone(),
            cause,
        };
        let request = HttpRequest::get(&url).map_err(|error| unreachable(error.into()))?;
        let answer = self.connection.connector().call(request).await;
        let answer = answer.map_err(|error| unreachable(error.into()))?;
        if !answer.status().is_success() {
            let status = answer.status().as_u16();
            return Err(Kind::Unhealthy { url, status }.into());
        }
        let date = answer.headers().get("date");
        Ok(date
            .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
            .map(|date| date.timestamp()))
    }
}
