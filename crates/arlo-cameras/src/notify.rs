//! Messages to devices, and the wait for the event that answers them.
//!
//! A message goes to the device's gateway, with the address of that in Arlo's cloud. Arlo accepts it at once; what
//! became of it comes as an event with the same identifier. The wait begins before the call, so that no answer is
//! missed. No answer in time means that nothing is known, not that nothing happened.

use arlo_client::{ApiCall, Method};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::device::Device;
use crate::hub::Hub;
use crate::{Error, ErrorKind, Event, Update};

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// The device confirmed it.
    Confirmed,
    /// Arlo accepted it, and nothing confirmed it in time. It may have happened.
    Unknown,
}

/// A message to a device.
pub(crate) struct Message {
    pub(crate) action: &'static str,
    pub(crate) resource: String,
    pub(crate) properties: Map<String, Value>,
    pub(crate) publish_response: bool,
}

impl Message {
    pub(crate) fn set(resource: impl Into<String>, properties: Map<String, Value>) -> Self {
        Self {
            action: "set",
            resource: resource.into(),
            properties,
            publish_response: true,
        }
    }

    pub(crate) fn get(resource: impl Into<String>) -> Self {
        Self {
            action: "get",
            resource: resource.into(),
            properties: Map::new(),
            publish_response: false,
        }
    }

    /// The body, in the form that several calls share.
    pub(crate) fn body(&self, device: &Device, user_id: &str, transaction: &str) -> Value {
        json!({
            "action": self.action,
            "resource": self.resource,
            "publishResponse": self.publish_response,
            "properties": self.properties,
            "to": device.gateway,
            "from": format!("{user_id}_web"),
            "transId": transaction,
        })
    }
}

/// A new identifier of a request.
pub(crate) fn transaction() -> Result<String, Error> {
    let number =
        |error| Error::new(ErrorKind::Configuration, "the operating system gives no random bytes").with_source(error);
    let (a, b) = (getrandom::u64().map_err(number)?, getrandom::u64().map_err(number)?);
    Ok(format!("web!{a:016x}{b:016x}"))
}

/// Sends a message without waiting for its answer.
pub(crate) async fn send(hub: &Hub, device: &Device, message: &Message, transaction: &str) -> Result<(), Error> {
    let path = format!("/hmsweb/users/devices/notify/{}", device.gateway);
    let body = message.body(device, hub.keeper.session().user_id(), transaction);
    if message.action == "get" {
        hub.state().asks(transaction);
    }
    let call = ApiCall::new("notify", Method::Post, path)
        .header("xcloudid", &*device.cloud_id)
        .body(body);
    hub.keeper.call(call).await.map(drop)
}

/// Makes a call, and waits until `answers` says of an update that it confirms the call, or that it failed. The `device`
/// is the one that gives the answer, unless Arlo's cloud does.
pub(crate) async fn confirmed<F>(
    hub: &Hub,
    device: Option<&Device>,
    call: F,
    mut answers: impl FnMut(&Update) -> Option<Result<(), Error>>,
) -> Result<Outcome, Error>
where
    F: Future<Output = Result<(), Error>>,
{
    let within = hub.options.answer_within;
    let mut updates = hub.updates();
    ready(hub, device).await;
    call.await?;
    if !hub.status.borrow().connected {
        return Ok(Outcome::Unknown);
    }
    let deadline = Instant::now().checked_add(within).unwrap_or_else(Instant::now);
    loop {
        match tokio::time::timeout_at(deadline, updates.next()).await {
            Ok(Some(update)) => match answers(&update) {
                Some(result) => return result.map(|()| Outcome::Confirmed),
                None => continue,
            },
            Ok(None) | Err(_) => return Ok(Outcome::Unknown),
        }
    }
}

/// Waits until the stream is open, for a while: without it nothing is confirmed. A device behind a base says nothing
/// before the base was asked on this connection whether it is there.
pub(crate) async fn ready(hub: &Hub, device: Option<&Device>) {
    if hub.options.stream == crate::StreamChoice::Off {
        return;
    }
    let is_asked = device.is_some_and(|device| {
        let state = hub.state();
        let gateway = state.devices.get(&device.gateway);
        gateway.is_some_and(Device::may_be_registered)
    });
    let (mut status, mut registered) = (hub.status.subscribe(), hub.registered.subscribe());
    let ready = async {
        let connected = status.wait_for(|status| status.connected);
        let connection = connected.await.map_or(0, |status| status.connections);
        if is_asked {
            let _ = registered.wait_for(|last| *last >= connection).await;
        }
    };
    let _ = tokio::time::timeout(hub.options.connect_within, ready).await;
}

/// Whether the update answers the request with a fault of the device.
pub(crate) fn fault(update: &Update, device: &Device, transaction: &str) -> Option<Error> {
    update.events.iter().find_map(|event| match event {
        Event::Fault { device: at, code } if *at == device.id && update.transaction.as_deref() == Some(transaction) => {
            Some(refused(&device.name, *code))
        }
        _ => None,
    })
}

/// The error for a fault that a device reported.
pub(crate) fn refused(name: &str, code: Option<i64>) -> Error {
    let number = code.map(|code| format!(" ({code})")).unwrap_or_default();
    match code {
        Some(2059 | 2222) => Error::new(ErrorKind::Offline, format!("{name} is not connected to Arlo{number}")),
        Some(4006) => Error::new(
            ErrorKind::NotNow,
            format!("{name} cannot do that now: it is switched off, in privacy, or busy{number}"),
        ),
        code => Error::new(ErrorKind::Refused { code }, format!("{name} refused{number}")),
    }
}
