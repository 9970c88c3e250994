//! Modes of a base, which Arlo's cloud keeps beside its schedules.

use arlo_client::{ApiCall, Method};
use serde_json::{Value, json};

use super::{Generation, Mode, Modes, base, known, learn, says, schedule};
use crate::device::{Device, printable};
use crate::hub::Hub;
use crate::message::text;
use crate::notify::{Outcome, confirmed};
use crate::{Error, ErrorKind, Id};

const ACTIVE: &str = "/hmsweb/users/devices/automation/active";
const DEFINITIONS: &str = "/hmsweb/users/automation/definitions";
/// The most modes of a base.
const MAX_MODES: usize = 256;

/// Reads which modes are active, for all bases in one call.
pub(super) async fn read_active(hub: &Hub, bases: &[Device]) -> Result<(), Error> {
    let call = ApiCall::new("automation/active", Method::Get, ACTIVE);
    let asked = hub.state().moment();
    let data = hub.keeper.call(call).await?;
    for said in data.as_array().into_iter().flatten() {
        let gateway = text(said, "gatewayId").unwrap_or_default();
        let unique = text(said, "uniqueId").unwrap_or_default();
        let base = bases
            .iter()
            .find(|base| base.id == *gateway || (!unique.is_empty() && base.unique_id == unique));
        let Some(base) = base else { continue };
        let (mode, schedule) = crate::message::active(said);
        learn(hub, &base.id, mode.as_deref(), schedule.as_deref(), None, asked);
    }
    Ok(())
}

/// Reads the names of a base's modes.
pub(super) async fn read(hub: &Hub, base: &Device) -> Result<Modes, Error> {
    let unique = Id::parse(&base.unique_id).ok_or_else(|| {
        let message = format!("Arlo gives {} no identifier by which its modes can be read", base.name);
        Error::new(ErrorKind::NotSupported, message)
    })?;
    let path = format!("{DEFINITIONS}?uniqueIds={unique}");
    let data = hub
        .keeper
        .call(ApiCall::new("automation/definitions", Method::Get, path))
        .await?;
    let said = data.get(unique.as_str()).unwrap_or(&data);
    let list = |key: &str| {
        said.get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .take(MAX_MODES)
    };
    let mut modes: Vec<Mode> = list("modes")
        .filter_map(|mode| {
            let name = text(mode, "name").filter(|name| !name.trim().is_empty());
            Some(Mode::new(
                text(mode, "id")?,
                name.or_else(|| text(mode, "type")).unwrap_or_default(),
            ))
        })
        .collect();
    if modes.is_empty() {
        modes = vec![Mode::new("mode0", "disarmed"), Mode::new("mode1", "armed")];
    }
    let (active, schedule, _) = known(hub, &base.id);
    let running = schedule
        .as_ref()
        .and_then(|id| list("schedules").find(|schedule| text(schedule, "id") == Some(id)));
    let zone = schedule::zone(said, base.text("olsonTimeZone"));
    let now = hub.now();
    // With a schedule there is no active mode of its own.
    let scheduled = running.and_then(|running| schedule::mode(running, zone, now));
    let changes_at = running.and_then(|running| schedule::next_change(running, zone, now));
    let active = if schedule.is_some() { scheduled } else { active };
    let schedule_name = running.and_then(|running| text(running, "name"));
    let schedule_name = schedule_name.map(printable).filter(|name| !name.is_empty());
    Ok(Modes {
        at: base.id.clone(),
        name: base.name.clone(),
        generation: Generation::Second,
        active,
        schedule: schedule_name.or(schedule),
        changes_at,
        modes,
    })
}

/// Chooses a mode.
pub(super) async fn choose(hub: &Hub, at: &Id, mode: &Mode) -> Result<Outcome, Error> {
    let device = base(hub, at)?;
    let body = json!({ "activeAutomations": [{
        "deviceId": at,
        "timestamp": hub.now().as_millisecond(),
        "activeModes": [mode.id],
        "activeSchedules": [],
    }]});
    let call = ApiCall::new("automation/active", Method::Post, ACTIVE)
        .header("xcloudid", &*device.cloud_id)
        .body(body);
    let sent = async { hub.keeper.call(call).await.map(drop) };
    let outcome = confirmed(hub, None, sent, |update| says(update, at, mode).then_some(Ok(()))).await?;
    if outcome == Outcome::Unknown {
        read_active(hub, std::slice::from_ref(&device)).await?;
        if known(hub, at).0.as_deref() == Some(&*mode.id) {
            return Ok(Outcome::Confirmed);
        }
    }
    Ok(outcome)
}
