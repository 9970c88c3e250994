//! Modes of the second generation: they belong to a base station.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::account::{Account, Active};
use crate::call::{Answer, Call, Refusal, api_data};
use crate::event::Draft;
use crate::publish::Outbox;
use crate::state::Shared;

/// The modes and schedules of every device, or of the devices in `uniqueIds`.
pub(crate) fn definitions(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (_, found) = call.api_token(shared)?;
    let wanted = call.query("uniqueIds").filter(|ids| *ids != "all");
    let modes = shared.with_account(found.user, |account, _| {
        let is_wanted = |id: &str| wanted.is_none_or(|wanted| wanted.split(',').any(|one| one == id));
        let devices = account.devices.iter().filter(|device| is_wanted(&device.unique_id));
        let of_device = |unique_id: &String| {
            let mut definition = json!({ "modes": account.mode_definitions });
            if let (false, Some(definition)) = (account.schedules.is_empty(), definition.as_object_mut()) {
                definition.insert("schedules".to_owned(), account.schedules.clone().into());
                definition.insert("olsonTimeZone".to_owned(), "Etc/UTC".into());
            }
            (unique_id.clone(), definition)
        };
        devices
            .map(|device| of_device(&device.unique_id))
            .collect::<Map<_, _>>()
    });
    Ok(api_data(&modes.unwrap_or_default().into()))
}

/// What each gateway does at present. Nothing if the account has no modes.
pub(crate) fn active(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (_, found) = call.api_token(shared)?;
    let active = shared.with_account(found.user, |account, _| {
        if account.mode_definitions.is_empty() {
            return Vec::new();
        }
        let of_gateway = |device: &crate::account::Device| {
            let active = account.modes.active.get(&device.id)?;
            Some(json!({
                "uniqueId": device.unique_id,
                "gatewayId": device.id,
                "activeModes": active.modes,
                "activeSchedules": active.schedules,
                "timestamp": active.timestamp,
            }))
        };
        account.gateways().filter_map(of_gateway).collect()
    });
    Ok(api_data(&active.unwrap_or_default().into()))
}

#[derive(Deserialize)]
struct Change {
    #[serde(rename = "activeAutomations")]
    automations: Vec<Automation>,
}

#[derive(Deserialize)]
struct Automation {
    #[serde(rename = "deviceId")]
    device: String,
    #[serde(default, rename = "activeModes")]
    modes: Vec<Value>,
    #[serde(default, rename = "activeSchedules")]
    schedules: Vec<Value>,
}

/// Changes what gateways do, and tells the streams.
pub(crate) fn change(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (_, found) = call.api_token(shared)?;
    let change: Change = call.json()?;
    let now = shared.clock.timestamp();
    shared.try_with_account(found.user, |account, outbox| {
        for wanted in &change.automations {
            let defined = |ids: &[Value], known: &[Value]| {
                ids.iter()
                    .all(|id| known.iter().any(|known| known.get("id") == Some(id)))
            };
            let known = account.modes.active.contains_key(&wanted.device)
                && defined(&wanted.modes, &account.mode_definitions)
                && defined(&wanted.schedules, &account.schedules);
            if !known {
                return Err(Refusal::malformed_api());
            }
        }
        for wanted in change.automations {
            set_mode(account, &wanted.device, wanted.modes, wanted.schedules, now);
            publish(account, outbox, &wanted.device);
        }
        Ok(())
    })?;
    Ok(api_data(&json!({})))
}

pub(crate) fn set_mode(account: &mut Account, gateway: &str, modes: Vec<Value>, schedules: Vec<Value>, now: Timestamp) {
    let active = Active {
        modes,
        schedules,
        timestamp: now.as_millisecond(),
    };
    account.modes.active.insert(gateway.to_owned(), active);
}

/// Tells the streams what a gateway does: the event `activeAutomations`, in which the gateway's id is a key.
pub(crate) fn publish(account: &Account, outbox: &mut Outbox, gateway: &str) {
    let Some(active) = account.modes.active.get(gateway) else {
        return;
    };
    let value = json!({ "resource": "activeAutomations", gateway: active.event() });
    outbox.add(Draft::of_user(account, "automation/activeAutomations", value));
}
