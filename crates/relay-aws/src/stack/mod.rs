//! A deployed stack as its operator sees it, with the operator's own credentials.
//!
//! The stack itself says where everything is: its outputs name the addresses, and the environment of its function
//! `inbound` holds the settings and names the parameters with the keys. So nothing is stored outside the stack.

mod error;
mod state;

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_cloudformation::types::StackResource;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_types::region::Region;
use relay::{Enroller, Registration};

use self::error::Kind;
pub use self::error::StackError;
pub use self::state::{Alarm, Identity, Rule, Sending};
use crate::aws;
use crate::connection::{self, Connection};
use crate::deployment_key;
use crate::environment::Environment;
use crate::settings::Settings;
use crate::store::AwsStore;

/// The logical id of the function whose environment holds all settings: the one that also sends mail to the operator.
const INBOUND: &str = "InboundFunction";
/// A variable of the functions of versions whose enrolments this one cannot read.
const KEY_OF_BEFORE: &str = "HASH_KEY_PARAMETER";

/// A deployed stack.
#[derive(Debug)]
pub struct Stack {
    name: String,
    connection: Connection,
    status: String,
    outputs: HashMap<String, String>,
    resources: Vec<StackResource>,
}

impl Stack {
    /// Finds a stack by its name, in this region or in that of the environment or profile.
    ///
    /// # Errors
    /// A [`StackError`] that says what to do: no credentials, expired ones, no such stack, an incomplete one.
    pub async fn find(name: &str, region: Option<String>) -> Result<Self, StackError> {
        let connection = connect(region).await?;
        let stacks = aws_sdk_cloudformation::Client::new(&connection.sdk());
        let found = stacks.describe_stacks().stack_name(name).send().await;
        let found = found.map_err(|error| StackError::describe_stacks(name, connection.region(), &error))?;
        let stack = found.stacks.and_then(|stacks| stacks.into_iter().next());
        let stack = stack.ok_or_else(|| StackError::no_stack(name, connection.region()))?;
        let status = stack
            .stack_status
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default();
        error::require_complete(name, &status)?;
        let resources = stacks.describe_stack_resources().stack_name(name).send().await;
        let resources = resources.map_err(StackError::call("CloudFormation does not list the stack's resources"))?;
        let outputs = stack.outputs.unwrap_or_default().into_iter();
        Ok(Self {
            name: name.to_owned(),
            status,
            outputs: outputs
                .filter_map(|output| Some((output.output_key?, output.output_value?)))
                .collect(),
            resources: resources.stack_resources.unwrap_or_default(),
            connection,
        })
    }

    /// The stack's status, as CloudFormation names it.
    #[must_use]
    pub fn status(&self) -> &str {
        &self.status
    }

    /// The stack's region.
    #[must_use]
    pub fn region(&self) -> &str {
        self.connection.region()
    }

    /// Where clients reach the relay.
    ///
    /// # Errors
    /// When the stack has no such output.
    pub fn web_url(&self) -> Result<&str, StackError> {
        let url = self.outputs.get("WebURL").map(|url| url.trim_end_matches('/'));
        url.ok_or_else(|| StackError::other_stack(&self.name))
    }

    /// The settings that the stack's functions have.
    ///
    /// # Errors
    /// When the function or a key cannot be read, or a setting is missing.
    pub async fn settings(&self) -> Result<Settings, StackError> {
        let name = self
            .resource(INBOUND)
            .ok_or_else(|| StackError::other_stack(&self.name))?;
        let functions = aws_sdk_lambda::Client::new(&self.connection.sdk());
        let configuration = functions.get_function_configuration().function_name(name).send().await;
        let configuration =
            configuration.map_err(StackError::call("the settings of the function inbound cannot be read"))?;
        let variables = configuration.environment.and_then(|environment| environment.variables);
        let environment: Environment = variables.unwrap_or_default().into_iter().collect();
        if environment.optional(KEY_OF_BEFORE).is_some() {
            return Err(StackError::of_before(&self.name));
        }
        let keys = deployment_key::read(&self.connection, &Settings::key_parameters(&environment)?).await?;
        Ok(Settings::read(&environment, keys)?)
    }

    /// Who may enrol himself there.
    ///
    /// # Errors
    /// As [`Self::settings`].
    pub async fn registration(&self) -> Result<Registration, StackError> {
        Ok(self.settings().await?.relay.registration)
    }

    /// The enrolments of the stack.
    ///
    /// # Errors
    /// As [`Self::settings`].
    pub async fn enroller(&self) -> Result<Enroller<AwsStore>, StackError> {
        let settings = self.settings().await?;
        let store = settings.store(&self.connection);
        Ok(Enroller::new(settings.relay.deployment, store))
    }

    /// The physical id of a resource.
    fn resource(&self, logical: &str) -> Option<&str> {
        let mut resources = self.resources.iter();
        resources
            .find(|resource| resource.logical_resource_id() == Some(logical))
            .and_then(StackResource::physical_resource_id)
    }
}

async fn connect(region: Option<String>) -> Result<Connection, StackError> {
    let transport = connection::transport()?;
    let mut loader =
        aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(aws::sdk::http_client(Arc::clone(&transport)));
    if let Some(region) = region {
        loader = loader.region(Region::new(region));
    }
    let config = loader.load().await;
    // An empty region counts as none.
    if config.region().is_none_or(|region| region.as_ref().is_empty()) {
        return Err(Kind::NoRegion.into());
    }
    Connection::for_operator(config, transport)?.ok_or_else(|| Kind::NoCredentials(None).into())
}
