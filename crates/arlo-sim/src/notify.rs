//! Messages to devices: `notify`, and what the devices answer on the event stream.

use std::sync::Arc;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::account::{Account, Kind};
use crate::call::{Answer, Call, Refusal, api_data};
use crate::event::Draft;
use crate::faults::Fault;
use crate::publish::{Outbox, unasked};
use crate::state::Shared;
use crate::{pictures, v2};

/// The body of a notify.
#[derive(Debug, Deserialize)]
struct Notify {
    #[serde(default)]
    action: String,
    #[serde(default)]
    resource: String,
    #[serde(default, rename = "transId")]
    trans_id: Value,
    #[serde(default)]
    from: Value,
    #[serde(default)]
    to: Value,
    #[serde(default)]
    properties: Map<String, Value>,
}

/// Accepts a message for a device. The answer comes on the event stream, with the `transId` of the message.
pub(crate) fn notify(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (_, found) = call.api_token(shared)?;
    let message: Notify = call.json()?;
    let addressed = call.last_segment();
    let to = message.to.as_str().unwrap_or(addressed).to_owned();
    let task = shared.try_with_account(found.user, |account, outbox| {
        refusal(account, call, &to, &message)?;
        Ok(answer(shared, account, outbox, &to, &message))
    })?;
    if let Some(task) = task {
        pictures::start(shared, found.user, task);
    }
    Ok(api_data(&json!({})))
}

/// Why the cloud does not pass a message on.
fn refusal(account: &Account, call: &Call, to: &str, message: &Notify) -> Result<(), Refusal> {
    let Some(device) = account.device(to) else {
        // The cloud has always passed messages to devices that it does not know; they stay without an effect.
        return Ok(());
    };
    if call
        .xcloud_id()
        .is_some_and(|id| !device.xcloud.is_empty() && id != device.xcloud)
    {
        return Err(Refusal::api_error(StatusCode::OK, "2217", "Device does not exist"));
    }
    if account.device(&device.gateway).is_some_and(|gateway| gateway.offline) {
        return Err(Refusal::api_error(StatusCode::OK, "2059", "Device is offline"));
    }
    let acts = message.properties.contains_key("activityState");
    if acts && !device.is_gateway() {
        return Err(Refusal::unchangeable_activity());
    }
    Ok(())
}

/// What the device does and answers. The camera that begins a snapshot, if it is asked for one.
fn answer(
    shared: &Shared,
    account: &mut Account,
    outbox: &mut Outbox,
    to: &str,
    message: &Notify,
) -> Option<pictures::Task> {
    let web = format!("subscriptions/{}_web", account.user_id);
    let reply = |resource: &str, properties: Value| {
        json!({
            "action": "is",
            "from": to,
            "to": message.from,
            "resource": resource,
            "transId": message.trans_id,
            "properties": properties,
        })
    };
    let set = message.action == "set";
    match message.resource.as_str() {
        resource if resource == web => {
            account.register(to, shared.clock.instant());
            let value = reply(&web, json!({ "devices": [to] }));
            outbox.add(Draft::of_gateway(account, to, &format!("{web}/is"), value));
        }
        "devices" if shared.faults.occurs(Fault::ChildrenUntold) => {}
        "devices" if account.is_hub(to) => {
            let mut value = reply("devices", json!({}));
            if let Some(value) = value.as_object_mut() {
                value.remove("properties");
                value.insert("devices".to_owned(), account.children(to).into());
            }
            outbox.add(Draft::of_gateway(account, to, "devices/is", value));
        }
        "modes" => {
            if let (true, Some(mode)) = (set, message.properties.get("active").and_then(Value::as_str)) {
                v2::set_mode(account, to, vec![mode.into()], vec![], shared.clock.timestamp());
            }
            let active = account
                .modes
                .active
                .get(to)
                .and_then(|active| active.modes.first())
                .cloned();
            let value = reply("modes", json!({ "active": active, "modes": account.mode_definitions }));
            outbox.add(Draft::of_gateway(account, to, "modes/is", value));
        }
        "siren" => {
            let siren = account
                .devices
                .iter_mut()
                .find(|device| device.kind == Kind::Siren && device.gateway == to);
            let properties = siren.map(|siren| {
                if set {
                    siren.set(&message.properties);
                }
                siren.properties().clone()
            });
            let value = reply("siren", properties.unwrap_or_default().into());
            outbox.add(Draft::of_gateway(account, to, "siren/is", value));
        }
        "basestation" => {
            let state = account
                .device(to)
                .map(|device| device.properties().clone())
                .unwrap_or_default();
            outbox.add(Draft::of_gateway(
                account,
                to,
                "basestation/is",
                reply("basestation", state.into()),
            ));
        }
        resource => {
            let Some(device) = account.of_resource(resource) else {
                // As from a device that knows no such resource.
                outbox.add(Draft::of_gateway(
                    account,
                    to,
                    &format!("{resource}/is"),
                    reply(resource, json!({})),
                ));
                return None;
            };
            let id = device.id.clone();
            if let (true, Some(activity)) = (set, message.properties.get("activityState").and_then(Value::as_str)) {
                return pictures::activity(shared, account, outbox, &id, activity, &message.trans_id);
            }
            let properties = if set {
                device.set(&message.properties);
                message.properties.clone()
            } else {
                device.properties().clone()
            };
            let value = reply(resource, properties.into());
            // A camera behind a hub answers by the hub, whomever the client addressed.
            let gateway = device.gateway.clone();
            let mut draft = Draft::of_gateway(account, &gateway, &format!("{resource}/is"), value);
            if let Some(value) = draft.value.as_object_mut() {
                value.insert("from".to_owned(), gateway.into());
            }
            outbox.add(draft);
        }
    }
    None
}

/// `POST …/restart`: the base station tells of it.
pub(crate) fn restart(shared: &Arc<Shared>, call: &Call) -> Answer {
    #[derive(Deserialize)]
    struct Body {
        #[serde(rename = "deviceId")]
        device: String,
    }
    let (_, found) = call.api_token(shared)?;
    let body: Body = call.json()?;
    shared.try_with_account(found.user, |account, outbox| {
        let id = body.device.as_str();
        if account.device(id).is_none() {
            return Err(Refusal::api_error(StatusCode::NOT_FOUND, "4000", "Resource not found"));
        }
        let value = json!({
            "action": "is",
            "from": id,
            "to": format!("{}_web", account.user_id),
            "resource": "diagnostics",
            "transId": unasked(id),
            "properties": { "restarting": true },
        });
        outbox.add(Draft::of_gateway(account, id, "diagnostics/is", value));
        Ok(())
    })?;
    Ok(api_data(&json!({})))
}
