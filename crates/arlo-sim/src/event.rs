//! What the cloud sends to its event streams, and the topic under which MQTT carries it.
//!
//! The payload is the same over server-sent events and over MQTT. The topics are those that clients have seen: a device
//! publishes below `d/<xCloudId>/out/`, the cloud itself below `u/<userId>/in/`.

use std::sync::Arc;

use mqtt_packets::Topic;
use serde_json::{Map, Value, json};

use crate::account::{Account, Device};
use crate::config::UserIndex;
use crate::publish::unasked;

/// One event for the open streams.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A message for every stream of a user.
    Message(UserIndex, Arc<Message>),
    /// A token is void: its streams end.
    LoggedOut(Arc<str>),
    /// Somebody else has logged in or out: every stream of the user hears of it.
    LoggedOutElsewhere(UserIndex, Arc<Message>),
    /// Every stream of the user breaks.
    Dropped(UserIndex),
}

/// One message in the form in which it is sent.
#[derive(Debug)]
pub(crate) struct Message {
    /// `None`: it is not sent by MQTT.
    pub(crate) topic: Option<Topic>,
    pub(crate) json: String,
}

impl Message {
    /// Any text, under any topic.
    pub(crate) fn verbatim(topic: String, text: &str) -> Self {
        Self {
            topic: Topic::new(topic).ok(),
            json: text.to_owned(),
        }
    }
}

/// A message before it is sent: faults may still change it.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) value: Value,
    topic: String,
    /// The gateway that publishes it. `None`: the cloud itself.
    pub(crate) gateway: Option<String>,
    /// Whether it is sent even if the gateway is silent: the cloud says it.
    pub(crate) always: bool,
}

impl Draft {
    /// A message of a gateway, with `rest` of the topic after `d/<xCloudId>/out/`.
    pub(crate) fn of_gateway(account: &Account, gateway: &str, rest: &str, value: Value) -> Self {
        Self {
            topic: format!("d/{}/out/{rest}", account.xcloud(gateway)),
            value,
            gateway: Some(gateway.to_owned()),
            always: false,
        }
    }

    /// A message of the cloud, with `rest` of the topic after `u/<userId>/in/`.
    pub(crate) fn of_user(account: &Account, rest: &str, value: Value) -> Self {
        Self {
            topic: format!("u/{}/in/{rest}", account.user_id),
            value,
            gateway: None,
            always: false,
        }
    }

    /// `action` on the resource of a device: E3 and E5 of a camera, for example. `trans_id`: what it answers.
    pub(crate) fn of_device(
        account: &Account,
        device: &Device,
        resource: &str,
        action: &str,
        properties: &Map<String, Value>,
        trans_id: &str,
    ) -> Self {
        let value = json!({
            "action": action,
            "from": device.gateway,
            "to": format!("{}_web", account.user_id),
            "resource": resource,
            "transId": trans_id,
            "properties": properties,
        });
        Self::of_gateway(account, &device.gateway, &format!("{resource}/{action}"), value)
    }

    /// The same with a `transId` of its own; `None` for an answer, and for what has no `transId`.
    pub(crate) fn for_another_subscriber(&self) -> Option<Self> {
        let mut other = self.clone();
        let sending = other.value.get_mut("transId")?;
        let is_answer = sending.as_str().is_none_or(|id| id.starts_with("web!"));
        *sending = unasked(self.gateway.as_deref().filter(|_| !is_answer)?).into();
        Some(other)
    }

    pub(crate) fn into_message(self) -> Message {
        // An identifier with a wildcard in it makes no topic: then it goes over the other stream only.
        Message::verbatim(self.topic, &self.value.to_string())
    }
}

/// Writes each boolean of the properties as `"True"` or `"False"`, as in dumps of years ago.
pub(crate) fn with_string_booleans(value: &mut Value) {
    let Some(properties) = value.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for property in properties.values_mut() {
        if let Value::Bool(set) = property {
            *property = if *set { "True" } else { "False" }.into();
        }
    }
}
