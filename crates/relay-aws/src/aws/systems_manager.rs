//! Systems Manager, by its JSON protocol: the one call that reads parameters.

use hyper::header::HeaderValue;
use serde::Deserialize;
use serde_json::json;

use super::Fault;
use super::dynamodb::send;
use super::error::Form;
use super::service::{Place, Service};

const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

/// The Parameter Store.
pub(crate) struct SystemsManager(Service);

/// A parameter. It may be a secret, so it has no `Debug`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) value: String,
}

#[derive(Deserialize)]
struct Found {
    #[serde(rename = "Parameters", default)]
    parameters: Vec<Parameter>,
}

impl SystemsManager {
    pub(crate) fn new(place: Place) -> Self {
        Self(Service::new("ssm", Form::Json, place))
    }

    /// Those of the named parameters that there are, decrypted.
    pub(crate) async fn parameters(&self, names: &[&str]) -> Result<Vec<Parameter>, Fault> {
        let input = json!({ "Names": names, "WithDecryption": true });
        let answered = send(&self.0, "AmazonSSM.GetParameters", JSON, &input).await?;
        let found: Found = serde_json::from_slice(&answered.accepted()?.body).map_err(|_| Fault::Unreadable)?;
        Ok(found.parameters)
    }
}
