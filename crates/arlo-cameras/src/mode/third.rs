//! Modes of a location. A change must name the revision of the last one; Arlo refuses a change that names an older one.

use arlo_client::{ApiCall, Method};
use serde_json::{Map, Value, json};

use super::{Generation, Mode, Modes, known, learn, says};
use crate::hub::Hub;
use crate::message::{location_mode, number, text};
use crate::notify::{Outcome, confirmed};
use crate::{Error, ErrorKind, Id};

const ACTIVE: &str = "/hmsweb/automation/v3/activeMode";
const DEFINITIONS: &str = "/hmsweb/automation/v3";
/// The modes that every location has.
const STANDARD: [&str; 3] = ["standby", "armHome", "armAway"];
/// The most modes of a location.
const MAX_MODES: usize = 256;

/// A call with the headers without which Arlo answers 403.
fn call(hub: &Hub, name: &'static str, method: Method, path: String) -> ApiCall {
    let session = hub.keeper.session();
    let user = session.user_id();
    ApiCall::new(name, method, path)
        .header("x-forwarded-user", user)
        .header("x-user-device-id", user)
}

/// Reads the active mode and its revision.
pub(super) async fn read_active(hub: &Hub, location: &Id) -> Result<(), Error> {
    let path = format!("{ACTIVE}?locationId={location}");
    let asked = hub.state().moment();
    let data = hub
        .keeper
        .call(call(hub, "automation/v3/activeMode", Method::Get, path))
        .await?;
    // Some answers are keyed by location.
    let said = data.get(location.as_str()).unwrap_or(&data);
    let mode = location_mode(said.get("properties").unwrap_or(said));
    learn(
        hub,
        location,
        mode.as_deref(),
        None,
        said.get("revision").and_then(number),
        asked,
    );
    Ok(())
}

/// Reads the modes of a location with their names.
pub(super) async fn read(hub: &Hub, location: &Id, name: &str) -> Result<Modes, Error> {
    read_active(hub, location).await?;
    let path = format!("{DEFINITIONS}?locationId={location}&revisions=false");
    let data = hub.keeper.call(call(hub, "automation/v3", Method::Get, path)).await?;
    let (active, schedule, _) = known(hub, location);
    Ok(Modes {
        at: location.clone(),
        name: name.to_owned(),
        generation: Generation::Third,
        active,
        schedule,
        changes_at: None,
        modes: modes(&data),
    })
}

/// The modes in Arlo's answer: those that every location has, and custom ones.
pub(super) fn modes(data: &Value) -> Vec<Mode> {
    let standard = data.pointer("/modes/properties").and_then(Value::as_object);
    let mut modes: Vec<Mode> = standard
        .into_iter()
        .flatten()
        .take(MAX_MODES)
        .map(|(id, mode)| Mode::new(id, text(mode, "name").unwrap_or_default()))
        .collect();
    if modes.is_empty() {
        modes = STANDARD.map(|id| Mode::new(id, id)).to_vec();
    }
    let custom = data.pointer("/customModes/properties").and_then(Value::as_object);
    for (owner_and_device, of_device) in custom.into_iter().flatten() {
        let device = owner_and_device.rsplit('_').next().unwrap_or_default();
        for (id, mode) in of_device.as_object().into_iter().flatten() {
            if modes.len() >= MAX_MODES {
                break;
            }
            // Arlo can keep one mode under several devices.
            if let Some(known) = modes.iter_mut().find(|known| known.id == *id) {
                known.custom.push(device.to_owned());
                continue;
            }
            let mut mode = Mode::new(id, text(mode, "name").unwrap_or_default());
            mode.custom.push(device.to_owned());
            modes.push(mode);
        }
    }
    modes
}

/// Chooses a mode.
pub(super) async fn choose(hub: &Hub, location: &Id, mode: &Mode) -> Result<Outcome, Error> {
    let sent = async {
        if known(hub, location).2.is_none() {
            read_active(hub, location).await?;
        }
        match put(hub, location, mode).await {
            // Somebody else has changed the mode since. Which number says so is not known.
            Err(error) if matches!(error.kind(), ErrorKind::Refused { .. }) => {
                read_active(hub, location).await?;
                put(hub, location, mode).await
            }
            result => result,
        }
    };
    let outcome = confirmed(hub, None, sent, |update| says(update, location, mode).then_some(Ok(()))).await?;
    if outcome == Outcome::Unknown {
        read_active(hub, location).await?;
        if known(hub, location).0.as_deref() == Some(&*mode.id) {
            return Ok(Outcome::Confirmed);
        }
    }
    Ok(outcome)
}

async fn put(hub: &Hub, location: &Id, mode: &Mode) -> Result<(), Error> {
    let revision = known(hub, location).2.unwrap_or_default();
    let path = format!("{ACTIVE}?locationId={location}&revision={revision}");
    let body = if mode.custom.is_empty() {
        json!({ "mode": mode.id })
    } else {
        let devices = mode
            .custom
            .iter()
            .map(|device| (device.clone(), Value::from(mode.id.clone())));
        json!({ "mode": "custom", "custom": devices.collect::<Map<String, Value>>() })
    };
    let asked = hub.state().moment();
    let answer = hub
        .keeper
        .call(call(hub, "automation/v3/activeMode", Method::Put, path).body(body))
        .await?;
    if let Some(revision) = answer.get("revision").and_then(number) {
        learn(hub, location, None, None, Some(revision), asked);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_and_custom_modes_are_listed() {
        let data = json!({
            "modes": {"properties": {"standby": {"name": "__DEFAULT_DISARMED__"}, "armAway": {"name": "Away"}}},
            "customModes": {"properties": {"U1_B1": {"uuid-1": {"name": "Night"}}, "U1_B2": {"uuid-1": {}}}},
        });
        let all = modes(&data);
        let named: Vec<(&str, &str)> = all.iter().map(|mode| (mode.id.as_str(), mode.name.as_str())).collect();
        assert_eq!(
            named,
            [("armAway", "Away"), ("standby", "standby"), ("uuid-1", "Night")]
        );
        assert_eq!(all[2].custom, ["B1", "B2"]);
        assert_eq!(modes(&json!({})).len(), 3, "what every location has");
    }
}
