//! Asks bases whether they are there: without that a hub says nothing.
//!
//! A registration lapses after two minutes. Devices with a battery that are their own base are never asked, because
//! each question wakes them. The answers also show whether the stream still works: if none comes to several questions,
//! it is opened again.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Map, json};
use tokio::time::Instant;

use crate::device::Device;
use crate::hub::Hub;
use crate::message::Message as Received;
use crate::notify::{Message, send, transaction};
use crate::{ErrorKind, Event, Id, refresh};

/// So many questions without an answer make a device silent.
const UNANSWERED: u32 = 3;
/// The most devices that are asked at once.
const AT_ONCE: usize = 8;

/// Asks whenever the stream is open, for as long as the account lives.
pub(crate) async fn run(hub: &Hub) {
    let mut status = hub.status.subscribe();
    let mut updates = hub.updates();
    let mut unanswered = BTreeMap::<Id, u32>::new();
    let mut seen = 0;
    let mut is_added = false;
    // Arlo can ask to wait.
    let mut not_before = Instant::now();
    loop {
        tokio::time::sleep_until(not_before).await;
        let Ok(connections) = status
            .wait_for(|status| status.connected)
            .await
            .map(|status| status.connections)
        else {
            return;
        };
        let devices: Vec<Device> = {
            let state = hub.state();
            let all = state.devices.values();
            all.filter(|device| device.may_be_registered()).cloned().collect()
        };
        unanswered.retain(|id, _| devices.iter().any(|device| device.id == *id));
        // From the beginning of a round: a base that answers slowly does not delay the others. Some time passes in any
        // case.
        let next = Instant::now() + hub.options.registration;
        let mut asked = Vec::new();
        for some in devices.chunks(AT_ONCE) {
            let answers = join_all(some.iter().map(|device| ask(hub, device))).await;
            for (device, answer) in some.iter().zip(answers) {
                match answer {
                    Ok(()) => asked.push(device),
                    Err(asked_for) => not_before = not_before.max(Instant::now() + asked_for),
                }
            }
        }
        hub.registered.send_replace(connections);
        let is_new = connections != seen;
        if is_new || std::mem::take(&mut is_added) {
            seen = connections;
            // From now on they answer.
            refresh::children(hub).await;
        }
        if is_new {
            hub.children_asked.notify_one();
        }
        for device in &asked {
            let count = unanswered.entry(device.id.clone()).or_default();
            *count += 1;
            if *count == UNANSWERED + 1 {
                tracing::warn!(device = %device.id, "a base has not answered for several minutes");
                hub.announce(Event::Silent {
                    device: device.id.clone(),
                });
            }
        }
        let pause = tokio::time::sleep_until(next.max(Instant::now() + hub.options.registration / 4));
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => break,
                update = updates.next() => {
                    let Some(update) = update else { return };
                    for id in update.events.iter().filter_map(alive) {
                        unanswered.remove(id);
                    }
                }
                () = hub.devices_heard.notified() => {
                    is_added = true;
                    break;
                }
                // After a new connection everything is asked at once.
                changed = status.wait_for(|status| status.connections != connections) => {
                    if changed.is_err() {
                        return;
                    }
                    break;
                }
            }
        }
        // One that Arlo says is not connected was not asked, and says nothing of the stream.
        let is_silent = |device: &&Device| unanswered.get(&device.id).is_some_and(|count| *count > UNANSWERED);
        if !asked.is_empty() && asked.iter().all(is_silent) {
            tracing::warn!("no base answers: the event stream is opened again");
            unanswered.clear();
            hub.reconnect.notify_waiters();
        }
    }
}

/// The device that the event shows to be there.
fn alive(event: &Event) -> Option<&Id> {
    match event {
        Event::Reachable { device } | Event::Properties { device, .. } => Some(device),
        _ => None,
    }
}

/// Asks one device. If Arlo does not pass the question on, it gives how long Arlo asks to wait: it says at once if the
/// device is not connected.
async fn ask(hub: &Hub, device: &Device) -> Result<(), Duration> {
    let user = hub.keeper.session().user_id().to_owned();
    let properties = Map::from_iter([("devices".to_owned(), json!([device.id]))]);
    let mut message = Message::set(format!("subscriptions/{user}_web"), properties);
    message.publish_response = false;
    let asked = hub.state().moment();
    let sent = match transaction() {
        Ok(transaction) => send(hub, device, &message, &transaction).await,
        Err(error) => Err(error),
    };
    let Err(error) = sent else { return Ok(()) };
    if error.kind() == ErrorKind::Offline {
        let properties = Map::from_iter([("connectionState".to_owned(), json!("unavailable"))]);
        hub.publish(Received {
            as_of: Some(asked),
            patches: vec![(device.id.clone(), properties)],
            ..Received::default()
        });
    } else {
        tracing::debug!(%error, "a base could not be asked");
    }
    Err(error.retry_after().unwrap_or_default())
}
