//! DynamoDB, by its JSON protocol.

use bytes::Bytes;
use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::attribute::Map;
use super::error::Form;
use super::service::{Answered, Call, Place, Service};
use super::{Fault, Most};

/// A page has 1 MB of items, which grow in JSON.
const MOST: usize = 8 << 20;
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
/// The code of a write whose condition did not hold.
const CONDITION_FAILED: &str = "ConditionalCheckFailedException";
const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");

/// A table's service.
#[derive(Debug, Clone)]
pub struct DynamoDb(Service);

/// What became of a conditional write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updated {
    /// It is made.
    Done,
    /// Its condition did not hold. The item as it was, if there is one and the call asked for it. It may be what was to
    /// be written: a call whose answer is lost is made again, and refused if it was made.
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
        if answered.code() == Some(CONDITION_FAILED) {
            return found(&answered).map(Updated::Refused);
        }
        answered.accepted().map(|_| Updated::Done)
    }

    /// Adds an item; `false`, and nothing changed, if there is one whose attribute `key` has the same value. An attempt
    /// whose answer is lost is made again. If that is refused for the very item, the attempt before has added it.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn put_new(&self, table: &str, key: &str, item: &Map) -> Result<bool, Fault> {
        let put = json!({
            "TableName": table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": { "#key": key },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        });
        let answered = self.send("DynamoDB_20120810.PutItem", &put).await?;
        if answered.code() == Some(CONDITION_FAILED) {
            return Ok(answered.is_repeated && found(&answered)?.as_ref() == Some(item));
        }
        answered.accepted().map(|_| true)
    }
}

/// The item as it was, in the answer to a write whose condition did not hold.
fn found(refused: &Answered) -> Result<Option<Map>, Fault> {
    let WithItem { item } = serde_json::from_slice(&refused.answer.body).map_err(|_| Fault::Unreadable)?;
    Ok(item.filter(|item| !item.is_empty()))
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
