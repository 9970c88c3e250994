//! DynamoDB, by its JSON protocol.

use bytes::Bytes;
use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::attribute::Map;
use super::error::Form;
use super::service::{Answered, Call, Place, Service};
use super::{Fault, Most};

/// A page has 1 MB of items, which grow in JSON.
const MOST: usize = 8 << 20;
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");

/// A table's service.
#[derive(Debug, Clone)]
pub struct DynamoDb(Service);

/// What became of a conditional write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updated {
    /// It is made.
    Done,
    /// Its condition did not hold. The item as it was, if there is one and the call asked for it.
    Refused(Option<Map>),
}

#[derive(Default, Deserialize)]
struct WithItem {
    #[serde(rename = "Item", default)]
    item: Option<Map>,
}

impl DynamoDb {
    pub(crate) fn new(place: Place) -> Self {
        Self(Service::new("dynamodb", Form::Json, place))
    }

    async fn send(&self, target: &'static str, input: &impl Serialize) -> Result<Answered, Fault> {
        send(&self.0, target, JSON, input).await
    }

    /// Makes a call, which `target` names with its version, as `DynamoDB_20120810.GetItem`.
    ///
    /// # Errors
    /// A [`Fault`], where AWS does not make the call, or its answer has another form.
    pub async fn call<T: DeserializeOwned>(&self, target: &'static str, input: &impl Serialize) -> Result<T, Fault> {
        let answer = self.send(target, input).await?.accepted()?;
        serde_json::from_slice(&answer.body).map_err(|_| Fault::Unreadable)
    }

    /// An item, if there is one.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn get_item(&self, input: &impl Serialize) -> Result<Option<Map>, Fault> {
        let found: WithItem = self.call("DynamoDB_20120810.GetItem", input).await?;
        Ok(found.item)
    }

    /// Changes an item, if the condition holds.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn update_item(&self, input: &impl Serialize) -> Result<Updated, Fault> {
        let answered = self.send("DynamoDB_20120810.UpdateItem", input).await?;
        if answered.code() == Some("ConditionalCheckFailedException") {
            let refused: WithItem = serde_json::from_slice(&answered.answer.body).map_err(|_| Fault::Unreadable)?;
            return Ok(Updated::Refused(refused.item.filter(|item| !item.is_empty())));
        }
        answered.accepted().map(|_| Updated::Done)
    }
}

/// Sends a call of a JSON protocol of AWS.
pub(super) async fn send(
    service: &Service,
    target: &'static str,
    content_type: HeaderValue,
    input: &impl Serialize,
) -> Result<Answered, Fault> {
    let body = serde_json::to_vec(input).map_err(|_| Fault::NoAnswer("the call cannot be written".to_owned()))?;
    let headers = [(CONTENT_TYPE, content_type), (TARGET, HeaderValue::from_static(target))];
    let call = Call {
        method: Method::POST,
        uri: "/",
        headers: &headers,
        body: Bytes::from(body),
        most: Most::Refuse(MOST),
    };
    service.send(call).await
}
