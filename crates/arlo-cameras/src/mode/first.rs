//! Modes of a device itself: read and set by messages to it.

use serde_json::{Map, Value};

use super::{Generation, Mode, Modes, base, known, says};
use crate::device::Device;
use crate::hub::Hub;
use crate::message::text;
use crate::notify::{Message, Outcome, confirmed, fault, send, transaction};
use crate::{Error, Id};

/// The most modes of a device.
const MAX_MODES: usize = 256;

/// Asks the device for its modes. The answer comes as an event.
pub(super) async fn ask(hub: &Hub, device: &Device) -> Result<(), Error> {
    send(hub, device, &Message::get("modes"), &transaction()?).await
}

/// Reads the modes, which the device gives with the active one.
pub(super) async fn read(hub: &Hub, device: &Device) -> Result<Modes, Error> {
    let transaction = transaction()?;
    let message = Message::get("modes");
    let asked = send(hub, device, &message, &transaction);
    // Without an answer what was known before is given.
    let _ = confirmed(hub, Some(device), asked, |update| {
        let is_answer = update.transaction.as_deref() == Some(&*transaction);
        is_answer.then(|| fault(update, device, &transaction).map_or(Ok(()), Err))
    })
    .await?;
    remembered(hub, device)
}

/// The modes that the device gave last.
pub(super) fn remembered(hub: &Hub, device: &Device) -> Result<Modes, Error> {
    let (active, schedule, _) = known(hub, &device.id);
    let listed = base(hub, &device.id)?
        .attributes
        .get("modes")
        .cloned()
        .unwrap_or_default();
    let listed = listed.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut modes: Vec<Mode> = listed
        .iter()
        .take(MAX_MODES)
        .filter_map(|mode| Some(Mode::new(text(mode, "id")?, text(mode, "name").unwrap_or_default())))
        .collect();
    if modes.is_empty() {
        modes = vec![Mode::new("mode0", "disarmed"), Mode::new("mode1", "armed")];
    }
    Ok(Modes {
        at: device.id.clone(),
        name: device.name.clone(),
        generation: Generation::First,
        active,
        schedule,
        changes_at: None,
        modes,
    })
}

/// Chooses a mode.
pub(super) async fn choose(hub: &Hub, at: &Id, mode: &Mode) -> Result<Outcome, Error> {
    let device = base(hub, at)?;
    let transaction = transaction()?;
    let properties = Map::from_iter([("active".to_owned(), Value::from(mode.id.clone()))]);
    let message = Message::set("modes", properties);
    let call = send(hub, &device, &message, &transaction);
    confirmed(hub, Some(&device), call, |update| {
        match fault(update, &device, &transaction) {
            Some(error) => Some(Err(error)),
            None => says(update, at, mode).then_some(Ok(())),
        }
    })
    .await
}
