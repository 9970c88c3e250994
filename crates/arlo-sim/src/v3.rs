//! Locations, and modes of the third generation, which belong to a location.

use std::sync::Arc;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::account::{Account, location_modes};
use crate::call::{Answer, Call, Refusal, api_data};
use crate::config::UserIndex;
use crate::event::Draft;
use crate::faults::Fault;
use crate::publish::Outbox;
use crate::state::Shared;

/// The modes that every location has.
const STANDARD: [&str; 3] = ["standby", "armHome", "armAway"];

/// The locations of the user: one, which it owns.
pub(crate) fn locations(shared: &Arc<Shared>, call: &Call) -> Answer {
    let (_, found) = call.api_token(shared)?;
    let own = shared.with_account(found.user, |account, _| account.location());
    Ok(api_data(
        &json!({ "userLocations": [own], "sharedLocations": [], "ownedLocations": [own] }),
    ))
}

pub(crate) fn emergency_locations(shared: &Arc<Shared>, call: &Call) -> Answer {
    call.api_token(shared)?;
    Ok(api_data(&json!([])))
}

/// The user of a call about modes. Arlo refuses one without the headers that its own web page sends.
fn caller(shared: &Shared, call: &Call) -> Result<UserIndex, Refusal> {
    let (_, found) = call.api_token(shared)?;
    if !call.has_header("x-forwarded-user") || !call.has_header("x-user-device-id") {
        return Err(Refusal::api(StatusCode::FORBIDDEN, "Forbidden"));
    }
    Ok(found.user)
}

/// Refuses another location than the account's own.
fn check_location(account: &Account, call: &Call) -> Result<(), Refusal> {
    if call.query("locationId") == Some(account.location_id().as_str()) {
        Ok(())
    } else {
        Err(Refusal::api_error(StatusCode::NOT_FOUND, "4000", "Resource not found"))
    }
}

/// The names of the modes.
pub(crate) fn modes(shared: &Arc<Shared>, call: &Call) -> Answer {
    let user = caller(shared, call)?;
    let modes = shared.try_with_account(user, |account, _| {
        check_location(account, call)?;
        let gateways: Vec<_> = account.gateways().map(|device| device.unique_id.clone()).collect();
        Ok(location_modes(&account.mode_definitions, &gateways))
    })?;
    Ok(api_data(&modes))
}

/// The mode at present. `locationId=all` asks for every location, by its id.
pub(crate) fn active(shared: &Arc<Shared>, call: &Call) -> Answer {
    let user = caller(shared, call)?;
    let mode = shared.try_with_account(user, |account, _| {
        let mode = account.modes.location.read();
        if call.query("locationId") == Some("all") {
            return Ok(json!({ account.location_id(): mode }));
        }
        check_location(account, call).map(|()| mode)
    })?;
    Ok(api_data(&mode))
}

#[derive(Deserialize)]
struct Change {
    mode: String,
    #[serde(default)]
    custom: Map<String, Value>,
}

/// Changes the mode. The caller names the revision that it has read: a change that came between refuses it.
pub(crate) fn change(shared: &Arc<Shared>, call: &Call) -> Answer {
    let user = caller(shared, call)?;
    let change: Change = call.json()?;
    let changed = shared.try_with_account(user, |account, outbox| {
        check_location(account, call)?;
        if shared.faults.occurs(Fault::StaleRevision) {
            // As if somebody else had changed it a moment before.
            account.modes.location.revision += 1;
        }
        let current = account.modes.location.revision;
        if call.query("revision").and_then(|revision| revision.parse().ok()) != Some(current) {
            return Err(Refusal::api_error(StatusCode::CONFLICT, "5003", "Revision is outdated"));
        }
        if !set_mode(account, &change.mode, change.custom) {
            return Err(Refusal::malformed_api());
        }
        publish(shared, account, outbox);
        Ok(account.modes.location.read())
    })?;
    Ok(api_data(&changed))
}

/// Whether there is such a mode. If there is, the location has it now, under a new revision.
pub(crate) fn set_mode(account: &mut Account, mode: &str, custom: Map<String, Value>) -> bool {
    let mut properties = Map::from_iter([("mode".to_owned(), mode.into())]);
    if mode == "custom" {
        let known = |id: &Value| account.mode_definitions.iter().any(|mode| mode.get("id") == Some(id));
        if custom.is_empty() || !custom.values().all(known) {
            return false;
        }
        properties.insert("custom".to_owned(), custom.into());
    } else if !STANDARD.contains(&mode) {
        return false;
    }
    account.modes.location.properties = properties;
    account.modes.location.revision += 1;
    true
}

/// Tells the streams of the mode of the location.
pub(crate) fn publish(shared: &Shared, account: &Account, outbox: &mut Outbox) {
    let mode = &account.modes.location;
    if shared.faults.occurs(Fault::ModeForGuests) {
        for gateway in account.gateways() {
            let resource = format!("devices/{}/states", gateway.id);
            let topic = format!("{resource}/is");
            let value = json!({
                "action": "is",
                "from": gateway.id,
                "resource": resource,
                "states": { "activeMode": mode.properties.get("mode") },
            });
            outbox.add(Draft::of_gateway(account, &gateway.id, &topic, value));
        }
        return;
    }
    let value = json!({
        "resource": "automation/activeMode",
        "locationId": account.location_id(),
        "action": "is",
        "properties": { "properties": mode.properties, "revision": mode.revision },
    });
    outbox.add(Draft::of_user(account, "automation/activeMode/is", value));
}
